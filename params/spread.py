"""Spread the provincial head counts over the receiving units, by the drivers in spread.yaml.

    python params/spread.py            writes data/eligible.csv
    python params/spread.py --check    exits 1 if the file says something else

Heads are whole: each group is rounded by largest remainder, ties by the unit's id, so the
provincial count comes back exactly and the order of rows does not matter.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
REGIONS, GROUPS = HERE / "data" / "regions.csv", HERE / "data" / "groups.csv"
ELIGIBLE, ASSUMPTIONS = HERE / "data" / "eligible.csv", HERE / "spread.yaml"
COLUMNS = ("region_id", "group_id", "tier_id", "heads", "status", "source", "source_en")
Row = Mapping[str, str]


def largest_remainder(weights: Mapping[str, Fraction], total: int) -> dict[str, int]:
    """Return whole numbers in proportion to the weights that add to ``total``.

    Examples
    --------
    >>> largest_remainder({"a": Fraction(1), "b": Fraction(1), "c": Fraction(2)}, 5)
    {'a': 1, 'b': 1, 'c': 3}
    """
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    heads = {key: int(share) for key, share in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (heads[key] - exact[key], key))
    for key in by_remainder[: total - sum(heads.values())]:
        heads[key] += 1
    return heads


def weight(row: Row, columns: Sequence[str], words: Mapping[str, Mapping[str, Any]]) -> Fraction:
    """Return the product of a unit's columns; words count as ``words[column][word]``."""
    product = Fraction(1)
    for column in columns:
        text = row[column]
        product *= Fraction(str(words[column][text] if column in words else text))
    return product


def spread(
    rows: Sequence[Row], group: Mapping[str, Any], words: Mapping[str, Any]
) -> dict[str, int]:
    """Return the heads of one group in every unit.

    Units without residents are no territory: they share ``outside_share`` of the heads equally.
    """
    inside = [row for row in rows if row["residents"]]
    outside = [row for row in rows if not row["residents"]]
    apart = round(Fraction(str(group["outside_share"])) * group["heads"]) if outside else 0
    base = {
        row["region_id"]: sum(
            int(row[column]) * heads for column, heads in group.get("base", {}).items()
        )
        for row in inside
    }
    weights = {row["region_id"]: weight(row, group["by"], words) for row in inside}
    shared = largest_remainder(weights, group["heads"] - apart - sum(base.values()))
    heads = {region: base[region] + shared[region] for region in base}
    if outside:
        heads |= largest_remainder({row["region_id"]: Fraction(1) for row in outside}, apart)
    return heads


def sentence(row: Row, group: Mapping[str, Any], name: Row, language: str) -> str:
    """Return where a figure comes from, in one language."""
    share = float(group["outside_share"])
    if language == "zh":
        how = (
            f"按{name['driver_zh']}分摊"
            if row["residents"]
            else f"产业及直管单位假设占 {share:.0%}"
        )
        return f"{group['source']['zh']}；{how}；假设，待核实"
    how = (
        f"spread by {name['driver_en']}"
        if row["residents"]
        else f"industrial and directly run units assumed to hold {share:.0%}"
    )
    return f"{group['source']['en']}; {how}; assumed, to be confirmed"


def table() -> str:
    """Return the text of eligible.csv: one row for each unit and group."""
    assumptions = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO(REGIONS.read_text(encoding="utf-8"))))
    names = list(csv.DictReader(io.StringIO(GROUPS.read_text(encoding="utf-8"))))
    words, groups = assumptions["weights"], assumptions["groups"]
    heads = {name["group_id"]: spread(rows, groups[name["group_id"]], words) for name in names}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        for name in names:
            region, group = row["region_id"], name["group_id"]
            sources = [sentence(row, groups[group], name, language) for language in ("zh", "en")]
            writer.writerow([region, group, "", heads[group][region], "assumed", *sources])
    return out.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write eligible.csv, or with --check compare it."""
    if "--check" in arguments:
        same = ELIGIBLE.read_text(encoding="utf-8") == table()
        print(f"{ELIGIBLE.name}: {'as spread' if same else 'differs from spread.yaml'}")
        return 0 if same else 1
    ELIGIBLE.write_text(table(), encoding="utf-8", newline="")
    print(f"{ELIGIBLE.name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
