"""Writing the tables as an Excel workbook to fill in, with the present figures in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.names import Names
from sendwarmth.model.reading.plain import plain_tables
from sendwarmth.model.reading.sheet import escaped
from sendwarmth.model.reading.table_reader import Refused
from sendwarmth.model.reading.tidy import IDS, TIERS
from sendwarmth.model.tables import ALL, Column, Table
from sendwarmth.run.excel import INK, PAPER, fit_to_page, free, width_of, wrap
from sendwarmth.run.inputs import described, load_inputs, vocabulary
from sendwarmth.view.words import Words, words

FIGURES = ("number", "integer")
LAST_ROW = 2_000
# As many digits of a number as openpyxl writes; a longer one goes in as text, and stays exact.
KEPT_DIGITS = 16
WIDEST, NARROWEST = 44, 9
NEEDED, DOUBT = "FFD6E4F0", "FFFFF4CE"
THIN = Border(*(Side(style="thin", color="FFC9D1DC") for _ in range(4)))


def template_file(file: str, tables: str | Path, language: str) -> Path:
    """Write a workbook to fill in, from tables that are there, and return where it is.

    Raises
    ------
    InputError
        The tables cannot be read, or there is a file of that name already.
    """
    path = free(Path(file))
    write_template(load_inputs(tables), path, language)
    return path


def write_template(inputs: Inputs, path: Path, language: str) -> None:
    """Write a workbook to fill in: a sheet a table, its present figures, what each cell may hold.

    Parameters
    ----------
    inputs
        The figures to fill in; reading the workbook gives the same inputs.
    path
        The workbook to write.
    language
        ``zh`` or ``en``, for headings, names and notes.
    """
    said = words(language)
    book = Workbook()
    guide = book.active
    assert guide is not None
    _guide(guide, said)
    frames = plain_tables(inputs, described())
    names = _names(frames)
    for name, table in described().items():
        sheet = book.create_sheet(table.label[language])
        frame = frames.get(name, pd.DataFrame(columns=list(table.columns), dtype="str"))
        _fill(sheet, table, frame, names, said)
    book.save(path)


def _names(frames: dict[str, pd.DataFrame]) -> Names:
    names = Names(vocabulary())
    for table, id_column in IDS.items():
        names.learn(TIERS if table == "standards" else table, id_column, frames[table])
    return names


def _fill(sheet: Worksheet, table: Table, frame: pd.DataFrame, names: Names, said: Words) -> None:
    for number, column in enumerate(table.columns.values(), 1):
        letter = get_column_letter(number)
        _heading(sheet[f"{letter}1"], column, said)
        texts = [_shown(text, column, names, said.language) for text in frame[column.name]]
        for row, text in enumerate(texts, 2):
            _cell(sheet[f"{letter}{row}"], text, column)
        width = max(map(width_of, [heading(column, said), *texts]))
        sheet.column_dimensions[letter].width = min(max(width + 2, NARROWEST), WIDEST)
        _validate(sheet, letter, column, said)
    sheet.freeze_panes = f"{get_column_letter(_fixed(table) + 1)}2"
    sheet.row_dimensions[1].height = 30
    _tint_assumed(sheet, table, said)
    fit_to_page(sheet)


def _fixed(table: Table) -> int:
    return sum(column.type in ("ref", "id") for column in table.columns.values() if column.required)


def heading(column: Column, said: Words) -> str:
    """Return a column's heading in a workbook: label, unit, and a star where it must be filled."""
    unit = vocabulary().units[column.unit].label.get(said.language, "")
    shown = said.say("template.with_unit", label=column.label[said.language], unit=unit)
    return (shown if unit else column.label[said.language]) + ("*" if column.required else "")


def _heading(cell: Any, column: Column, said: Words) -> None:
    cell.value = heading(column, said)
    cell.font = Font(bold=True, color=INK)
    cell.fill = PatternFill("solid", fgColor=NEEDED if column.required else PAPER)
    cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    cell.border = THIN
    note = "\n".join(_notes(column, said))
    cell.comment = Comment(note, said.say("template.author"), width=320, height=130)


def _notes(column: Column, said: Words) -> Iterator[str]:
    yield allowed(column, said)
    if column.source:
        yield said.say("template.source", value=column.source[said.language])
    if column.standing:
        standing = said.label(f"template.standing.{column.standing}", column.standing)
        yield said.say("template.standing_of", value=standing)


def allowed(column: Column, said: Words) -> str:
    """Return what a column may hold, in a sentence."""
    must = said.say("template.needed" if column.required else "template.optional")
    if column.type in FIGURES:
        kind = f"template.{column.type}"
        return must + said.say(kind, low=column.low, high=column.high)
    if column.words:
        listed = [word[said.language] for word in column.words.values()]
        return must + said.say("template.one_of", allowed=said.say("template.between").join(listed))
    if column.refers:
        label = described()["standards" if column.refers == TIERS else column.refers].label
        return must + said.say(f"template.{column.type}", table=label[said.language])
    return must + said.say(f"template.{column.type}")


