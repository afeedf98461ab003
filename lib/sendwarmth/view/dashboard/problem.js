// From levers to the numbers the fit sees: money to share, target, bounds and limits, all drawn in
// to whole units. The same steps as `model/problem.py`; a test holds the two together.
//
// Cells are numbered row by row. Money is whole yuan below 2^53, so doubles hold it exactly; only
// products of money and millionths may be larger, and those are BigInt.

import { shareOut } from "./rules.js";

const MILLION = 1e6;
const TOLERANCE = 1e-6; // of a unit: an amount this near to a multiple counts as on it

/** Whole millionths of a share; NaN for a share finer than that. */
export function millionths(share) {
  // A decimal of at most six places is the double nearest to n / 10^6, and only such a double is.
  const whole = Math.round(share * MILLION);
  return whole / MILLION === share ? whole : NaN;
}

/** A number as its lever shows it: 0.15000000000000002 is 0.15. */
export function decimal(value) {
  return Math.round(value * MILLION) / MILLION;
}

/**
 * The values of a scenario that a position of the levers stands for.
 * @param {{name: string, path: string[], kind: string, switch: ?string}[]} levers
 * @param {object} position The levers' values by name, with `locks` and `limits`.
 * @param {?{values: object}} given What the level above decides, which has no levers.
 */
export function valuesOf(levers, position, given) {
  const values = { ...given?.values, locks: position.locks, limits: position.limits };
  for (const lever of levers) {
    let at = values;
    for (const key of lever.path.slice(0, -1)) at = at[key] ??= {};
    const value = position[lever.name];
    const off = lever.switch && !position[lever.switch];
    at[lever.path.at(-1)] = off ? null : lever.kind === "number" ? decimal(value) : value;
  }
  return values;
}

/**
 * The problem that values pose on the tables.
 * @returns {object} The problem, or `{refused: [code, ...]}` with the codes of Python's findings.
 */
export function build(tables, values) {
  const wrong = new Set();
  const claims = tables.claimRate.map((rate, c) => rate * values.standard[groupId(tables, c)]);
  const total = sharedTotal(tables, values, claims, wrong);
  const shares = values.group_share && Object.values(values.group_share)[0] !== null;
  const fixed = tables.given ? "envelopes_yuan" : shares ? "group_share" : "";
  const envelopes = {
    envelopes_yuan: () => statedEnvelopes(tables, values, claims, total, wrong),
    group_share: () => fixedEnvelopes(tables, values, total, wrong),
    "": () => openEnvelopes(tables, values, claims, total),
  }[fixed]();
  const target = targetOf(tables, values, claims, envelopes, wrong);
  const { lower, upper } = boundsOf(tables, values, wrong);
  const limits = limitsOf(tables, values, total, { fixed, envelopes }, wrong);
  if (wrong.size) return { refused: [...wrong] };
  const reserve = values.budget_yuan + tables.carried - total;
  return { claims, total, reserve, target, lower, upper, limits };
}

function groupId({ groups }, cell) {
  return groups[cell % groups.length].id;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function halfToEven(value) {
  const whole = Math.floor(value);
  const rest = value - whole;
  return whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0);
}

/** floor(amount x part / million), exact. */
function partOf(amount, part) {
  return Number((BigInt(amount) * BigInt(part)) / BigInt(MILLION));
}

function sharedTotal({ carried }, values, claims, wrong) {
  const { budget_yuan: budget, unit_yuan: unit, reserve } = values;
  const asked = halfToEven(sum(claims));
  const fund = budget + carried;
  const kept = {
    share: () => budget - partOf(budget, MILLION - millionths(reserve.share)),
    yuan: () => reserve.yuan,
    rest: () => fund - Math.floor(asked / unit) * unit,
  }[reserve.form]();
  if (!(kept >= 0 && kept <= fund)) {
    wrong.add("reserve_outside_fund");
    return 0;
  }
  const total = Math.floor((fund - kept) / unit) * unit;
  if (total && !asked) wrong.add("nobody_to_pay");
  return total;
}

/** Envelopes set by shares: whole units by largest remainder, in integers. */
function fixedEnvelopes({ groups }, values, total, wrong) {
  const weights = groups.map(({ id }) => millionths(values.group_share[id]));
  if (sum(weights) !== MILLION) wrong.add("shares_do_not_add");
  const priorities = groups.map(({ id }) => values.priority[id]);
  if (priorities.some((priority) => priority !== priorities[0])) wrong.add("share_and_priority");
  if (wrong.size) return groups.map(() => 0);
  const units = total / values.unit_yuan;
  const parts = weights.map((weight) => partOf(units, weight));
  const left = weights.map((weight) => Number((BigInt(units) * BigInt(weight)) % BigInt(MILLION)));
  const order = groups.map((_, g) => g);
  order.sort((a, b) => left[b] - left[a] || groups[a].tie - groups[b].tie);
  for (const g of order.slice(0, units - sum(parts))) parts[g] += 1;
  return parts.map((part) => part * values.unit_yuan);
}

/** Envelopes that the level above gives, in yuan. */
function statedEnvelopes({ groups, given }, { unit_yuan: unit }, claims, total, wrong) {
  given.envelopes.forEach((yuan, g) => {
    if (yuan % unit) wrong.add("envelope_off_grid");
    if (yuan && !sum(column(claims, g, groups))) wrong.add("envelope_without_heads");
  });
  if (sum(given.envelopes) !== total) wrong.add("envelopes_off_total");
  return given.envelopes;
}

/** Envelopes in proportion to priority x claims; they give way where limits bind. */
function openEnvelopes({ groups }, values, claims, total) {
  const weights = groups.map(({ id }, g) => values.priority[id] * sum(column(claims, g, groups)));
  const whole = sum(weights);
  return weights.map((weight) => (whole > 0 ? (total * weight) / whole : 0));
}

