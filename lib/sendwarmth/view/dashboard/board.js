// The panel as a whole: state and tools on top, key figures, figures, table, map.

import { makeBars, makeChanges, groupFills } from "./bars.js";
import { html, set, shape, write } from "./draw.js";
import { sliderLabels } from "./levers.js";
import { makeMap } from "./map.js";
import { binding, measure, regionLimits } from "./measures.js";
import { openSession } from "./session.js";
import { makeLockForm, makeTable } from "./table.js";
import { speaker } from "./words.js";

const FIGURES = ["allocated", "reserve", "reached", "assumed", "lowest", "highest"];
const TOOLS = { undo: "↶", redo: "↷", reset: "⟲" };

/** Draw a panel into an element; returns what takes it away again. */
export function openBoard(model, el) {
  const tables = model.get("tables");
  const root = html(el, "section", { class: "sw", "data-lm-suppress-shortcuts": "true" });
  const head = html(root, "header", { class: "sw-head" });
  const chip = html(head, "span", { class: "sw-chip", role: "status" });
  const title = html(head, "span", { class: "sw-title" });
  const tools = makeTools(head, model, () => session);
  const notice = html(root, "div", { class: "sw-notice", role: "alert", hidden: "" });
  const tiles = makeTiles(html(root, "dl", { class: "sw-tiles" }));
  const legend = makeLegend(root, tables);
  const pair = html(root, "div", { class: "sw-pair" });
  const bars = makeFigure(pair, "bars", (svg) => makeBars(svg, tables));
  const changes = makeFigure(pair, "changes", (svg) => makeChanges(svg, tables));
  const heading = html(root, "h3", { class: "sw-heading" });
  const wide = html(root, "div", { class: "sw-scroll", role: "region", tabindex: 0 });
  const table = makeTable(html(wide, "table"), tables, openLock);
  const marks = html(root, "p", { class: "sw-marks" });
  const form = makeLockForm(root, closeLock);
  const lower = html(root, "div", { class: "sw-pair sw-lower" });
  const map = makeFigure(lower, "map", (svg) => makeMap(svg, tables));
  const bound = makeBound(lower);
  const label = sliderLabels(model.get("levers"), model);
  const speakers = {};
  let shown = null;
  let later = 0; // the frame that draws the rest

  const session = openSession(model, paint);
  // Reading a width while drawing would make the browser lay the page out in between.
  const widths = new Map();
  const watch = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) widths.set(target, Math.floor(contentRect.width));
    if (shown) draw();
  });
  for (const { host } of [bars, changes, map]) watch.observe(host);
  const unwatch = watchKernel(model, session);
  paint(session.state());

  function paint(state) {
    shown = state;
    draw();
  }

  // What is under the finger is drawn in the frame of the move; the rest in the next one, so that
  // a long page does not hold it up.
  function draw() {
    const words = spoken();
    showState(words);
    set(root, { lang: words.say("code"), "data-phase": shown.phase });
    later ||= requestAnimationFrame(drawRest);
    if (!shown.feasible) return;
    const view = viewOf(shown, model, words);
    tiles(view, tables);
    drawFigure(bars, view, words.say("bars"));
    const name = model.get("reference").title[words.language] ?? "–";
    drawFigure(changes, view, words.say("changes", { name }));
  }

  function drawRest() {
    later = 0;
    const words = spoken();
    // Which answer all of this shows, for whoever has to wait for it.
    set(root, { "data-answer": shown.answer ? String(shown.answer.serial) : null });
    if (model.get("kernel")) label(words, shown.answer !== null);
    if (!shown.feasible) return;
    const view = viewOf(shown, model, words);
    legend(words);
    drawFigure(map, view, words.say("map"));
    write(heading, words.say("table"));
    write(marks, words.say("marks"));
    set(wide, { "aria-label": words.say("table") });
    table.update(view);
    bound(binding(view.problem, view.amounts), shown.answer?.notes, words, model.get("names"));
  }

  function drawFigure(figure, view, caption) {
    write(figure.caption, caption);
    set(figure.svg, { "aria-label": caption });
    const width = widths.get(figure.host);
    if (width) figure.update({ ...view, width });
  }

  function showState(words) {
    const { phase, away, answer } = shown;
    set(chip, { "data-phase": phase });
    write(chip, words.say(`phase_${phase}`));
    const start = model.get("start").title[words.language];
    write(title, shown.moved ? words.say("moved", { name: start }) : start);
    tools(shown, words);
    showNotice(notice, { model, session, words, away, phase, answer, preview: shown.preview });
  }

  // Made once a language: number formats take longer to make than a frame has.
  function spoken() {
    const language = model.get("language");
    speakers[language] ??= speaker(model.get("words"), language);
    return speakers[language];
  }

  function openLock(cell) {
    if (!shown.feasible) return;
    const words = spoken();
    const [region, group] = placeOf(tables, cell);
    const held = shown.position.locks.find((lock) => cellOf(tables, lock) === cell);
    const yuan = Math.round((shown.feasible.table ?? shown.feasible.amounts)[cell]);
    const name = `${region.name[words.language]} · ${group.name[words.language]}`;
    const unit = shown.position.unit_yuan;
    form.open({ cell, name, yuan: Math.round(yuan / unit) * unit, held, words });
  }

  function closeLock(cell, lock) {
    table.focusCell(cell);
    if (lock === undefined) return;
    const [region, group] = placeOf(tables, cell);
    const others = shown.position.locks.filter((other) => cellOf(tables, other) !== cell);
    const own = lock ? [{ region: region.id, group: group.id, ...lock }] : [];
    session.go({ locks: [...others, ...own] });
  }

  return () => {
    session.close();
    cancelAnimationFrame(later);
    watch.disconnect();
    unwatch();
    root.remove();
  };
}

