// Elements and their attributes. Nothing is written twice: a frame touches only what changed.

const SVG = "http://www.w3.org/2000/svg";
const written = new WeakMap();

/** Append an SVG element. */
export function shape(parent, tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  parent.append(element);
  return element;
}

/** Append an HTML element. */
export function html(parent, tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  set(element, attributes);
  if (text) element.textContent = text;
  parent.append(element);
  return element;
}

/** Set attributes that differ from what was last set; null removes one. */
export function set(element, attributes) {
  let known = written.get(element);
  if (!known) written.set(element, (known = {}));
  for (const name in attributes) {
    const value = attributes[name];
    if (known[name] === value) continue;
    known[name] = value;
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}

/** Set the text of an element that holds nothing but text. */
export function write(element, text) {
  if (element.firstChild?.nodeType === Node.TEXT_NODE) {
    if (element.firstChild.data !== text) element.firstChild.data = text;
  } else {
    element.textContent = text;
  }
}

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** A round number not below a value. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ROUND.map((m) => m * power).find((round) => round >= value);
}

/** About how wide a text is drawn, px. */
export function widthOf(text) {
  return [...text].reduce((sum, sign) => sum + (sign > "\u2e80" ? 12.2 : 6.9), 0);
}

/** Tint for coverage: warm below 1, cool above, clear at 1. The figure always stands beside it. */
export function tint(coverage, strength = 0.5) {
  if (!Number.isFinite(coverage)) return "transparent";
  const away = Math.max(-1, Math.min(1, (coverage - 1) / 0.3));
  const hue = away < 0 ? "221, 122, 24" : "68, 119, 170";
  return `rgba(${hue}, ${(Math.abs(away) * strength).toFixed(3)})`;
}
