"""Templates filled in: every text from outside escaped, every value in the form of its column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sendwarmth.view.words import UNKNOWN, Words

TEMPLATES = Path(__file__).with_name("templates")


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
    return Markup(f'<span class="large">{large}</span><span class="yuan">{yuan}</span>')


def _signed(words: Words, value: float, digits: int | None) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    large, yuan = words.large(abs(value), digits), words.count(abs(value))
    return Markup(f'<span class="large">{sign}{large}</span><span class="yuan">{sign}{yuan}</span>')


FORMS: Mapping[str, Callable[[Words, Any, int | None], str]] = {
    "money": _money,
    "exact": _money,
    "signed": _signed,
    "yuan": lambda words, value, digits: words.count(value),
    "count": lambda words, value, digits: words.count(value),
    "percent": lambda words, value, digits: words.percent(value),
    "number": lambda words, value, digits: f"{value:.4f}",
}
