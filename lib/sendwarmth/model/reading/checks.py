"""What tables must agree on with each other: each check takes frames and notes what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pandas as pd

from sendwarmth.model.reading.table_reader import TableReader
from sendwarmth.model.tables import ALL

Frames = Mapping[str, pd.DataFrame]
Readers = Mapping[str, TableReader]


def _rows(frame: pd.DataFrame) -> Any:
    return zip(frame.index, frame.itertuples(index=False), strict=True)


def _least_and_most(frames: Frames, readers: Readers) -> None:
    for low, high in (("least_yuan", "most_yuan"), ("band_low_yuan", "band_high_yuan")):
        for row, group in _rows(frames["groups"]):
            least, most = getattr(group, low), getattr(group, high)
            if least > most:
                readers["groups"].wrong("row_least_over_most", row, low, value=least, high=most)


def _one_standard_a_group(frames: Frames, readers: Readers) -> None:
    standards = frames["standards"]
    own = set(standards["group_id"][standards["tier_id"] == ""])
    for group in frames["groups"]["group_id"]:
        if group and group not in own:
            readers["standards"].wrong("standard_missing", None, "group_id", value=group)


def _tier_shares_add_to_one(frames: Frames, readers: Readers) -> None:
    tiers = frames["standards"][frames["standards"]["tier_id"] != ""]
    for group, shares in tiers.groupby("group_id", sort=False)["share"]:
        total = round(float(shares.sum()), 6)
        if shares.notna().any() and total != 1:
            row = shares.index[-1]
            readers["standards"].wrong("shares_of_tiers", row, "share", value=group, total=total)


def _known_tiers(frames: Frames, readers: Readers) -> None:
    standards = frames["standards"]
    tiers = set(zip(standards["group_id"], standards["tier_id"], strict=True))
    for row, cell in _rows(frames["eligible"]):
        if cell.group_id and cell.tier_id and (cell.group_id, cell.tier_id) not in tiers:
            allowed = ", ".join(sorted(t for g, t in tiers if g == cell.group_id and t))
            facts = {"value": cell.tier_id, "group": cell.group_id, "allowed": allowed}
            readers["eligible"].wrong("cell_unknown_tier", row, "tier_id", **facts)


def _every_cell_once(frames: Frames, readers: Readers) -> None:
    eligible = frames["eligible"]
    if (eligible[["region_id", "group_id"]] == "").to_numpy().any():
        return  # a row that was refused may be the one that seems to be missing
    found = eligible.groupby(["region_id", "group_id"])["tier_id"].agg(set)
    for region, group in product(frames["regions"]["region_id"], frames["groups"]["group_id"]):
        tiers = found.get((region, group), set())
        facts = {"value": region, "group": group}
        if not tiers and region and group:
            readers["eligible"].wrong("heads_missing", None, "heads", **facts)
        elif "" in tiers and len(tiers) > 1:
            readers["eligible"].wrong("heads_with_and_without_tiers", None, "tier_id", **facts)


def _tiers_of_sources(frames: Frames, readers: Readers) -> None:
    standards = frames["standards"]
    for row, source in _rows(frames["sources"]):
        served = source.groups.split()
        of_groups = standards if ALL in served else standards[standards["group_id"].isin(served)]
        known = set(of_groups["tier_id"]) | {ALL}
        for tier in source.tiers.split():
            if tier not in known:
                facts = {"value": tier, "group": source.groups, "allowed": ", ".join(sorted(known))}
                readers["sources"].wrong("cell_unknown_tier", row, "tiers", **facts)


def _overlaps(frames: Frames, readers: Readers) -> None:
    for row, overlap in _rows(frames["overlap"]):
        pair = (overlap.group_a, overlap.group_b)
        if pair[0] and pair[0] == pair[1]:
            readers["overlap"].wrong("overlap_with_itself", row, "group_b", value=pair[1])
        elif all(pair) and overlap.paid_in and overlap.paid_in not in pair:
            allowed = ", ".join(pair)
            value = overlap.paid_in
            readers["overlap"].wrong(
                "paid_in_neither", row, "paid_in", value=value, allowed=allowed
            )


def _overlaps_within_heads(frames: Frames, readers: Readers) -> None:
    eligible = frames["eligible"]
    heads = eligible.groupby(["region_id", "group_id"])["heads"].sum()
    for row, overlap in _rows(frames["overlap"]):
        other = overlap.group_b if overlap.paid_in == overlap.group_a else overlap.group_a
        for region in dict.fromkeys(eligible["region_id"]):
            twice = heads.get((region, overlap.group_a), 0) * overlap.rate
            fewer = heads.get((region, other), 0)
            if twice > fewer + 0.5:
                facts = {"region": region, "group": other, "value": twice, "allowed": fewer}
                readers["overlap"].wrong("overlap_above_heads", row, "rate", "warning", **facts)


def _last_year_once(frames: Frames, readers: Readers) -> None:
    last = frames["last_year"]
    totals = last[last["group_id"] == ""]
    for row, region in totals["region_id"].items():
        if region and (last["region_id"] == region).sum() > 1:
            readers["last_year"].wrong("total_and_parts", row, "group_id", value=region)


CHECKS: tuple[tuple[tuple[str, ...], Callable[[Frames, Readers], None]], ...] = (
    (("groups",), _least_and_most),
    (("groups", "standards"), _one_standard_a_group),
    (("standards",), _tier_shares_add_to_one),
    (("standards", "eligible"), _known_tiers),
    (("regions", "groups", "eligible"), _every_cell_once),
    (("standards", "sources"), _tiers_of_sources),
    (("overlap",), _overlaps),
    (("eligible", "overlap"), _overlaps_within_heads),
    (("last_year",), _last_year_once),
)


def cross_check(frames: Frames, readers: Readers) -> None:
    """Run every check whose tables are there; findings go to the readers of the tables.

    Tables without a reader come from the level above and were checked there.
    """
    for needed, check in CHECKS:
        fresh = any(name in readers for name in needed)
        if fresh and all(name in frames and not frames[name].empty for name in needed):
            check(frames, readers)
