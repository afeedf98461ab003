"""Uncertain heads and factors, drawn as the scenario's ``uncertainty`` states.

``heads`` is for every group, a group's id for that group instead, a factor's name for its data::

    uncertainty:
      heads: {cv: 0.15, correlation: 0.5}
      GROUP: {low: 0.9, high: 1.2}
      fiscal_weakness: {cv: 0.1}

What is drawn is a multiple of the figure in the table: lognormal with mean 1 and that coefficient
of variation, or uniform from ``low`` to ``high``. ``correlation`` is that of the normal scores of
any two groups of one region (a Gaussian copula with one common score a region): whoever counted
the one too high has counted the other too high. Regions are independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import FACTOR_DATA
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import UNCERTAIN

Floats = NDArray[np.float64]
HEADS = UNCERTAIN[0]


@dataclass(frozen=True)
class Draws:
    """What was drawn.

    Parameters
    ----------
    heads
        People or households as listed, before the overlap: whole numbers, (N, R, G).
    factors
        By name, what each region's datum is multiplied by, (N, R).
    seed
        What the generator was made from; None where it does not say.
    """

    heads: NDArray[np.int64]
    factors: Mapping[str, Floats]
    seed: int | None

    @property
    def number(self) -> int:
        """How many."""
        return len(self.heads)


def draw(inputs: Inputs, scenario: Scenario, number: int, rng: np.random.Generator) -> Draws:
    """Draw heads and factors as a scenario states their uncertainty.

    Each draw takes as many normal scores from ``rng`` as any other, one after the other: the first
    draws of many are the draws of few, and draws made some at a time are those made at once. What
    is not uncertain takes its scores all the same, so that one more statement leaves the other
    draws as they were.

    Parameters
    ----------
    inputs
        The tables.
    scenario
        Its ``uncertainty`` is read; what it does not name is as in the tables.
    number
        How many draws.
    rng
        Where chance comes from.

    Returns
    -------
    Draws
        A cell without heads stays so, and one with heads keeps at least one: somebody was listed.

    Examples
    --------
    >>> import sendwarmth as sw
    >>> inputs = sw.load_inputs("params/data")
    >>> scenario = sw.load_scenario("params/scenarios/baseline.yaml")
    >>> drawn = draw(inputs, scenario, 1000, np.random.default_rng(7))
    >>> drawn.heads.shape, drawn.seed
    ((1000, 13, 5), 7)
    """
    stated = scenario.values["uncertainty"]
    seed = seed_of(rng)
    listed = inputs.listed.to_numpy(float)
    regions, groups = listed.shape
    factors = tuple(sorted(FACTOR_DATA))
    scores = rng.standard_normal((number, regions, 1 + groups + len(factors)))
    common, own, rest = np.split(scores, [1, 1 + groups], axis=-1)
    multiples = np.ones((number, regions, groups))
    for j, group in enumerate(inputs.group_ids):
        how = stated.get(group, stated.get(HEADS))
        if how:
            rho = how.get("correlation", 0)
            score = np.sqrt(rho) * common[..., 0] + np.sqrt(1 - rho) * own[..., j]
            multiples[..., j] = multiple(score, how)
    heads = np.maximum(np.rint(listed * multiples), listed > 0).astype(np.int64)
    drawn = {
        name: multiple(rest[..., k], stated[name])
        for k, name in enumerate(factors)
        if stated.get(name)
    }
    return Draws(heads, drawn, seed)


def multiple(score: Floats, how: Mapping[str, Any]) -> Floats:
    """Return what figures are multiplied by where the standard normal scores are known.

    Parameters
    ----------
    score
        Standard normal, any shape.
    how
        ``{"cv": ...}`` or ``{"low": ..., "high": ...}``.

    Examples
    --------
    >>> multiple(np.array([0.0]), {"low": 0.9, "high": 1.3})
    array([1.1])
    >>> multiple(np.array([0.0, 1.0]), {"cv": 0.0})
    array([1., 1.])
    """
    if "cv" in how:
        variance = np.log1p(how["cv"] ** 2)
        return np.exp(np.sqrt(variance) * score - variance / 2)
    return how["low"] + (how["high"] - how["low"]) * ndtr(score)


def seed_of(rng: np.random.Generator) -> int | None:
    """Return the number a generator was made from, or None.

    Examples
    --------
    >>> seed_of(np.random.default_rng(20200125))
    20200125
    """
    sequence = getattr(rng.bit_generator, "seed_seq", None)
    entropy = getattr(sequence, "entropy", None)
    return entropy if isinstance(entropy, int) else None
