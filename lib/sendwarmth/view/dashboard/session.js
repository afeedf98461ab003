// The state of one panel: where the levers are, what came before, what the kernel said.
//
// Levers are scalar traits of `model`, moved by sliders linked in the browser. Painting never waits
// for the kernel. When the levers rest, one trait, `settled`, carries the whole position with a
// serial; the kernel answers in `answer` with the same serial; older answers are dropped.

import { fit } from "./fit.js";
import { build, decimal, millionths, valuesOf } from "./problem.js";

const REST = 200; // ms without a move after which levers count as settled
const PATIENCE = 4000; // ms without an answer after which the kernel counts as away
const LISTS = ["locks", "limits"];

/** Solve a position of the levers: the problem it poses and its fit. */
export function solve(tables, levers, position) {
  const values = valuesOf(levers.filter(({ path }) => path.length), position, tables.given);
  const problem = build(tables, values);
  if (problem.refused) return { status: "refused", values, ...problem };
  return { values, ...problem, ...fit(problem) };
}

/**
 * @param {object} model get, set, on, off, save_changes: anywidget's, or the page's shim.
 * @param {(state: object) => void} paint Called once an animation frame after a change.
 */
export function openSession(model, paint) {
  const levers = model.get("levers");
  const tables = model.get("tables");
  const names = [...levers.map(({ name }) => name), ...LISTS];
  const byName = new Map(levers.map((lever) => [lever.name, lever]));
  const hasKernel = model.get("kernel");
  const past = [];
  const future = [];
  let rested = position();
  let seen = rested;
  let preview = solve(tables, levers, rested);
  let feasible = preview.status === "done" ? preview : null;
  let waiting = false; // whether a position waits until the kernel has answered another
  let away = ""; // "away" while the kernel does not answer, "gone" once it never will
  let moved = false; // whether something changed since the levers last rested
  let moving = false; // whether we are the ones who set traits
  let stale = false; // whether the preview is of another position
  let frame = 0;
  let restTimer = 0;
  let patience = 0;

  // The trait of a choice is its number among the choices, as lists in the browser have it; what
  // a slider stepped to is the decimal it shows, not 0.15000000000000002.
  function read(name) {
    const kind = byName.get(name)?.kind;
    if (kind === "choice") return byName.get(name).choices[model.get(name)];
    return kind === "number" || kind === "joint" ? decimal(model.get(name)) : model.get(name);
  }

  function put(name, value) {
    const lever = byName.get(name);
    model.set(name, lever?.kind === "choice" ? lever.choices.indexOf(value) : value);
  }

  function position() {
    return Object.fromEntries(names.map((name) => [name, read(name)]));
  }

  function state() {
    const answer = model.get("answer");
    const fresh = !moved && !waiting && answered();
    const phase = phaseOf(preview, fresh ? answer : null);
    if (fresh && answer.status === "exact" && preview.claims) {
      preview.table = answer.table; // what the kernel says counts, and stays when the next cannot hold
      feasible = preview;
    }
    return {
      position: position(),
      preview,
      feasible,
      answer: fresh ? answer : null,
      phase,
      away,
      resting: !moved,
      canUndo: past.length > 0,
      canRedo: future.length > 0,
      moved: !same(position(), model.get("start").position),
    };
  }

  function schedule() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (stale) recompute();
      paint(state());
    });
  }

  function recompute() {
    stale = false;
    preview = solve(tables, levers, position());
    if (preview.status === "done") feasible = preview;
  }

  function onLever(name) {
    if (moving || same({ [name]: read(name) }, seen)) return;
    follow(name);
    seen = position();
    moved = stale = true;
    schedule();
    clearTimeout(restTimer);
    restTimer = setTimeout(settle, REST);
  }

  /** What moving one lever by hand means for others. */
  function follow(name) {
    const lever = byName.get(name);
    if (!lever) return;
    moving = true;
    if (lever.switch && !model.get(lever.switch)) model.set(lever.switch, true);
    if (lever.field === "reserve" && lever.part !== "form") {
      put("reserve__form", lever.part || "share");
    }
    for (const joined of lever.joins) model.set(joined, model.get(name));
    for (const joint of levers) {
      const all = joint.joins.map((other) => model.get(other));
      if (joint.joins.includes(name) && all.every((value) => value === all[0])) {
        model.set(joint.name, all[0]);
      }
    }
    for (const [other, value] of shared(levers, lever, model)) model.set(other, value);
    moving = false;
  }

  function settle() {
    clearTimeout(restTimer);
    if (!moved) return;
    const now = position();
    if (!same(now, rested)) {
      past.push(rested);
      future.length = 0;
      rested = now;
    }
    send();
  }

  // One question at a time: while the kernel is at one, the newest position waits its turn.
  function send() {
    moved = false;
    if (stale) recompute();
    remember();
    schedule();
    if (hasKernel && !answered()) waiting = true;
    else ask();
  }

  function ask() {
    waiting = false;
    model.set("settled", { serial: model.get("settled").serial + 1, position: position() });
    model.save_changes();
    clearTimeout(patience);
    if (hasKernel && !away) patience = setTimeout(() => lose("away"), PATIENCE);
  }

  function answered() {
    return model.get("answer").serial === model.get("settled").serial;
  }

  function lose(how) {
    if (away !== "gone") away = how;
    schedule();
  }

  function found() {
    lose("");
    if (!away && !answered()) ask();
  }

  function onAnswer() {
    if (!answered()) return;
    clearTimeout(patience);
    lose("");
    if (waiting) ask();
  }

  /** Put every lever somewhere at once; undone as one step. */
  function go(to, keep = true) {
    settle();
    if (keep) {
      past.push(rested);
      future.length = 0;
    }
    moving = true;
    for (const name of names) if (name in to) put(name, to[name]);
    moving = false;
    seen = rested = position();
    stale = true;
    send();
  }

  function step(from, onto) {
    settle();
    if (!from.length) return;
    onto.push(rested);
    go(from.pop(), false);
  }

  // A reload of the page loses the browser's memory but not what was typed.
  const drawer = `sendwarmth ${model.get("start").name}`;
  function remember() {
    try {
      sessionStorage.setItem(drawer, JSON.stringify(position()));
    } catch {
      // A page opened from disk may have no storage; then there is nothing to remember with.
    }
  }

  function remembered() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(drawer));
      return kept && names.every((name) => name in kept) && !same(kept, position()) ? kept : null;
    } catch {
      return null;
    }
  }

  const handlers = names.map((name) => [`change:${name}`, () => onLever(name)]);
  handlers.push(["change:answer", onAnswer]);
  for (const name of ["language", "reference"]) handlers.push([`change:${name}`, schedule]);
  for (const [event, handler] of handlers) model.on(event, handler);
  const released = () => moved && settle();
  for (const event of ["pointerup", "keyup"]) document.addEventListener(event, released, true);
  let kept = hasKernel ? remembered() : null;
  // A view drawn anew may find levers that moved while nobody was looking.
  if (!same(rested, model.get("settled").position)) send();

  return {
    state,
    go,
    /** What was left unsaved when the page was last open, until it is restored or given up. */
    kept: () => kept,
    restore(wanted) {
      const left = kept;
      kept = null;
      if (wanted) go(left);
      else schedule();
    },
    lose,
    found,
    undo: () => step(past, future),
    redo: () => step(future, past),
    reset: () => go(model.get("start").position),
    resend: ask,
    close() {
      for (const [event, handler] of handlers) model.off(event, handler);
      for (const event of ["pointerup", "keyup"]) document.removeEventListener(event, released, true);
      cancelAnimationFrame(frame);
      clearTimeout(restTimer);
      clearTimeout(patience);
    },
  };
}

