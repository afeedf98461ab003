// Newton's method on the dual of the fit: one variable y a limit, the logarithm of its multiplier.
// The dual is convex with a kink at y = 0, so a step must know which limits are held at their floor,
// at their cap or not at all; block principal pivoting finds out.

function sumsOver(scaled, cells) {
  const sums = new Float64Array(scaled.count);
  for (let k = 0; k < scaled.count; k++) {
    let sum = 0;
    for (const c of scaled.members[k]) sum += cells[c];
    sums[k] = sum;
  }
  return sums;
}

function spreadOver(scaled, y) {
  const spread = new Float64Array(scaled.cells);
  for (let k = 0; k < scaled.count; k++) {
    if (y[k] !== 0) for (const c of scaled.members[k]) spread[c] += y[k];
  }
  return spread;
}

/** What the limits ask for, weighted by y: the part of the dual with the kinks. */
function asked(scaled, y) {
  let sum = 0;
  for (let k = 0; k < scaled.count; k++) {
    if (y[k] > 0) sum += y[k] * scaled.floor[k];
    else if (y[k] < 0) sum += y[k] * scaled.cap[k];
  }
  return sum;
}

/** The dual at y, with the proximal term rho/2 |y - centre|^2 if rho is above 0. */
function evaluate(scaled, y, centre, rho) {
  const spread = spreadOver(scaled, y);
  const x = new Float64Array(scaled.cells);
  let smooth = 0;
  for (let c = 0; c < scaled.cells; c++) {
    const clipped = Math.min(Math.max(spread[c], scaled.low[c]), scaled.top[c]);
    x[c] = scaled.share[c] * Math.exp(clipped);
    if (x[c] > 0) smooth += x[c] * (1 + spread[c] - clipped);
  }
  const sums = sumsOver(scaled, x);
  const gradient = sums.slice();
  if (rho > 0) {
    for (let k = 0; k < scaled.count; k++) {
      const away = y[k] - centre[k];
      gradient[k] += rho * away;
      smooth += (rho / 2) * away * away;
    }
  }
  return { y, spread, x, sums, gradient, smooth, kinked: asked(scaled, y) };
}

export function worstMiss(scaled, sums) {
  let worst = -Infinity;
  for (let k = 0; k < scaled.count; k++) {
    worst = Math.max(worst, scaled.floor[k] - sums[k], sums[k] - scaled.cap[k]);
  }
  return worst;
}

/** How far from optimal: a broken limit, or a multiplier on a limit that has slack. */
function residual(scaled, { y, gradient }) {
  let worst = worstMiss(scaled, gradient);
  for (let k = 0; k < scaled.count; k++) {
    if (y[k] === 0) continue;
    const bound = y[k] > 0 ? scaled.floor[k] : scaled.cap[k];
    worst = Math.max(worst, Math.min(Math.abs(y[k]), Math.abs(gradient[k] - bound)));
  }
  return worst;
}

/** Whether y proves a clash: weighted by it, no table within the bounds reaches what is asked. */
export function proves(scaled, y) {
  const spread = spreadOver(scaled, y);
  let reach = 0;
  for (let c = 0; c < scaled.cells; c++) {
    if (spread[c] !== 0) reach += spread[c] * (spread[c] > 0 ? scaled.most[c] : scaled.least[c]);
  }
  const size = y.reduce((sum, value) => sum + Math.abs(value), 0);
  return reach - asked(scaled, y) < -1e-8 * size;
}

export function newton(scaled, start, rho, steps, tolerance) {
  let point = evaluate(scaled, start, start, rho);
  let ridge = 1e-9;
  for (let n = 0; n < steps; n++) {
    const error = residual(scaled, point);
    if (error < tolerance) return { verdict: "done", point };
    if (rho === 0 && proves(scaled, point.y)) return { verdict: "infeasible", point };
    const step = direction(scaled, point, hessian(scaled, point, rho, Math.max(ridge, Math.min(0.1 * error, 0.1))));
    const longest = step.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
    const capped = longest > 20;
    if (capped) step.forEach((d, k) => (step[k] = (d * 20) / longest));
    const found = lineSearch(scaled, point, step, start, rho);
    point = found.point;
    if (found.length === 1 && !capped) ridge = Math.max(ridge / 10, 1e-9);
    else if (capped || found.length < 0.3) ridge = Math.min(ridge * 30, 0.1);
  }
  return { verdict: residual(scaled, point) < tolerance ? "done" : "undecided", point };
}