function column(cells, g, groups) {
  return cells.filter((_, c) => c % groups.length === g);
}

function targetOf(tables, values, claims, envelopes, wrong) {
  const { groups, regions, index } = tables;
  const target = new Float64Array(claims.length);
  groups.forEach(({ id }, g) => {
    const weight = values.factor_weight?.[id] ?? {};
    const used = Object.keys(weight).filter((factor) => weight[factor]);
    if (sum(used.map((factor) => millionths(weight[factor]))) > MILLION) wrong.add("shares_do_not_add");
    for (const factor of used) {
      if (index[factor].every((datum) => datum === null)) wrong.add("factor_without_data");
    }
    const shared = shareOut(values.rule, envelopes[g], column(claims, g, groups), index, weight);
    regions.forEach((_, r) => (target[r * groups.length + g] = shared[r]));
  });
  return target;
}

function drawIn(low, high, unit) {
  return [Math.ceil(low / unit - TOLERANCE) * unit, Math.floor(high / unit + TOLERANCE) * unit];
}

/** Draw a range in to the grid; one that holds no multiple of the unit is refused. */
function drawInRange(low, high, unit, wrong) {
  const drawn = drawIn(low, high, unit);
  if (low <= high && drawn[0] > drawn[1]) wrong.add("no_multiple_in_range");
  return drawn;
}

function boundsOf(tables, values, wrong) {
  const { groups, regions, heads, held } = tables;
  const lower = new Float64Array(heads.length);
  const upper = new Float64Array(heads.length);
  for (let c = 0; c < heads.length; c++) {
    const least = values.per_head_min[groupId(tables, c)] ?? 0;
    const most = values.per_head_max[groupId(tables, c)] ?? Infinity;
    if (least > most) wrong.add("floor_above_cap");
    const high = heads[c] > 0 ? heads[c] * most : 0;
    [lower[c], upper[c]] = drawInRange(heads[c] * least, high, values.unit_yuan, wrong);
  }
  for (const { region, group, yuan } of values.locks) {
    const r = regions.findIndex(({ id }) => id === region);
    const g = groups.findIndex(({ id }) => id === group);
    const c = r * groups.length + g;
    if (r < 0 || g < 0) wrong.add("unknown_cell");
    else if (yuan > values.budget_yuan) wrong.add("lock_over_budget");
    else if (yuan % values.unit_yuan) wrong.add("lock_off_grid");
    else if (!heads[c] && yuan) wrong.add("lock_on_empty_cell");
    else if (yuan < lower[c] || yuan > upper[c]) wrong.add("lock_outside_bounds");
    else lower[c] = upper[c] = yuan;
  }
  for (let c = 0; c < heads.length; c++) {
    if (!held[c]) continue;
    const [floor] = drawIn(held[c], held[c], values.unit_yuan);
    if (floor > upper[c]) wrong.add("paid_above_cap");
    lower[c] = Math.max(lower[c], floor);
  }
  return { lower, upper };
}

/** Every limit on more than one cell: `{name, cells, floor, cap}`, yuan, null for no bound. */
function limitsOf(tables, values, total, { fixed, envelopes }, wrong) {
  const { groups, regions } = tables;
  const unit = values.unit_yuan;
  const limits = [];
  const add = (name, cells, low, high) => {
    const [floor, cap] = drawIn(low ?? -Infinity, high ?? Infinity, unit);
    limits.push({ name, cells, floor: low === null ? null : floor, cap: high === null ? null : cap });
  };
  const cellsOf = (chosen) => {
    const held = (ids, id) => ids === "all" || ids.includes(id);
    const cells = tables.heads.map((_, c) => c);
    return cells.filter((c) => {
      const { id } = regions[Math.floor(c / groups.length)];
      return held(chosen.regions, id) && held(chosen.groups, groupId(tables, c));
    });
  };
  const rows = regions.map(({ id }, r) => [id, groups.map((_, g) => r * groups.length + g), r]);

  if (fixed) {
    groups.forEach(({ id }, g) => {
      const yuan = envelopes[g];
      add(`${fixed}/${id}`, cellsOf({ regions: "all", groups: [id] }), yuan, yuan);
    });
  }
  if (values.change_band && values.change_band.low !== null) {
    if (values.change_band.low > values.change_band.high) wrong.add("bad_band");
    const base = lastYear(tables, values.change_band_base, total);
    for (const [id, cells, r] of rows) {
      if (base[r] === null) continue;
      const low = Math.max(base[r] * (1 + values.change_band.low), 0);
      const high = base[r] * (1 + values.change_band.high);
      drawInRange(low, high, unit, wrong);
      add(`change_band/${id}`, cells, low, high);
    }
  }
  if (values.region_floor_yuan) {
    for (const [id, cells] of rows) add(`region_floor_yuan/${id}`, cells, values.region_floor_yuan, null);
  }
  if (values.region_cap_share !== null) {
    const most = partOf(total, millionths(values.region_cap_share));
    for (const [id, cells] of rows) add(`region_cap_share/${id}`, cells, null, most);
  }
  for (const limit of values.limits) {
    const { floor_yuan: low, cap_yuan: high } = limit;
    if (low !== null && high !== null) drawInRange(low, high, unit, wrong);
    add(`limits/${limit.name}`, cellsOf(limit), low, high);
  }
  for (const { name, cells, yuan } of tables.earmarks) add(name, cells, yuan, null);
  return limits;
}

function lastYear({ lastYear: amounts }, base, total) {
  if (base !== "scaled") return amounts;
  const whole = sum(amounts.filter((yuan) => yuan !== null));
  return amounts.map((yuan) => (yuan === null ? null : (yuan * total) / whole));
}
