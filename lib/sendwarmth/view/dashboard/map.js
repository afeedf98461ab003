// A small map by coordinates: a circle a region, its area the money, its tint the coverage, which is written beside it.

import { set, shape, tint, widthOf, write } from "./draw.js";
import { nameOf } from "./words.js";

const EDGE = 30;
const TALLEST = 290;

/** Regions without coordinates stand in a row below. */
export function makeMap(svg, tables) {
  const { regions } = tables;
  const marks = regions.map(() => {
    const group = shape(svg, "g");
    return {
      circle: shape(group, "circle", { class: "sw-circle" }),
      text: shape(group, "text", { class: "sw-label" }),
    };
  });
  let places = null;
  return function update({ width, figures, words }) {
    const key = `${width} ${words.language}`;
    if (places?.key !== key) {
      places = { key, ...layOut(regions, width, words.language, radiiOf(figures)) };
      set(svg, { width, height: places.height, viewBox: `0 0 ${width} ${places.height}` });
    }
    const radii = radiiOf(figures);
    marks.forEach(({ circle, text }, r) => {
      const { x, y, label } = places.at[r];
      const coverage = figures.regionYuan[r] / figures.regionClaim[r];
      set(circle, { cx: x, cy: y, r: radii[r].toFixed(1), fill: tint(coverage, 0.9) });
      set(text, { x: x + label.dx, y: y + label.dy, "text-anchor": label.anchor });
      const said = Number.isFinite(coverage) ? ` ${words.percent(coverage)}` : "";
      write(text, label.hidden ? "" : nameOf(regions[r], words.language) + said);
    });
  };
}

function radiiOf({ regionYuan }) {
  const most = Math.max(...regionYuan) || 1;
  return Array.from(regionYuan, (yuan) => 3 + 14 * Math.sqrt(yuan / most));
}

function layOut(regions, width, language, radii) {
  const known = regions.filter(({ place }) => place.every((number) => number !== null));
  const [south, north] = extent(known.map(({ place }) => place[0]));
  const [west, east] = extent(known.map(({ place }) => place[1]));
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((width - 2 * EDGE) / ((east - west) * squeeze || 1), TALLEST / (north - south || 1));
  const tall = (north - south) * scale + 2 * EDGE;
  const side = (width - (east - west) * squeeze * scale) / 2;
  let spare = 0;
  const without = regions.length - known.length;
  const at = regions.map(({ place }) => {
    if (place.every((number) => number !== null)) {
      const x = side + (place[1] - west) * squeeze * scale;
      return { x, y: EDGE + (north - place[0]) * scale };
    }
    spare += 1;
    return { x: (width * spare) / (without + 1), y: tall + 14 };
  });
  placeLabels(at, regions, language, radii);
  return { at, height: Math.round(tall + (without ? 44 : 0)) };
}

function extent(values) {
  return values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
}

/** Give each label the side where it covers least of circles and labels already there. */
function placeLabels(at, regions, language, radii) {
  const boxes = at.map(({ x, y }, r) => [x - radii[r], y - radii[r], x + radii[r], y + radii[r]]);
  const order = [...at.keys()].sort((a, b) => radii[b] - radii[a]);
  for (const r of order) {
    const mark = at[r];
    const long = widthOf(`${nameOf(regions[r], language)} 100%`);
    const off = radii[r] + 3;
    const sides = [
      { dx: off, dy: 4, anchor: "start", box: [off, -7, off + long, 7] },
      { dx: -off, dy: 4, anchor: "end", box: [-off - long, -7, -off, 7] },
      { dx: 0, dy: -off - 1, anchor: "middle", box: [-long / 2, -off - 12, long / 2, -off] },
      { dx: 0, dy: off + 10, anchor: "middle", box: [-long / 2, off, long / 2, off + 12] },
    ];
    const rated = sides.map((side) => {
      const box = side.box.map((value, n) => value + (n % 2 ? mark.y : mark.x));
      return { ...side, box, covered: boxes.reduce((sum, other) => sum + overlap(box, other), 0) };
    });
    mark.label = rated.reduce((best, side) => (side.covered < best.covered ? side : best));
    mark.label.hidden = regions.length > 40 && mark.label.covered > 40;
    if (!mark.label.hidden) boxes.push(mark.label.box);
  }
}

function overlap(a, b) {
  const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const tall = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return wide > 0 && tall > 0 ? wide * tall : 0;
}
