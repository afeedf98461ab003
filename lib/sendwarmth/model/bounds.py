"""Bounds of cells and limits on sets of cells, from a scenario's fields, on the grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sendwarmth.model.grid import draw_in, draw_in_limit, unit_that_works
from sendwarmth.model.limits import Family, Limit
from sendwarmth.model.setting import Floats, Index, Setting
from sendwarmth.model.targets import MILLION, millionths

Whole = NDArray[np.int64]


def cell_bounds(setting: Setting) -> dict[str, tuple[Floats, Floats]]:
    """Return the bounds each source sets on cells, in whole units, 0 and inf where it is silent.

    Sources: ``per_head_min`` and ``per_head_max`` times heads, ``locks``, what is ``paid`` out or
    still held unspent; ``heads``: a cell without heads gets nothing.
    """
    least, most = setting.values["per_head_min"], setting.values["per_head_max"]
    low = setting.heads * np.array([least.get(group) or 0 for group in setting.groups], float)
    caps = np.array([most.get(group, np.inf) for group in setting.groups], float)
    high = np.multiply(setting.heads, caps, where=setting.heads > 0, out=np.zeros(low.shape))
    for at, nearby in off_grid(low, high, setting.unit).items():
        facts = {"low": low[at], "high": high[at], "unit": setting.unit, **nearby}
        cell = setting.cell(*at[-2:])
        setting.wrong(at[:-2], "no_multiple_in_range", "values.unit_yuan", cell, **facts)
    lower, upper = draw_in(low, high, setting.unit)
    nothing, anything = np.zeros(low.shape), np.full(low.shape, np.inf)
    some = setting.heads > 0
    sources = {
        "heads": (nothing, np.where(some, np.inf, 0.0)),
        "per_head_min": (lower, anything),
        "per_head_max": (nothing, np.where(some, upper, np.inf)),
    }
    sources["locks"] = _locked(setting, *tightest(sources))
    sources["paid"] = (_held(setting, tightest(sources)[1]), anything)
    return sources


def tightest(sources: Mapping[str, tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return each cell's bounds when every source holds: the highest floor, the lowest cap."""
    lower, upper = zip(*sources.values(), strict=True)
    return np.max(lower, axis=0), np.min(upper, axis=0)


def off_grid(low: ArrayLike, high: ArrayLike, unit: int) -> dict[tuple[int, ...], dict[str, Any]]:
    """Return the ranges that hold no multiple of the unit, by index, with what would do instead.

    Ranges empty to begin with are a clash, not a matter of the grid, and are not returned.

    Examples
    --------
    >>> off_grid(1_200_500, 1_200_500, 1_000)[()]
    {'below': 1200000, 'above': 1201000, 'works': 500}
    """
    least, most = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    drawn_low, drawn_high = draw_in(least, most, unit)
    return {
        index: {
            "below": int(drawn_high[index]),
            "above": int(drawn_low[index]),
            "works": unit_that_works(float(least[index]), float(most[index]), unit),
        }
        for index in indices((drawn_low > drawn_high) & (least <= most))
    }


def indices(where: ArrayLike) -> list[Index]:
    """Return the indices where an array is true, also of an array without axes.

    Examples
    --------
    >>> indices([[False, True], [True, True]]), indices(True), indices(False)
    ([(0, 1), (1, 0), (1, 1)], [()], [])
    """
    return [tuple(index) for index in np.argwhere(where).tolist()]