/** preview, exact, disagree, clash, refused or undecided. */
function phaseOf(preview, answer) {
  if (!answer) return { infeasible: "clash", done: "preview" }[preview.status] ?? preview.status;
  if (answer.status !== "exact") return preview.status === "done" ? "disagree" : answer.status;
  if (preview.status === "undecided") return "exact";
  return preview.status === "done" && agrees(preview, answer) ? "exact" : "disagree";
}

/** Whether the kernel's amounts before rounding are the preview's. */
export function agrees(preview, answer) {
  const near = (preview.converged ? 1e-9 : 1e-8) * preview.values.budget_yuan;
  return answer.exact.every((yuan, c) => Math.abs(yuan - preview.amounts[c]) <= near);
}

/** Whether two positions are one; the order of their names does not matter. */
function same(a, b) {
  return Object.keys(a).every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}

/** Shares of one whole give way to the one that was moved: envelopes add to 1, weights to at most 1. */
function shared(levers, lever, model) {
  const family = levers.filter((other) => {
    if (other.kind !== "number" || other.name === lever.name || other.field !== lever.field) return false;
    return lever.field === "group_share" || (lever.field === "factor_weight" && other.member === lever.member);
  });
  if (!["group_share", "factor_weight"].includes(lever.field) || !family.length) return [];
  const before = family.map(({ name }) => millionths(decimal(model.get(name))));
  const sum = before.reduce((total, part) => total + part, 0);
  const room = 1e6 - millionths(decimal(model.get(lever.name)));
  if (lever.field === "factor_weight" && sum <= room) return [];
  const parts = before.map((part) => {
    return 1000 * Math.floor((sum ? (room * part) / sum : room / family.length) / 1000);
  });
  if (lever.field === "group_share") {
    const largest = parts.indexOf(Math.max(...parts));
    parts[largest] += room - parts.reduce((total, part) => total + part, 0);
  }
  return family.map(({ name }, n) => [name, parts[n] / 1e6]);
}
