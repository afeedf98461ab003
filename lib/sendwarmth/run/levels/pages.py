"""Pages and workbooks of levels: a report a unit, and for each level the page on all below it.

A report is written with the unit's figures, wherever those are worked out. The page on all below a
unit has to know how those ended, so it is written last, here, from the rows each unit has left
beside its plan; no plan is kept for it, and of very many rows only the nearest levels are shown.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import overall
from sendwarmth.model.levels import Given
from sendwarmth.run.fingerprint import commit, versions
from sendwarmth.run.manifest import Record, write_whole
from sendwarmth.run.plan_workbook import plan_workbook
from sendwarmth.view import level_overview, report
from sendwarmth.view.level_overview import Overview, Row, Unit
from sendwarmth.view.names import Names
from sendwarmth.view.story import Story
from sendwarmth.view.unit_page import Above, Link, unit_page
from sendwarmth.view.words import words

REPORT, OVERVIEW, ROWS, PLAN_BOOK, BOOK = (
    *("report.html", "index.html", "rows.json"),
    *("plan.xlsx", "levels.xlsx"),
)
MOST_ROWS = 20_000
"""On one page; units further below are left to pages nearer to them."""


@dataclass(frozen=True)
class Site:
    """Where a unit stands among the pages.

    Parameters
    ----------
    given
        What it was given; None at the top.
    title
        Of the scenario at the top.
    names
        Of the units from the top to this one, by their path.
    below
        Ids of units below it that have tables of their own.
    """

    given: Given | None
    title: str
    names: Sequence[str]
    below: Sequence[str] = ()

    @property
    def depth(self) -> int:
        """How many levels it is below the top."""
        return len(self.given.path) if self.given else 0

    @property
    def home(self) -> str:
        """Address of the page over all scenarios."""
        return "../" * (self.depth + 2) + OVERVIEW

    def up(self, language: str) -> list[Link]:
        """Return links to the pages above, the top first."""
        said = words(language)
        labels = (self.title, *self.names[:-1])[: self.depth]
        return [
            (said.say("levels.up", name=name), "../" * (self.depth - n) + OVERVIEW)
            for n, name in enumerate(labels)
        ]


def write_unit(
    plan: Plan, site: Site, folder: Path, language: str, own: Mapping[str, str], shared: str = ""
) -> None:
    """Write what stands beside a unit's plan: its rows, its workbook and its report.

    Parameters
    ----------
    plan
        The plan.
    site
        Where the unit stands.
    folder
        Where to.
    language
        ``zh`` or ``en``.
    own
        The unit's own scenario file in full, by name, if it has one.
    shared
        Where a copy of the drawing library stands, from the page.
    """
    names = Names.of(plan.inputs, words(language))
    told = {
        "name": site.names[-1] if site.names else site.title,
        "assumed": overall(plan).get("share_assumed", 0.0),
        "groups": [names.groups[str(group)] for group in plan.table.columns],
        "units": [
            [str(region), names.regions[str(region)], [int(yuan) for yuan in row]]
            for region, row in plan.table.iterrows()
        ],
    }
    (folder / ROWS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    if site.given is None:
        return
    plan_workbook(plan, language).save(folder / PLAN_BOOK)
    head, clean = commit()
    made = datetime.now().astimezone().isoformat(timespec="seconds")
    facts = {"files": own, "versions": versions(), "made": made}
    story = Story(plan, language, provenance={**facts, "commit": head + ("" if clean else " +")})
    links = site.up(language)
    if site.below:
        links.append((words(language).say("levels.down", name=told["name"]), OVERVIEW))
    given = site.given
    above = Above(site.names[-1], given.yuan, given.heads, links, site.home)
    (folder / REPORT).write_text(unit_page(story, above, shared), encoding="utf-8")


def write_overview(folder: Path, site: Site, language: str, ended: Mapping[str, Any]) -> None:
    """Write the page and the workbook on everything below a unit.

    Parameters
    ----------
    folder
        Where the unit's results are.
    site
        Where the unit stands.
    language
        ``zh`` or ``en``.
    ended
        By id of a unit below with tables of its own: ``state``, ``said``, ``without``.
    """
    from sendwarmth.run.levels.workbook import write_workbook

    told = _read(folder)
    said = words(language)
    rows, left_out = rows_below(folder, told, ended)
    names = {id_: name for id_, name, _ in told["units"]}
    units = tuple(
        Unit(
            name,
            tuple(yuan),
            _page_of(folder, id_),
            ended[id_].state if id_ in ended else "",
            ended[id_].without if id_ in ended else 0,
        )
        for id_, name, yuan in told["units"]
    )
    own = (said.say("levels.report"), "report.html" if site.given else "../report.html")
    links = (*site.up(language), own, (said.say("levels.workbook"), BOOK))
    name, groups = told["name"], tuple(told["groups"])
    failed = tuple(
        (names.get(id_, id_), _page_of(folder, id_), " ".join(one.said))
        for id_, one in ended.items()
        if one.said
    )
    overview = Overview(
        name, groups, units, tuple(rows), left_out, failed, links, site.home, told["assumed"]
    )
    write_whole(folder / OVERVIEW, level_overview.overview_page(overview, language))
    write_workbook(overview, folder / BOOK, language)


def close(folder: Path, site: Site, language: str, ended: Mapping[str, Any]) -> None:
    """Write what is to be said once everything below a unit has ended."""
    if ended:
        write_overview(folder, site, language, ended)
        return
    # A unit that failed before has a page here that says so.
    for name in (OVERVIEW, BOOK):
        (folder / name).unlink(missing_ok=True)


def write_failure(folder: Path, path: Sequence[str], record: Record, language: str) -> None:
    """Write the page of a unit that has no plan: every reason, and what to do."""
    home = "../" * (len(path) + 2) + OVERVIEW
    text = report.error_page(record.scenario, record.said, language, home)
    with contextlib.suppress(OSError):
        write_whole(folder / OVERVIEW, text)


def rows_below(
    folder: Path, told: Mapping[str, Any], ended: Mapping[str, Any]
) -> tuple[list[Row], int]:
    """Return everything below a unit, each after the one it belongs to, and how many are left out.

    Levels are read one after the other, whole, as long as there are not too many rows.
    """
    kept: dict[tuple[str, ...], Mapping[str, Any]] = {(): told}
    count, left_out = len(told["units"]), 0
    level: list[tuple[str, ...]] = [(id_,) for id_ in sorted(ended)]
    while level:
        found = {path: read for path in level if (read := _read(folder.joinpath(*path)))}
        more = sum(len(read["units"]) for read in found.values())
        if count + more > MOST_ROWS:
            left_out = more
            break
        kept |= found
        count += more
        level = [
            (*path, id_)
            for path, read in found.items()
            for id_, *_ in read["units"]
            if (folder.joinpath(*path, id_) / ROWS).is_file()
        ]
    rows: list[Row] = []

    def take(path: tuple[str, ...], above: int) -> None:
        for id_, name, yuan in kept[path]["units"]:
            rows.append(Row(above, name, tuple(yuan), _page_of(folder, *path, id_)))
            if (*path, id_) in kept:
                take((*path, id_), len(rows) - 1)

    take((), -1)
    return rows, left_out


def _read(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / ROWS).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _page_of(folder: Path, *path: str) -> str:
    """Return the address of a unit's page from that of a level above it."""
    for name in (OVERVIEW, REPORT):
        if folder.joinpath(*path, name).is_file():
            return quote("/".join((*path, name)))
    return ""
