"""How far the largest unit's share of all claims hangs on weights of income that nobody confirmed.

Where no count by unit is public, heads are spread by urban residents times a weight of the unit's
income tier. That weight is the biggest lever of a plan, and an assumption itself: so what it does
is worked out again from the tables at hand, with every tier weighed alike and with wide weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario, standards

Floats = NDArray[np.float64]

ALIKE: Mapping[str, float] = {"high": 1.0, "middle": 1.0, "low": 1.0}
WIDE: Mapping[str, float] = {"high": 0.7, "middle": 1.0, "low": 1.4}
"""Weights of income tiers: an even spread, and the widest that is plausible."""
ROUNDED = 1.0
"""Heads by which rounding may move a unit from the spread."""


@dataclass(frozen=True)
class Swing:
    """The largest share of all claims, as it is and with other weights of income tiers.

    Parameters
    ----------
    region
        The unit with the largest claims.
    groups
        Groups whose heads are spread by income tiers.
    now, alike, wide
        Its share of all claims: in the tables, with every tier weighed alike, with `WIDE` weights.
    """

    region: str
    groups: tuple[str, ...]
    now: float
    alike: float
    wide: float


def swing_of(inputs: Inputs, scenario: Scenario) -> Swing | None:
    """Return how the largest share of claims moves with the weights of income tiers.

    Parameters
    ----------
    inputs
        The tables. A group counts as spread by tiers where all its heads are assumed, are the same
        part of urban residents in all units of one tier but for rounding, and not of all tiers.
    scenario
        It sets the standards.

    Returns
    -------
    Swing or None
        None where no group is spread in this way.
    """
    claims = inputs.claims(standards(scenario, inputs))
    regions, heads, status = inputs.regions, inputs.heads, inputs.status
    if not {"residents", "urban_share", "income_tier"} <= set(regions.columns):
        return None
    urban = regions["residents"].to_numpy(float) * regions["urban_share"].to_numpy(float)
    tier = regions["income_tier"].to_numpy(str)
    inside = (urban > 0) & np.isin(tier, list(WIDE))
    spread = tuple(
        str(group)
        for group in heads.columns
        if (status[group] == "assumed").all()
        and by_tier(heads[group].to_numpy(float)[inside], urban[inside], tier[inside])
    )
    if not spread:
        return None
    region = claims.sum(axis=1).idxmax()

    def share(weights: Mapping[str, float]) -> float:
        other = claims.copy()
        weight = urban[inside] * np.array([weights[word] for word in tier[inside]])
        for group in spread:
            money = claims[group].to_numpy(float)[inside].sum()
            other.loc[inside, group] = money * weight / weight.sum()
        return float(other.loc[region].sum() / other.to_numpy().sum())

    now = float(claims.loc[region].sum() / claims.to_numpy().sum())
    return Swing(str(region), spread, now, share(ALIKE), share(WIDE))


def by_tier(heads: Floats, urban: Floats, tier: NDArray[np.str_]) -> bool:
    """Say whether heads are one part of urban residents in each tier, and not in all tiers.

    Examples
    --------
    >>> tier, urban = np.array(["high", "high", "low", "low"]), np.array([100.0, 50, 200, 100])
    >>> by_tier(np.array([8.0, 4.0, 25.0, 13.0]), urban, tier)
    True
    >>> by_tier(np.array([8.0, 4.0, 16.0, 8.0]), urban, tier)
    False
    """

    def off(parts: NDArray[np.str_]) -> Floats:
        rates = {word: heads[parts == word].sum() / urban[parts == word].sum() for word in {*parts}}
        return np.abs(heads - urban * np.array([rates[word] for word in parts]))

    # With hardly more units than tiers, or none, heads of any kind would look like it.
    if len(heads) < 2 * max(len({*tier}), 1):
        return False
    return bool(off(tier).max() <= ROUNDED < off(np.full(tier.shape, "all")).max())
