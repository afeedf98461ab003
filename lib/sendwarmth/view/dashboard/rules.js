// Rules that spread one group's envelope over the regions, by name: `model/targets.py` in short.

const RULES = { proportional, equal_awards, equal_losses, talmud };

/**
 * Spread an envelope over claims.
 * @param {string} rule
 * @param {number} envelope Yuan.
 * @param {number[]} claims Yuan by region.
 * @param {Object<string, (number|null)[]>} index What a factor multiplies the claim by, null where
 *   a region has no such datum.
 * @param {Object<string, number>} weight Weight of each factor; the claim has the rest.
 * @returns {number[]} Yuan by region; a zero claim gets zero.
 */
export function shareOut(rule, envelope, claims, index, weight) {
  if (rule === "factor") return scaled(factorShares(claims, index, weight), envelope);
  return RULES[rule](envelope, claims);
}

function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function scaled(parts, whole) {
  return parts.map((part) => part * whole);
}

function parts(amounts) {
  const whole = total(amounts);
  return amounts.map((amount) => (whole > 0 ? amount / whole : 0));
}

/** 因素法: a region without the datum keeps its share of claims, the others share the rest by theirs. */
function factorShares(claims, index, weight) {
  const ofClaims = parts(claims);
  let rest = 1;
  const shares = claims.map(() => 0);
  for (const [factor, part] of Object.entries(weight)) {
    if (!part) continue;
    rest -= part;
    const data = claims.map((claim, r) => (index[factor][r] === null ? 0 : claim * index[factor][r]));
    const tells = total(data) > 0;
    const known = claims.map((claim, r) => tells && claim > 0 && index[factor][r] !== null);
    const whole = total(ofClaims.filter((_, r) => known[r]));
    const ofData = parts(data);
    claims.forEach((_, r) => (shares[r] += part * (known[r] ? ofData[r] * whole : ofClaims[r])));
  }
  return shares.map((share, r) => share + Math.max(rest, 0) * ofClaims[r]);
}

function proportional(envelope, claims) {
  return scaled(parts(claims), envelope);
}

/** Constrained equal awards: min(claim, level). */
function equal_awards(envelope, claims) {
  return beyond(envelope, claims, (money) => {
    const level = levelOf(claims, money);
    return claims.map((claim) => Math.min(claim, level));
  });
}

/** Constrained equal losses: what equal awards of the shortfall leave. */
function equal_losses(envelope, claims) {
  return beyond(envelope, claims, (money) => {
    const level = levelOf(claims, total(claims) - money);
    return claims.map((claim) => Math.max(claim - level, 0));
  });
}

/** Equal awards up to half of each claim, equal losses beyond (Aumann and Maschler). */
function talmud(envelope, claims) {
  const halves = scaled(claims, 0.5);
  return beyond(envelope, claims, (money) => {
    const half = total(halves);
    if (money <= half) return equal_awards(money, halves);
    return equal_losses(money - half, halves).map((award, r) => award + halves[r]);
  });
}

/** Where money exceeds all claims, each is paid in full and the rest goes by claims. */
function beyond(money, claims, rule) {
  return money >= total(claims) ? proportional(money, claims) : rule(money);
}

/** The level at which min(claim, level) adds to the money. */
function levelOf(claims, money) {
  const rising = [...claims].sort((a, b) => a - b);
  let left = money;
  for (const [n, claim] of rising.entries()) {
    const level = left / (rising.length - n);
    if (claim >= level) return level;
    left -= claim;
  }
  return Infinity;
}
