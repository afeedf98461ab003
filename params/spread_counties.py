"""Spread a unit's heads, as the level above counts them, over the counties in its own table.

    python params/spread_counties.py shangluo            writes data/levels/shangluo/eligible.csv
    python params/spread_counties.py shangluo --check    exits 1 if the file says something else

By residents, people on duty 200 a county first (as spread.yaml has it), rounded by largest
remainder: the count of the level above comes back exactly. Every figure is assumed.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import yaml
from spread import ASSUMPTIONS, COLUMNS, ELIGIBLE, HERE, largest_remainder

SOURCES = (
    "省级表中本市 {heads} {how}；假设，待核实",
    "{heads} in the province's table for this city, {how}; assumed, to be confirmed",
)
BY_RESIDENTS = ("按常住人口分摊", "spread by residents")
WITH_BASE = (
    "每县（区）{base}，其余按常住人口分摊",
    "{base} a county, the rest spread by residents",
)


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def spread(counties: Sequence[Mapping[str, str]], heads: int, base: int) -> dict[str, int]:
    """Return the heads of one group by county: a base each, the rest by residents.

    Examples
    --------
    >>> counties = [{"region_id": "a", "residents": "300"}, {"region_id": "b", "residents": "100"}]
    >>> spread(counties, 100, 10)
    {'a': 70, 'b': 30}
    """
    residents = {row["region_id"]: Fraction(row["residents"]) for row in counties}
    shared = largest_remainder(residents, heads - base * len(counties))
    return {county: base + shared[county] for county in residents}


def table(unit: str) -> str:
    """Return the text of the unit's eligible.csv."""
    groups = yaml.safe_load(ASSUMPTIONS.read_text(encoding="utf-8"))["groups"]
    counties = read(HERE / "data" / "levels" / unit / "regions.csv")
    above = {r["group_id"]: int(r["heads"]) for r in read(ELIGIBLE) if r["region_id"] == unit}
    bases = {name: sum(groups[name].get("base", {}).values()) for name in above}
    heads = {name: spread(counties, above[name], bases[name]) for name in above}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in counties:
        for name, total in above.items():
            ways = WITH_BASE if bases[name] else BY_RESIDENTS
            how = [way.format(base=bases[name]) for way in ways]
            said = [text.format(heads=total, how=h) for text, h in zip(SOURCES, how, strict=True)]
            writer.writerow(
                [row["region_id"], name, "", heads[name][row["region_id"]], "assumed", *said]
            )
    return out.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write the table of each unit named, or with --check compare it."""
    different = 0
    for unit in (word for word in arguments if not word.startswith("-")):
        path = HERE / "data" / "levels" / unit / "eligible.csv"
        if "--check" in arguments:
            same = path.read_text(encoding="utf-8") == table(unit)
            print(f"{unit}: {'as spread' if same else 'differs from what spreading gives'}")
            different += not same
        else:
            path.write_text(table(unit), encoding="utf-8", newline="")
            print(f"{unit}: written")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
