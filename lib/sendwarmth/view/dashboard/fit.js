// The fit: the table nearest to a target, in relative entropy, that keeps every bound, every limit
// and the total. The same mathematics as the Python module `model/fit.py`, written again for the
// browser so that a lever can be followed within one frame; a test holds the two together.
// Where plain Newton on the dual stalls, proximal steps go on.

import { newton, proves, worstMiss } from "./newton.js";

const MISS = 1e-9; // worst broken limit, in shares of the total, that counts as none
const SURE_MISS = 1e-8; // a miss above this counts as a clash; between the two nobody is sure

/**
 * Fit a table.
 * @param {{target: Float64Array, lower: Float64Array, upper: Float64Array,
 *          limits: {cells: number[], floor: ?number, cap: ?number}[], total: number}} problem
 *   Yuan; cells are numbered row by row; null is no bound.
 * @returns {{status: "done"|"infeasible"|"undecided", amounts: ?Float64Array,
 *            certificate: ?Float64Array, converged: boolean}}
 *   Amounts in yuan. The certificate has one weight a limit and a last one for the total: limits
 *   with weight 0 have no part in the clash. `converged` is false where proximal steps were needed.
 */
export function fit(problem) {
  const scaled = inShares(problem);
  if (scaled.crossed) return { status: "infeasible", amounts: null, certificate: null, converged: true };
  const plain = newton(scaled, new Float64Array(scaled.count), 0, 30, 1e-10);
  if (plain.verdict === "done") return answer(problem, scaled, plain.point, true);
  if (plain.verdict === "infeasible") return clash(plain.point.y, true);
  return proximal(problem, scaled);
}

function clash(certificate, converged) {
  return { status: "infeasible", amounts: null, certificate, converged };
}

function proximal(problem, scaled) {
  let y = new Float64Array(scaled.count);
  let rho = 1e-2;
  let point, move;
  for (let round = 0; round < 60; round++) {
    point = newton(scaled, y, rho, 60, 1e-12).point;
    move = point.y.map((value, k) => value - y[k]);
    y = point.y;
    if (worstMiss(scaled, point.sums) < MISS) return answer(problem, scaled, point, false);
    if (proves(scaled, move)) return clash(move, false);
    rho = Math.max(0.3 * rho, 1e-8);
  }
  if (worstMiss(scaled, point.sums) > SURE_MISS) return clash(move, false);
  return { status: "undecided", amounts: null, certificate: move, converged: false };
}

/** The problem in shares of the total, the total being its last limit. */
function inShares({ target, lower, upper, limits, total }) {
  const cells = target.length;
  const scale = total || 1;
  const high = upper.map((most) => Math.min(most, total));
  for (const limit of limits) {
    // A cap of 0 closes its cells; as a multiplier it would have to go to 0 for ever.
    if (limit.cap === 0) for (const c of limit.cells) if (lower[c] <= 0) high[c] = 0;
  }
  const free = target.map((wanted, c) => (wanted > 0 && high[c] > lower[c] ? 1 : 0));
  let whole = 0;
  let crossed = false;
  for (let c = 0; c < cells; c++) {
    if (free[c]) whole += target[c];
    if (high[c] < lower[c]) crossed = true;
  }
  const share = new Float64Array(cells);
  const low = new Float64Array(cells); // logarithms of bound over target; 0 for a fixed cell
  const top = new Float64Array(cells);
  const least = new Float64Array(cells);
  const most = new Float64Array(cells);
  for (let c = 0; c < cells; c++) {
    least[c] = lower[c] / scale;
    most[c] = (free[c] ? high[c] : lower[c]) / scale;
    share[c] = free[c] ? target[c] / whole : least[c];
    if (free[c]) {
      low[c] = Math.log(least[c] / share[c]);
      top[c] = Math.log(most[c] / share[c]);
    }
  }
  const members = [...limits.map((limit) => limit.cells), Array.from(share.keys())];
  const count = members.length;
  const floor = new Float64Array(count).fill(1);
  const cap = new Float64Array(count).fill(1);
  limits.forEach((limit, k) => {
    floor[k] = limit.floor > 0 ? limit.floor / scale : -Infinity;
    cap[k] = limit.cap === null ? Infinity : limit.cap / scale;
  });
  if (!total) floor[count - 1] = cap[count - 1] = 0;
  const holders = Array.from({ length: cells }, () => []);
  members.forEach((list, k) => list.forEach((c) => holders[c].push(k)));
  return { count, cells, crossed, free, share, low, top, least, most, floor, cap, members, holders };
}

function answer(problem, scaled, point, converged) {
  const amounts = new Float64Array(scaled.cells);
  const scale = problem.total || 1;
  for (let c = 0; c < scaled.cells; c++) {
    const s = point.spread[c];
    if (!scaled.free[c] || s <= scaled.low[c]) amounts[c] = scaled.least[c] * scale;
    else if (s >= scaled.top[c]) amounts[c] = scaled.most[c] * scale;
    else amounts[c] = point.x[c] * scale;
  }
  return { status: "done", amounts, certificate: null, converged };
}