def _shown(text: str, column: Column, names: Names, language: str) -> str:
    """Return a cell as planners know it: labels for words, names for ids where they are certain."""
    if text in column.words:
        return column.words[text][language]
    if column.type == "ref" and text:
        return _named(text, column.refers, names, language)
    if column.type == "refs" and text != ALL:
        between = names.words.between[0] if language == "zh" else "; "
        return between.join(_named(part, column.refers, names, language) for part in text.split())
    if column.type == "refs":
        return vocabulary().all_shown[language]
    return text


def _named(id_: str, table: str, names: Names, language: str) -> str:
    name = names.shown(table, id_, language)
    try:
        certain = names.find(table, name) == (id_, False)
    except Refused:
        certain = False
    separated = any(letter in name for letter in names.words.between)
    return name if certain and not separated else id_


def _cell(cell: Any, text: str, column: Column) -> None:
    if column.type in FIGURES and text:
        number = float(text)
        kept = float(f"{number:.{KEPT_DIGITS}g}") == number
        whole = int(number) if number.is_integer() else number
        cell.value = whole if kept else text
        cell.number_format = "#,##0" if column.type == "integer" else "General"
    elif text:
        cell.value = escaped(text)
        cell.data_type = "s"
    cell.border = THIN


def _validate(sheet: Worksheet, letter: str, column: Column, said: Words) -> None:
    """Let the spreadsheet itself refuse what the column may not hold."""
    rule = _rule(column, said)
    if rule is None:
        return
    rule.allow_blank = not column.required
    rule.error = rule.prompt = allowed(column, said)[:250]
    rule.errorTitle = rule.promptTitle = column.label[said.language][:30]
    rule.showErrorMessage = rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def _rule(column: Column, said: Words) -> DataValidation | None:
    language = said.language
    if column.type in FIGURES:
        kind = "whole" if column.type == "integer" else "decimal"
        low, high = f"{column.low:f}", f"{column.high:f}"
        return DataValidation(type=kind, operator="between", formula1=low, formula2=high)
    if column.words:
        listed = ",".join(word[language] for word in column.words.values())
        return DataValidation(type="list", formula1=f'"{listed}"')
    if column.type == "ref" and column.refers in ("regions", "groups"):
        table = described()[column.refers]
        letter = get_column_letter(list(table.columns).index(f"name_{language}") + 1)
        where = f"'{table.label[language]}'!${letter}$2:${letter}${LAST_ROW}"
        return DataValidation(type="list", formula1=where)
    return None


def _tint_assumed(sheet: Worksheet, table: Table, said: Words) -> None:
    """Tint the rows whose figures are assumed, so that filling in real ones can be seen."""
    if "status" not in table.columns:
        return
    columns = list(table.columns)
    letter = get_column_letter(columns.index("status") + 1)
    word = table.columns["status"].words["assumed"][said.language]
    rule = FormulaRule([f'${letter}2="{word}"'], fill=PatternFill(bgColor=DOUBT, fill_type="solid"))
    sheet.conditional_formatting.add(f"A2:{get_column_letter(len(columns))}{LAST_ROW}", rule)


def _guide(sheet: Worksheet, said: Words) -> None:
    """Write the first sheet: how to fill in, and every column with what it may hold."""
    sheet.title = said.say("template.guide")
    sheet["A1"] = said.say("template.title")
    sheet["A1"].font = Font(bold=True, size=14, color=INK)
    steps = list(said.below("template.step").values())
    for row, step in enumerate(steps, 2):
        sheet.cell(row, 1, step)
    top = len(steps) + 3
    for number, (name, width) in enumerate(said.below("template.column").items(), 1):
        cell = sheet.cell(top, number, width)
        cell.font, cell.fill = Font(bold=True, color=INK), PatternFill("solid", fgColor=PAPER)
        sheet.column_dimensions[get_column_letter(number)].width = GUIDE_WIDTHS[name]
    for row, cells in enumerate(_columns(said), top + 1):
        for number, text in enumerate(cells, 1):
            sheet.cell(row, number, text)
        wrap(sheet, row, cells, GUIDE_WIDTHS.values())
    sheet.freeze_panes = f"A{top + 1}"
    fit_to_page(sheet)


GUIDE_WIDTHS = {"table": 16, "column": 24, "allowed": 44, "source": 60, "standing": 12}


def _columns(said: Words) -> Iterator[tuple[str, ...]]:
    for table in described().values():
        for column in table.columns.values():
            yield (
                table.label[said.language],
                heading(column, said),
                allowed(column, said),
                column.source.get(said.language, ""),
                said.label(f"template.standing.{column.standing}", column.standing),
            )
