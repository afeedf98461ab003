"""What clashes, named from the certificates of a fit, for thousands of problems at once.

A certificate has a weight ``y`` a limit. With ``s = A' y`` in the cells, it proves a clash because
the limits ask for more than the cells can give::

    sum over limits of (floor y where y > 0, cap y where y < 0)
        >  sum over cells of (upper s where s > 0, lower s where s < 0)

What sets a limit or a bound is left out, one after the other, where the rest is still a proof. That
costs no programme; each of the names that are left was needed at its turn, for this certificate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sendwarmth.model.clashing.programme import DRIVEN_BY_GROUP, DRIVEN_BY_REGION, NO_TARGET, TOTAL
from sendwarmth.model.fitting import rows
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.robust.stack import Stack
from sendwarmth.model.setting import Floats

Flags = NDArray[np.bool_]
COUNTS = 1e-6
"""Weights below this, relative to the largest, are none."""
PROVES = 1e-9
"""What is asked for beyond what can be given, in shares of the total, at the least."""


def clash_names(stack: Stack, certificate: NDArray[np.floating]) -> list[str]:
    """Return what clashes in each problem.

    Parameters
    ----------
    stack
        Problems without a plan.
    certificate
        Of their fit, (N, K + 1).

    Returns
    -------
    list of str
        What sets the members (`driver`; locks, cells without heads and the like by their field
        alone), in order and joined by `` + ``.
    """
    if not len(stack):
        return []
    proof = _Proof.of(stack, certificate)
    names: list[set[str]] = [set() for _ in range(len(stack))]
    proof, limits = _needed_limits(proof)
    for driver_, needed in (*limits, *_needed_cells(proof)):
        for n in np.flatnonzero(needed).tolist():
            names[n].add(driver_)
    return [" + ".join(sorted(some)) for some in names]


def row_names(limits: Sequence[Limit | Family]) -> list[str]:
    """Return the name of every limit, families in place, as a fit has its rows."""
    return [
        name
        for limit in limits
        for name in (limit.names if isinstance(limit, Family) else (limit.name,))
    ]


def driver(name: str) -> str:
    """Return what sets a limit or a cell's bound: a field, a field and a group, or the limit.

    Examples
    --------
    >>> driver("region_floor_yuan/r1"), driver("per_head_min/r1/a"), driver("limits/south")
    ('region_floor_yuan', 'per_head_min/a', 'limits/south')
    """
    field, _, member = name.partition("/")
    if field in DRIVEN_BY_GROUP:
        return f"{field}/{member.rpartition('/')[2]}"
    return field if field in DRIVEN_BY_REGION else name


@dataclass(frozen=True)
class _Proof:
    """Weights and bounds that prove clashes: weights (N, K + 1), bounds of cells (N, R, G)."""

    stack: Stack
    weight: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, stack: Stack, certificate: NDArray[np.floating]) -> _Proof:
        weight = np.where(np.abs(certificate) > COUNTS, certificate, 0.0)
        upper = np.where(stack.target > 0, stack.upper, stack.lower)
        return cls(stack, weight, stack.lower, upper)

    def with_(self, weight: Floats | None = None, **bounds: Floats) -> _Proof:
        parts = {"lower": self.lower, "upper": self.upper} | bounds
        return _Proof(self.stack, self.weight if weight is None else weight, **parts)

    def holds(self) -> Flags:
        """Whether the weights still prove a clash, (N,)."""
        total = self.stack.total_yuan.astype(float)
        asked = np.zeros(len(total))
        for which, none, side in (("floor", -np.inf, 1), ("cap", np.inf, -1)):
            bound = rows.bounds(self.stack.limits, which, none, total)
            bound = np.broadcast_to(bound, self.weight.shape)
            part = np.where(side * self.weight > 0, self.weight, 0.0)
            used = part != 0
            asked += np.multiply(bound, part, where=used, out=np.zeros(part.shape)).sum(axis=-1)
        pull = self.pull()
        # With the total among the members, no cell can have more than all of it.
        most = np.where(self.weight[:, -1] != 0, total, np.inf)[:, None, None]
        bound = np.where(pull > 0, np.minimum(self.upper, most), self.lower)
        noted = np.abs(pull) > PROVES
        given = np.multiply(bound, pull, where=noted, out=np.zeros(pull.shape)).sum(axis=(-2, -1))
        return asked - given > PROVES * np.maximum(total, 1.0)

    def pull(self) -> Floats:
        """Return how the weights add in each cell, (N, R, G)."""
        pull = np.zeros(self.lower.shape) + self.weight[:, -1, None, None]
        row = 0
        for limit in self.stack.limits:
            some = self.weight[:, row : row + rows.size(limit)]
            if isinstance(limit, Limit):
                pull += some[..., None] * np.asarray(limit.mask)
            else:
                pull += np.append(some, 0 * some[:, :1], axis=1)[:, np.asarray(limit.labels)]
            row += rows.size(limit)
        return pull


def _needed_limits(proof: _Proof) -> tuple[_Proof, list[tuple[str, Flags]]]:
    """Leave out what sets limits where the rest proves the clash; return what is needed where."""
    drivers = np.array([*map(driver, row_names(proof.stack.limits)), TOTAL])
    found = []
    for name in sorted(set(drivers.tolist()), key=lambda name: (name != TOTAL, name)):
        used = (proof.weight[:, drivers == name] != 0).any(axis=1)
        if not used.any():
            continue
        without = np.where(drivers == name, 0.0, proof.weight)
        free = used & proof.with_(without).holds()
        proof = proof.with_(np.where(free[:, None], without, proof.weight))
        found.append((name, used & ~free))
    return proof, found


def _needed_cells(proof: _Proof) -> Iterator[tuple[str, Flags]]:
    """Yield what sets the bounds of cells that a proof needs, and where."""
    stack, pull = proof.stack, proof.pull()
    crossed = stack.lower > proof.upper
    for which, none in (("lower", 0.0), ("upper", np.inf)):
        for name, tight in _tight(proof, which).items():
            leans = pull < 0 if which == "lower" else pull > 0
            some = tight & (leans | crossed)
            used = some.any(axis=(1, 2))
            without = proof.with_(**{which: np.where(some, none, getattr(proof, which))})
            free = used & without.holds() & ~(tight & crossed).any(axis=(1, 2))
            kept = np.where(free[:, None, None], getattr(without, which), getattr(proof, which))
            proof = proof.with_(**{which: kept})
            if (used & ~free).any():
                yield name, used & ~free


def _tight(proof: _Proof, which: str) -> dict[str, Flags]:
    """Return the cells whose bound each number sets, by its name; (N, R, G)."""
    stack, bound = proof.stack, getattr(proof, which)
    bounds = bound > 0 if which == "lower" else np.isfinite(bound)
    found: dict[str, Flags] = {}
    for source, pair in stack.cells.items():
        same = bounds & (pair[which == "upper"] == bound)
        for i, j in np.argwhere(same.any(axis=0)).tolist():
            name = f"{source}/{stack.group_ids[j]}" if source in DRIVEN_BY_GROUP else source
            cells = found.setdefault(name, np.zeros(bound.shape, bool))
            cells[:, i, j] |= same[:, i, j]
    if which == "upper":
        idle = (stack.target <= 0) & (stack.heads > 0)
        found[NO_TARGET] = idle
    return found
