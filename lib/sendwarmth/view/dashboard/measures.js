// What a table of amounts comes to: totals, coverage, standards as they come out.

/**
 * Measure amounts.
 * @param {object} tables
 * @param {object} values As `valuesOf` gives them.
 * @param {{claims: number[], reserve: number}} problem
 * @param {ArrayLike<number>} amounts Yuan by cell.
 */
export function measure(tables, values, problem, amounts) {
  const { regions, groups, heads, assumed } = tables;
  const perGroup = () => new Float64Array(groups.length);
  const perRegion = () => new Float64Array(regions.length);
  const sums = {
    regionYuan: perRegion(),
    regionClaim: perRegion(),
    groupYuan: perGroup(),
    groupClaim: perGroup(),
    groupHeads: perGroup(),
    groupReached: perGroup(),
    lowest: perGroup().fill(Infinity),
    highest: perGroup().fill(-Infinity),
    total: 0,
    assumed: 0,
  };
  for (let c = 0; c < amounts.length; c++) {
    const g = c % groups.length;
    const r = (c - g) / groups.length;
    const least = values.per_head_min[groups[g].id];
    sums.regionYuan[r] += amounts[c];
    sums.regionClaim[r] += problem.claims[c];
    sums.groupYuan[g] += amounts[c];
    sums.groupClaim[g] += problem.claims[c];
    sums.groupHeads[g] += heads[c];
    // A preview is not rounded: an amount a hair below what all heads need still reaches them all.
    if (least) sums.groupReached[g] += Math.min(heads[c], Math.floor(amounts[c] / least + 1e-6));
    if (heads[c]) {
      sums.lowest[g] = Math.min(sums.lowest[g], amounts[c] / heads[c]);
      sums.highest[g] = Math.max(sums.highest[g], amounts[c] / heads[c]);
    }
    sums.total += amounts[c];
    if (assumed[c]) sums.assumed += amounts[c];
  }
  return { ...sums, reserve: problem.reserve, main: mainGroup(groups, sums.groupClaim) };
}

/** The group the key figures speak of: of those to be reached in full, the one that claims most. */
function mainGroup(groups, claims) {
  const must = groups.map((_, g) => g).filter((g) => groups[g].must);
  const among = must.length ? must : groups.map((_, g) => g);
  return among.reduce((best, g) => (claims[g] > claims[best] ? g : best));
}

/** What holds each region's sum: `{floor, cap, band}` in yuan, null for nothing. */
export function regionLimits(tables, problem) {
  const width = tables.groups.length;
  return tables.regions.map(({ id }, r) => {
    const cells = Array.from({ length: width }, (_, g) => r * width + g);
    const over = (bounds) => cells.reduce((sum, c) => sum + bounds[c], 0);
    let floor = over(problem.lower);
    let cap = over(problem.upper);
    let band = null;
    for (const limit of problem.limits) {
      const own = limit.cells.length === width && limit.cells.every((c, g) => c === cells[g]);
      if (!own) continue;
      if (limit.name === `change_band/${id}`) band = [limit.floor, limit.cap];
      if (limit.floor !== null) floor = Math.max(floor, limit.floor);
      if (limit.cap !== null) cap = Math.min(cap, limit.cap);
    }
    return { floor, cap, band };
  });
}

/** Names of the limits that bind, by how much money they hold up or down: floors and caps reached. */
export function binding(problem, amounts) {
  const found = [];
  for (const { name, cells, floor, cap } of problem.limits) {
    const sum = cells.reduce((total, c) => total + amounts[c], 0);
    const near = 1e-7 * problem.total + 1;
    if (floor !== null && floor > 0 && sum <= floor + near) found.push({ name, side: "floor" });
    else if (cap !== null && sum >= cap - near) found.push({ name, side: "cap" });
  }
  return found;
}
