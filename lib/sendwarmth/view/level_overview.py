"""The page on everything below a level: its units with how they ended, and all rows to search.

Rows of every level below are packed into the page and shown one unit at a time, a hundred at a
time; a script of the page finds and sorts them. Money only: head counts stay in the units' own
pages, where small ones are hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sendwarmth.view.bundle import pack
from sendwarmth.view.rendering import TEMPLATES, render
from sendwarmth.view.report import page_facts
from sendwarmth.view.words import Words, words

Link = tuple[str, str]


@dataclass(frozen=True)
class Unit:
    """One unit of the level below.

    Parameters
    ----------
    name
        Its name.
    yuan
        What it is given, by group, in the order of `Overview.groups`.
    href
        Its page; empty where it has no tables of its own.
    state
        ``done``, ``cached``, ``failed``, ``dead``; empty where it has no tables of its own.
    without
        Units without a plan, itself and everywhere below it.
    """

    name: str
    yuan: tuple[int, ...]
    href: str = ""
    state: str = ""
    without: int = 0


@dataclass(frozen=True)
class Row:
    """One unit anywhere below, for the table to search.

    Parameters
    ----------
    above
        Number of the row of the unit it belongs to; -1 for units of the page's own level.
    name, yuan, href
        As of `Unit`.
    """

    above: int
    name: str
    yuan: tuple[int, ...]
    href: str = ""


@dataclass(frozen=True)
class Overview:
    """What the page shows.

    Parameters
    ----------
    name
        The unit the page is about, or the scenario's title at the top.
    groups
        Names of the groups.
    units
        The level below.
    rows
        Everything below, each after the unit it belongs to.
    left_out
        Units further below that are not among the rows.
    failed
        Name, page and reasons of each unit below that has no plan.
    links
        Label and address of pages above, of the unit's own report and of files.
    home
        Address of the page over all scenarios.
    assumed
        Share of the money that rests on assumed figures.
    """

    name: str
    groups: tuple[str, ...]
    units: tuple[Unit, ...]
    rows: tuple[Row, ...]
    left_out: int
    failed: tuple[tuple[str, str, str], ...]
    links: tuple[Link, ...]
    home: str
    assumed: float


def overview_page(overview: Overview, language: str) -> str:
    """Return the page, one HTML file."""
    said = words(language)
    script = (TEMPLATES / "levels.js").read_text(encoding="utf-8")
    about = {
        "title": said.say("levels.overview_title", name=overview.name),
        "home": overview.home,
        "assumed": overview.assumed,
    }
    return render(
        "levels.html",
        said,
        page=page_facts(said, about, more_scripts=[script]),
        seen=overview,
        digits=said.digits(yuan for unit in overview.units for yuan in unit.yuan),
        totals=[sum(column) for column in zip(*(u.yuan for u in overview.units), strict=True)],
        without=sum(unit.without for unit in overview.units),
        packed=pack(json.dumps(_told(overview, said), ensure_ascii=False)),
        script=script,
    )


def _told(overview: Overview, said: Words) -> Mapping[str, Any]:
    """Return what the script of the page works from."""
    rows: Sequence[Sequence[Any]] = [
        (row.above, row.name, row.href, row.yuan) for row in overview.rows
    ]
    return {
        "rows": rows,
        "groups": overview.groups,
        "scale": int(said.say("unit.large_yuan")),
        "digits": said.digits(yuan for row in overview.rows for yuan in row.yuan),
        "words": said.below("levels.browse"),
    }
