"""A workbook as an office keeps it: the shipped figures, written as untidily as planners do.

    python tests/office.py FILE.xlsx

Titles in merged cells, two rows of headings, a serial number, subtotals and totals, blank rows,
full-width digits, thousands separators, amounts in 万元 and residents in 万人, names with and
without 市, notes at the bottom, a sheet that has nothing to do with the plan.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.plain import plain_tables
from sendwarmth.run.inputs import described, load_inputs

DATA = Path(__file__).parents[1] / "params" / "data"
FULL_WIDTH = str.maketrans("0123456789,.", "０１２３４５６７８９，．")
REGION_HEADINGS = [
    *("序号", "单位", "类别", "片区编号", "片区", "片区英文名", "常住人口（万人）"),
    *("城镇化率（%）", "县级单位数", "地区生产总值（亿元）", "收入档次", "单位编号"),
]
WRITTEN = {"西安市": "西安市总工会", "铜川市": "铜川", "杨凌示范区": "杨凌", "韩城市": " 韩 城 市 "}


def untidy(heads: int, place: int, unit: str) -> Any:
    """Return a number in one of the ways offices write it."""
    ways = (
        heads,
        f"{heads:,}",
        f"{heads:,}".translate(FULL_WIDTH),
        f" {heads}",
        float(heads),
        f"{heads} {unit}",
    )
    return ways[place % len(ways)]


def title(sheet: Worksheet, text: str, width: int, beside: str = "") -> None:
    """Write a title over the table, and what is said beside it."""
    sheet.append([text])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    sheet["A1"].font, sheet["A1"].alignment = (
        Font(bold=True, size=16),
        Alignment(horizontal="center"),
    )
    sheet.append([None] * (width - 1) + [beside])


def heads(sheet: Worksheet, inputs: Inputs) -> None:
    """Write the heads with units down and groups across, by bloc."""
    groups = list(inputs.groups["name_zh"])
    units = {"household": "户", "person": "人"}
    title(sheet, "2020年元旦春节送温暖慰问人数汇总表", 8, "数据性质：假设")
    sheet.append(["来源：各市上报草表"])
    sheet.append(["序号", "单位", "慰问对象", None, None, None, None, "合计"])
    across = [
        f"{name}（{units[unit]}）" for name, unit in zip(groups, inputs.groups["unit"], strict=True)
    ]
    sheet.append([None, None, *across, None])
    for cells in ("A4:A5", "B4:B5", "C4:G4", "H4:H5"):
        sheet.merge_cells(cells)
    place, number = 0, 0
    for bloc, members in inputs.regions.groupby("bloc_zh", sort=False):
        for region, unit in members.iterrows():
            number += 1
            counts = list(inputs.heads.loc[region])
            written = [
                untidy(count, place + j, units[counted])
                for j, (count, counted) in enumerate(
                    zip(counts, inputs.groups["unit"], strict=True)
                )
            ]
            name = WRITTEN.get(unit["name_zh"], unit["name_zh"])
            sheet.append([number, name, *written, sum(counts)])
            place += 1
        sums = inputs.heads.loc[members.index].sum()
        sheet.append([None, f"{bloc}小计", *map(int, sums), int(sums.sum())])
        sheet.append([])
    sums = inputs.heads.sum()
    sheet.append(["合 计", None, *(f"{int(value):,}" for value in sums), int(sums.sum())])
    sheet.append(["注：产业工会人数为省总代填。"])
    sheet.append(["填表人：", None, None, "审核人：", None, None, "日期："])


def regions(sheet: Worksheet, inputs: Inputs) -> None:
    """Write the units with residents in 万人 and shares in percent."""
    title(sheet, "接收单位基本情况", 12)
    sheet.append(REGION_HEADINGS)
    kinds = described()["regions"].columns
    for number, (region, unit) in enumerate(inputs.regions.iterrows(), 1):
        blank = unit["residents"] != unit["residents"]
        figures: list[Any] = [None] * 4
        if not blank:
            figures = [
                str(Decimal(int(unit["residents"])) / 10_000),
                f"{unit['urban_share'] * 100:.2f}%"
                if number % 2
                else round(unit["urban_share"] * 100, 2),
                int(unit["county_units"]),
                f"{unit['gdp_100m_yuan']:,.2f}",
            ]
        tier = kinds["income_tier"].words.get(unit["income_tier"], {}).get("zh")
        kind = kinds["kind"].words[unit["kind"]]["zh"]
        names = [unit["bloc"], unit["bloc_zh"], unit["bloc_en"]]
        sheet.append([number, unit["name_zh"], kind, *names, *figures, tier, region])
    total = Decimal(int(inputs.regions["residents"].sum())) / 10_000
    counties = int(inputs.regions["county_units"].sum())
    sheet.append(["合计", None, None, None, None, None, float(total), "62.66%", counties])


def sources(sheet: Worksheet, inputs: Inputs) -> None:
    """Write the sources in 万元, said beside the table."""
    title(sheet, "资金来源", 5, "单位：万元")
    sheet.append(["来源编号", "资金来源", "金额", "可用群体", "可用档次", "数据性质"])
    groups = inputs.groups["name_zh"]
    for source in inputs.sources.itertuples():
        served = "全部" if source.groups == "all" else groups[source.groups]
        amount = None if source.yuan != source.yuan else f"{source.yuan / 10_000:,.1f}"
        standing = {"official": "官方", "assumed": "假设"}[source.status]
        sheet.append([source.source_id, source.label_zh, amount, served, source.tiers, standing])


def plainly(sheet: Worksheet, inputs: Inputs, table: str) -> None:
    """Write a table under its Chinese headings."""
    columns = described()[table].columns
    frame = plain_tables(inputs, described())[table]
    sheet.append(
        [
            f"{c.label['zh']}（元）" if c.unit.startswith("yuan") else c.label["zh"]
            for c in columns.values()
        ]
    )
    for row in frame.itertuples(index=False):
        pairs = zip(row, columns.values(), strict=True)
        sheet.append([column.words.get(text, {}).get("zh", text) or None for text, column in pairs])


def workbook(inputs: Inputs) -> Workbook:
    """Return the untidy workbook of some inputs."""
    book = Workbook()
    book.active.title = "慰问人数"
    heads(book.active, inputs)
    regions(book.create_sheet("接收单位"), inputs)
    plainly(book.create_sheet("慰问群体"), inputs, "groups")
    plainly(book.create_sheet("慰问标准"), inputs, "standards")
    sources(book.create_sheet("资金来源"), inputs)
    book.create_sheet("工作安排").append(["一、12月底前完成摸底"])
    return book


if __name__ == "__main__":
    workbook(load_inputs(DATA)).save(sys.argv[1])
