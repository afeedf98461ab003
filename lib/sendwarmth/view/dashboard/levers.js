// What ipywidgets' sliders lack: a name and a spoken value for those who do not see them, and the
// amount in the planner's own unit. The sliders stand anywhere in the page; their class says which.

import { set, write } from "./draw.js";

/** Label the sliders of a panel anew; returns how many were found. */
export function labelSliders(levers, model, words) {
  let found = 0;
  for (const lever of levers) {
    for (const control of document.getElementsByClassName(`sw-lever-${lever.name}`)) {
      found += 1;
      const label = lever.label[words.language];
      const text = control.querySelector("label");
      if (text && text.textContent !== label) text.textContent = label;
      const { shown, beside, spoken } = saidBy(lever, model.get(lever.name), words);
      set(control, { "data-said": beside });
      const handle = control.querySelector(".noUi-handle");
      if (handle) set(handle, { "aria-label": label, "aria-valuetext": spoken });
      const readout = control.querySelector(".widget-readout");
      if (!readout) continue;
      set(readout, { role: "textbox", "aria-label": label });
      // A slider shows the nearest of its steps; what counts is the value it was given.
      if (readout !== document.activeElement) write(readout, shown);
    }
  }
  return found;
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
