"""A workbook from anywhere: damaged, locked, huge or no workbook at all, it ends in a sentence."""

from __future__ import annotations

import io
import random
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sendwarmth.model.findings import InputError
from sendwarmth.run import workbook
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.template import write_template
from sendwarmth.run.workbook import read_workbook
from sendwarmth.view.words import words

DATA = Path(__file__).parents[1] / "params" / "data"
HEADS = "慰问人数"


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clean") / "clean.xlsx"
    write_template(load_inputs(DATA), path, "zh")
    return path


def changed(clean: Path, path: Path, change: Callable[[openpyxl.Workbook], object]) -> Path:
    """Write the clean workbook with something changed."""
    book = openpyxl.load_workbook(clean)
    change(book)
    book.save(path)
    return path


def parts_changed(clean: Path, path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Write the clean workbook with one part of its archive changed."""
    with zipfile.ZipFile(clean) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return path


def refused(path: Path) -> list[tuple[str, str, str]]:
    """Return the errors of a workbook as code, sheet and cell; each has a sentence in Chinese."""
    with pytest.raises(InputError) as caught:
        load_inputs(path)
    errors = [f for f in caught.value.findings if f.severity == "error"]
    for error in errors:
        assert words("zh").knows(f"finding.{error.code}"), error.code
        assert words("en").knows(f"finding.{error.code}"), error.code
    return [(e.code, e.place.sheet, e.facts.get("at", "")) for e in errors]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"region_id,name\nxian,x\n", "workbook_not"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "workbook_not"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook_old"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(500)
            + "EncryptedPackage".encode("utf-16-le"),
            "workbook_password",
        ),
        (b"PK\x03\x04" + bytes(100), "workbook_damaged"),
    ],
)
def test_a_file_that_is_no_workbook_is_told_apart(content, code, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert refused(path) == [(code, "", "")]


def test_another_kind_of_archive_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refused(tmp_path / "x.xlsx") == [("workbook_not", "", "")]


def test_a_missing_sheet_is_named(clean, tmp_path):
    path = changed(clean, tmp_path / "x.xlsx", lambda book: book.remove(book[HEADS]))
    assert refused(path) == [("table_missing", "", "")]


def test_a_renamed_sheet_is_named_with_the_nearest_table(clean, tmp_path):
    def rename(book):
        book[HEADS].title = "慰问人数表"

    found = refused(changed(clean, tmp_path / "x.xlsx", rename))
    assert found == [("sheet_misspelt", "慰问人数表", ""), ("table_missing", "", "")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-5, "cell_out_of_range"),
        (7.5, "cell_not_whole"),
        ("abc", "cell_not_a_number"),
        (1e300, "cell_out_of_range"),
        ("#REF!", "cell_is_error"),
        ("#DIV/0!", "cell_is_error"),
        (date(2020, 1, 5), "cell_is_date"),
        (datetime(2020, 1, 5, 8, 30), "cell_is_date"),
        (True, "cell_not_a_number"),
        ("=D3*2", "formula_without_value"),
        ("inf", "cell_not_finite"),
    ],
)
def test_a_bad_cell_is_refused_where_it_stands(value, code, clean, tmp_path):
    def spoil(book):
        book[HEADS]["D7"] = value

    path = changed(clean, tmp_path / "x.xlsx", spoil)
    assert refused(path) == [(code, HEADS, "D7")]


def test_a_formula_is_read_as_it_was_last_computed(clean, tmp_path):
    book = openpyxl.load_workbook(clean)
    sheets = book.sheetnames
    part = f"xl/worksheets/sheet{sheets.index(HEADS) + 1}.xml"
    path = parts_changed(
        clean,
        tmp_path / "x.xlsx",
        part,
        lambda xml: re.sub(
            rb'<c r="D2"([^>]*)><v>7460</v></c>', rb'<c r="D2"\1><f>7400+61</f><v>7461</v></c>', xml
        ),
    )
    assert load_inputs(path).heads.loc["xian", "hardship"] == 7461


def test_a_merged_figure_is_refused_where_it_stands(clean, tmp_path):
    path = changed(clean, tmp_path / "x.xlsx", lambda book: book[HEADS].merge_cells("D2:D4"))
    found = [("cell_merged_number", HEADS, "D3"), ("cell_merged_number", HEADS, "D4")]
    assert refused(path) == found


def test_a_merged_title_over_the_heading_is_read_past(clean, tmp_path):
    def title(book):
        book[HEADS].insert_rows(1, 2)
        book[HEADS]["A1"] = "二〇二〇年慰问人数"
        book[HEADS].merge_cells("A1:G1")

    inputs = load_inputs(changed(clean, tmp_path / "x.xlsx", title))
    assert inputs.digests == load_inputs(clean).digests
    assert [finding.code for finding in inputs.findings] == ["read_title_rows"]


def blank_rows(count: int) -> Callable[[bytes], bytes]:
    rows = b"".join(
        b'<row r="%d" spans="1:7"><c r="A%d" s="1"/><c r="D%d" s="1"/></row>' % (n, n, n)
        for n in range(67, 67 + count)
    )
    return lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")


def test_a_million_blank_rows_cost_seconds_and_little_memory(clean, tmp_path):
    sheets = openpyxl.load_workbook(clean).sheetnames
    part = f"xl/worksheets/sheet{sheets.index(HEADS) + 1}.xml"
    path = parts_changed(clean, tmp_path / "x.xlsx", part, blank_rows(1_000_000))
    began = time.process_time()
    tracemalloc.start()
    inputs = load_inputs(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert inputs.digests == load_inputs(clean).digests
    assert time.process_time() - began < 30
    assert most < 400_000_000


def test_a_sheet_with_content_too_far_down_is_refused(clean, tmp_path):
    def far(book):
        book[HEADS].cell(60_000, 2, "x")

    path = changed(clean, tmp_path / "x.xlsx", far)
    assert refused(path) == [("sheet_too_long", HEADS, "")]


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet5.xml", "xl/sharedStrings.xml", "xl/bomb.xml"]
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(part, clean, tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(clean) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), part}:
            with new.open(name, "w") as opened:
                if name == part:
                    for _ in range(40):
                        opened.write(bytes(10_000_000))
                else:
                    opened.write(old.read(name))
    tracemalloc.start()
    assert refused(path) == [("workbook_bomb", "", "")]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size < 2_000_000
    assert most < 50_000_000


def test_an_archive_of_too_many_parts_is_refused(clean, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(clean.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(workbook.MOST_PARTS + 1):
            archive.writestr(f"x/{n}", b"")
    assert refused(path) == [("workbook_bomb", "", "")]


def test_a_document_type_is_refused_before_it_can_grow(clean, tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]>'
    path = parts_changed(clean, tmp_path / "x.xlsx", "xl/workbook.xml", lambda xml: bomb + xml)
    assert refused(path) == [("workbook_damaged", "", "")]


def test_a_sheet_in_another_namespace_prefix_is_read_the_same(clean, tmp_path):
    def prefixed(xml: bytes) -> bytes:
        xml = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml)
        return xml.replace(b"xmlns=", b"xmlns:x=")

    sheets = openpyxl.load_workbook(clean).sheetnames
    part = f"xl/worksheets/sheet{sheets.index(HEADS) + 1}.xml"
    path = parts_changed(clean, tmp_path / "x.xlsx", part, prefixed)
    assert load_inputs(path).digests == load_inputs(clean).digests


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**6))
def test_a_workbook_with_bytes_changed_reads_or_ends_in_a_sentence(seed, clean, tmp_path):
    chance = random.Random(seed)
    data = bytearray(clean.read_bytes())
    for _ in range(chance.choice([1, 5, 50])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    assert_read_or_said(path)


BREAKS = [
    b"<v>",
    b"</v>",
    b'r="',
    b't="s"',
    b"<row",
    b"</sheetData>",
    b"<c ",
    b"count=",
    b"&amp;",
    b"1",
]
WITH = [b"", b"<", b"x", b"-1", b"&", b"\x00", b"99999999999", b'"', b"</c>", "é".encode()]


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**6))
def test_a_workbook_with_a_part_broken_reads_or_ends_in_a_sentence(seed, clean, tmp_path):
    chance = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(clean.read_bytes())) as archive:
        part = chance.choice(
            [name for name in archive.namelist() if name.endswith(("xml", "rels"))]
        )
    old, new, times = chance.choice(BREAKS), chance.choice(WITH), chance.choice([1, 3, -1])
    path = tmp_path / "x.xlsx"
    parts_changed(clean, path, part, lambda xml: xml.replace(old, new, times))
    assert_read_or_said(path)


def assert_read_or_said(path: Path) -> None:
    """Read a workbook; what it is refused for must have sentences."""
    findings = [None]
    try:
        findings = [*load_inputs(path).findings, None]
    except InputError as error:
        findings = list(error.findings)
    assert findings
    assert all(words("zh").knows(f"finding.{f.code}") for f in findings if f is not None)


def test_numbers_dates_and_texts_come_out_as_text(tmp_path):
    book = openpyxl.Workbook()
    row = [7460, 7460.0, 0.792, 1e21, True, "  a ", date(2020, 1, 5), None, "x"]
    book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    (sheet,) = read_workbook(tmp_path / "x.xlsx")
    texts = ("7460", "7460", "0.792", "1000000000000000000000", "true", "a", "2020-01-05", "", "x")
    assert sheet.rows == ((1, texts),)
