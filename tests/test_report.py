"""Pages: one file each, closed to the network, in the order a meeting reads them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from pages import comparison_notebook, notebook_of, report_notebook
from plotly.offline import get_plotlyjs
from sendwarmth.model.findings import Finding, Place
from sendwarmth.view import report
from sendwarmth.view.bundle import bundle, csp_source, shared_file
from sendwarmth.view.contrast import Contrast
from sendwarmth.view.overview import entry, failed_entry
from sendwarmth.view.sections import Prose, Section
from sendwarmth.view.story import Story
from sendwarmth.view.words import words

MOST_BYTES = 2_100_000
ORDER = [
    *("request", "sources", "basis", "allocation", "live", "options", "units"),
    *("ledger", "open_items", "signatures", "fairness", "provenance"),
]
ADDRESS = re.compile(r"""(?:src|href|action|data)=["'](?!#|\.\./|data:,)[^"']*|url\((?!data:)""")
CHINESE = re.compile("[\u3400-\u9fff]")


@pytest.fixture(scope="module", params=["zh", "en"])
def language(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def story(baseline, language) -> Story:
    made = {"files": {"baseline": "title: <b>x</b>\n"}, "versions": {"python": "3"}, "made": "now"}
    other = Finding("cell_blank", "error", Place(file="b.csv", row=2))
    return Story(baseline, language, {"broken": (other,)}, made)


@pytest.fixture(scope="module")
def html(story) -> str:
    return report.page(report_notebook(story), home="../index.html")


def without_scripts(html: str) -> str:
    return re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL)


def test_sections_stand_in_the_order_a_meeting_reads_them(html) -> None:
    assert re.findall(r'<h2 id="(\w+)"', html) == ORDER
    assert re.findall(r'<li><a href="#(\w+)"', html) == ORDER


def test_last_year_stands_before_the_ledger_and_only_where_there_is_one(story) -> None:
    plan = story.plan
    last = pd.DataFrame({"region_id": ["xian"], "group_id": [""], "yuan": [20_000_000]})
    inputs = replace(plan.inputs, extras={**plan.inputs.extras, "last_year": last})
    html = report.page(report_notebook(replace(story, plan=replace(plan, inputs=inputs))))
    before = ORDER.index("ledger")
    wanted = [*ORDER[:before], "last_year", *ORDER[before:]]
    assert re.findall(r'<h2 id="(\w+)"', html) == wanted
    assert "5,825,000" in html


def test_a_page_is_one_file_well_below_2_2_megabytes(html) -> None:
    assert len(html.encode()) <= MOST_BYTES


def test_a_page_names_no_address(html) -> None:
    assert ADDRESS.findall(without_scripts(html)) == []


def test_a_page_shows_no_code_of_the_notebook(html) -> None:
    assert "secret_code" not in html


def test_a_page_says_on_top_what_rests_on_assumptions(html, language) -> None:
    banner = words(language).say("page.banner_share", share=1.0)
    assert html.index(banner) < html.index('<h2 id="request"')


def test_one_h1_and_landmarks(html) -> None:
    seen = without_scripts(html)
    for tag in ("h1", "main", "header", "nav", "footer"):
        assert len(re.findall(rf"<{tag}[ >]", seen)) == 1


def test_the_language_is_said(html, language) -> None:
    assert f'<html lang="{words(language).say("language.code")}">' in html


def test_an_english_page_marks_every_chinese_word_as_chinese(html, language) -> None:
    if language == "en":
        seen = re.sub(r'<span lang="zh-CN">[^<]*</span>', "", without_scripts(html))
        assert CHINESE.findall(re.sub(r"<[^>]*>", "", seen)) == []


def test_the_policy_lets_in_the_page_s_own_scripts_and_nothing_else(html) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    run = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert all(csp_source(script.encode()) in policy for script in run)
    assert bundle().source in policy


def test_the_packed_library_is_the_one_of_the_plotly_package(html) -> None:
    (packed,) = re.findall(r'id="packed">([^<]*)<', html)
    assert gzip.decompress(base64.b85decode(packed.replace(",", "<"))).decode() == get_plotlyjs()


def test_the_same_page_comes_out_twice(story, html) -> None:
    assert report.page(report_notebook(story), home="../index.html") == html


def test_every_chart_has_its_figures_and_its_caption(html) -> None:
    drawn = re.findall(r'data-chart="([\w-]+)"', html)
    assert len(set(drawn)) == len(drawn) >= 4
    for name in drawn:
        (text,) = re.findall(rf'id="{name}">(.*?)</script>', html, flags=re.DOTALL)
        assert json.loads(text)["data"]
    assert html.count("<figure") == html.count('<dl class="caption">') == len(drawn)


def test_pages_of_one_folder_can_share_the_library(story, html) -> None:
    light = report.page(report_notebook(story), shared="../charts.js")
    assert '<script src="../charts.js">' in light
    assert len(light.encode()) < len(html.encode()) - len(bundle().packed) + 1_000
    assert bundle().packed in shared_file()
    assert 20 * len(light.encode()) + len(shared_file()) < 10_000_000


def test_prose_a_planner_adds_is_in_the_page_and_prose_of_the_notebook_is_not(story) -> None:
    notebook = notebook_of(story.opening(), story.request(), prose=["**mine**", "theirs"])
    notebook.cells[1].metadata["tags"] = ["notebook"]
    html = report.page(notebook)
    assert "<strong>mine</strong>" in html
    assert "theirs" not in html


def test_a_section_can_be_replaced_when_the_page_is_made(story) -> None:
    mine = Section("options", [Prose(("replaced",))], story.words)
    html = report.page(report_notebook(story), sections={"options": mine})
    assert "replaced" in html
    assert re.findall(r'<h2 id="(\w+)"', html) == ORDER
    assert 'id="chart-options-2"' not in html


def test_a_comparison_needs_no_report(baseline, inputs, language) -> None:
    plans = {"baseline": baseline, "b": (Finding("cell_blank"),)}
    html = report.page(comparison_notebook(Contrast(plans, language)))
    assert re.findall(r'<h2 id="(\w+)"', html) == [*("difference", "measures", "bound")]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</script>", "\" onload='x'", "&lt;"]
)
def test_titles_and_reasons_are_text(text: str) -> None:
    failed = failed_entry(text, [text], "zh")
    pages = [
        report.index_page([failed], "zh", assumed=None),
        report.error_page(text, [text], "zh", cell=text),
        report.page(notebook_of(), language="zh", title=text),
    ]
    for html in pages:
        seen = without_scripts(html)
        assert text not in seen.replace("&lt;br", "")
        assert seen.count("<script") == 0


