// Two figures with one row a region: the money by group with what limits it, and the change.

import { roundUp, set, shape, widthOf, write } from "./draw.js";
import { nameOf } from "./words.js";

// Told apart by colour-blind eyes (P. Tol, bright), and by texture besides.
const COLOURS = ["#4477aa", "#ccbb44", "#228833", "#aa3377", "#66ccee", "#ee6677", "#bbbbbb"];
const TEXTURES = [
  "",
  "M0,6 L6,0",
  "M0,3 L6,3",
  "M3,0 L3,6",
  "M0,0 L6,6 M0,6 L6,0",
  "M0,0 L6,6",
  "M0,1.5 L6,1.5 M0,4.5 L6,4.5",
];
const ROW = 26;
const TOP = 20;

/** Define the fills of groups in an SVG; returns their `fill` values. */
export function groupFills(svg, count) {
  const defs = shape(svg, "defs");
  return Array.from({ length: count }, (_, g) => {
    const id = `sw-fill-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}-${g}`;
    const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
    const pattern = shape(defs, "pattern", { id, ...size });
    shape(pattern, "rect", { width: 6, height: 6, fill: COLOURS[g % COLOURS.length] });
    const stroke = { stroke: "#fff", "stroke-opacity": 0.45, "stroke-width": 1, fill: "none" };
    shape(pattern, "path", { d: TEXTURES[g % TEXTURES.length], ...stroke });
    return `url(#${id})`;
  });
}

/** Room for the longest name, within a third of the figure. */
function nameRoom(regions, language, width) {
  const longest = Math.max(...regions.map((region) => widthOf(nameOf(region, language))));
  return Math.min(longest + 10, width / 3);
}

function rowHeight(count) {
  return count > 40 ? 18 : ROW;
}

/** A figure on an axis, without zeros behind the point. */
function short(figure) {
  return figure.includes(".") ? figure.replace(/\.?0+$/, "") : figure;
}

/** A path of rectangles, one after the other: `[x, y, width, height]` each. */
function boxes(all) {
  return all.map(([x, y, wide, high]) => `M${x.toFixed(1)},${y}h${wide.toFixed(1)}v${high}h${-wide.toFixed(1)}z`).join("");
}

/** The names of regions and a figure each, row by row. */
function makeRows(svg, regions, height) {
  return regions.map((_, r) => {
    const y = TOP + r * height + height / 2 + 4;
    return {
      name: shape(svg, "text", { class: "sw-name", y }),
      text: shape(svg, "text", { class: "sw-total", y }),
    };
  });
}

/** Bars by region, stacked by group, with floor, cap and band: a path for all rows of each. */
export function makeBars(svg, tables) {
  const { regions, groups } = tables;
  const fills = groupFills(svg, groups.length);
  const height = rowHeight(regions.length);
  const grid = shape(svg, "g", { class: "sw-grid" });
  const lines = Array.from({ length: 6 }, () => ({
    line: shape(grid, "line"),
    label: shape(grid, "text", { "text-anchor": "middle", y: TOP - 7 }),
  }));
  const bands = shape(svg, "path", { class: "sw-band" });
  const parts = groups.map((_, g) => shape(svg, "path", { class: "sw-part", fill: fills[g] }));
  const floors = shape(svg, "path", { class: "sw-floor" });
  const caps = shape(svg, "path", { class: "sw-cap" });
  const rows = makeRows(svg, regions, height);
  let most = 0;
  return function update({ width, figures, amounts, limits, words }) {
    const left = nameRoom(regions, words.language, width);
    const span = Math.max(width - left - 66, 0);
    const needed = roundUp(Math.max(...figures.regionYuan) * 1.02);
    if (needed > most || needed < most / 2) most = needed;
    const x = (yuan) => left + (span * Math.min(yuan, most * 1.02)) / most;
    const bottom = TOP + regions.length * height;
    set(svg, { width, height: bottom + 4, viewBox: `0 0 ${width} ${bottom + 4}` });
    const steps = [5, 4, 3, 2].find((n) => span / n > 62 && Number.isInteger((10 * most) / n / words.scale)) ?? 2;
    lines.forEach(({ line, label }, n) => {
      const yuan = n <= steps ? (most * n) / steps : 0;
      set(line, { x1: x(yuan), x2: x(yuan), y1: TOP - 2, y2: bottom });
      set(label, { x: x(yuan) });
      write(label, n <= steps ? short(words.large(yuan)) : "");
    });
    const top = (r) => TOP + r * height;
    const from = regions.map(() => 0);
    parts.forEach((part, g) => {
      const drawn = from.map((sum, r) => {
        from[r] = sum + amounts[r * groups.length + g];
        return [x(sum), top(r) + 4, x(from[r]) - x(sum), height - 9];
      });
      set(part, { d: boxes(drawn) });
    });
    const tick = (at, r, turn) => {
      const hook = (at + turn * 4).toFixed(1);
      return `M${hook},${top(r) + 2.5}H${at.toFixed(1)}V${top(r) + height - 3.5}H${hook}`;
    };
    set(floors, { d: limits.map(({ floor }, r) => (floor > 0 ? tick(x(floor), r, 1) : "")).join("") });
    set(caps, { d: limits.map(({ cap }, r) => (cap < most ? tick(x(cap), r, -1) : "")).join("") });
    const banded = limits.flatMap(({ band }, r) => {
      if (!band) return [];
      return [[x(band[0]), top(r) + 1, Math.max(x(band[1]) - x(band[0]), 1), height - 2]];
    });
    set(bands, { d: boxes(banded) });
    rows.forEach((row, r) => {
      write(row.name, nameOf(regions[r], words.language));
      set(row.text, { x: width - 2, "text-anchor": "end" });
      write(row.text, words.large(figures.regionYuan[r]));
    });
  };
}

