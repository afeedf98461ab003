"""The shipped tables add to the published totals, and a table is read by its description alone."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import yaml
from sendwarmth.model.findings import InputError
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.tables import RawTable, describe
from sendwarmth.run.inputs import DESCRIPTION, load_inputs

ROOT = Path(__file__).parents[1]
DATA = ROOT / "params" / "data"
INPUTS = load_inputs(DATA)
TABLES = describe(yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8")))


def raw_tables() -> dict[str, RawTable]:
    return {path.stem: RawTable(read(path), path.name) for path in DATA.glob("*.csv")}


def read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    return frame.set_axis(range(2, 2 + len(frame)))


def change(raw: dict[str, RawTable], table: str, row: int, column: str, text: str) -> None:
    frame = raw[table].frame.copy()
    frame.loc[row, column] = text
    raw[table] = RawTable(frame, raw[table].file)


def findings_of(raw: dict[str, RawTable]) -> list[tuple[str, str, int | None, str]]:
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES, "data")
    return [(f.code, f.place.file, f.place.row, f.place.field) for f in caught.value.findings]


def test_residents_add_to_the_census_total():
    assert INPUTS.regions["residents"].sum() == 39_528_999


def test_urban_residents_are_62_66_percent():
    regions = INPUTS.regions
    urban = (regions["residents"] * regions["urban_share"]).sum() / regions["residents"].sum()
    assert f"{urban:.2%}" == "62.66%"


def test_there_are_107_county_units():
    assert INPUTS.regions["county_units"].sum() == 107


def test_two_units_carved_from_one_have_the_same_gdp_a_head():
    gdp, residents = INPUTS.regions["gdp_100m_yuan"], INPUTS.regions["residents"]
    assert gdp["weinan"] + gdp["hancheng"] == pytest.approx(1828.47)
    assert gdp["hancheng"] / gdp["weinan"] == pytest.approx(
        residents["hancheng"] / residents["weinan"], abs=1e-5
    )


@pytest.mark.parametrize(
    ("group", "heads"),
    [
        ("hardship", 22_386 + 1_498),
        ("model_worker", 1_000),
        ("migrant", 18_019),
        ("skilled", 40_000),
        ("on_duty", 76_000),
    ],
)
def test_heads_add_to_the_provincial_count(group, heads):
    assert INPUTS.heads[group].sum() == heads


def test_claims_at_average_standards_are_87_383_200_yuan():
    assert INPUTS.claims(INPUTS.table_standard).to_numpy().sum() == 87_383_200


@pytest.mark.parametrize(
    ("units", "wan"),
    [
        (["xian"], 2649.6),
        (["yulin"], 734.4),
        (["weinan"], 650.2),
        (["yangling"], 47.2),
        (["hanzhong", "ankang", "shangluo"], 1406.7),
        (["industry"], 1285.8),
    ],
)
def test_claims_of_units_come_out_as_in_the_published_trial(units, wan):
    claims = INPUTS.claims(INPUTS.table_standard).loc[units].to_numpy().sum()
    assert round(claims / 10_000, 1) == wan


def test_tiers_average_to_the_standard_of_their_group():
    tiers = INPUTS.standards[INPUTS.standards["tier_id"] != ""]
    mean = (tiers["yuan"] * tiers["share"]).groupby(tiers["group_id"]).sum()
    assert mean.to_dict() == {"hardship": 2_000, "model_worker": 2_000}


def test_sources_filled_in_add_to_the_fund():
    assert INPUTS.sources["yuan"].sum() == 92_000_000


def test_the_spread_can_be_run_again_and_says_the_same():
    command = [sys.executable, str(ROOT / "params" / "spread.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "eligible.csv: as spread\n")


def test_every_shipped_column_is_described_with_labels_source_and_standing():
    for path in DATA.glob("*.csv"):
        table = TABLES[path.stem]
        assert list(read(path).columns) == list(table.columns), path.name
    for table in TABLES.values():
        for column in table.columns.values():
            assert set(column.label) == {"zh", "en"}, (table.name, column.name)
            if table.required:
                assert set(column.source) == {"zh", "en"}, (table.name, column.name)
                assert column.standing in ("official", "press", "derived", "assumed")


def test_every_assumed_figure_says_so_in_both_languages():
    eligible = INPUTS.eligible
    assert set(eligible["status"]) == {"assumed"}
    assert eligible["source"].str.contains("假设，待核实").all()
    assert eligible["source_en"].str.contains("assumed, to be confirmed").all()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5", "cell_out_of_range"),
        ("abc", "cell_not_a_number"),
        ("inf", "cell_not_finite"),
        ("NaN", "cell_not_finite"),
        ("1e400", "cell_out_of_range"),
        ("1e999999", "cell_out_of_range"),
        ("1e9999999999999999999", "cell_not_a_number"),
        ("0x10", "cell_not_a_number"),
        ("1_000", "cell_not_a_number"),
        ("1.5", "cell_not_whole"),
        ("", "cell_blank"),
    ],
)
def test_heads_that_are_no_count_are_refused_with_their_place(text, code):
    raw = raw_tables()
    change(raw, "eligible", 4, "heads", text)
    assert findings_of(raw) == [(code, "eligible.csv", 4, "heads")]


def test_a_refused_number_says_what_is_allowed():
    raw = raw_tables()
    change(raw, "eligible", 4, "heads", "-5")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES)
    facts = {"value": "-5", "low": Decimal(0), "high": Decimal(1_000_000_000)}
    assert caught.value.findings[0].facts == facts


def test_a_misspelt_id_is_refused_with_the_nearest_one():
    raw = raw_tables()
    change(raw, "eligible", 2, "region_id", "xiann")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES)
    first = caught.value.findings[0]
    assert (first.code, first.facts["nearest"]) == ("cell_unknown_id", "xian")


def test_all_findings_come_at_once():
    raw = raw_tables()
    change(raw, "eligible", 4, "heads", "-5")
    change(raw, "groups", 3, "unit", "persn")
    change(raw, "standards", 2, "yuan", "0")
    assert {finding[:3] for finding in findings_of(raw)} == {
        ("cell_out_of_range", "eligible.csv", 4),
        ("cell_unknown_word", "groups.csv", 3),
        ("cell_out_of_range", "standards.csv", 2),
    }


def test_a_unit_named_twice_is_refused_with_its_first_row():
    raw = raw_tables()
    change(raw, "regions", 3, "region_id", "xian")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES)
    repeated = [f for f in caught.value.findings if f.code == "row_repeated"]
    assert [(f.place.row, f.facts["value"], f.facts["first"]) for f in repeated] == [(3, "xian", 2)]


def test_a_column_with_a_misspelt_heading_is_refused_with_the_nearest_name():
    raw = raw_tables()
    raw["regions"] = RawTable(
        raw["regions"].frame.rename(columns={"residents": "resident"}), "regions.csv"
    )
    assert findings_of(raw) == [("column_misspelt", "regions.csv", None, "resident")]


def test_a_column_nobody_knows_is_noted_and_dropped():
    raw = raw_tables()
    raw["regions"] = RawTable(raw["regions"].frame.assign(备注="甲"), "regions.csv")
    inputs = read_tables(raw, TABLES)
    assert [(f.code, f.severity, f.facts["value"]) for f in inputs.findings] == [
        ("column_unused", "note", "备注")
    ]
    assert "备注" not in inputs.regions.columns


def test_a_missing_table_and_a_missing_column_are_both_named():
    raw = raw_tables()
    del raw["groups"]
    raw["eligible"] = RawTable(raw["eligible"].frame.drop(columns="status"), "eligible.csv")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES, "data")
    assert [(f.code, f.facts["value"]) for f in caught.value.findings] == [
        ("table_missing", "groups"),
        ("column_missing", "status"),
    ]


def test_a_cell_without_heads_is_refused_by_unit_and_group():
    raw = raw_tables()
    raw["eligible"] = RawTable(raw["eligible"].frame.drop(index=5), "eligible.csv")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES)
    found = [(f.code, f.facts["value"], f.facts["group"]) for f in caught.value.findings]
    assert found == [("heads_missing", "xian", "skilled")]


def test_heads_with_and_without_tiers_in_one_cell_are_refused():
    raw = raw_tables()
    frame = raw["eligible"].frame
    extra = frame.loc[[2]].assign(tier_id="deep").set_axis([99])
    raw["eligible"] = RawTable(pd.concat([frame, extra]), "eligible.csv")
    assert [f[0] for f in findings_of(raw)] == ["heads_with_and_without_tiers"]


def test_a_tier_of_another_group_is_refused():
    raw = raw_tables()
    change(raw, "eligible", 2, "tier_id", "severe")
    change(raw, "sources", 4, "tiers", "severe")
    assert findings_of(raw) == [
        ("cell_unknown_tier", "eligible.csv", 2, "tier_id"),
        ("cell_unknown_tier", "sources.csv", 4, "tiers"),
    ]


@pytest.mark.parametrize(
    ("table", "row", "column", "text", "code"),
    [
        ("groups", 2, "least_yuan", "9000", "row_least_over_most"),
        ("standards", 3, "share", "0.3", "shares_of_tiers"),
        ("standards", 2, "tier_id", "x", "standard_missing"),
        ("sources", 2, "groups", "all hardship", "cell_all_and_more"),
        ("regions", 2, "region_id", "a b", "cell_bad_id"),
        ("regions", 2, "region_id", "a__b", "cell_bad_id"),
        ("regions", 2, "source", "长" * 501, "cell_too_long"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(table, row, column, text, code):
    raw = raw_tables()
    change(raw, table, row, column, text)
    assert code in [finding[0] for finding in findings_of(raw)]


@pytest.mark.parametrize(
    ("table", "rows", "code"),
    [
        ("overlap", [("hardship", "hardship", "0.1", "hardship")], "overlap_with_itself"),
        ("overlap", [("hardship", "migrant", "0.1", "skilled")], "paid_in_neither"),
        ("last_year", [("xian", "", "5"), ("xian", "hardship", "5")], "total_and_parts"),
    ],
)
def test_optional_tables_that_contradict_themselves_are_refused(table, rows, code):
    raw = raw_tables()
    columns = list(TABLES[table].columns)[: len(rows[0])]
    raw[table] = RawTable(pd.DataFrame(rows, columns=columns, index=range(2, 2 + len(rows))), table)
    assert [finding[0] for finding in findings_of(raw)] == [code]


def test_figures_left_blank_are_not_a_number():
    industry = INPUTS.regions.loc["industry"]
    assert math.isnan(industry["residents"])
    assert math.isnan(industry["gdp_100m_yuan"])
    assert industry["income_tier"] == ""


def test_the_weights_of_income_tiers_are_the_biggest_lever(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "params"))
    import spread

    rows = list(csv.DictReader(spread.REGIONS.read_text(encoding="utf-8").splitlines()))
    assumed = yaml.safe_load(spread.ASSUMPTIONS.read_text(encoding="utf-8"))
    standard = INPUTS.table_standard

    def share_of_xian(high: float, low: float) -> str:
        words = {"income_tier": {"high": high, "middle": 1, "low": low}}
        heads = {g: spread.spread(rows, assumed["groups"][g], words) for g in standard.index}
        claims = {g: pd.Series(heads[g]) * standard[g] for g in standard.index}
        return f"{sum(c['xian'] for c in claims.values()) / 87_383_200:.1%}"

    assert share_of_xian(1, 1) == "33.6%"
    assert share_of_xian(0.7, 1.4) == "28.5%"


def test_a_table_that_is_wrong_all_over_is_not_told_row_by_row_for_ever():
    raw = raw_tables()
    frame = raw["eligible"].frame
    many = pd.concat([frame] * 20).assign(heads="x")
    raw["eligible"] = RawTable(many.set_axis(range(2, 2 + len(many))), "eligible.csv")
    with pytest.raises(InputError) as caught:
        read_tables(raw, TABLES)
    last = caught.value.findings[-1]
    assert len(caught.value.findings) == 201
    assert (last.code, last.facts["value"]) == ("more_findings", 20 * 65 + 19 * 65 - 200)


def test_an_overlap_of_more_people_than_there_are_is_a_warning():
    raw = raw_tables()
    rows = [("skilled", "model_worker", "0.5", "skilled")]
    columns = ["group_a", "group_b", "rate", "paid_in"]
    raw["overlap"] = RawTable(pd.DataFrame(rows, columns=columns, index=[2]), "overlap.csv")
    inputs = read_tables(raw, TABLES)
    first = inputs.findings[0]
    facts = {"region": "xian", "group": "model_worker", "value": 8788 * 0.5, "allowed": 331}
    assert (first.code, first.severity, first.facts) == ("overlap_above_heads", "warning", facts)
    assert (inputs.heads["model_worker"] == 0).all()
