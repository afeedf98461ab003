"""The invented country: the same from one seed, adding up at every level, marked as invented."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.levels import tables as level_tables

PARAMS = Path(__file__).parents[1] / "params"


@pytest.fixture
def country(monkeypatch):
    """Return the generator, with two provinces."""
    monkeypatch.syspath_prepend(PARAMS)
    monkeypatch.delitem(sys.modules, "country", raising=False)
    import country

    monkeypatch.setattr(country, "PROVINCES", 2)
    return country


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_files_and_another_seed_others(country, tmp_path):
    for name, seed in (("a", 9), ("b", 9), ("c", 10)):
        country.generate(tmp_path / name, seed, 1)
    assert files(tmp_path / "a") == files(tmp_path / "b") != files(tmp_path / "c")


def test_heads_add_up_from_counties_to_the_country(country, tmp_path):
    counts = country.generate(tmp_path, 9, 1)
    data = tmp_path / "params" / "data"
    top = load_inputs(data)
    assert len(top.region_ids) == counts["provinces"] == 2
    paths = list(level_tables.every_unit(data))
    assert sum(len(path) == 2 for path in paths) == counts["cities"]
    units = {(): top} | {path: level_tables.inputs_of(data, path) for path in paths}
    counties = [len(units[path].region_ids) for path in paths if len(path) == 2]
    assert sum(counties) == counts["counties"]
    for path in paths:
        own, above = units[path].heads.sum(), units[path[:-1]].heads.loc[path[-1]]
        assert own.to_dict() == above.to_dict()


def test_three_times_as_large_has_three_times_the_cities(country, tmp_path):
    once = country.generate(tmp_path / "once", 9, 1)
    thrice = country.generate(tmp_path / "thrice", 9, 3)
    assert thrice["cities"] == 3 * once["cities"]
    assert thrice["provinces"] == once["provinces"]


def test_every_name_and_every_source_says_that_it_is_invented(country, tmp_path):
    country.generate(tmp_path, 9, 1)
    for path in (tmp_path / "params" / "data").rglob("*.csv"):
        if path.stem in ("regions", "eligible", "sources"):
            rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
            assert {row["source"] for row in rows} == {"虚构"}
            assert all("虚构" in row.get("name_zh", "虚构") for row in rows)
