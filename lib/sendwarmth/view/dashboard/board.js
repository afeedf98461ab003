// The panel as a whole: state and tools on top, key figures, figures, table, map.

import { changesSaid, makeBars, makeChanges } from "./bars.js";
import { html, set, shape, write } from "./draw.js";
import { watchKernel } from "./kernel.js";
import { sliderLabels } from "./levers.js";
import { makeMap } from "./map.js";
import { binding, measure, regionLimits } from "./measures.js";
import { makeBound, showNotice } from "./notice.js";
import { openSession } from "./session.js";
import { makeLockForm, makeTable } from "./table.js";
import { makeLegend, makeTiles } from "./tiles.js";
import { speaker } from "./words.js";

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
  const who = html(changes.host, "p", { class: "sw-who" });
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
  // What is out of sight need not follow a drag; it is drawn when it comes into sight or levers rest.
  const seen = new Set();
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
      }
      if (shown) later ||= requestAnimationFrame(drawRest);
    },
    { rootMargin: "200px" },
  );
  for (const part of [wide, lower]) sight.observe(part);
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
    const due = (part) => shown.resting || seen.has(part);
    // Which answer all of this shows, for whoever has to wait for it.
    set(root, { "data-answer": shown.answer ? String(shown.answer.serial) : null });
    const view = shown.feasible && viewOf(shown, model, words);
    if (model.get("kernel")) label(words, view?.figures, shown.answer !== null);
    if (!view) return;
    legend(words);
    write(who, changesSaid(view, tables));
    if (due(wide)) drawTable(view, words);
    if (due(lower)) drawLower(view, words);
  }

  function drawTable(view, words) {
    write(heading, words.say("table"));
    write(marks, words.say("marks"));
    set(wide, { "aria-label": words.say("table") });
    table.update(view);
  }

  function drawLower(view, words) {
    drawFigure(map, view, words.say("map"));
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
    sight.disconnect();
    label.close();
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

function makeFigure(parent, key, make) {
  const host = html(parent, "figure", { class: `sw-figure sw-${key}` });
  const caption = html(host, "figcaption");
  const svg = shape(host, "svg", { role: "img" });
  return { key, host, caption, svg, update: make(svg) };
}
