// What ipywidgets' sliders lack: a name and a spoken value for those who do not see them, and the
// amount in the planner's own unit. The sliders stand anywhere in the page; their class says which.

import { set } from "./draw.js";

/** Label the sliders of a panel anew; returns how many were found. */
export function labelSliders(levers, model, words) {
  let found = 0;
  for (const lever of levers) {
    for (const control of document.getElementsByClassName(`sw-lever-${lever.name}`)) {
      found += 1;
      const label = lever.label[words.language];
      const text = control.querySelector("label");
      if (text && text.textContent !== label) text.textContent = label;
      const value = model.get(lever.name);
      const [beside, spoken] = saidBy(lever, value, words);
      set(control, { "data-said": beside });
      const handle = control.querySelector(".noUi-handle");
      if (handle) set(handle, { "aria-label": label, "aria-valuetext": spoken });
      const readout = control.querySelector(".widget-readout");
      if (readout) set(readout, { role: "textbox", "aria-label": label });
    }
  }
  return found;
}

/** What stands beside the slider's own figure, and what is read out for it. */
function saidBy({ unit }, value, words) {
  const a_head = words.say("unit_yuan_a_head");
  if (unit === "yuan") return [words.money(value), words.money(value)];
  if (unit === "yuan_a_head") return [a_head, `${words.yuan(value)} ${a_head}`];
  return ["", unit === "share" ? words.percent(value, 1) : null];
}