def _locked(setting: Setting, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    floors, caps = np.zeros(lower.shape), np.full(upper.shape, np.inf)
    for n, lock in enumerate(setting.values["locks"]):
        i, j = setting.regions.index(lock["region"]), setting.groups.index(lock["group"])
        yuan, budget = lock["yuan"], setting.values["budget_yuan"]
        heads, low, high = (table[..., i, j] for table in (setting.heads, lower, upper))
        nearby = off_grid(yuan, yuan, setting.unit)
        reasons = {
            "lock_over_budget": yuan > budget,
            "lock_off_grid": bool(nearby),
            "lock_on_empty_cell": (heads == 0) & (yuan > 0),
            "lock_outside_bounds": (low > yuan) | (yuan > high),
        }
        more = {
            "lock_over_budget": {"allowed": budget},
            "lock_off_grid": {"unit": setting.unit, **nearby.get((), {})},
            "lock_on_empty_cell": {},
        }
        fine = np.ones(setting.lead, bool)
        for code, bad in reasons.items():
            for at in indices(fine & bad):
                facts = {"cell": setting.cell(i, j), "low": low[at], "high": high[at]}
                facts |= more.get(code, {"heads": heads[at]})
                setting.wrong(at, code, f"values.locks[{n}].yuan", yuan, **facts)
            fine &= np.logical_not(bad)
        floors[..., i, j] = np.where(fine, yuan, 0.0)
        caps[..., i, j] = np.where(fine, yuan, np.inf)
    return floors, caps


def _held(setting: Setting, upper: Floats) -> Floats:
    """Return floors at what is paid out or still held unspent: neither is taken back."""
    held = setting.money("paid") + setting.money("unspent")
    floors, _ = draw_in(held, held, setting.unit)
    for at in indices(floors > upper):
        facts = {"high": upper[at], "cell": setting.cell(*at[-2:])}
        setting.wrong(at[:-2], "paid_above_cap", "paid", held[at[-2:]], **facts)
    return floors


def limits_of(setting: Setting, total_yuan: int | Whole) -> tuple[Limit | Family, ...]:
    """Return every limit a scenario and its sources set, in the order explanations use."""
    return (
        *_change_band(setting, total_yuan),
        *_regions(setting, total_yuan),
        *_named(setting),
        *_earmarks(setting),
    )


def _by_region(setting: Setting, field: str, floor: Any, cap: Any) -> Family:
    """Return one limit a region, from one field."""
    names = [f"{field}/{region}" for region in setting.regions]
    labels = np.broadcast_to(np.arange(len(names))[:, None], setting.shape)
    drawn = draw_in_limit(floor, cap, setting.unit)
    low, high = (b if b is None else np.broadcast_to(b, (*b.shape[:-1], len(names))) for b in drawn)
    return Family(names, labels, low, high)


def _regions(setting: Setting, total_yuan: int | Whole) -> Iterator[Family]:
    floor, cap = setting.values["region_floor_yuan"], setting.values["region_cap_share"]
    if floor:
        yield _by_region(setting, "region_floor_yuan", floor, None)
    if cap is not None:
        most = np.asarray(total_yuan)[..., None] * millionths(cap) // MILLION
        yield _by_region(setting, "region_cap_share", None, most)


def _change_band(setting: Setting, total_yuan: int | Whole) -> Iterator[Family]:
    """Keep each region near last year's amount; a region that is new this year is free."""
    band, last = setting.values["change_band"], setting.inputs.extras.get("last_year")
    if not band:
        return
    if last is None or not last["yuan"].sum() > 0:
        for at in np.ndindex(setting.lead):
            setting.wrong(at, "band_without_last_year", "values.change_band", list(band))
        return
    by_region = last.groupby("region_id")["yuan"].sum().reindex(list(setting.regions))
    amounts = by_region.to_numpy(float)
    if setting.values["change_band_base"] == "scaled":
        amounts = amounts * np.asarray(total_yuan)[..., None] / np.nansum(amounts)
    low = np.where(np.isnan(amounts), 0.0, np.maximum(amounts * (1 + band[0]), 0.0))
    high = np.where(np.isnan(amounts), np.inf, amounts * (1 + band[1]))
    for at, nearby in off_grid(low, high, setting.unit).items():
        facts = {"low": low[at], "high": high[at], "unit": setting.unit, **nearby}
        name = setting.regions[at[-1]]
        setting.wrong(at[:-1], "no_multiple_in_range", "values.change_band", name, **facts)
    yield _by_region(setting, "change_band", low, high)


def _named(setting: Setting) -> Iterator[Limit]:
    for n, limit in enumerate(setting.values["limits"]):
        floor, cap = limit["floor_yuan"], limit["cap_yuan"]
        if floor is not None and cap is not None:
            for nearby in off_grid(floor, cap, setting.unit).values():
                facts = {"low": floor, "high": cap, "unit": setting.unit, **nearby}
                for at in np.ndindex(setting.lead):
                    path = f"values.limits[{n}]"
                    setting.wrong(at, "no_multiple_in_range", path, limit["name"], **facts)
        rows = _chosen(limit["regions"], setting.regions)
        columns = _chosen(limit["groups"], setting.groups)
        drawn = draw_in_limit(floor, cap, setting.unit)
        yield Limit(f"limits/{limit['name']}", rows[:, None] & columns, *drawn)


def _chosen(ids: Any, known: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([ids == "all" or word in ids for word in known])


def _earmarks(setting: Setting) -> Iterator[Limit]:
    """Yield, for every union of earmarked sources, a floor on the groups it may serve.

    What the sources usable only inside a set of groups bring must be spent inside it; by Hall's
    condition the unions of the sources' own sets are all the sets that matter.
    """
    served = {
        source.source_id: (source.groups, source.yuan)
        for source in setting.inputs.funded
        if source.groups is not None
    }
    for union in unions(groups for groups, _ in served.values()):
        inside = {name: yuan for name, (groups, yuan) in served.items() if groups <= union}
        floor, _ = draw_in_limit(sum(inside.values()), None, setting.unit)
        mask = np.broadcast_to(_chosen(union, setting.groups), setting.shape)
        yield Limit(f"sources/{'+'.join(sorted(inside))}", mask, floor, None)


def unions(sets: Iterable[frozenset[Any]]) -> list[frozenset[Any]]:
    """Return every union of some of the sets, the smallest first.

    Examples
    --------
    >>> [sorted(union) for union in unions([frozenset("ab"), frozenset("bc"), frozenset("ab")])]
    [['a', 'b'], ['b', 'c'], ['a', 'b', 'c']]
    """
    found: set[frozenset[Any]] = set()
    for some in sets:
        found |= {some, *(some | union for union in found)}
    return sorted(found, key=lambda union: (len(union), sorted(union)))
