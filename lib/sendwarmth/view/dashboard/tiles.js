// The key figures, and the legend of the figures below them.

import { html, set, shape, write } from "./draw.js";
import { groupFills } from "./bars.js";

const FIGURES = ["allocated", "reserve", "reached", "assumed", "lowest", "highest"];

export function makeTiles(list) {
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

export function makeLegend(root, { groups, lastYear }) {
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
