"""A section of a page: a heading with prose, tables and charts under it, shown in a notebook too.

A section displays itself as several outputs of one cell (HTML, then charts in plotly's own format),
so that the notebook and the page made from it show the same thing.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sendwarmth.view.rendering import render
from sendwarmth.view.words import Words
from sendwarmth.view.words import words as default_words

PLOTLY = "application/vnd.plotly.v1+json"
DATA = "application/vnd.sendwarmth+json"
HTML = "text/html"
Outputs = list[tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    label
        Its heading.
    kind
        ``text``, ``money`` (large unit, exact yuan on demand), ``exact`` (large unit with the exact
        yuan under it), ``signed`` (a change, with its sign), ``yuan`` (a head), ``count``,
        ``percent``, ``number``.
    """

    label: str
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A table ready to be shown; the first column names the row.

    Parameters
    ----------
    caption
        What it shows.
    columns
        Its columns.
    rows, totals
        Values in the order of the columns; None shows as a dash, `MASKED` as it is.
    notes
        Lines under it.
    digits
        Decimals of amounts in the large unit, None for as many as each needs.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    totals: tuple[tuple[Any, ...], ...] = ()
    notes: tuple[str, ...] = ()
    digits: int | None = None


@dataclass(frozen=True)
class Chart:
    """A figure with its four-line caption and the table behind it.

    Parameters
    ----------
    key
        Names its texts: ``chart.KEY.title``, ``.useful``, ``.shows``, ``.read``, ``.do``.
    figure
        A plotly figure as plain data: ``data`` and ``layout``.
    table
        The same figures as text.
    title
        Instead of the texts' own title.
    folded
        Whether it waits behind its title until someone opens it.
    lead
        A sentence above its caption.
    """

    key: str
    figure: Mapping[str, Any] = field(repr=False)
    table: Table | None
    title: str = ""
    folded: bool = False
    lead: str = ""


@dataclass(frozen=True)
class Prose:
    """Paragraphs (``p``), headings (``h3``), or the items of a list (``ul``, ``ol``)."""

    lines: tuple[str, ...]
    style: str = "p"


@dataclass(frozen=True)
class Facts:
    """Key figures, each a label and a value, with a line under it."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Links:
    """Links to other pages, each a label and an address."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Source:
    """A file's text in full, folded."""

    title: str
    text: str


@dataclass(frozen=True)
class Data:
    """What a part of the page works from, for its script; shown in a notebook as a sentence."""

    key: str
    value: Mapping[str, Any] = field(repr=False)
    otherwise: str = ""

    def _ipython_display_(self) -> None:
        _display(outputs_of(self))


@dataclass(frozen=True)
class Section:
    """A heading and what is under it.

    Parameters
    ----------
    key
        Anchor of the section; its heading is the text ``section.KEY``.
    parts
        Prose, tables, charts, in order.
    words
        The language.
    appendix
        Whether it belongs behind the signatures.
    """

    key: str
    parts: Sequence[Any]
    words: Words
    appendix: bool = False

    @property
    def title(self) -> str:
        """Return its heading."""
        return self.words.say(f"section.{self.key}")

    def outputs(self) -> Outputs:
        """Return what a notebook shows: pairs of data by MIME type and metadata.

        Nothing where there is nothing to say: no heading stands alone.
        """
        if not self.parts:
            return []
        opened = render("heading.html", self.words, section=self)
        about = {"section": self.key, "appendix": self.appendix}
        shown = [({HTML: opened, "text/plain": self.title}, {"sendwarmth": about})]
        for part in self.parts:
            shown.extend(_outputs(part, self.words))
        return shown

    def _ipython_display_(self) -> None:
        _display(self.outputs())


def _display(outputs: Outputs) -> None:
    from IPython.display import display  # only where there is a notebook

    for data, metadata in outputs:
        display(data, metadata=metadata, raw=True)


def outputs_of(part: Section | Data) -> Outputs:
    """Return what a notebook shows of a section or of data: pairs of data and metadata."""
    return part.outputs() if isinstance(part, Section) else _outputs(part, default_words())


def _outputs(part: Any, words: Words) -> Outputs:
    if isinstance(part, Chart):
        note = render("chart.html", words, chart=part)
        title = part.title or words.say(f"chart.{part.key}.title")
        drawn = {PLOTLY: dict(part.figure), "text/plain": title}
        about = {"key": part.key, "title": title, "folded": part.folded}
        return [
            (drawn, {"sendwarmth": {"chart": about}}),
            ({HTML: note, "text/plain": title}, {"sendwarmth": {"note": about}}),
        ]
    if isinstance(part, Data):
        bundle = {DATA: {"key": part.key, "value": dict(part.value)}, "text/plain": part.otherwise}
        if part.otherwise:
            bundle[HTML] = f"<p>{html.escape(part.otherwise)}</p>"
        return [(bundle, {})]
    name = type(part).__name__.lower()
    return [({HTML: render(f"{name}.html", words, part=part), "text/plain": name}, {})]
