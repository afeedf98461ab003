"""Generate a whole country of invented tables: provinces, their cities, the cities' counties.

    python params/country.py FOLDER [--seed 9] [--times 1]

writes a project that ``sendwarmth run --levels`` runs from inside the folder: 31 provinces, about
340 cities and 2,850 counties, five groups. ``--times 3`` gives every province three times the
cities. Every name and every figure is invented and says so; only the groups and their standards
are those of the shipped tables. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
PROVINCES, CITIES, COUNTIES = 31, 11, 8.4
"""Provinces, cities a province, and counties a city, the last two on average."""
FUND_A_HEAD = 0.98
"""Of what is claimed."""
REGIONS = ("region_id", "name_zh", "name_en", "kind", "residents", "gdp_100m_yuan", "source")
ELIGIBLE = ("region_id", "group_id", "heads", "status", "source")
INVENTED = "虚构"
KINDS = (("province", "省", "Province"), ("city", "市", "City"), ("county", "县", "County"))
Heads = dict[str, np.ndarray]

SCENARIO = """# Invented from end to end: see country.py.
title: {{zh: 全国示例（全部虚构）, en: A whole country (all invented)}}
purpose:
  zh: 三级分配与性能测试用，数据全部虚构
  en: Three levels, for trial and timing; every figure is invented
author: {invented}
date: "2019-12-20"
data: ../data
values:
  budget_yuan: {budget}
  unit_yuan: 1_000
  reserve: 0.05
  reserve_release: {{until: "2020-01-20", rule: {invented}}}
  rule: factor
  factor_weight:
    default: {{claim: 1}}
    hardship: {{claim: 0.8, fiscal_weakness: 0.2}}
    migrant: {{claim: 0.8, fiscal_weakness: 0.2}}
  per_head_min: {{hardship: 1_000, model_worker: 1_000, migrant: 500, skilled: 100, on_duty: 100}}
  per_head_max: {{hardship: 3_000, model_worker: 5_000, migrant: 1_000, skilled: 300, on_duty: 300}}
  region_floor_yuan: {floor}
"""
OWN = """# Invented. What a unit states itself; the rest is that of the level above.
values: {{unit_yuan: 100{more}}}
"""


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped table."""
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_level(
    folder: Path, level: int, ids: Sequence[str], units: Mapping[str, np.ndarray]
) -> None:
    """Write the tables of one unit: its units, and their heads by group."""
    kind, zh, en = KINDS[level]
    regions, heads = [], []
    for i, name in enumerate(ids):
        digits = "".join(c if c.isdigit() else " " for c in name).split()
        number = "-".join(digits)
        figures = (int(units["residents"][i]), f"{units['gdp'][i]:.2f}")
        regions.append(
            (name, f"{INVENTED}{number}{zh}", f"Invented {en} {number}", kind, *figures, INVENTED)
        )
        counts = zip(units["groups"], units["heads"][i], strict=True)
        heads += [(name, group, int(count), "assumed", INVENTED) for group, count in counts]
    write(folder / "regions.csv", REGIONS, regions)
    write(folder / "eligible.csv", ELIGIBLE, heads)


def county_units(rng: np.random.Generator, count: int, share: np.ndarray) -> dict[str, np.ndarray]:
    """Return residents, GDP (100m yuan) and heads (counties, groups) of a city's counties."""
    residents = np.maximum(rng.lognormal(12.9, 0.6, count), 5_000).astype(int)
    a_head = rng.lognormal(11.0, 0.45, count)
    heads = (
        rng.poisson(residents[:, None] * share * rng.lognormal(0, 0.25, (count, len(share)))) + 1
    )
    return {"residents": residents, "gdp": residents * a_head / 1e8, "heads": heads}


def together(below: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return units that are each the sum of the units below it."""
    return {
        key: np.array([one[key].sum(axis=0) for one in below])
        for key in ("residents", "gdp", "heads")
    }


def generate(folder: Path, seed: int, times: int) -> dict[str, int]:
    """Write the project; return how many units each level has."""
    groups = [row["group_id"] for row in read("groups")]
    share = np.array([23_884, 1_000, 18_019, 40_000, 76_000][: len(groups)]) / 39_528_999
    data = folder / "params" / "data"
    counts = {"provinces": PROVINCES, "cities": 0, "counties": 0}
    provinces = []
    for p in range(1, PROVINCES + 1):
        province, cities = f"p{p:02d}", []
        # Each province has its own stream, so that one is the same however many cities others have.
        rng = np.random.default_rng([seed, p])
        number = times * int(rng.integers(CITIES - 4, CITIES + 5))
        names = [f"{province}c{c:03d}" for c in range(1, number + 1)]
        for city in names:
            count = int(np.clip(rng.poisson(COUNTIES), 2, 30))
            units = county_units(rng, count, share) | {"groups": np.array(groups)}
            ids = [f"{city}x{n:02d}" for n in range(1, count + 1)]
            place = data / "levels" / province / city
            write_level(place, 2, ids, units)
            more = ", region_floor_yuan: 20_000" if rng.random() < 0.3 else ""
            (place / "scenario.yaml").write_text(OWN.format(more=more), encoding="utf-8")
            cities.append(units)
            counts["counties"] += count
        counts["cities"] += number
        units = together(cities) | {"groups": np.array(groups)}
        write_level(data / "levels" / province, 1, names, units)
        (data / "levels" / province / "scenario.yaml").write_text(
            OWN.format(more=""), encoding="utf-8"
        )
        provinces.append(units)
    units = together(provinces) | {"groups": np.array(groups)}
    write_level(data, 0, [f"p{p:02d}" for p in range(1, PROVINCES + 1)], units)
    for name in ("groups.csv", "standards.csv"):
        shutil.copy(HERE / "data" / name, data / name)
    write(
        data / "sources.csv",
        ("source_id", "label_zh", "yuan", "groups", "tiers", "status", "source"),
        [("fund", f"{INVENTED}资金", "", "all", "all", "assumed", INVENTED)],
    )
    write_scenario(folder, groups, units["heads"])
    return counts


def write_scenario(folder: Path, groups: Sequence[str], heads: np.ndarray) -> None:
    """Write the scenario of the country; its fund is near what is claimed."""
    standard = {
        row["group_id"]: int(row["yuan"]) for row in read("standards") if not row["tier_id"]
    }
    claims = heads.sum(axis=0) @ np.array([standard[group] for group in groups])
    budget = int(claims / 0.95 * FUND_A_HEAD) // 10**6 * 10**6
    text = SCENARIO.format(budget=budget, floor=budget // 2_000 // 1_000 * 1_000, invented=INVENTED)
    path = folder / "params" / "scenarios" / "country.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Write the country and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--times", type=int, default=1)
    asked = parser.parse_args(arguments)
    counts = generate(asked.folder, asked.seed, asked.times)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
