// What ipywidgets' sliders lack: a name and a spoken value for those who do not see them, and the
// amount in the planner's own unit. The sliders stand anywhere in the page; their class says which.

import { set, write } from "./draw.js";

/**
 * Return a function that labels the sliders of a panel. Looking for them takes a frame's time in a
 * long page, so only a thorough call does; others see to those known that have moved.
 */
export function sliderLabels(levers, model) {
  const known = levers.map((lever) => ({ lever, controls: [], before: "" }));
  return (words, thorough) => {
    for (const one of known) {
      if (thorough) one.controls = [...document.getElementsByClassName(`sw-lever-${one.lever.name}`)];
      const value = model.get(one.lever.name);
      const now = `${words.language} ${value}`;
      if (now === one.before && !thorough) continue;
      one.before = now;
      for (const control of one.controls) label(control, one.lever, value, words);
    }
  };
}

function label(control, lever, value, words) {
  const text = lever.label[words.language];
  const { shown, beside, spoken } = saidBy(lever, value, words);
  const own = control.querySelector("label");
  if (own) write(own, text);
  set(control, { "data-said": beside });
  const handle = control.querySelector(".noUi-handle");
  if (handle) set(handle, { "aria-label": text, "aria-valuetext": spoken });
  const readout = control.querySelector(".widget-readout");
  if (!readout) return;
  set(readout, { role: "textbox", "aria-label": text });
  // A slider shows the nearest of its steps; what counts is the value it was given.
  if (readout !== document.activeElement) write(readout, shown);
}

/** A slider's figure, what stands beside it, and what is read out for it. */
function saidBy({ unit }, value, words) {
  if (unit === "yuan") {
    return { shown: words.yuan(value), beside: words.money(value), spoken: words.money(value) };
  }
  if (unit === "yuan_a_head") {
    const beside = words.say("unit_yuan_a_head");
    return { shown: words.yuan(value), beside, spoken: `${words.yuan(value)} ${beside}` };
  }
  const shown = unit === "share" ? words.percent(value, 1) : Number(value).toFixed(2);
  return { shown, beside: "", spoken: shown };
}
