"""Sections as HTML: every text from outside escaped, every table with its heads."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from sendwarmth.view.rendering import clean, marked
from sendwarmth.view.sections import (
    DATA,
    HTML,
    PLOTLY,
    Chart,
    Column,
    Data,
    Facts,
    Prose,
    Section,
    Source,
    Table,
)
from sendwarmth.view.words import words

NASTY = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
)
ALLOWED = {
    *("h2", "h3", "p", "ol", "ul", "li", "dl", "dt", "dd", "div", "span", "strong", "details"),
    *("summary", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "pre"),
}


class Seen(HTMLParser):
    """Collects elements, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def html_of(*parts: object, language: str = "zh") -> str:
    section = Section("allocation", parts, words(language))
    return "".join(data.get(HTML, "") for data, _ in section.outputs())


def table_of(text: str) -> Table:
    row = (text, 1_234_000, None)
    columns = (Column(text), Column("b", "money"), Column(text, "percent"))
    return Table(text, columns, (row,), (row,), (text,))


@pytest.mark.parametrize("text", NASTY)
def test_text_from_outside_is_text_everywhere(text: str) -> None:
    chart = Chart("allocation", {"data": [], "layout": {}}, table_of(text), text)
    parts = (
        table_of(text),
        chart,
        Prose((text,)),
        Prose((text,), "ul"),
        Facts(((text, text, text),)),
        Source(text, text),
        Data("live", {"text": text}, text),
    )
    for language in ("zh", "en"):
        seen = Seen(html_of(*parts, language=language))
        assert set(seen.tags) <= ALLOWED
        assert not [name for name, _ in seen.attributes if name.startswith("on")]
        assert seen.text.count(text) >= len(parts)


def test_an_amount_carries_its_exact_yuan_beside_it() -> None:
    html = html_of(table_of("a"))
    assert '<span class="large">123.4</span><span class="yuan">1,234,000</span>' in html


def test_a_cell_that_is_not_known_is_a_dash_in_a_row_and_blank_in_a_total() -> None:
    html = html_of(table_of("a"))
    assert html.count('<td class="percent">—</td>') == 1
    assert html.count('<td class="percent"></td>') == 1


def test_every_table_has_a_caption_and_heads_with_scope() -> None:
    seen = Seen(html_of(table_of("a")))
    scopes = [value for name, value in seen.attributes if name == "scope"]
    assert seen.tags.count("caption") == seen.tags.count("table") == 1
    assert scopes == ["col", "col", "col", "row", "row"]
    assert seen.tags.count("th") == len(scopes)


def test_a_change_shows_its_sign() -> None:
    columns = (Column("a"), Column("b", "signed"))
    html = html_of(Table("t", columns, (("x", 5_000), ("y", -5_000), ("z", 0))))
    assert ">+0.5<" in html
    assert ">−0.5<" in html
    assert '<span class="large">0.0</span>' in html


def test_marks_that_turn_text_round_are_dropped_and_long_text_is_cut() -> None:
    assert clean("a\u202eb\u2066c\u200fd") == "abcd"
    assert len(clean("x" * 10_000)) == 2_000
    assert clean("x" * 10_000).endswith("…")


def test_chinese_in_an_english_page_says_that_it_is_chinese() -> None:
    assert str(marked("A 西安市 B", "en")) == 'A <span lang="zh-CN">西安市</span> B'
    assert str(marked("A 西安市 B", "zh")) == "A 西安市 B"


def test_a_section_shows_a_heading_then_its_parts_in_order() -> None:
    chart = Chart("allocation", {"data": [1], "layout": {}}, None)
    outputs = Section("allocation", [Prose(("a",)), chart], words("zh")).outputs()
    kinds = [next(kind for kind in (PLOTLY, DATA, HTML) if kind in data) for data, _ in outputs]
    assert kinds == [HTML, HTML, PLOTLY, HTML]
    assert outputs[0][1]["sendwarmth"]["section"] == "allocation"
    assert outputs[2][1]["sendwarmth"]["chart"]["title"] == "各单位各群体金额"


def test_a_chart_says_what_it_is_for_what_it_shows_how_to_read_it_and_what_to_do() -> None:
    chart = Chart("points", {"data": [], "layout": {}}, table_of("a"))
    note = Section("allocation", [chart], words("en")).outputs()[-1][0][HTML]
    for line in ("Useful for", "What it shows", "How to read it", "What to do"):
        assert f"<dt>{line}</dt>" in note
    assert "<table>" in note