def test_a_script_s_data_cannot_end_the_script() -> None:
    said = report.for_script({"a": "</script><b>\u2028"})
    assert "<" not in said
    assert json.loads(said) == {"a": "</script><b>\u2028"}


def test_the_index_shows_plans_and_failures(baseline, language) -> None:
    links = {"report": "baseline/report.html", "workbook": "baseline/plan.xlsx"}
    shown = entry(baseline, language, links)
    failed = failed_entry("broken", ["why"], language, "broken/error.html")
    html = report.index_page([shown, failed], language, assumed=1.0, comparison="comparison.html")
    for wanted in (*links.values(), "broken/error.html", "why", "comparison.html"):
        assert wanted in html
    earlier = words(language).say("index.earlier")
    assert earlier not in html
    failed = failed_entry("broken", ["why"], language, "broken/error.html", {"csv": "broken/x.csv"})
    html = report.index_page([failed], language, assumed=None)
    assert html.index("error.html") < html.index(earlier) < html.index("broken/x.csv")
    assert "<script src" not in html
    assert len(html) < 60_000


def test_an_error_page_lists_every_reason_and_the_cell_that_failed() -> None:
    reasons = [Finding("cell_blank", "error", Place(file="a.csv", row=7)), "said already"]
    html = report.error_page("x", reasons, "en", "../index.html", "1 / 0")
    assert "a.csv, row 7: The cell is blank" in html
    assert "said already" in html
    assert "1 / 0" in html