const NAMED = 3; // regions named among those that gain, and among those that pay

/** Who gains and who pays, in words: how many, how much, and those it concerns most. */
export function changesSaid({ figures, reference, words }, { regions }) {
  const changes = regions.map((region, r) => {
    return { name: nameOf(region, words.language), yuan: figures.regionYuan[r] - reference[r] };
  });
  const seen = changes.filter(({ yuan }) => words.signed(yuan) !== words.signed(0));
  const lines = [["gain", 1], ["pay", -1]].map(([key, side]) => {
    const own = seen.filter(({ yuan }) => yuan * side > 0).sort((a, b) => (b.yuan - a.yuan) * side);
    const most = own.slice(0, NAMED).map(({ name, yuan }) => `${name} ${words.signed(yuan)}`);
    const sum = words.signed(own.reduce((total, { yuan }) => total + yuan, 0));
    const facts = { count: own.length, sum, names: most.join(words.say("list")) };
    return own.length ? words.say(`changes_${key}`, facts) : "";
  });
  return lines.filter(Boolean).join(" ") || words.say("changes_none");
}

/** Gains and losses against another plan, one row a region. */
export function makeChanges(svg, tables) {
  const { regions } = tables;
  const height = rowHeight(regions.length);
  const axis = shape(svg, "line", { class: "sw-axis" });
  const gains = shape(svg, "path", { class: "sw-gain" });
  const losses = shape(svg, "path", { class: "sw-loss" });
  const rows = makeRows(svg, regions, height);
  let most = 0;
  return function update({ width, figures, reference, words }) {
    const left = nameRoom(regions, words.language, width);
    const middle = left + (width - left) / 2;
    const span = Math.max((width - left) / 2 - 56, 0);
    const changes = regions.map((_, r) => figures.regionYuan[r] - reference[r]);
    const needed = roundUp(Math.max(1e5, ...changes.map(Math.abs)));
    if (needed > most || needed < most / 2) most = needed;
    const bottom = TOP + regions.length * height;
    set(svg, { width, height: bottom + 4, viewBox: `0 0 ${width} ${bottom + 4}` });
    set(axis, { x1: middle, x2: middle, y1: TOP - 2, y2: bottom });
    const sizes = changes.map((change) => (span * Math.abs(change)) / most);
    const side = (up) => {
      const own = changes.map((change, r) => (change > 0 === up ? r : -1)).filter((r) => r >= 0);
      const y = (r) => TOP + r * height + 5;
      return boxes(own.map((r) => [up ? middle : middle - sizes[r], y(r), sizes[r], height - 11]));
    };
    set(gains, { d: side(true) });
    set(losses, { d: side(false) });
    rows.forEach((row, r) => {
      const up = changes[r] > 0;
      write(row.name, nameOf(regions[r], words.language));
      const beside = middle + (up ? sizes[r] + 4 : -sizes[r] - 4);
      set(row.text, { x: beside.toFixed(1), "text-anchor": up ? "start" : "end" });
      write(row.text, words.signed(changes[r]));
    });
  };
}
