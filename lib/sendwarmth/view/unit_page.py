"""The report of a unit below the top: its own split, what it was given, and the way up and down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat.v4 import new_code_cell, new_notebook, new_output

from sendwarmth.view import report
from sendwarmth.view.sections import (
    Column,
    Data,
    Links,
    Outputs,
    Prose,
    Section,
    Table,
    outputs_of,
)
from sendwarmth.view.story import Story

Link = tuple[str, str]


@dataclass(frozen=True)
class Above:
    """What the level above says of a unit.

    Parameters
    ----------
    name
        The unit's own name.
    yuan, heads
        What it gives the unit, and whom it counts there, by group.
    links
        Label and address of the pages above, the top first, and of the page on what is below.
    home
        Address of the page over all scenarios.
    """

    name: str
    yuan: Mapping[str, int]
    heads: Mapping[str, int]
    links: Sequence[Link]
    home: str


def unit_page(story: Story, above: Above, shared: str = "") -> str:
    """Return the report of a unit, one HTML file.

    Parameters
    ----------
    story
        What there is to say about its plan.
    above
        What the level above says of it.
    shared
        Where a copy of the drawing library stands, from the page; empty packs it into the page.
    """
    opening = story.opening()
    title = story.words.say("levels.unit_title", name=above.name)
    parts: list[Section | Data] = [
        Data(opening.key, {**opening.value, "title": title}, opening.otherwise),
        given(story, above),
        *(story.request(), story.sources(), story.basis(), story.allocation(), story.live()),
        *(story.units(), story.last_year(), story.ledger(), story.open_items()),
        *(story.signatures(), story.fairness(), story.sealed()),
    ]
    outputs: Outputs = [pair for part in parts for pair in outputs_of(part)]
    shown = [new_output("display_data", data, metadata=about) for data, about in outputs]
    notebook = new_notebook(cells=[new_code_cell(outputs=shown)])
    return report.page(notebook, language=story.language, shared=shared, home=above.home)


def given(story: Story, above: Above) -> Section:
    """Return what the level above gives a unit, group by group, beside what the unit counts."""
    say, names, plan = story.words.say, story.names, story.plan
    own = plan.heads.sum()
    rows = [
        (
            names.groups.get(group, group),
            yuan,
            int(above.heads.get(group, 0)),
            int(own.get(group, 0)),
            names.units.get(group, ""),
        )
        for group, yuan in above.yuan.items()
    ]
    columns = (
        Column(say("table.group")),
        Column(say("levels.given"), "exact"),
        Column(say("levels.heads_above"), "count"),
        Column(say("levels.heads_own"), "count"),
        Column(say("table.unit")),
    )
    total = (say("table.total"), sum(above.yuan.values()), None, None, "")
    digits = story.words.digits(above.yuan.values())
    table = Table(say("levels.given_caption"), columns, tuple(rows), (total,), digits=digits)
    lead = Prose((say("levels.given_lead"),))
    return Section("given", [Links(tuple(above.links)), lead, table], story.words)
