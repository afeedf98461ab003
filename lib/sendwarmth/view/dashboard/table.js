// The table of cells: amounts tinted by coverage, totals, standards; a cell opens its lock.

import { html, set, tint, write } from "./draw.js";
import { nameOf } from "./words.js";

const LAST = ["total", "coverage", "standard_set", "standard_out"];

/**
 * @param {HTMLTableElement} table
 * @param {(cell: number, button: HTMLElement) => void} open Called when a cell is pressed.
 */
export function makeTable(table, tables, open) {
  const { regions, groups, heads } = tables;
  set(table, { role: "grid", class: "sw-table" });
  const head = html(html(table, "thead"), "tr");
  const corner = html(head, "th", { scope: "col" });
  const columns = groups.map(() => html(head, "th", { scope: "col" }));
  const sum = html(head, "th", { scope: "col" });
  const body = html(table, "tbody");
  const buttons = [];
  const rows = regions.map((_, r) => {
    const row = html(body, "tr");
    const name = html(row, "th", { scope: "row" });
    const cells = groups.map((_, g) => makeCell(row, r * groups.length + g));
    return { name, cells, total: makePair(html(row, "td", { class: "sw-sum" })) };
  });
  const foot = html(table, "tfoot");
  const ends = LAST.map((key) => {
    const row = html(foot, "tr", { class: `sw-${key}` });
    const name = html(row, "th", { scope: "row" });
    const cells = [...groups, null].map(() => html(row, "td"));
    return { key, name, cells: cells.map((cell) => ({ text: html(cell, "span"), more: html(cell, "small") })) };
  });

  function makeCell(row, c) {
    const cell = html(row, "td");
    const button = html(cell, "button", { type: "button", tabindex: c ? -1 : 0 });
    button.addEventListener("click", () => open(c, button));
    button.addEventListener("keydown", (event) => walk(event, c));
    buttons.push(button);
    const mark = html(button, "span", { class: "sw-mark", "aria-hidden": "true" });
    const said = html(button, "span", { class: "sw-hidden" });
    return { cell, mark, said, ...makePair(button) };
  }

  function makePair(parent) {
    return { amount: html(parent, "span", { class: "sw-amount" }), cover: html(parent, "small") };
  }

  // One stop for the Tab key; arrows walk the cells.
  function walk(event, c) {
    const wide = groups.length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide }[event.key];
    const next = buttons[c + step];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    focusCell(c + step);
  }

  function focusCell(c) {
    buttons.forEach((button, n) => set(button, { tabindex: n === c ? 0 : -1 }));
    buttons[c].focus();
  }

  function update({ figures, amounts, values, problem, words, locked }) {
    const { say, language } = words;
    write(corner, say("region"));
    write(sum, say("total"));
    groups.forEach((group, g) => write(columns[g], group.name[language]));
    rows.forEach((row, r) => {
      write(row.name, nameOf(regions[r], language));
      row.cells.forEach((cell, g) => updateCell(cell, r * groups.length + g));
      write(row.total.amount, words.large(figures.regionYuan[r]));
      write(row.total.cover, words.percent(figures.regionYuan[r] / figures.regionClaim[r] || 0));
    });
    for (const { key, name, cells } of ends) {
      write(name, say(key));
      const texts = lastRow(key, figures, values, words);
      cells.forEach(({ text, more }, g) => {
        write(text, [texts[g]].flat()[0]);
        write(more, [texts[g]].flat()[1] ?? "");
      });
    }

    function updateCell(cell, c) {
      const coverage = amounts[c] / problem.claims[c];
      const lower = problem.lower[c] > 0 && amounts[c] <= problem.lower[c];
      const upper = amounts[c] >= problem.upper[c] && heads[c] > 0;
      const state = locked.has(c) ? "lock" : lower ? "floor" : upper ? "cap" : "";
      write(cell.amount, words.large(amounts[c]));
      write(cell.cover, problem.claims[c] > 0 ? words.percent(coverage) : "–");
      write(cell.mark, { lock: "◆", floor: "▾", cap: "▴" }[state] ?? "");
      write(cell.said, state ? say(`mark_${state}`) : "");
      set(cell.cell, { style: `background:${tint(coverage)}`, class: state ? `sw-is-${state}` : null });
    }
  }

  function lastRow(key, figures, values, words) {
    const claim = figures.groupClaim.reduce((sum, yuan) => sum + yuan, 0);
    const heads = (g) => figures.groupHeads[g] > 0;
    const cells = {
      total: (g) => words.large(figures.groupYuan[g]),
      coverage: (g) => words.percent(figures.groupYuan[g] / figures.groupClaim[g] || 0),
      standard_set: (g) => words.yuan(values.standard[groups[g].id]),
      standard_out: (g) =>
        heads(g)
          ? [
              words.yuan(figures.groupYuan[g] / figures.groupHeads[g]),
              `${words.yuan(figures.lowest[g])}–${words.yuan(figures.highest[g])}`,
            ]
          : "–",
    };
    const last = { total: words.large(figures.total), coverage: words.percent(figures.total / claim || 0) };
    return [...groups.map((_, g) => cells[key](g)), last[key] ?? ""];
  }

  return { update, focusCell };
}

/** The form that locks one cell at an amount, with who and why. */
export function makeLockForm(parent, done) {
  const form = html(parent, "form", { class: "sw-lock", hidden: "" });
  const title = html(form, "strong");
  const fields = Object.fromEntries(
    ["amount", "who", "why", "until"].map((name) => {
      const label = html(form, "label");
      const text = html(label, "span");
      const type = { amount: "number", until: "date" }[name] ?? "text";
      const more = name === "amount" ? { min: 0, step: "any", required: "" } : { maxlength: 200 };
      return [name, { text, input: html(label, "input", { type, ...more }) }];
    }),
  );
  const lock = html(form, "button", { type: "submit", class: "sw-strong" });
  const unlock = html(form, "button", { type: "button" });
  const cancel = html(form, "button", { type: "button" });
  const problem = html(form, "p", { class: "sw-error", role: "alert" });
  let at = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const yuan = Math.round(Number(fields.amount.input.value) * at.scale);
    const [who, why] = [fields.who.input.value.trim(), fields.why.input.value.trim()];
    if (!who || !why) return write(problem, at.say("lock_needs"));
    close({ yuan, who, why, until: fields.until.input.value });
  });
  unlock.addEventListener("click", () => close(null));
  cancel.addEventListener("click", () => close());
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  function close(lockOrNothing) {
    set(form, { hidden: "" });
    const { cell } = at;
    at = null;
    done(cell, lockOrNothing);
  }

  /** Open for a cell; `held` is its lock, `yuan` what it has now. */
  function open({ cell, name, yuan, held, words }) {
    at = { cell, scale: words.scale, say: words.say };
    write(title, words.say("lock_title", { cell: name }));
    for (const key of Object.keys(fields)) write(fields[key].text, words.say(`lock_${key}`));
    write(lock, words.say("lock"));
    write(unlock, words.say("unlock"));
    write(cancel, words.say("cancel"));
    write(problem, "");
    set(unlock, { hidden: held ? null : "" });
    fields.amount.input.value = String((held?.yuan ?? yuan) / words.scale);
    for (const key of ["who", "why", "until"]) fields[key].input.value = held?.[key] ?? "";
    set(form, { hidden: null });
    fields.amount.input.focus();
    fields.amount.input.select();
  }
  return { open };
}
