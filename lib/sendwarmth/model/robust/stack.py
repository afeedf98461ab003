"""Many problems as one: the same scenario on many head counts, or scenarios of one structure.

Every step of building a problem works along a leading axis; so ten thousand head counts are built
in one go, and the fit takes them as a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sendwarmth.model.bounds import cell_bounds, limits_of, tightest
from sendwarmth.model.findings import InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.problem import shared_yuan, target_of
from sendwarmth.model.reading.counts import Counts
from sendwarmth.model.scenario import Scenario, check
from sendwarmth.model.setting import Floats, Setting

Whole = NDArray[np.int64]
TABLES = ("heads", "claims", "target", "lower", "upper", "total_yuan", "per_head_min")
"""What each problem of a stack has of its own."""


@dataclass(frozen=True)
class Stack:
    """Problems that share regions, groups and limits, as to names and cells; N of them.

    Parameters
    ----------
    region_ids, group_ids
        Labels of rows and columns.
    heads, claims, target, lower, upper
        As in a `Problem`, (N, R, G).
    limits
        The limits; floors and caps with or without the leading axis.
    total_yuan
        What is shared, (N,).
    per_head_min
        Least yuan a head of each group, (N, G), NaN where there is none: it says who is reached.
    last_year
        Last year's yuan by region, (R,), NaN where not known.
    cells
        The bounds that ``lower`` and ``upper`` come from, by source.
    refused
        Problems that cannot be posed, by their index, and the code of the first finding.
    """

    region_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    heads: Floats
    claims: Floats
    target: Floats
    lower: Floats
    upper: Floats
    limits: tuple[Limit | Family, ...]
    total_yuan: Whole
    per_head_min: Floats
    last_year: Floats
    cells: Mapping[str, tuple[Floats, Floats]] = field(repr=False)
    refused: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.total_yuan)

    def take(self, which: Sequence[int] | NDArray[np.int_]) -> Stack:
        """Return some of the problems, by their indices."""
        some = np.asarray(which, int)
        place = {int(n): k for k, n in enumerate(some)}
        return replace(
            self,
            **{name: getattr(self, name)[some] for name in TABLES},
            limits=tuple(_cut(limit, some) for limit in self.limits),
            cells={name: (low[some], high[some]) for name, (low, high) in self.cells.items()},
            refused={place[n]: code for n, code in self.refused.items() if n in place},
        )

    @property
    def structure(self) -> tuple[object, ...]:
        """What problems must have in common to be joined."""
        limits = tuple(
            (
                tuple(limit.names) if isinstance(limit, Family) else limit.name,
                _cells(limit).tobytes(),
                limit.floor is None,
                limit.cap is None,
            )
            for limit in self.limits
        )
        return self.region_ids, self.group_ids, self.last_year.tobytes(), (*self.cells,), limits


def _cells(limit: Limit | Family) -> NDArray[np.generic]:
    return np.asarray(limit.labels if isinstance(limit, Family) else limit.mask)


def _own(limit: Limit | Family) -> int:
    """Return how many axes a limit's floor and cap have of their own."""
    return 1 if isinstance(limit, Family) else 0


def _cut(limit: Limit | Family, some: NDArray[np.int_]) -> Limit | Family:
    def cut(bound: ArrayLike | None) -> ArrayLike | None:
        return bound if np.ndim(bound) == _own(limit) else np.asarray(bound)[some]  # type: ignore[arg-type]

    return replace(
        limit,
        floor=None if limit.floor is None else cut(limit.floor),
        cap=None if limit.cap is None else cut(limit.cap),
    )


def stacked(
    inputs: Inputs,
    scenario: Scenario,
    heads: ArrayLike | None = None,
    factors: Mapping[str, Floats] | None = None,
) -> Stack:
    """Return the problems a scenario poses on its tables with other head counts.

    Parameters
    ----------
    inputs
        The tables.
    scenario
        The scenario.
    heads
        Heads as listed, before the overlap: (N, rows), one a row of ``inputs.eligible`` and so one
        a tier, or (N, R, G), where the tiers of a cell keep their shares. Without it those of the
        tables, N = 1.
    factors
        By the name of a factor, what its data are multiplied by, (N, R).

    Returns
    -------
    Stack
        Each problem equals `build` on tables with these heads. One that `build` would refuse for
        its heads is in ``refused``.

    Raises
    ------
    InputError
        The scenario and the tables do not fit together, whatever the heads.
    ValueError
        The heads have neither shape, or are missing, infinite or below 0.

    Examples
    --------
    ``stacked(inputs, scenario, 1.1 * inputs.listed.to_numpy()[None])`` is one problem with a tenth
    more of everybody.
    """
    if wrong := check(scenario, inputs):
        raise InputError(wrong)
    setting = Setting.of(inputs, scenario, counted(inputs, heads))
    setting = replace(setting, factors=factors or {})
    carried = int(setting.money("unspent").sum())
    claims = setting.claims.sum(axis=(-2, -1)).tolist()
    totals = [shared_yuan(setting, carried, round(yuan), (n,)) for n, yuan in enumerate(claims)]
    total = np.array(totals, np.int64)
    target, envelopes = target_of(setting, total)
    cells = {name: _full(setting, *pair) for name, pair in cell_bounds(setting).items()}
    lower, upper = tightest(cells)
    least = setting.values["per_head_min"]
    return Stack(
        region_ids=setting.regions,
        group_ids=setting.groups,
        heads=setting.heads,
        claims=setting.claims,
        target=target,
        lower=lower,
        upper=upper,
        limits=(*envelopes, *limits_of(setting, total)),
        total_yuan=total,
        per_head_min=np.tile([least.get(g) or np.nan for g in setting.groups], (len(total), 1)),
        last_year=last_year(inputs),
        cells=cells,
        refused={at[0]: code for at, code in setting.refused.items()},
    )