/** Everything the figures and the table show of a state. */
function viewOf(shown, model, words) {
  const tables = model.get("tables");
  const solved = shown.feasible;
  const amounts = solved.table ?? solved.amounts;
  return {
    ...solved,
    amounts,
    words,
    problem: solved,
    figures: measure(tables, solved.values, solved, amounts),
    reference: model.get("reference").regions,
    limits: regionLimits(tables, solved),
    locked: new Set(shown.position.locks.map((lock) => cellOf(tables, lock))),
  };
}

function placeOf({ regions, groups }, cell) {
  return [regions[Math.floor(cell / groups.length)], groups[cell % groups.length]];
}

function cellOf({ regions, groups }, { region, group }) {
  const r = regions.findIndex(({ id }) => id === region);
  return r * groups.length + groups.findIndex(({ id }) => id === group);
}

function makeTools(head, model, session) {
  const bar = html(head, "span", { class: "sw-tools", role: "toolbar" });
  const buttons = Object.entries(TOOLS).map(([key, sign]) => {
    const button = html(bar, "button", { type: "button", "data-tool": key });
    html(button, "span", { "aria-hidden": "true" }, `${sign} `);
    const text = html(button, "span");
    button.addEventListener("click", () => session()[key]());
    return { key, button, text };
  });
  const language = html(bar, "button", { type: "button", "data-tool": "language" });
  language.addEventListener("click", () => {
    const all = Object.keys(model.get("words"));
    model.set("language", all[(all.indexOf(model.get("language")) + 1) % all.length]);
    model.save_changes();
  });
  return (state, words) => {
    const able = { undo: state.canUndo, redo: state.canRedo, reset: state.moved };
    set(bar, { "aria-label": words.say("tools") });
    for (const { key, button, text } of buttons) {
      write(text, words.say(key));
      set(button, { disabled: able[key] ? null : "" });
    }
    write(language, words.say("other_language"));
    set(language, { lang: words.say("other_code") });
  };
}

function makeTiles(list) {
  const tiles = FIGURES.map((key) => {
    const tile = html(list, "div", { "data-figure": key });
    return { key, name: html(tile, "dt"), value: html(tile, "dd"), note: html(tile, "dd") };
  });
  return ({ figures, values, words }, { groups }) => {
    const main = figures.main;
    const group = groups[main];
    const unit = words.say(`per_${group.unit}`);
    const facts = { group: group.name[words.language], unit, units: words.say(`many_${group.unit}`) };
    const reached = figures.groupReached[main] / (figures.groupHeads[main] || 1);
    const set_yuan = words.yuan(values.standard[group.id]);
    const shown = {
      allocated: [words.money(figures.total), words.yuan(figures.total)],
      reserve: [words.money(figures.reserve), words.yuan(figures.reserve)],
      reached: [words.percent(reached, 1), words.count(figures.groupReached[main])],
      assumed: [words.percent(figures.assumed / (figures.total || 1), 1), words.money(figures.assumed)],
      lowest: [words.yuan(figures.lowest[main]), set_yuan],
      highest: [words.yuan(figures.highest[main]), set_yuan],
    };
    for (const { key, name, value, note } of tiles) {
      write(name, words.say(`figure_${key}`, facts));
      write(value, shown[key][0]);
      write(note, words.say(`note_${key}`, { ...facts, value: shown[key][1] }));
    }
  };
}

