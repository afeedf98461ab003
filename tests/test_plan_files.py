"""plan.csv, plan.json and plan.xlsx say what the plan says, also to other programs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from sendwarmth.model.allocation import Plan
from sendwarmth.run.plan_files import plan_csv, plan_data, write_plan_files
from sendwarmth.run.plan_workbook import SHEETS, WHERE_THERE, as_text, plan_workbook
from sendwarmth.view.words import words
from spreadsheets import recomputed


@pytest.fixture(scope="module")
def folder(baseline, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    write_plan_files(baseline, folder)
    return folder


@pytest.fixture(scope="module")
def recalculated(folder) -> openpyxl.Workbook:
    """Return the workbook as LibreOffice saves it again, its formulas worked out."""
    return recomputed(folder / "plan.xlsx")


def sheet_of(book: openpyxl.Workbook, key: str, language: str = "zh"):
    return book[words(language).say(f"sheet.{key}.name")]


def test_the_csv_has_a_row_a_cell_and_one_for_the_reserve(baseline: Plan) -> None:
    rows = list(csv.DictReader(io.StringIO(plan_csv(baseline))))
    cells = {(row["region_id"], row["group_id"]): int(row["yuan"]) for row in rows}
    assert cells.pop(("", "")) == baseline.reserve
    assert len(cells) == baseline.table.size
    assert all(cells[(r, g)] == baseline.table.loc[r, g] for r, g in cells)
    assert sum(cells.values()) + baseline.reserve == 92_000_000


def test_the_json_is_whole_yuan_and_adds_up(baseline: Plan, folder: Path) -> None:
    told = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(plan_data(baseline)))
    cells = [yuan for row in told["table_yuan"].values() for yuan in row.values()]
    assert all(isinstance(yuan, int) for yuan in cells)
    assert sum(cells) == told["shared_yuan"] == sum(told["region_yuan"].values())
    assert told["shared_yuan"] + told["reserve_yuan"] == told["budget_yuan"]


def test_a_plan_read_back_from_its_csv_is_the_plan(baseline: Plan, folder: Path) -> None:
    text = (folder / "plan.csv").read_text(encoding="utf-8-sig")
    assert text == plan_csv(baseline)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sheet_is_there_with_frozen_heads_and_a_print_area(baseline, language) -> None:
    book = plan_workbook(baseline, language)
    keys = [key for key in SHEETS if key not in WHERE_THERE]
    assert book.sheetnames == [words(language).say(f"sheet.{key}.name") for key in keys]
    for sheet in book:
        assert sheet.freeze_panes == "B5"
        assert sheet.print_area
        assert sheet.print_title_rows == "$4:$4"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_totals_are_formulas(baseline) -> None:
    for key in ("large", "yuan", "heads", "upward"):
        sheet = sheet_of(plan_workbook(baseline), key)
        formulas = [c.value for row in sheet for c in row if str(c.value).startswith("=")]
        assert len(formulas) > len(baseline.table.columns)


def test_another_program_works_the_formulas_out_to_the_same_figures(baseline, recalculated) -> None:
    for key, scale in (("yuan", 1), ("large", 10_000)):
        rows = list(sheet_of(recalculated, key).iter_rows(min_row=5, values_only=True))
        units, (total, kept, fund) = rows[:-3], rows[-3:]
        assert [round(row[-1] * scale) for row in units] == list(baseline.table.sum(axis=1))
        assert [round(value * scale) for value in total[1:-1]] == list(baseline.table.sum())
        assert round(total[-1] * scale) + round(kept[-1] * scale) == round(fund[-1] * scale)
        assert round(fund[-1] * scale) == 92_000_000


def test_no_formula_comes_out_as_an_error(recalculated) -> None:
    values = [cell for sheet in recalculated for row in sheet.values for cell in row]
    assert [value for value in values if str(value).startswith("#")] == []


def test_yuan_a_head_comes_out_as_money_over_heads(baseline, recalculated) -> None:
    rows = list(sheet_of(recalculated, "heads").iter_rows(min_row=5, values_only=True))
    groups = len(baseline.table.columns)
    first = baseline.table.iloc[0] / baseline.heads.iloc[0]
    assert rows[0][1 + groups : 1 + 2 * groups] == pytest.approx(list(first))


def test_the_steps_add_to_the_amount_in_whole_yuan(baseline, recalculated) -> None:
    sheet = sheet_of(recalculated, "steps")
    rows = [
        r for r in sheet.iter_rows(min_row=5, values_only=True) if isinstance(r[1], int | float)
    ]
    assert len(rows) == len(baseline.table) + 1
    assert all(sum(row[1:-1]) == row[-1] for row in rows)


def test_units_fill_in_what_no_plan_knows(baseline) -> None:
    sheet = sheet_of(plan_workbook(baseline), "upward")
    heads = [cell.value for cell in sheet[4]]
    blank = [k for k, head in enumerate(heads) if "由各单位填报" in head]
    assert len(blank) == 3
    assert all(row[k].value is None for row in sheet.iter_rows(5, 17) for k in blank)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_never_becomes_a_formula(baseline, tmp_path: Path, text: str) -> None:
    regions = baseline.inputs.regions.assign(name_zh=text, name_en=text)
    scenario = replace(baseline.scenario, author=text, title={"zh": text, "en": text})
    plan = replace(baseline, inputs=replace(baseline.inputs, regions=regions), scenario=scenario)
    write_plan_files(plan, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    first = sheet_of(book, "yuan")["A5"]
    assert first.data_type == "s"
    assert first.value.startswith("'")
    ours = [c for sheet in book for row in sheet for c in row if c.data_type == "f"]
    assert all(cell.value.startswith(("=SUM(", "=IF(", "=G", "=H")) for cell in ours)


def test_text_is_cut_where_a_cell_ends() -> None:
    assert len(as_text("x" * 40_000)) <= 32_767
    assert as_text("a\x00b\x07") == "ab"


@pytest.fixture(scope="module")
def few(baseline) -> Plan:
    """Return the baseline with a count of 3 in its first cell."""
    heads = baseline.problem.heads.copy()
    heads[0, 0] = 3
    return replace(baseline, problem=replace(baseline.problem, heads=heads))


def test_shared_files_hide_small_counts_and_what_gives_them_away(few, tmp_path: Path) -> None:
    for internal in (False, True):
        write_plan_files(few, tmp_path, internal=internal)
        text = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
        heads = [row["heads"] for row in csv.DictReader(io.StringIO(text))][:-1]
        book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
        groups = len(few.table.columns)
        cells = [row[1 : groups + 1] for row in sheet_of(book, "heads").iter_rows(5, 17)]
        upward = [row[2 : groups + 2] for row in sheet_of(book, "upward").iter_rows(5, 17)]
        written = [[str(cell.value) for row in rows for cell in row] for rows in (cells, upward)]
        assert heads == [value.replace("*", "") for value in written[0]]
        assert written[0] == written[1]
        assert ("3" in heads) is internal
        assert heads.count("") == (0 if internal else 4)


def test_a_total_over_hidden_counts_is_a_number_and_the_others_stay_formulas(few) -> None:
    for key, first in (("heads", 2), ("upward", 3)):
        sheet = sheet_of(plan_workbook(few), key)
        hides = [any(sheet.cell(r, first + k).value == "*" for r in range(5, 18)) for k in range(5)]
        totals = [sheet.cell(18, first + k).value for k in range(5)]
        assert sum(hides) == 2
        assert [isinstance(total, int) for total in totals] == hides
        assert totals[0] == few.heads.iloc[:, 0].sum()


def test_small_counts_are_announced_where_they_are_shown(baseline, few) -> None:
    said = words("zh").say("sheet.heads.internal")
    told = [row[0].value for row in sheet_of(plan_workbook(few, internal=True), "heads")]
    assert said in told
    assert said not in [row[0].value for row in sheet_of(plan_workbook(few), "heads")]
    assert said not in [row[0].value for row in sheet_of(plan_workbook(baseline), "heads")]
