"""What would be fair if there were no limits: money to share, envelopes of groups, rules.

A rule spreads one envelope over the claims on it. All have one signature and stand in `RULES`;
equal awards, equal losses and Talmud are the classical claims rules (W. Thomson, "How to divide
when there isn't enough", Cambridge University Press, 2019), the factor rule is 因素法.

Where a total exceeds all claims, every classical rule pays each claim in full and shares what is
left in proportion to the claims. Where all claims are 0 nobody has a title to the total and every
award is 0: whoever calls must say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import floor
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sendwarmth.model.grid import largest_remainder

Floats = NDArray[np.float64]
Rule = Callable[..., Floats]
Reserve = float | Decimal | Mapping[str, int] | Literal["rest"]
"""A share of the budget, an amount ``{"yuan": 4_600_000}``, or all that no claim asks for."""

MILLION = 1_000_000


def millionths(share: float | Decimal | str) -> int:
    """Return a share as whole millionths, from its decimal text; what is finer is rounded.

    Examples
    --------
    >>> millionths(0.05), millionths("0.29"), millionths(0.1 + 0.2)
    (50000, 290000, 300000)
    """
    return int((Decimal(str(share)) * MILLION).to_integral_value())


def reserve_yuan(budget_yuan: int, reserve: Reserve, claims_yuan: float, unit_yuan: int) -> int:
    """Return what is kept back, before what is left below one unit is added to it.

    In integers: a reserve in floating point loses a unit now and then.

    Parameters
    ----------
    budget_yuan
        The fund.
    reserve
        ``rest`` keeps what all claims together, in whole units, do not ask for: less than 0 where
        they ask for more than the budget, which the caller refuses.
    claims_yuan
        All claims together.
    unit_yuan
        The unit of rounding.

    Examples
    --------
    >>> reserve_yuan(92_000_000, 0.05, 87_383_200, 1_000)
    4600000
    >>> reserve_yuan(92_000_000, {"yuan": 5_000_000}, 87_383_200, 1_000)
    5000000
    >>> reserve_yuan(92_000_000, "rest", 87_383_200, 100)
    4616800
    """
    if isinstance(reserve, Mapping):
        return int(reserve["yuan"])
    if reserve == "rest":
        return budget_yuan - floor(claims_yuan + 1e-6) // unit_yuan * unit_yuan
    return budget_yuan - budget_yuan * (MILLION - millionths(reserve)) // MILLION


def envelopes(
    total_yuan: int, unit_yuan: int, shares: Mapping[str, float | Decimal | str]
) -> dict[str, int]:
    """Split a total into envelopes of whole units by shares that add to 1, in integers.

    Parameters
    ----------
    total_yuan
        A multiple of the unit.
    unit_yuan
        The unit of rounding.
    shares
        By group, to six decimals.

    Returns
    -------
    dict
        Yuan by group, adding to the total; each within one unit of its exact share.

    Examples
    --------
    >>> envelopes(10_000, 1_000, {"drivers": 0.55, "nurses": 0.33, "cooks": 0.12})
    {'drivers': 6000, 'nurses': 3000, 'cooks': 1000}
    """
    weights = {group: millionths(share) for group, share in shares.items()}
    if sum(weights.values()) != MILLION:
        raise ValueError(f"shares must add to 1, not {Decimal(sum(weights.values())) / MILLION}")
    if total_yuan % unit_yuan:
        raise ValueError(f"total must be a multiple of the unit {unit_yuan}, not {total_yuan}")
    units = largest_remainder(total_yuan // unit_yuan, weights)
    return {group: count * unit_yuan for group, count in units.items()}


def factor_shares(
    claims: ArrayLike, factors: Mapping[str, ArrayLike], weight: Mapping[str, float]
) -> Floats:
    """Return each unit's share of an envelope by the factor method (因素法).

    ``share[r] = sum_k weight[k] * f_k[r] / sum_r f_k[r]``, the weights taken relative to their sum.

    A factor is extensive and starts from the claim: claim times an index that tilts it, so that
    no unit is favoured for being small. A unit without a datum (NaN) takes its share of all claims
    for that factor, and the units with data share the rest of it in proportion to theirs. So does
    every unit of a factor that tells none apart: no datum at all, or nothing but zeros.

    Parameters
    ----------
    claims
        Shape (..., R), yuan. A unit with no claim gets nothing, whatever its factors.
    factors
        By name, arrays that broadcast to the shape of the claims; ``claim`` may be left out.
    weight
        By name, 0 or more; each name is ``claim`` or one of the factors.

    Returns
    -------
    float array of shape (..., R)
        Adds to 1 along the last axis; all 0 where all claims are.

    Examples
    --------
    >>> claims = np.array([100.0, 100.0, 200.0])
    >>> tilt = claims * np.array([1.0, 3.0, np.nan])  # the third has no datum
    >>> print(factor_shares(claims, {"poverty": tilt}, {"claim": 0.8, "poverty": 0.2}))
    [0.225 0.275 0.5  ]
    """
    amounts = _claims(claims)
    if not weight or min(weight.values()) < 0 or sum(weight.values()) <= 0:
        raise ValueError(f"factor weights must be 0 or more and not all 0, not {dict(weight)}")
    of_claims = _parts(amounts)
    shares = np.zeros_like(amounts)
    for name, share in weight.items():
        if share and name != "claim":
            shares = shares + share * _factor_parts(
                amounts, of_claims, np.asarray(factors[name], float)
            )
        elif share:
            shares = shares + share * of_claims
    return shares / sum(weight.values())


def _parts(amounts: Floats) -> Floats:
    """Return each amount's part of the sum along the last axis, 0 where there is none."""
    whole = amounts.sum(axis=-1, keepdims=True)
    return np.divide(amounts, whole, out=np.zeros_like(amounts), where=whole > 0)


