"""plan.xlsx: sheets a finance office can use, totals as formulas that Excel works out again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sendwarmth.model.allocation import Plan
from sendwarmth.view import beside, ledger, reasons, tables
from sendwarmth.view.difference import entry_said, value_said
from sendwarmth.view.masking import MASKED, Mask, hidden, smallest_shown
from sendwarmth.view.names import Names, origin
from sendwarmth.view.sections import Table
from sendwarmth.view.words import Words, words

HEAD_ROW = 4
LINE_POINTS = 15
YUAN, COUNT, PERCENT = "#,##0", "#,##0", "0.0%"
LISTED = ("locks", "limits")
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_THIN = Border(bottom=Side(style="thin", color="FFB0B6BD"))
_HEAD = PatternFill("solid", fgColor="FFF1F2F4")


def plan_workbook(plan: Plan, language: str = "zh", internal: bool = False) -> Workbook:
    """Return a plan as a workbook.

    Parameters
    ----------
    plan
        The plan.
    language
        ``zh`` or ``en``.
    internal
        Whether small head counts are shown.
    """
    mask = hidden(plan.heads.round().astype("int64"), smallest_shown(internal))
    book = Workbook()
    book.remove(book.active)
    names = Names.of(plan.inputs, words(language))
    for key, fill in SHEETS.items():
        if key in WHERE_THERE and WHERE_THERE[key](plan, names) is None:
            continue
        sheet = book.create_sheet(names.words.say(f"sheet.{key}.name"))
        _Sheet(sheet, names.words, key, plan, mask).fill(fill, plan, names)
    book.properties.title = plan.scenario.title[language]
    book.properties.creator = "sendwarmth"
    book.calculation.fullCalcOnLoad = True
    return book


class _Sheet:
    """One sheet being filled: a title, a line about it, a heading, rows."""

    def __init__(self, sheet: Worksheet, words: Words, key: str, plan: Plan, mask: Mask) -> None:
        self.sheet, self.words, self.row, self.mask = sheet, words, HEAD_ROW, mask
        self.widths: list[int] = []
        title = words.say(f"sheet.{key}.title", title=plan.scenario.title[words.language])
        self.write(1, 1, title).font = Font(bold=True, size=14)
        assumed = (plan.inputs.status == "assumed").to_numpy().any()
        note = words.say(f"sheet.{key}.note", unit=plan.problem.unit_yuan)
        banner = f"{words.say('page.banner')}  " if assumed else ""
        self.write(2, 1, f"{banner}{note}").font = Font(color="FFA61B1B" if assumed else None)

    def fill(self, fill: Callable[[_Sheet, Plan, Names], None], plan: Plan, names: Names) -> None:
        """Fill the sheet and set how it is seen and printed."""
        fill(self, plan, names)
        sheet = self.sheet
        sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 2)
        sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
        sheet.print_area = sheet.dimensions
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.center.text = "&P / &N"

    def write(self, row: int, column: int, value: Any, form: str = "") -> Any:
        """Write one value; text is never a formula."""
        cell = self.sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = as_text(value)
            cell.data_type = "s"
        else:
            cell.value = value
        if form:
            cell.number_format = form
        return cell

    def formula(self, row: int, column: int, text: str, form: str = "") -> None:
        """Write a formula of ours."""
        cell = self.sheet.cell(row, column, text)
        cell.number_format = form or YUAN
        cell.font = Font(bold=True)

    def heading(
        self, labels: Sequence[str], widths: Sequence[int] = (), texts: Collection[int] = ()
    ) -> None:
        """Write the heading of the columns; those of ``texts`` and the first stand to the left."""
        for column, label in enumerate(labels, start=1):
            cell = self.write(HEAD_ROW, column, label)
            cell.font, cell.fill = Font(bold=True), _HEAD
            side = "left" if column == 1 or column in texts else "right"
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=side)
            width = widths[column - 1] if column <= len(widths) else 16
            self.sheet.column_dimensions[get_column_letter(column)].width = width
            self.widths.append(width)

    def line(self, values: Sequence[Any], forms: Sequence[str] = ()) -> int:
        """Write the next row and return its number."""
        self.row += 1
        for column, value in enumerate(values, start=1):
            form = forms[column - 1] if column <= len(forms) else ""
            cell = self.write(self.row, column, value, form)
            cell.border = _THIN
            cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")
        lines = [_lines(value, width) for value, width in zip(values, self.widths, strict=False)]
        if max(lines, default=1) > 1:
            self.sheet.row_dimensions[self.row].height = LINE_POINTS * max(lines)
        return self.row

    def note(self, text: str) -> None:
        """Write a line that runs over the columns beside it."""
        self.row += 1
        self.write(self.row, 1, text)


def _lines(value: Any, width: int) -> int:
    """Return how many lines a value takes in a column; Chinese signs are two wide."""
    if not isinstance(value, str):
        return 1
    return -(-sum(2 if sign > "\u2e80" else 1 for sign in value) // width)


def as_text(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, at most as long as a cell may be.

    Examples
    --------
    >>> as_text("=1+1"), as_text("西安市")
    ("'=1+1", '西安市')
    """
    kept = "".join(sign for sign in text if sign >= " " or sign in "\t\n")[:32_000]
    return f"'{kept}" if kept.startswith(RISKY) else kept