function makeLegend(root, { groups, lastYear }) {
  const list = html(root, "ul", { class: "sw-legend" });
  const sample = (draw) => {
    const item = html(list, "li");
    const svg = shape(item, "svg", { width: 16, height: 14, "aria-hidden": "true" });
    draw(svg);
    return html(item, "span");
  };
  const texts = groups.map((_, g) => {
    return sample((svg) => {
      const fill = groupFills(svg, groups.length)[g];
      shape(svg, "rect", { x: 0, y: 1, width: 14, height: 12, fill });
    });
  });
  const marks = {
    floor: sample((svg) => shape(svg, "path", { class: "sw-floor", d: "M8,2H4V12H8" })),
    cap: sample((svg) => shape(svg, "path", { class: "sw-cap", d: "M4,2H8V12H4" })),
  };
  if (lastYear.some((yuan) => yuan !== null)) {
    marks.band = sample((svg) => shape(svg, "rect", { class: "sw-band", width: 14, height: 14 }));
  }
  return (words) => {
    groups.forEach((group, g) => write(texts[g], group.name[words.language]));
    for (const key in marks) write(marks[key], words.say(`legend_${key}`));
  };
}

function makeFigure(parent, key, make) {
  const host = html(parent, "figure", { class: `sw-figure sw-${key}` });
  const caption = html(host, "figcaption");
  const svg = shape(host, "svg", { role: "img" });
  return { key, host, caption, svg, update: make(svg) };
}

/** The limits that bind, and what the kernel found worth saying about the exact plan. */
function makeBound(parent) {
  const host = html(parent, "div", { class: "sw-bound" });
  const title = html(host, "h3");
  const list = html(host, "ul");
  const folded = html(host, "details");
  const count = html(folded, "summary");
  const notes = html(folded, "ul");
  return (limits, said, words, names) => {
    const lines = limits.map(({ name, side }) => {
      return words.say(`bound_${side}`, { name: limitName(name, names[words.language]) });
    });
    write(title, words.say("binding"));
    writeList(list, lines.length ? lines : [words.say("binding_none")]);
    const sentences = said?.[words.language] ?? [];
    set(folded, { hidden: sentences.length ? null : "" });
    write(count, words.say("notes", { count: sentences.length }));
    writeList(notes, sentences);
  };
}

function writeList(list, lines) {
  const key = lines.join("\n");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren();
  for (const line of lines) html(list, "li", {}, line);
}

/** A limit in the planner's words: those Python names, or the name the planner gave it. */
function limitName(name, names) {
  return names[name] ?? name.replace(/^limits\//, "");
}

/** Say what stands in the way, and offer what can be done about it. */
function showNotice(notice, { model, session, words, away, phase, answer, preview }) {
  const language = words.language;
  const lines = [];
  const offers = [];
  if (session.kept && !session.keptDone) {
    lines.push(words.say("kept"));
    offers.push([words.say("restore"), () => session.go(session.kept)]);
  }
  if (away) {
    lines.push(words.say("away"));
    offers.push([words.say("again"), () => session.resend()]);
  }
  if (answer && answer.status !== "exact") lines.push(...answer.sentences[language]);
  else if (phase === "clash" || phase === "refused" || phase === "undecided") {
    const reasons = (preview.refused ?? []).map((code) => words.say(`reason_${code}`)).join(" · ");
    const names = clashing(preview, model.get("names")[language]);
    lines.push(words.say(`say_${phase}`, { names, reasons }));
  }
  if (phase === "disagree") lines.push(words.say("say_disagree"));
  for (const repair of answer?.repairs ?? []) {
    offers.push([repair.label[language], () => session.go(repair.position)]);
  }
  const key = JSON.stringify([lines, offers.map(([label]) => label)]);
  if (notice.dataset.key === key) return;
  notice.dataset.key = key;
  notice.replaceChildren();
  set(notice, { hidden: lines.length ? null : "" });
  for (const line of lines) html(notice, "p", {}, line);
  for (const [label, act] of offers) {
    const button = html(notice, "button", { type: "button", class: "sw-strong" }, label);
    button.addEventListener("click", () => {
      session.keptDone = true;
      act();
    });
  }
}

/** The limits that have weight in the browser's certificate: those the clash is about, or some more. */
function clashing({ certificate, limits }, names) {
  if (!certificate) return "";
  const most = certificate.reduce((size, weight) => Math.max(size, Math.abs(weight)), 0);
  const found = limits.filter((_, k) => Math.abs(certificate[k]) > 0.01 * most);
  return found.map(({ name }) => limitName(name, names)).slice(0, 8).join(" · ");
}

/** Note at once when the kernel is gone, where the front end says so. */
function watchKernel(model, session) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.connectionStatusChanged) return () => {};
  const gone = () => {
    const lost = kernel.connectionStatus !== "connected" || ["dead", "unknown"].includes(kernel.status);
    session.lose(lost);
    if (!lost && session.state().phase !== "exact") session.resend();
  };
  kernel.connectionStatusChanged.connect(gone);
  kernel.statusChanged.connect(onStatus);
  function onStatus() {
    if (kernel.status === "dead") session.lose(true);
  }
  return () => {
    kernel.connectionStatusChanged.disconnect(gone);
    kernel.statusChanged.disconnect(onStatus);
  };
}