def _full(setting: Setting, *tables: Floats) -> tuple[Floats, Floats]:
    low, high = (np.broadcast_to(table, setting.heads.shape) for table in tables)
    return low, high


def counted(inputs: Inputs, heads: ArrayLike | None) -> Counts:
    """Return what heads come to in each cell, those of the tables where none are given."""
    if heads is None:
        return Counts(*(part[None] for part in inputs.counts))
    return inputs.counting.counted(listed_by_row(inputs, heads))


def listed_by_row(inputs: Inputs, heads: ArrayLike) -> Floats:
    """Return heads by row of ``eligible``, (N, rows); see `stacked`."""
    own = inputs.eligible["heads"].to_numpy(float)
    counts = np.asarray(heads, float)
    shape = inputs.counting.shape
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("heads must be finite and 0 or more")
    if counts.ndim == 3 and counts.shape[1:] == shape:
        return inputs.counting.by_row(own, counts)
    if counts.ndim == 2 and counts.shape[1] == len(own):
        return counts
    raise ValueError(f"heads must be (N, {len(own)}) or (N, *{shape}), not {counts.shape}")


def last_year(inputs: Inputs) -> Floats:
    """Return last year's yuan by region, (R,), NaN where it is not known."""
    rows = inputs.extras.get("last_year")
    if rows is None:
        return np.full(len(inputs.region_ids), np.nan)
    by_region = rows.groupby("region_id")["yuan"].sum()
    return by_region.reindex(list(inputs.region_ids)).to_numpy(float)


def posed(inputs: Inputs, scenario: Scenario) -> Stack:
    """Return the one problem a scenario poses, refused where it does not fit its tables."""
    try:
        return stacked(inputs, scenario)
    except InputError as error:
        return refusal(inputs, error.findings[0].code)


def refusal(inputs: Inputs, code: str) -> Stack:
    """Return one problem that cannot be posed."""
    nothing = np.zeros((1, *inputs.counting.shape))
    return Stack(
        region_ids=inputs.region_ids,
        group_ids=inputs.group_ids,
        heads=inputs.counts.heads[None],
        claims=nothing,
        target=nothing,
        lower=nothing,
        upper=nothing,
        limits=(),
        total_yuan=np.zeros(1, np.int64),
        per_head_min=np.full((1, len(inputs.group_ids)), np.nan),
        last_year=last_year(inputs),
        cells={},
        refused={0: code},
    )


def joined(stacks: Sequence[Stack]) -> Stack:
    """Return stacks of one structure as one, in their order."""
    if len(stacks) == 1:
        return stacks[0]
    starts = np.cumsum([0, *map(len, stacks)]).tolist()
    rows = zip(*(stack.limits for stack in stacks), strict=True)
    refused = zip(starts, stacks, strict=False)
    tables: dict[str, Any] = {
        name: np.concatenate([getattr(stack, name) for stack in stacks]) for name in TABLES
    }
    return replace(
        stacks[0],
        **tables,
        limits=tuple(_together(same, [len(stack) for stack in stacks]) for same in rows),
        cells=_cells_together(stacks),
        refused={start + k: code for start, stack in refused for k, code in stack.refused.items()},
    )


def _together(same: Sequence[Limit | Family], counts: Sequence[int]) -> Limit | Family:
    def together(which: str) -> Floats | None:
        bounds = [getattr(limit, which) for limit in same]
        if bounds[0] is None:
            return None
        own = _own(same[0])
        shapes = [np.shape(bound)[np.ndim(bound) - own :] for bound in bounds]
        full = zip(bounds, counts, shapes, strict=True)
        return np.concatenate([np.broadcast_to(b, (n, *shape)) for b, n, shape in full])

    return replace(same[0], floor=together("floor"), cap=together("cap"))


def _cells_together(stacks: Sequence[Stack]) -> dict[str, tuple[Floats, Floats]]:
    parts = {name: [stack.cells[name] for stack in stacks] for name in stacks[0].cells}
    return {
        name: (np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs]))
        for name, pairs in parts.items()
    }