def _factor_parts(claims: Floats, of_claims: Floats, factor: Floats) -> Floats:
    known = ~np.isnan(factor) & (claims > 0)
    data = np.where(known, factor, 0.0)
    if (data < 0).any() or np.isinf(data).any():
        raise ValueError("a factor must be finite and 0 or more, or NaN where there is no datum")
    known &= data.sum(axis=-1, keepdims=True) > 0
    share_of_known = np.where(known, of_claims, 0.0).sum(axis=-1, keepdims=True)
    return np.where(known, _parts(data) * share_of_known, of_claims)


def _claims(claims: ArrayLike) -> Floats:
    amounts = np.asarray(claims, dtype=float)
    if not np.isfinite(amounts).all() or (amounts < 0).any():
        raise ValueError("claims must be finite and 0 or more")
    return amounts


def _read(
    total: ArrayLike, claims: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Return total (..., 1), claims (..., R) and weights (..., R) as arrays that fit together."""
    estate, amounts = np.asarray(total, dtype=float)[..., None], _claims(claims)
    factors = np.ones(1) if weights is None else np.asarray(weights, dtype=float)
    if not np.isfinite(estate).all() or (estate < 0).any():
        raise ValueError("the total must be finite and 0 or more")
    if not np.isfinite(factors).all() or (factors <= 0).any():
        raise ValueError("weights must be finite and above 0")
    shape = np.broadcast_shapes(amounts.shape, factors.shape, (*estate.shape[:-1], 1))
    return estate, np.broadcast_to(amounts, shape), np.broadcast_to(factors, shape)


def _level(total: Floats, claims: Floats, weights: Floats) -> Floats:
    """Return ``min(claim, weight * level)`` that adds to a total within the claims."""
    if not claims.shape[-1]:
        return claims
    order = np.argsort(claims / weights, axis=-1, kind="stable")
    claim, weight = (np.take_along_axis(array, order, axis=-1) for array in (claims, weights))
    paid = np.cumsum(claim, axis=-1) - claim  # to those whose claims are full before this one's
    open_weight = np.cumsum(weight[..., ::-1], axis=-1)[..., ::-1]
    full_at = paid + claim / weight * open_weight  # the total at which this claim becomes full
    last = np.minimum((full_at < total).sum(axis=-1, keepdims=True), claims.shape[-1] - 1)
    paid, open_weight = (np.take_along_axis(a, last, axis=-1) for a in (paid, open_weight))
    return np.minimum(claims, weights * (total - paid) / open_weight)


def _stretched(
    within: Callable[..., Floats], total: Floats, claims: Floats, weights: Floats
) -> Floats:
    """Apply a rule up to the sum of the claims; what lies beyond goes in proportion to them."""
    whole = claims.sum(axis=-1, keepdims=True)
    awards = within(np.minimum(total, whole), whole, claims, weights)
    beyond = np.divide(total, whole, out=np.ones_like(whole), where=(whole > 0) & (total > whole))
    return awards * beyond


def proportional(total: ArrayLike, claims: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Share in proportion to the claims, or to claim times weight.

    Examples
    --------
    >>> print(proportional(90.0, [100.0, 200.0, 0.0]))
    [30. 60.  0.]
    """
    estate, amounts, factors = _read(total, claims, weights)
    return estate * _parts(amounts * factors)


def equal_awards(total: ArrayLike, claims: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Give everyone the same, or the same times the weight, but nobody more than the claim.

    Constrained equal awards (CEA): ``min(claim, weight * level)``.

    Examples
    --------
    >>> print(equal_awards(200.0, [100.0, 200.0, 30.0, 0.0]))
    [85. 85. 30.  0.]
    """
    return _stretched(lambda estate, _, c, w: _level(estate, c, w), *_read(total, claims, weights))


def equal_losses(total: ArrayLike, claims: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Take the same from every claim, or the same times the weight, but leave nobody below 0.

    Constrained equal losses (CEL): ``max(0, claim - weight * level)``, the dual of equal awards; a
    larger weight bears more of the loss.

    Examples
    --------
    >>> print(equal_losses(200.0, [100.0, 200.0, 30.0]))
    [ 50. 150.   0.]
    """
    return _stretched(
        lambda estate, whole, c, w: c - _level(whole - estate, c, w), *_read(total, claims, weights)
    )


def talmud(total: ArrayLike, claims: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Share awards equally up to half of each claim, and losses equally beyond it.

    R. J. Aumann and M. Maschler, "Game theoretic analysis of a bankruptcy problem from the
    Talmud", Journal of Economic Theory 36 (1985).

    Examples
    --------
    >>> print(talmud(200.0, [100.0, 200.0, 300.0]))
    [50. 75. 75.]
    """

    def within(estate: Floats, whole: Floats, c: Floats, w: Floats) -> Floats:
        awards = _level(np.minimum(estate, whole - estate), c / 2, w)
        return np.where(estate <= whole / 2, awards, c - awards)

    return _stretched(within, *_read(total, claims, weights))


RULES: dict[str, Rule] = {
    "factor": proportional,
    "proportional": proportional,
    "equal_awards": equal_awards,
    "equal_losses": equal_losses,
    "talmud": talmud,
}