def _amounts(form: str, large: bool) -> Callable[[_Sheet, Plan, Names], None]:
    """Return what fills a sheet with the allocation, in yuan or in the language's large unit."""

    def fill(at: _Sheet, plan: Plan, names: Names) -> None:
        say, groups = names.words.say, list(plan.table.columns)
        last = get_column_letter(len(groups) + 1)
        scale = int(say("unit.large_yuan")) if large else 1
        unit = say("unit.large") if large else say("unit.yuan")
        labels = [names.groups[group] for group in groups]
        at.heading([say("table.region"), *labels, f"{say('table.sum')} ({unit})"], [34])
        for region, cells in plan.table.iterrows():
            amounts = [int(yuan) / scale if large else int(yuan) for yuan in cells]
            row = at.line([names.regions[str(region)], *amounts], ["", *[form] * len(groups)])
            at.formula(row, len(groups) + 2, f"=SUM(B{row}:{last}{row})", form)
        first, end = HEAD_ROW + 1, at.row
        total = at.line([say("table.total")])
        for column in range(2, len(groups) + 3):
            letter = get_column_letter(column)
            at.formula(total, column, f"=SUM({letter}{first}:{letter}{end})", form)
        sums = get_column_letter(len(groups) + 2)
        kept = at.line([say("field.reserve.label")])
        at.write(kept, len(groups) + 2, plan.reserve / scale if large else plan.reserve, form)
        fund = at.line([say("table.fund")])
        at.formula(fund, len(groups) + 2, f"={sums}{total}+{sums}{kept}", form)

    return fill


def _heads(at: _Sheet, plan: Plan, names: Names) -> None:
    """Fill in heads, and yuan a head as a formula over the sheet of yuan."""
    say, groups = names.words.say, list(plan.table.columns)
    heads = [
        say("table.with_unit", name=names.groups[group], unit=names.units[group])
        for group in groups
    ]
    a_head = [f"{names.groups[group]} {say('unit.yuan_a_head')}" for group in groups]
    at.heading([say("table.region"), *heads, *a_head], [34])
    counts = plan.heads.round().astype("int64")
    for region, cells in at.mask.shown(counts).iterrows():
        row = at.line([names.regions[str(region)], *cells], ["", *[COUNT] * len(groups)])
        _a_head(at, row, list(cells), say("sheet.yuan.name"))
    totals = _head_totals(at, counts, say("table.total"), 2)
    _a_head(at, at.row, totals, say("sheet.yuan.name"))
    if at.mask.any:
        at.note(say("note.masked"))
    elif hidden(counts).any:
        at.note(say("sheet.heads.internal"))


def _head_totals(at: _Sheet, counts: pd.DataFrame, label: str, column: int) -> list[Any]:
    """Write the totals of heads from a column on: formulas, but numbers where counts are hidden."""
    first, end = HEAD_ROW + 1, at.row
    row = at.line([label])
    totals = at.mask.shown_totals(counts.sum())
    for place, (group, total) in enumerate(totals.items(), start=column):
        letter = get_column_letter(place)
        if at.mask.cells[group].any():
            at.write(row, place, total, COUNT).font = Font(bold=True)
        else:
            at.formula(row, place, f"=SUM({letter}{first}:{letter}{end})", COUNT)
    return list(totals)


