// What ipywidgets' sliders lack: a name and a spoken value for those who do not see them, the amount
// in the planner's own unit, the standard as it comes out beside the standard as set, and help. The
// sliders stand anywhere in the page; their class says which lever they are.

import { set, write } from "./draw.js";

/**
 * Return a function that labels the sliders of a panel. Looking for them takes a frame's time in a
 * long page, so only a thorough call does; others see to those known that have moved.
 */
export function sliderLabels(levers, model) {
  const { groups } = model.get("tables");
  const known = levers.map((lever) => {
    const group = groups.findIndex(({ id }) => id === lever.member);
    return { lever, group, controls: [], before: "", out: "" };
  });
  const point = ({ target }) => {
    const control = target.closest?.(".sw-levers [class*=sw-lever-]");
    const found = known.find(({ controls }) => controls.includes(control));
    const line = control?.closest(".sw-levers").querySelector(".sw-help");
    if (found && line) write(line, helpOf(found.lever, spoken));
  };
  let spoken = null;
  const events = ["focusin", "pointerover"];
  for (const event of events) document.addEventListener(event, point);
  function update(words, figures, thorough) {
    spoken = words;
    if (thorough) openByKey();
    for (const one of known) {
      if (thorough) one.controls = [...document.getElementsByClassName(`sw-lever-${one.lever.name}`)];
      const value = model.get(one.lever.name);
      const out = figures && one.lever.field === "standard" ? standardOut(figures, one.group, words) : "";
      const now = `${words.language} ${value} ${out}`;
      if (now === one.before && !thorough) continue;
      one.before = now;
      const said = saidBy(one.lever, value, groups[one.group], words);
      for (const control of one.controls) label(control, one.lever.label[words.language], said, out);
    }
  }
  update.close = () => {
    for (const event of events) document.removeEventListener(event, point);
  };
  return update;
}

/** The headings of folded sections, which ipywidgets leaves to the mouse. */
function openByKey() {
  for (const head of document.querySelectorAll(".sw-levers .jupyter-widget-Collapse-header")) {
    const open = head.classList.contains("jupyter-widget-Collapse-open");
    set(head, { role: "button", tabindex: 0, "aria-expanded": String(open) });
    if (head.dataset.keys) continue;
    head.dataset.keys = "true";
    head.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      head.click();
    });
    head.addEventListener("click", () => setTimeout(openByKey));
  }
}

function label(control, text, { shown, beside, spoken }, out) {
  const own = control.querySelector("label");
  if (own) write(own, text);
  set(control, { "data-said": beside, "data-out": out || null });
  const handle = control.querySelector(".noUi-handle");
  const heard = [spoken, out].filter(Boolean).join(" ");
  if (handle) set(handle, { "aria-label": text, "aria-valuetext": heard });
  const readout = control.querySelector(".widget-readout");
  if (!readout) return;
  set(readout, { role: "textbox", "aria-label": text });
  // A slider shows the nearest of its steps; what counts is the value it was given.
  if (readout !== document.activeElement) write(readout, shown);
}

/** The standard as it comes out: on average, lowest and highest of all units. */
function standardOut({ groupYuan, groupHeads, lowest, highest }, g, words) {
  if (!groupHeads[g]) return "";
  const value = words.yuan(groupYuan[g] / groupHeads[g]);
  return words.say("comes_out", { value, low: words.yuan(lowest[g]), high: words.yuan(highest[g]) });
}

/** A slider's figure, what stands beside it, and what is read out for it. */
function saidBy({ unit }, value, group, words) {
  if (unit === "yuan") {
    return { shown: words.yuan(value), beside: words.money(value), spoken: words.money(value) };
  }
  if (unit === "yuan_a_head") {
    const beside = words.say(group ? `unit_per_${group.unit}` : "unit_yuan_a_head");
    return { shown: words.yuan(value), beside, spoken: `${words.yuan(value)} ${beside}` };
  }
  const shown = unit === "share" ? words.percent(value, 1) : Number(value).toFixed(2);
  return { shown, beside: "", spoken: shown };
}

/** What a lever means, how far it goes and in which steps. */
function helpOf(lever, words) {
  const facts = { label: lever.label[words.language], help: words.say(`help_${lever.field}`) };
  if (lever.kind !== "number" && lever.kind !== "joint") return words.say("help", facts);
  const [low, high, step] = [lever.lowest, lever.highest, lever.step].map((value) => {
    return saidBy(lever, value, null, words).shown;
  });
  return words.say("help_range", { ...facts, low, high, step });
}
