"""Office tables are read forgivingly, every interpretation is noted, and doubt is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import sendwarmth as sw
from sendwarmth.model.findings import Finding, InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.reading.header import known_headings
from sendwarmth.model.reading.sheet import Sheet, key
from sendwarmth.model.reading.tidy import tidy
from sendwarmth.run.inputs import described, load_inputs, vocabulary

ROOT = Path(__file__).parents[1]
OFFICE = Path(__file__).with_name("office.xlsx")

REGIONS = (
    "region_id|name_zh|name_en|short_zh|kind\na|甲阳市|Jiayang|甲阳|city\nb|乙川区|Yichuan||city"
)
GROUPS = (
    "group_id|name_zh|unit|least_yuan|most_yuan|must_cover|graded\n"
    "g|庚类|person|1|9|true|false\nh|辛类|household|1|9|false|false"
)
STANDARDS = (
    "group_id|tier_id|label_zh|yuan|archived|status\n"
    "g||庚类|200|false|assumed\nh||辛类|2000|true|assumed\nh|deep|深度困难|3000|true|assumed"
)
ELIGIBLE = (
    "region_id|group_id|heads|status|source\n"
    "a|g|10|official|s\na|h|4|assumed|s\nb|g|0|derived|s\nb|h|7|official|s"
)
SOURCES = "source_id|label_zh|yuan|groups|tiers|status\ns|钱|92|all|all|assumed"
HEADS = {"a": {"g": 10, "h": 4}, "b": {"g": 0, "h": 7}}


def sheet(name: str, text: str, **more) -> Sheet:
    """Return a sheet of text: one line a row, cells between bars; blank lines are blank rows."""
    rows = ((n, tuple(line.split("|"))) for n, line in enumerate(text.split("\n"), 1))
    trimmed = ((n, tuple(cell.strip() for cell in cells)) for n, cells in rows)
    return Sheet(name, "t.xlsx", tuple((n, cells) for n, cells in trimmed if any(cells)), **more)


def read(**tables) -> Inputs:
    """Read small tables with some of them replaced by a text or a sheet."""
    texts = {
        "regions": REGIONS, "groups": GROUPS, "standards": STANDARDS, "eligible": ELIGIBLE,
        "sources": SOURCES, **tables,
    }  # fmt: skip
    sheets = [s if isinstance(s, Sheet) else sheet(name, s) for name, s in texts.items()]
    raw, noted = tidy(sheets, described(), vocabulary())
    return read_tables(raw, described(), "t.xlsx", noted)


def refused(**tables) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InputError) as caught:
        read(**tables)
    return [
        (f.code, f.place.row, f.place.field) for f in caught.value.findings if f.severity == "error"
    ]


def notes(inputs: Inputs) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.place.row) for finding in inputs.findings]


def the(code: str, inputs: Inputs) -> Finding:
    found = [finding for finding in inputs.findings if finding.code == code]
    assert len(found) == 1, [finding.code for finding in inputs.findings]
    return found[0]


def test_plain_tables_need_no_interpretation():
    inputs = read()
    assert inputs.findings == ()
    assert inputs.heads.to_dict("index") == HEADS


def test_no_heading_means_two_columns_of_a_table():
    for table in described().values():
        known = known_headings(table)
        for column in table.columns.values():
            for text in (column.name, *column.label.values(), *column.also):
                assert known[key(text)] == column.name, (table.name, text)


def test_a_messy_workbook_comes_out_as_exactly_the_same_plan():
    clean, messy = load_inputs(ROOT / "params" / "data"), load_inputs(OFFICE)
    for name in ("baseline", "same-standard", "southern-tilt", "fund-80m"):
        scenario = sw.load_scenario(ROOT / "params" / "scenarios" / f"{name}.yaml")
        planned, expected = sw.allocate(messy, scenario), sw.allocate(clean, scenario)
        assert planned.table.equals(expected.table)
        assert planned.reserve == expected.reserve


def test_everything_interpreted_in_the_messy_workbook_is_listed():
    found = {finding.code for finding in load_inputs(OFFICE).findings}
    assert found == {
        *("read_title_rows", "read_wide", "read_total_row", "read_total_column", "read_note_row"),
        *("read_unit", "read_number", "read_name", "read_status", "read_source", "sheet_unused"),
    }


LONG = (
    "2020年慰问人数\n\n单位|群体|人数|数据性质|来源\n"
    "甲阳|庚类|10|官方|s\n甲阳市总工会|辛类|4|假设|s\n"
)


def test_titles_blank_rows_and_a_total_are_left_out_and_noted():
    text = LONG + "\n乙川|庚类|0|推算|s\n乙川区|辛类|7|官方|s\n合 计||21||\n注：各市上报"
    inputs = read(eligible=text)
    assert inputs.heads.to_dict("index") == HEADS
    assert inputs.eligible["status"].tolist() == ["official", "assumed", "derived", "official"]
    assert notes(inputs) == [
        ("read_title_rows", None), ("read_name", 5), ("read_total_row", 9), ("read_note_row", 10),
    ]  # fmt: skip


def test_a_total_that_is_not_the_sum_is_refused_where_it_stands():
    text = LONG + "乙川|庚类|0|推算|s\n乙川区|辛类|7|官方|s\n合计||22||"
    assert refused(eligible=text) == [("total_wrong", 8, "人数")]


def test_a_total_of_one_group_is_held_against_that_group():
    rows = "乙川|庚类|0|推算|s\n乙川区|辛类|7|官方|s\n"
    assert (
        read(eligible=LONG + rows + "合计|庚类|10||\n合计|辛类|11||").heads.to_dict("index")
        == HEADS
    )
    assert refused(eligible=LONG + rows + "合计|庚类|11||") == [("total_wrong", 8, "人数")]


WIDE = "序号|单位|庚类（人）|辛类（户）|合计\n1|甲阳|10|4|14\n2|乙川|0|7|7\n|合计|10|11|21"


def test_groups_may_stand_across():
    inputs = read(eligible="数据性质：推算\n来源：台账\n" + WIDE)
    assert inputs.heads.to_dict("index") == HEADS
    assert set(inputs.eligible["status"]) == {"derived"}
    assert set(inputs.eligible["source"]) == {"台账"}


def test_a_table_that_does_not_say_how_sure_it_is_counts_as_assumed():
    inputs = read(eligible=sheet("eligible", WIDE, workbook=True))
    assert set(inputs.eligible["status"]) == {"assumed"}
    assert set(inputs.eligible["source"]) == {"t.xlsx eligible"}
    assert the("read_status_unstated", inputs).facts["value"] == "assumed"


def test_a_total_across_that_is_not_the_sum_is_refused():
    assert refused(eligible=WIDE.replace("|14", "|15")) == [("total_wrong", 2, "合计")]


def test_subtotals_are_held_against_the_rows_since_the_last_one():
    text = "单位|庚类|辛类\n甲阳|10|4\n市小计|10|4\n乙川|0|7\n区小计|0|7\n合计|10|11"
    assert read(eligible=text).heads.to_dict("index") == HEADS
    assert refused(eligible=text.replace("区小计|0|7", "区小计|10|11")) == [
        ("total_wrong", 5, "庚类"),
        ("total_wrong", 5, "辛类"),
    ]


def test_a_heading_may_have_two_rows_and_merged_cells():
    text = "慰问人数\n单位|慰问对象|\n|庚类|辛类\n甲阳|10|4\n乙川|0|7"
    merged = {(1, 0): (1, 0), (1, 1): (1, 0), (2, 1): (2, 1), (2, 2): (2, 1), (3, 0): (2, 0)}
    assert read(eligible=text).heads.to_dict("index") == HEADS
    assert read(eligible=sheet("eligible", text, merged=merged)).heads.to_dict("index") == HEADS


def test_a_merged_name_is_read_in_every_row_it_covers():
    text = (
        "单位|群体|人数|数据性质|来源\n甲阳|庚类|10|官方|s\n|辛类|4|假设|s\n"
        "乙川|庚类|0|推算|s\n|辛类|7|官方|s"
    )
    merged = {(2, 0): (2, 0), (3, 0): (2, 0), (4, 0): (4, 0), (5, 0): (4, 0)}
    inputs = read(eligible=sheet("eligible", text, merged=merged))
    assert inputs.heads.to_dict("index") == HEADS
    assert the("read_merged", inputs).facts["times"] == 2
    assert refused(eligible=text) == [("cell_blank", 3, "单位"), ("cell_blank", 5, "单位")]


def test_a_merged_figure_cannot_be_shared_by_rows():
    text = "单位|庚类|辛类\n甲阳|10|4\n乙川||7"
    found = refused(eligible=sheet("eligible", text, merged={(2, 1): (2, 1), (3, 1): (2, 1)}))
    assert found == [("cell_merged_number", 3, "庚类")]


@pytest.mark.parametrize(
    "written",
    ["1,234", "１２３４", "１，２３４", " 1 234 ", "1234人", "1，234 人", "0.1234万"],
)
def test_a_count_may_be_written_in_many_ways(written):
    inputs = read(eligible=ELIGIBLE.replace("a|g|10", f"a|g|{written}"))
    assert inputs.heads.loc["a", "g"] == 1234
    assert the("read_number", inputs).facts["value"] == written.strip()


def test_a_spreadsheets_arithmetic_noise_is_no_fraction():
    inputs = read(eligible=ELIGIBLE.replace("a|g|10", "a|g|9.999999999999998"))
    assert inputs.heads.loc["a", "g"] == 10
    assert refused(eligible=ELIGIBLE.replace("a|g|10", "a|g|9.9999")) == [
        ("cell_not_whole", 2, "heads")
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("12,34", "number_ambiguous"),
        ("1,23,456", "number_ambiguous"),
        ("1.234,5", "number_ambiguous"),
        ("12 34", "number_ambiguous"),
        ("十二", "cell_not_a_number"),
        ("—", "cell_not_a_number"),
        ("#REF!", "cell_is_error"),
        ("2020-01-05", "cell_is_date"),
        ("2020-01-05 08:30:00", "cell_is_date"),
        ("12户人", "cell_not_a_number"),
        ("(12)", "cell_not_a_number"),
        ("-12", "cell_out_of_range"),
    ],
)
def test_a_count_that_can_be_read_in_two_ways_or_none_is_refused(written, code):
    found = refused(eligible=ELIGIBLE.replace("a|g|10", f"a|g|{written}"))
    assert found == [(code, 2, "heads")]


@pytest.mark.parametrize(
    ("heading", "written", "yuan"),
    [
        ("金额（元）", "92,000,000", 92_000_000),
        ("金额（万元）", "9,200", 92_000_000),
        ("金额(万元)", "9200.05", 92_000_500),
        ("金额 （亿元）", "0.92", 92_000_000),
        ("金额（万元）", "9200万元", 92_000_000),
        ("金额（万元）", "９２００．１", 92_001_000),
        ("Amount (yuan)", "92000000", 92_000_000),
    ],
)
def test_amounts_are_read_in_the_unit_of_their_heading(heading, written, yuan):
    text = SOURCES.replace("yuan", heading).replace("92", written)
    assert read(sources=text).sources["yuan"].tolist() == [yuan]


def test_amounts_may_have_their_unit_beside_the_table():
    text = "||||单位：万元\n" + SOURCES.replace("yuan", "金额").replace("92", "9200")
    inputs = read(sources=text)
    assert inputs.sources["yuan"].tolist() == [92_000_000]
    assert the("read_unit", inputs).facts["value"] == "万元"


@pytest.mark.parametrize(
    ("heading", "written", "code", "row"),
    [
        ("金额", "9200", "unit_unstated", 1),
        ("金额（美元）", "9200", "unit_unknown", 1),
        ("金额（万元）", "92000000元", "units_conflict", 2),
        ("金额（万元）", "0.00001", "cell_not_whole", 2),
    ],
)
def test_an_amount_whose_unit_is_in_doubt_is_refused(heading, written, code, row):
    text = SOURCES.replace("yuan", heading).replace("92", written)
    assert refused(sources=text) == [(code, row, heading)]


def test_households_and_persons_are_kept_apart():
    assert refused(eligible=WIDE.replace("庚类（人）", "庚类（户）")) == [
        ("unit_other", 1, "庚类（户）")
    ]
    assert refused(eligible=WIDE.replace("|10|4|14", "|10户|4|14")) == [
        ("unit_other", 2, "庚类（人）")
    ]
    found = refused(eligible=WIDE.replace("庚类（人）", "庚类（人次）"))
    assert found == [("unit_unknown", 1, "庚类（人次）")]


@pytest.mark.parametrize(
    "written", ["甲阳市", "甲阳", "甲阳区", "甲阳市总工会", "Jiayang", "JIAYANG", "甲 阳 市"]
)
def test_a_unit_may_go_by_any_of_its_names(written):
    assert read(eligible=ELIGIBLE.replace("a|g", f"{written}|g")).heads.loc["a", "g"] == 10


def test_a_misspelt_name_is_refused_with_the_nearest_one():
    with pytest.raises(InputError) as caught:
        read(eligible=ELIGIBLE.replace("a|g", "甲杨市|g"))
    finding = caught.value.findings[0]
    assert (finding.code, finding.facts["nearest"]) == ("cell_unknown_id", "甲阳市")
    assert finding.facts["allowed"]["zh"] == "甲阳市、乙川区"


def test_a_name_two_units_share_is_refused():
    text = REGIONS.replace("乙川区|Yichuan", "甲阳区|Yichuan")
    found = refused(regions=text, eligible=ELIGIBLE.replace("a|g", "甲阳县|g"))
    assert found == [("name_ambiguous", 2, "region_id")]
    assert read(regions=text).heads.to_dict("index") == HEADS


def test_a_unit_without_an_id_gets_one_made_of_its_name():
    text = "单位名称|类别\n省教科文卫体工会（筹）|产业工会"
    heads = "单位|庚类|辛类\n省教科文卫体工会(筹)|1|2"
    inputs = read(regions=text, eligible=heads)
    assert inputs.region_ids == ("省教科文卫体工会筹",)
    assert the("read_id_made", inputs).facts["meant"] == "省教科文卫体工会筹"


def test_earmarks_may_name_groups_and_tiers_by_their_names():
    text = (
        "source_id|label_zh|yuan|groups|tiers|status\n"
        "s|钱|9|庚类、辛类|深度困难|假设\nt|钱|1|全部|不限|假设"
    )
    inputs = read(sources=text)
    assert inputs.sources["groups"].tolist() == ["g h", "all"]
    assert inputs.sources["tiers"].tolist() == ["deep", "all"]


def test_a_heading_said_twice_is_refused():
    found = refused(
        eligible=ELIGIBLE.replace("region_id", "region_id|单位").replace("a|g", "a|a|g")
    )
    assert ("column_twice", 1, "单位") in found


def test_a_misspelt_chinese_heading_is_refused_with_the_nearest():
    with pytest.raises(InputError) as caught:
        read(regions=REGIONS.replace("kind", "单位类型"))
    finding = next(f for f in caught.value.findings if f.code == "column_misspelt")
    assert (finding.place.field, finding.facts["nearest"]) == ("单位类型", "单位类别")


def test_a_sheet_without_its_headings_is_refused_once():
    assert refused(eligible="甲阳|10\n乙川|7") == [("heading_not_found", 1, "")]


def test_two_sheets_of_one_table_are_refused():
    sheets = [sheet(name, text) for name, text in (("regions", REGIONS), ("接收单位", REGIONS))]
    _, found = tidy(sheets, described(), vocabulary())
    assert [finding.code for finding in found] == ["table_twice"]


def test_a_misspelt_sheet_is_refused_and_a_strange_one_noted():
    _, found = tidy([sheet("last_yaer", "x|y"), sheet("工作安排", "x")], described(), vocabulary())
    assert [(f.code, f.severity) for f in found] == [
        ("sheet_misspelt", "error"),
        ("sheet_unused", "note"),
    ]


def test_an_optional_table_without_rows_is_not_there():
    assert read(paid="region_id|group_id|yuan").extras == {}
    assert set(read(paid="region_id|group_id|yuan\na|g|5").extras) == {"paid"}


def test_blank_cells_across_are_nothing_in_an_optional_table_and_missing_in_a_needed_one():
    text = "单位：元\n单位|庚类|辛类\n甲阳|10|\n乙川||7"
    paid = read(paid=text).extras["paid"]
    cells = paid[["region_id", "group_id", "yuan"]].to_numpy().tolist()
    assert cells == [["a", "g", 10], ["b", "h", 7]]
    assert refused(eligible=text) == [("cell_blank", 3, "辛类"), ("cell_blank", 4, "庚类")]


def test_a_repeated_heading_and_a_row_of_units_are_left_out():
    text = "单位|庚类|辛类\n|人|户\n甲阳|10|4\n单位|庚类|辛类\n乙川|0|7"
    inputs = read(eligible=text)
    assert inputs.heads.to_dict("index") == HEADS
    assert {"read_unit_row", "read_heading_again"} <= {code for code, _ in notes(inputs)}


def test_a_formula_nobody_computed_is_refused_only_where_it_is_needed():
    bare = {(2, 2): "formula_without_value"}
    found = refused(eligible=sheet("eligible", ELIGIBLE.replace("a|g|10", "a|g|"), broken=bare))
    assert found == [("formula_without_value", 2, "heads")]
    beside = {(2, 9): "formula_without_value"}
    assert read(eligible=sheet("eligible", ELIGIBLE, broken=beside)).findings == ()


def test_a_findings_place_is_a_cell_of_the_workbook():
    text = "慰问人数\n" + ELIGIBLE.replace("a|h|4", "a|h|-4")
    with pytest.raises(InputError) as caught:
        read(eligible=sheet("eligible", text, workbook=True))
    error = next(f for f in caught.value.findings if f.severity == "error")
    assert (error.place.sheet, error.place.row, error.facts["at"]) == ("eligible", 4, "C4")


def test_one_bad_cell_of_a_wide_row_is_said_once():
    assert refused(eligible="单位|庚类|辛类\n甲阳|10|4\n丙州|0|7") == [
        ("cell_unknown_id", 3, "单位")
    ]


def test_whole_province_is_no_unit_where_a_unit_may_be_left_out():
    text = "单位|群体|金额（元）|名目\n全省|庚类|5|礼金"
    assert read(elsewhere=text).extras["elsewhere"]["region_id"].tolist() == [""]