def _a_head(at: _Sheet, row: int, heads: Sequence[Any], yuan: str) -> None:
    for k, count in enumerate(heads):
        if count == MASKED:
            at.write(row, k + 2 + len(heads), MASKED)
            continue
        cell = f"{get_column_letter(k + 2)}{row}"
        text = f"=IF({cell}=0,\"\",'{yuan}'!{cell}/{cell})"
        at.formula(row, k + 2 + len(heads), text, "#,##0.00")


def _table(make: Callable[[Plan, Names], Table | None]) -> Callable[[_Sheet, Plan, Names], None]:
    """Return what fills a sheet with a table of the report; money in whole yuan."""

    def fill(at: _Sheet, plan: Plan, names: Names) -> None:
        table = make(plan, names)
        if table is None:
            raise ValueError("a sheet without a table is left out: see WHERE_THERE")
        forms = {"money": YUAN, "exact": YUAN, "signed": "+#,##0;-#,##0;0", "percent": PERCENT}
        kinds = [forms.get(column.kind, "") for column in table.columns]
        texts = {k for k, column in enumerate(table.columns, start=1) if column.kind == "text"}
        widths = [34, *(30 if k in texts else 16 for k in range(2, len(kinds) + 1))]
        at.heading([column.label for column in table.columns], widths, texts)
        for row in (*table.rows, *table.totals):
            at.line(row, kinds)
        for note in table.notes:
            at.note(note)

    return fill


def _upward(at: _Sheet, plan: Plan, names: Names) -> None:
    """Fill in the table units report upwards: blank columns for what no plan knows."""
    say, groups = names.words.say, list(plan.table.columns)
    blank = say("sheet.upward.blank")
    known = [say("sheet.upward.invested"), *(names.groups[group] for group in groups)]
    asked = [f"{say(f'sheet.upward.{key}')} ({blank})" for key in ("firms", "visits", "goods")]
    at.heading([say("table.region"), *known, *asked], [34])
    counts = plan.heads.round().astype("int64")
    money = plan.table.sum(axis=1)
    for region, cells in at.mask.shown(counts).iterrows():
        forms = ["", YUAN, *[COUNT] * len(groups)]
        values = [names.regions[str(region)], int(money[region]), *cells, *[None] * len(asked)]
        at.line(values, forms)
    first, end = HEAD_ROW + 1, at.row
    _head_totals(at, counts, say("table.total"), 3)
    for column in (2, *range(len(groups) + 3, len(groups) + 3 + len(asked))):
        letter = get_column_letter(column)
        at.formula(at.row, column, f"=SUM({letter}{first}:{letter}{end})", YUAN)


def _provenance(at: _Sheet, plan: Plan, names: Names) -> None:
    say, scenario = names.words.say, plan.scenario
    at.heading([say("provenance.item"), say("table.value")], [40, 90], {2})
    for key in ("author", "date", "status"):
        at.line([say(f"field.{key}.label"), value_said(getattr(scenario, key), key, names)])
    at.line([say("provenance.tables"), origin(plan.inputs)])
    for name, digest in plan.inputs.digests.items():
        at.line([say("provenance.digest", name=name), digest])
    for name, value in scenario.values.items():
        entries = [entry_said(entry, names) for entry in value] if name in LISTED else value
        at.line([say(f"field.{name}.label"), value_said(entries, name, names)])


# Sheets about tables that a planner may leave out.
WHERE_THERE = {"last_year": tables.last_year, "follow_up": beside.follow_up_cells}
SHEETS: dict[str, Callable[[_Sheet, Plan, Names], None]] = {
    "large": _amounts("#,##0.0###", large=True),
    "yuan": _amounts(YUAN, large=False),
    "heads": _heads,
    "steps": _table(reasons.steps_of),
    "binding": _table(ledger.binding),
    "ledger": _table(ledger.ledger),
    "last_year": _table(tables.last_year),
    "follow_up": _table(beside.follow_up_cells),
    "upward": _upward,
    "provenance": _provenance,
}