function lineSearch(scaled, point, step, centre, rho) {
  const slope = dot(point.gradient, step);
  const noise = 4e-16 * Math.max(1, Math.abs(point.smooth) + Math.abs(point.kinked));
  let length = 1;
  for (let tries = 0; ; tries++, length *= 0.4) {
    const y = point.y.map((value, k) => value + length * step[k]);
    const next = evaluate(scaled, y, centre, rho);
    const bent = next.kinked - point.kinked;
    const fallen = next.smooth - point.smooth - bent;
    if (fallen <= 1e-4 * (length * slope - bent) + noise || tries === 29) {
      return { point: next, length };
    }
  }
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** A diag(w) A' + ridge, w being the amounts of cells strictly between their bounds. */
function hessian(scaled, { spread, x, sums }, rho, ridge) {
  const n = scaled.count;
  const matrix = new Float64Array(n * n);
  for (let c = 0; c < scaled.cells; c++) {
    if (!(spread[c] > scaled.low[c] && spread[c] < scaled.top[c])) continue;
    const holders = scaled.holders[c];
    for (const i of holders) for (const j of holders) matrix[i * n + j] += x[c];
  }
  for (let k = 0; k < n; k++) matrix[k * n + k] += rho + ridge * Math.max(sums[k], 1e-3) + 1e-14;
  return matrix;
}

/** Minimise the quadratic model of the dual, kinks included, by block principal pivoting. */
function direction(scaled, { y, gradient }, matrix) {
  const n = scaled.count;
  const toFloor = scaled.floor.map((floor, k) => floor - gradient[k]);
  const toCap = scaled.cap.map((cap, k) => cap - gradient[k]);
  const equal = scaled.floor.map((floor, k) => (floor === scaled.cap[k] ? 1 : 0));
  // +1: held at its floor, -1: held at its cap, 0: let go, with its multiplier back at 1.
  const state = new Int8Array(n);
  for (let k = 0; k < n; k++) {
    const at = y[k] * matrix[k * n + k];
    state[k] = equal[k] || at + toFloor[k] > 0 ? 1 : at + toCap[k] < 0 ? -1 : 0;
  }
  let fewest = n + 1;
  let patience = 3;
  let step;
  for (let round = 0; round < 200; round++) {
    step = solveHeld(matrix, n, state, y, toFloor, toCap);
    const wrong = wrongStates(matrix, n, state, equal, y, step, toFloor, toCap);
    if (!wrong.length) break;
    if (wrong.length < fewest) {
      fewest = wrong.length;
      patience = 3;
    } else if (patience > 0) {
      patience -= 1;
    } else {
      wrong.splice(0, wrong.length - 1); // one at a time: Murty's rule, which is known to end
    }
    for (const [k, better] of wrong) state[k] = better;
  }
  return step;
}

function wrongStates(matrix, n, state, equal, y, step, toFloor, toCap) {
  const wrong = [];
  for (let k = 0; k < n; k++) {
    if (state[k] !== 0) {
      if (!equal[k] && state[k] * (y[k] + step[k]) < -1e-13) wrong.push([k, 0]);
      continue;
    }
    let change = 0;
    for (let j = 0; j < n; j++) change += matrix[k * n + j] * step[j];
    if (change < toFloor[k] - 1e-13) wrong.push([k, 1]);
    else if (change > toCap[k] + 1e-13) wrong.push([k, -1]);
  }
  return wrong;
}

/** The step that brings held limits to their bounds and lets the others go. */
function solveHeld(matrix, n, state, y, toFloor, toCap) {
  const step = new Float64Array(n);
  const held = [];
  for (let k = 0; k < n; k++) {
    if (state[k]) held.push(k);
    else step[k] = -y[k];
  }
  const m = held.length;
  const right = new Float64Array(m);
  const lower = new Float64Array(m * m);
  for (let a = 0; a < m; a++) {
    const k = held[a];
    let aim = state[k] > 0 ? toFloor[k] : toCap[k];
    for (let j = 0; j < n; j++) if (!state[j]) aim -= matrix[k * n + j] * step[j];
    right[a] = aim;
    for (let b = 0; b <= a; b++) lower[a * m + b] = matrix[k * n + held[b]];
  }
  cholesky(lower, right, m);
  held.forEach((k, a) => (step[k] = right[a]));
  return step;
}

/** Solve in place; `matrix` holds the lower half of a positive definite matrix. */
function cholesky(matrix, right, m) {
  for (let a = 0; a < m; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a * m + b];
      for (let j = 0; j < b; j++) sum -= matrix[a * m + j] * matrix[b * m + j];
      matrix[a * m + b] = a === b ? Math.sqrt(Math.max(sum, 1e-30)) : sum / matrix[b * m + b];
    }
    let sum = right[a];
    for (let j = 0; j < a; j++) sum -= matrix[a * m + j] * right[j];
    right[a] = sum / matrix[a * m + a];
  }
  for (let a = m - 1; a >= 0; a--) {
    let sum = right[a];
    for (let j = a + 1; j < m; j++) sum -= matrix[j * m + a] * right[j];
    right[a] = sum / matrix[a * m + a];
  }
}
