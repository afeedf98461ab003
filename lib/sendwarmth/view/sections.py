"""A section of a page: a heading with prose, tables and charts under it, shown in a notebook too.

A section displays itself as several outputs of one cell (HTML, then charts in plotly's own format),
so that the notebook and the page made from it show the same thing.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sendwarmth.view.words import UNKNOWN, Words
from sendwarmth.view.words import words as default_words

TEMPLATES = Path(__file__).with_name("templates")
PLOTLY = "application/vnd.plotly.v1+json"
DATA = "application/vnd.sendwarmth+json"
HTML = "text/html"
MASKED = "*"
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
    """

    key: str
    figure: Mapping[str, Any] = field(repr=False)
    table: Table | None
    title: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Prose:
    """Paragraphs, or the items of a list."""

    lines: tuple[str, ...]
    style: str = "p"


@dataclass(frozen=True)
class Facts:
    """Key figures, each a label and a value, with a line under it."""

    items: tuple[tuple[str, str, str], ...]


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
        """Return what a notebook shows: pairs of data by MIME type and metadata."""
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


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, words: Words, /, **facts: Any) -> str:
    """Return a template filled in; every text from outside is escaped."""
    template = _environment().get_template(name)
    return template.render(
        w=words,
        cell=_cell(words),
        safe=clean,
        said=partial(marked, language=words.language),
        **facts,
    )


def _cell(words: Words) -> Callable[..., str]:
    """Return what turns a value of a column into a cell's content."""

    def cell(value: Any, kind: str, digits: int | None = None) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return UNKNOWN
        if isinstance(value, str):
            return marked(value, words.language)
        return FORMS.get(kind, _plain)(words, value, digits)

    return cell


def clean(text: str) -> str:
    """Return text without marks that reorder what is read, and at most 2,000 characters of it.

    Examples
    --------
    >>> clean("abc" + chr(0x202E) + "def")
    'abcdef'
    """
    kept = "".join(sign for sign in text if sign not in _REORDERING)
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


def marked(text: str, language: str) -> Markup:
    """Return text for a page, escaped; Chinese inside a page of another language is marked as such.

    Examples
    --------
    >>> print(marked("by 总工会 <b>", "en"))
    by <span lang="zh-CN">总工会</span> &lt;b&gt;
    """
    if language == "zh":
        return escape(clean(text))
    pieces = _CHINESE.split(clean(text))
    span = Markup('<span lang="zh-CN">{}</span>')
    return Markup("").join(span.format(p) if k % 2 else escape(p) for k, p in enumerate(pieces))


_CHINESE = re.compile("([\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]+)")
_LONGEST = 2_000
_REORDERING = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F]))


def _plain(words: Words, value: Any, digits: int | None) -> str:
    return words.plain(value)


def _money(words: Words, value: float, digits: int | None) -> str:
    large, yuan = words.large(value, digits), words.count(value)
    return Markup('<span class="large">{}</span><span class="yuan">{}</span>').format(large, yuan)


def _signed(words: Words, value: float, digits: int | None) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    large, yuan = words.large(abs(value), digits), words.count(abs(value))
    form = '<span class="large">{0}{1}</span><span class="yuan">{0}{2}</span>'
    return Markup(form).format(sign, large, yuan)


FORMS: Mapping[str, Callable[[Words, Any, int | None], str]] = {
    "money": _money,
    "exact": _money,
    "signed": _signed,
    "yuan": lambda words, value, digits: words.count(value),
    "count": lambda words, value, digits: words.count(value),
    "percent": lambda words, value, digits: words.percent(value),
    "number": lambda words, value, digits: f"{value:.4f}",
}
