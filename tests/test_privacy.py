"""Personal data is refused wherever it stands, and neither message nor output repeats it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendwarmth.model.findings import InputError
from sendwarmth.model.reading.privacy import is_name, kind_of, luhn, redact
from sendwarmth.model.reading.sheet import Sheet
from sendwarmth.run.inputs import load_inputs, vocabulary
from sendwarmth.run.marked import write_marked
from sendwarmth.run.template import write_template
from sendwarmth.view.findings_table import findings_table
from sendwarmth.view.words import words

DATA = Path(__file__).parents[1] / "params" / "data"
WORDS = vocabulary()
CITIZEN = "61010219800101123X"
CARD = "6222021234567890128"
PEOPLE = ["王建国", "李秀英", "张伟", "刘洋", "陈静", "杨丽"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CITIZEN, "citizen_id"),
        ("身份证 610102 19800101 1234", "citizen_id"),
        ("６１０１０２１９８００１０１１２３４", "citizen_id"),
        ("610102800101123", "citizen_id"),
        ("13912345678", "phone"),
        ("联系 139-1234-5678 王", "phone"),
        ("+86 13912345678", "phone"),
        ("029-87654321", "phone"),
        (CARD, "bank_card"),
        ("6222 0212 3456 7890 128", "bank_card"),
        ("王建国、李秀英、张伟", "names"),
        ("王建国 李秀英 张伟 刘洋", "names"),
    ],
)
def test_personal_data_is_known_in_every_spelling(text, kind):
    assert kind_of(text, WORDS) == kind


@pytest.mark.parametrize(
    "text",
    [
        "12952907",
        "92000000",
        "9999999999",
        "610100",
        "2020-01-25",
        "9321.19",
        "34.263200000000001",
        "全省 23884 户 = 2020 年脱困 22386 户 + 年末在档 1498 户（推算，设新增很少）",
        "关中、陕北、陕南",
        "安康、商洛、汉中",
        "6222021234567890127",
        "100000000000000",
    ],
)
def test_figures_places_and_sentences_are_not_personal(text):
    assert kind_of(text, WORDS) == ""


def test_a_card_number_is_one_whose_last_digit_checks():
    assert luhn(CARD)
    assert [luhn(CARD[:-1] + digit) for digit in "0123456789"].count(True) == 1


@given(st.integers(0, 9_999_999_999))
def test_no_figure_a_table_may_hold_is_taken_for_personal(figure):
    assert kind_of(str(figure), WORDS) == ""


def test_the_names_of_units_and_groups_are_no_names_of_people():
    inputs = load_inputs(DATA)
    named = [*inputs.regions["name_zh"], *inputs.regions["short_zh"], *inputs.groups["name_zh"]]
    people = [name for name in named if is_name(name, WORDS)]
    assert len(people) < len(named) / 4
    rows = tuple((n, (name,)) for n, name in enumerate(named, 1))
    assert redact(Sheet("s", "f", rows), WORDS)[1] == ()


def test_a_list_of_people_is_refused_as_a_column():
    rows = tuple((n, (name, "10")) for n, name in enumerate(["对象", *PEOPLE], 1))
    safe, found = redact(Sheet("s", "f", rows), WORDS)
    assert [(f.code, f.facts["personal"]) for f in found] == [("column_personal", "names")]
    assert not any(name in cells for name in PEOPLE for _, cells in safe.rows)


@pytest.mark.parametrize(
    "heading", ["姓名", "身份证号码", "联系电话", "手 机 号", "银行账号", "Phone"]
)
def test_a_column_is_refused_by_its_heading(heading):
    rows = ((1, ("单位", heading)), (2, ("西安市", "任意")))
    safe, found = redact(Sheet("s", "f", rows), WORDS)
    assert [(f.code, f.place.row) for f in found] == [("column_personal", 1)]
    assert safe.rows[1] == (2, ("西安市", "任***"))


def spoiled(tmp_path: Path, sheet: str, cell: str, value: object) -> Path:
    """Write the shipped tables as a workbook with one cell changed."""
    path = tmp_path / "spoiled.xlsx"
    write_template(load_inputs(DATA), path, "zh")
    book = openpyxl.load_workbook(path)
    if sheet not in book.sheetnames:
        book.create_sheet(sheet)
    book[sheet][cell] = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("sheet", "cell", "value"),
    [
        ("慰问人数", "F9", f"困难职工 {CITIZEN} 王"),
        ("慰问人数", "D9", 610102198001011232),
        ("慰问人数", "D9", 6.10102198001011232e17),
        ("慰问人数", "K400", "13912345678"),
        ("接收单位", "B3", CITIZEN),
        ("草稿", "A1", f"卡号{CARD}"),
        ("草稿", "C7", "王建国、李秀英、张伟"),
    ],
)
def test_personal_data_anywhere_in_a_workbook_is_refused_and_never_repeated(
    sheet, cell, value, tmp_path
):
    path = spoiled(tmp_path, sheet, cell, value)
    with pytest.raises(InputError) as caught:
        load_inputs(path)
    errors = [f for f in caught.value.findings if f.severity == "error"]
    assert "cell_personal" in {error.code for error in errors}
    found = next(error for error in errors if error.code == "cell_personal")
    assert (found.place.sheet, found.facts["at"]) == (sheet, cell)
    write_marked(path, caught.value.findings, tmp_path / "marked.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    said = [str(caught.value), findings_table(errors, words("en")).to_csv()]
    cells = [c for page in book for row in page.iter_rows() for c in row]
    said += [str(c.value) for c in cells] + [c.comment.text for c in cells if c.comment]
    for secret in (CITIZEN, CITIZEN[:14], CARD, "13912345678", "王建国", "李秀英"):
        assert not any(secret in text for text in said), secret


def test_personal_data_in_csv_is_refused_with_its_line(tmp_path):
    for path in DATA.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    text = (tmp_path / "matching.csv").read_text(encoding="utf-8")
    (tmp_path / "matching.csv").write_text(
        text.replace("公开报道", "电话13912345678"), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        load_inputs(tmp_path)
    first = caught.value.findings[0]
    assert (first.code, first.place.file, first.place.row) == ("cell_personal", "matching.csv", 2)
    assert first.facts["times"] == 2
    assert "13912345678" not in str(caught.value)
