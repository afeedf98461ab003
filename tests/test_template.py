"""What is written is read back the same: inputs to Excel to inputs, inputs to CSV to inputs."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sendwarmth.model.findings import InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.checked import read_tables
from sendwarmth.model.tables import RawTable
from sendwarmth.run.csv_tables import write_folder
from sendwarmth.run.inputs import described, load_inputs
from sendwarmth.run.template import template_file, write_template

DATA = Path(__file__).parents[1] / "params" / "data"
ids = st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,3})?", fullmatch=True).filter(
    lambda i: i != "all"
)
letters = st.characters(categories=("L", "N", "P", "S"), exclude_characters="_")
words = st.text(letters, min_size=1, max_size=8).map(lambda text: f"x{text}y")
formulas = st.sampled_from(["=1+1", "+1", "-x", "@sum", "'=x", "'quoted", "#note", "1,234"])
notes = st.one_of(words, formulas, st.just(""))
shares = st.decimals(0, 1, places=4).map(lambda share: f"{share:f}")
money = st.integers(0, 10**9).map(str)


@st.composite
def inputs(draw) -> Inputs:
    """Draw tables of any shape: units, groups, tiers, optional tables, blanks."""
    regions = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    groups = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    tiers = {group: draw(st.integers(0, 2)) for group in groups}
    status = st.sampled_from(["official", "derived", "assumed"])
    kinds = st.sampled_from(["city", "industrial_union", "direct_unit"])
    tables = {
        "regions": [
            {
                "region_id": region,
                "name_zh": draw(st.one_of(words, st.just("same"))),
                "name_en": draw(notes),
                "kind": draw(kinds),
                "bloc": draw(st.one_of(ids, st.just(""))),
                "residents": draw(st.one_of(st.integers(1, 10**9).map(str), st.just(""))),
                "urban_share": draw(st.one_of(shares, st.just(""))),
                "latitude": repr(draw(st.floats(-90, 90))),
                "source": draw(notes),
            }
            for region in regions
        ],
        "groups": [
            {
                "group_id": group,
                "name_zh": draw(words),
                "unit": draw(st.sampled_from(["household", "person"])),
                "least_yuan": "1",
                "most_yuan": draw(st.integers(1, 10**6).map(str)),
                "must_cover": draw(st.sampled_from(["true", "false"])),
                "graded": "false",
            }
            for group in groups
        ],
        "standards": [
            {
                "group_id": group,
                "tier_id": f"t{n}" if n else "",
                "label_zh": draw(words),
                "yuan": draw(st.integers(1, 10**6).map(str)),
                "archived": draw(st.sampled_from(["true", "false"])),
                "status": draw(status),
            }
            for group in groups
            for n in range(tiers[group] + 1)
        ],
        "eligible": [
            {
                "region_id": region,
                "group_id": group,
                "tier_id": f"t{n}" if tiers[group] else "",
                "heads": draw(st.integers(0, 10**6).map(str)),
                "status": draw(status),
                "source": draw(words),
            }
            for region in regions
            for group in groups
            for n in range(1, max(tiers[group], 1) + 1)
        ],
        "sources": [
            {
                "source_id": "s",
                "label_zh": draw(words),
                "yuan": draw(st.one_of(money, st.just(""))),
                "groups": draw(st.sampled_from(["all", " ".join(groups), groups[0]])),
                "tiers": "all",
                "status": draw(status),
            }
        ],
    }
    if draw(st.booleans()):
        tables["paid"] = [{"region_id": regions[0], "group_id": groups[0], "yuan": draw(money)}]
    raw = {
        name: RawTable(pd.DataFrame(rows, index=range(2, 2 + len(rows)), dtype="str"), name)
        for name, rows in tables.items()
    }
    return read_tables(raw, described(), "drawn")


def assert_same(read: Inputs, written: Inputs) -> None:
    assert read.findings == ()
    for name in ("regions", "groups", "standards", "eligible", "sources"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(written, name), check_exact=True)
    assert set(read.extras) == set(written.extras)
    for name, frame in read.extras.items():
        pd.testing.assert_frame_equal(frame, written.extras[name], check_exact=True)
    assert read.digests == written.digests


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_tables_come_back_from_a_template_exactly(language, tmp_path):
    shipped = load_inputs(DATA)
    write_template(shipped, tmp_path / "t.xlsx", language)
    assert_same(load_inputs(tmp_path / "t.xlsx"), shipped)


def test_the_shipped_tables_come_back_from_csv_exactly(tmp_path):
    shipped = load_inputs(DATA)
    write_folder(shipped, tmp_path / "csv")
    assert_same(load_inputs(tmp_path / "csv"), shipped)


# Files are slow to write, so a counterexample is shown as it was found.
BY_FILE = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@BY_FILE
@given(written=inputs(), language=st.sampled_from(["zh", "en"]))
def test_any_inputs_come_back_from_a_template_exactly(written, language, tmp_path):
    write_template(written, tmp_path / "t.xlsx", language)
    assert_same(load_inputs(tmp_path / "t.xlsx"), written)


@BY_FILE
@given(written=inputs())
def test_any_inputs_come_back_from_csv_exactly(written, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    write_folder(written, folder)
    assert_same(load_inputs(folder), written)


def test_a_template_has_a_sheet_a_table_with_labels_notes_and_rules(tmp_path):
    write_template(load_inputs(DATA), tmp_path / "t.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames[0] == "填表说明"
    assert book.sheetnames[1:] == [table.label["zh"] for table in described().values()]
    heads = book["慰问人数"]
    assert [cell.value for cell in heads[1]][:4] == [
        "接收单位*",
        "群体*",
        "档次",
        "人数（户或人）*",
    ]
    assert [cell.value for cell in heads[2]][:5] == ["西安市", "困难职工", None, 7460, "假设"]
    assert "0 到 1,000,000,000 的整数" in heads["D1"].comment.text
    assert "假设，待核实" in heads["D1"].comment.text
    rules = {rule.type: str(rule.sqref) for rule in heads.data_validations.dataValidation}
    assert rules["whole"].startswith("D2:D")
    lists = [r.formula1 for r in heads.data_validations.dataValidation if r.type == "list"]
    assert lists == ["'接收单位'!$B$2:$B$2000", "'慰问群体'!$B$2:$B$2000", '"官方,推算,假设"']


def test_a_template_holds_no_formula_whatever_the_figures_say(tmp_path):
    shipped = load_inputs(DATA)
    shipped.eligible.loc[0, "source"] = "=HYPERLINK(1)"
    write_template(shipped, tmp_path / "t.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_csv_holds_no_cell_a_spreadsheet_would_take_for_a_formula(tmp_path):
    shipped = load_inputs(DATA)
    shipped.eligible.loc[0, "source"] = "=HYPERLINK(1)"
    write_folder(shipped, tmp_path)
    text = (tmp_path / "eligible.csv").read_text(encoding="utf-8")
    assert not re.search(r"(^|,)\"?[=+@]", text, re.MULTILINE)
    assert load_inputs(tmp_path).eligible.loc[0, "source"] == "=HYPERLINK(1)"


def test_a_template_is_never_written_over_a_file(tmp_path):
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(InputError) as caught:
        template_file(str(path), DATA, "zh")
    assert [finding.code for finding in caught.value.findings] == ["file_exists"]
    assert path.read_bytes() == b"mine"
