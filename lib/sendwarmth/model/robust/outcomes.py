"""Chosen figures of many plans at once, named and defined as in ``measure``.

A figure is written ``name/scope``: ``money/REGION``, ``coverage_money/GROUP``, ``gini`` (the scope
is ``all`` where none is written). `FIGURES` says which names there are. Amounts are before rounding
to whole units, so a figure may differ from the one of a plan by what a unit makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sendwarmth.model.figures import ALL
from sendwarmth.model.findings import Finding, InputError, nearest
from sendwarmth.model.robust.points import Points
from sendwarmth.model.setting import Floats

Both = tuple[Floats, Floats]
HAIR = 1e-6
"""Of a head: an amount this little short of a whole head's is that head's."""


def _cut(tables: Floats, points: Points, scope: str) -> Floats:
    """Return the cells of a scope: all, a region, a group or ``region/group``; (N, r, g)."""
    region, _, group = scope.partition("/")
    if scope == ALL:
        return tables
    if group:
        i, j = points.region_ids.index(region), points.group_ids.index(group)
        return tables[:, i : i + 1, j : j + 1]
    if scope in points.region_ids:
        return tables[:, [points.region_ids.index(scope)]]
    return tables[:, :, [points.group_ids.index(scope)]]


def _sum(tables: Floats, points: Points, scope: str) -> Floats:
    return _cut(tables, points, scope).sum(axis=(-2, -1))


def _over(top: Floats, bottom: Floats) -> Floats:
    """Return a ratio, NaN over nothing."""
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)


def _money(points: Points, scope: str) -> Floats:
    return _sum(points.amounts, points, scope)


def _coverage_money(points: Points, scope: str) -> Floats:
    return _over(_money(points, scope), _sum(points.claims, points, scope))


def reached(points: Points) -> Both:
    """Return heads reached at the least amount a head, and heads; 0 where a group has none."""
    least = points.per_head_min[:, None, :]
    known = np.isfinite(least)
    counted = np.where(known, points.heads, 0.0)
    paid = np.floor(points.amounts / np.where(known, least, 1.0) + HAIR)
    return np.where(known, np.minimum(points.heads, paid), 0.0), counted


def _people_covered(points: Points, scope: str) -> Floats:
    people = _sum(reached(points)[0], points, scope)
    return np.where(points.done, people, np.nan)


def _coverage_people(points: Points, scope: str) -> Floats:
    return _over(_people_covered(points, scope), _sum(reached(points)[1], points, scope))


def _standard_out(points: Points, scope: str) -> Floats:
    return _over(_money(points, scope), _sum(points.heads, points, scope))


def _change_yuan(points: Points, scope: str) -> Floats:
    return _money(points, scope) - points.last_year[points.region_ids.index(scope)]


def _change_share(points: Points, scope: str) -> Floats:
    last = points.last_year[points.region_ids.index(scope)]
    return _money(points, scope) / last - 1 if last > 0 else np.full(len(points), np.nan)


def _moved(points: Points, scope: str) -> Floats:
    return _sum(np.abs(points.amounts - points.target), points, scope) / 2


def _share_moved(points: Points, scope: str) -> Floats:
    return _over(_moved(points, scope), points.total_yuan.astype(float))


def by_region(points: Points, scope: str) -> Both:
    """Return yuan a head of each region, NaN over nobody, and its heads; (N, R)."""
    money, heads = (
        _cut(tables, points, scope).sum(axis=-1) for tables in (points.amounts, points.heads)
    )
    return _over(money, heads), heads


def _relative(points: Points, scope: str) -> Both:
    """Return yuan a head over its mean and shares of people, (N, R); 0 and 0 over nobody."""
    a_head, heads = by_region(points, scope)
    share = _over(heads, np.broadcast_to(heads.sum(axis=-1, keepdims=True), heads.shape))
    amounts = np.where(heads > 0, a_head, 0.0)
    mean = np.vecdot(share, amounts)[:, None]
    return _over(amounts, np.broadcast_to(mean, amounts.shape)), share


def _gini(points: Points, scope: str) -> Floats:
    amounts, share = _relative(points, scope)
    order = np.argsort(amounts, axis=-1, kind="stable")
    amounts, share = (np.take_along_axis(part, order, axis=-1) for part in (amounts, share))
    below = np.cumsum(share, axis=-1) - share / 2
    return np.maximum(0.0, 2 * np.vecdot(share, amounts * below) - 1)


def _theil(points: Points, scope: str) -> Floats:
    amounts, share = _relative(points, scope)
    logs = np.log(amounts, out=np.zeros_like(amounts), where=amounts > 0)
    return np.maximum(0.0, np.vecdot(share, amounts * logs))


def _hoover(points: Points, scope: str) -> Floats:
    amounts, share = _relative(points, scope)
    return np.vecdot(share, np.abs(amounts - 1)) / 2


def _extreme(reduce: Callable[..., Floats], none: float) -> Figure:
    def extreme(points: Points, scope: str) -> Floats:
        a_head, heads = by_region(points, scope)
        found = reduce(np.where(heads > 0, a_head, none), axis=-1)
        return np.where(np.isfinite(found), found, np.nan)

    return extreme


def _max_min(points: Points, scope: str) -> Floats:
    return _over(_highest(points, scope), _lowest(points, scope))


Figure = Callable[[Points, str], Floats]
_lowest, _highest = _extreme(np.min, np.inf), _extreme(np.max, -np.inf)
EVERYWHERE, WHOLE, PLAN, REGIONS = "everywhere", "whole", "plan", "regions"


@dataclass(frozen=True)
class Kind:
    """A figure's unit, as `measure` has it, and the scopes it is about.

    ``everywhere``: all, a region, a group, a cell; ``whole``: all or a group; ``plan``: all;
    ``regions``: a region.
    """

    read: Figure
    unit: str
    scopes: str = EVERYWHERE


FIGURES: dict[str, Kind] = {
    "money": Kind(_money, "yuan"),
    "coverage_money": Kind(_coverage_money, "share"),
    "coverage_people": Kind(_coverage_people, "share"),
    "people_covered": Kind(_people_covered, "heads"),
    "standard_out": Kind(_standard_out, "yuan_a_head"),
    "gini": Kind(_gini, "index", WHOLE),
    "theil": Kind(_theil, "index", WHOLE),
    "hoover": Kind(_hoover, "index", WHOLE),
    "lowest_a_head": Kind(_lowest, "yuan_a_head", WHOLE),
    "highest_a_head": Kind(_highest, "yuan_a_head", WHOLE),
    "max_min": Kind(_max_min, "index", WHOLE),
    "moved_from_target": Kind(_moved, "yuan", PLAN),
    "share_moved_from_target": Kind(_share_moved, "share", PLAN),
    "change_yuan": Kind(_change_yuan, "yuan", REGIONS),
    "change_share": Kind(_change_share, "share", REGIONS),
}
"""Every figure by name."""


def read_figure(points: Points, figure: str) -> Floats:
    """Return one figure of many plans, (N,); NaN without a plan, and over nobody or nothing.

    Parameters
    ----------
    points
        The plans.
    figure
        ``name/scope``, or ``name`` for the whole plan.

    Raises
    ------
    InputError
        There is no such figure, or not of that scope.
    """
    name, scope = named(figure, points.region_ids, points.group_ids)
    return FIGURES[name].read(points, scope)


def named(figure: str, regions: Sequence[str], groups: Sequence[str]) -> tuple[str, str]:
    """Return a figure's name and scope, having checked both."""
    name, _, scope = figure.partition("/")
    facts = {"value": name, "nearest": nearest(name, FIGURES), "allowed": ", ".join(FIGURES)}
    if name not in FIGURES:
        raise InputError([Finding("unknown_figure", "error", facts=facts)])
    known = tuple(scopes(name, regions, groups))
    chosen = scope or (ALL if ALL in known else "")
    if chosen not in known:
        short = [one for one in known if "/" not in one]
        facts = {"value": scope or "—", "figure": name, "nearest": nearest(scope, known)}
        facts["allowed"] = ", ".join(short)
        raise InputError([Finding("unknown_scope", "error", facts=facts)])
    return name, chosen


def scopes(name: str, regions: Sequence[str], groups: Sequence[str]) -> Iterator[str]:
    """Yield the scopes of a figure."""
    about = FIGURES[name].scopes
    if about != REGIONS:
        yield ALL
    if about in (EVERYWHERE, REGIONS):
        yield from regions
    if about in (EVERYWHERE, WHOLE):
        yield from groups
    if about == EVERYWHERE:
        yield from (f"{region}/{group}" for region in regions for group in groups)
