"""Pages that open anywhere: one HTML file each, no request, no code shown.

`page` turns an executed notebook into a page through one nbconvert exporter with our own template;
`index_page` and `error_page` need no notebook. Every page states a Content-Security-Policy that
lets nothing in but its own scripts, each by its hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import markdown2html
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from sendwarmth.model.findings import Finding
from sendwarmth.view.bundle import bundle, csp_source, pack
from sendwarmth.view.live_page import page_code, page_style
from sendwarmth.view.rendering import TEMPLATES, clean, marked, render
from sendwarmth.view.sections import DATA, HTML, PLOTLY, Section
from sendwarmth.view.words import Words, words

PAGE = "page"
LIVE = "panel"
Output = tuple[Mapping[str, Any], Mapping[str, Any]]
HIDDEN_TAGS = {"parameters", "injected-parameters", "notebook"}


@dataclass
class Part:
    """A section of a page: its heading and the blocks under it, already HTML."""

    key: str = ""
    title: str = ""
    appendix: bool = False
    blocks: list[Mapping[str, Any]] = field(default_factory=list)


def page(
    notebook: NotebookNode,
    *,
    language: str | None = None,
    title: str | None = None,
    shared: str = "",
    home: str = "",
    sections: Mapping[str, Section] | None = None,
) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook
        Executed; what its sections displayed becomes the page, prose cells stay unless they carry
        the tag ``notebook``.
    language, title
        Instead of what the notebook says itself.
    shared
        Where a copy of the drawing library stands, from the page; empty packs it into the page.
    home
        Link to the index, if there is one.
    sections
        Sections to show instead of the notebook's own of the same key.

    Returns
    -------
    str
        HTML, one file.
    """
    told = _told(notebook)
    language = language or told.get("language") or None
    parts = list(_parts(_with(notebook, sections or {}), words(language)))
    about = {
        **told,
        "title": title or told.get("title") or "",
        "shared": shared,
        "home": home,
        "charts": any(block["kind"] == "chart" for part in parts for block in part.blocks),
        "levers": any(block["kind"] == "live" for part in parts for block in part.blocks),
        "parts": [part for part in parts if part.blocks],
    }
    resources = {"page": page_facts(words(language), about)}
    # What the template shows is in the resources; nbconvert would check and copy every cell again.
    body, _ = _exporter().from_notebook_node(new_notebook(metadata=notebook.metadata), resources)
    return str(body)


def index_page(
    entries: Sequence[Mapping[str, Any]], language: str | None = None, **about: Any
) -> str:
    """Return the overview of all scenarios.

    Parameters
    ----------
    entries
        One a scenario, see `sendwarmth.view.overview.entry`.
    language
        ``zh`` or ``en``.
    about
        ``written`` (when), ``comparison`` (a link).
    """
    said = words(language)
    facts = page_facts(said, {"title": said.say("page.index_title"), "home": "", **about})
    return render("index.html", said, page=facts, entries=entries)


def error_page(
    name: str,
    reasons: Sequence[Finding | str],
    language: str | None = None,
    home: str = "",
    cell: str = "",
) -> str:
    """Return the page of a scenario that has no plan: every reason, and what to do.

    Parameters
    ----------
    name
        The scenario's name.
    reasons
        Findings, or sentences already said.
    language
        ``zh`` or ``en``.
    home
        Link to the index, if there is one.
    cell
        Source of the notebook cell that failed, if one did.
    """
    said = words(language)
    facts = page_facts(said, {"title": said.say("page.error_title", name=name), "home": home})
    sentences = [r if isinstance(r, str) else said.sentence(r) for r in reasons]
    return render("error.html", said, page=facts, sentences=sentences, source=cell)


def page_facts(
    said: Words, about: Mapping[str, Any], more_scripts: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what every page's template needs; its policy lets ``more_scripts`` run, too."""
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    charts = bool(about.get("charts"))
    sources = [csp_source(text.encode()) for text in (script, *more_scripts)]
    if charts:
        sources.append(bundle().source)
    if levers := bool(about.get("levers")):
        sources.append(csp_source(page_code().encode()))
    if about.get("shared"):
        sources.append("'self' file:")
    return {
        "assumed": None,
        "comparison": "",
        "written": "",
        "parts": [],
        "home": "",
        "shared": "",
        **about,
        "w": said,
        "safe": clean,
        "said": partial(marked, language=said.language),
        "charts": charts,
        "packed": bundle().packed if charts and not about.get("shared") else "",
        "live": pack(page_code()) if levers else "",
        "script": Markup(script),
        "style": Markup(style + (page_style() if levers else "")),
        "policy": f"default-src 'none'; script-src {' '.join(sources)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'",
    }


def _told(notebook: NotebookNode) -> dict[str, Any]:
    """Return what the notebook says about its page: title, language, share on assumptions."""
    for data, _ in _outputs(notebook):
        said = data.get(DATA)
        if said and said["key"] == PAGE:
            return dict(said["value"])
    return {}


def _outputs(notebook: NotebookNode) -> Iterator[Output]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not HIDDEN_TAGS & set(cell.metadata.get("tags", ())):
            yield {"text/markdown": cell.source}, {}
        for output in cell.get("outputs", ()):
            if "data" in output:
                yield output["data"], output.get("metadata", {}).get("sendwarmth", {})


def _with(notebook: NotebookNode, sections: Mapping[str, Section]) -> Iterator[Output]:
    """Yield what the notebook displayed, some sections replaced."""
    replaced = False
    for data, about in _outputs(notebook):
        if "section" in about:
            section = sections.get(about["section"])
            replaced = section is not None
            if section is not None:
                yield from ((told, more.get("sendwarmth", {})) for told, more in section.outputs())
        if not replaced or "text/markdown" in data:
            yield data, about


def _parts(outputs: Iterator[Output], said: Words) -> Iterator[Part]:
    """Yield the sections; a chart takes the note that follows it into its figure."""
    part = Part()
    for data, about in outputs:
        if "section" in about:
            yield part
            key = about["section"]
            part = Part(key, said.say(f"section.{key}"), bool(about.get("appendix")))
        if "note" in about and part.blocks and part.blocks[-1]["kind"] == "chart":
            part.blocks[-1] = {**part.blocks[-1], "note": Markup(data[HTML])}
        elif block := _block(data, about, len(part.blocks), part.key):
            part.blocks.append(block)
    yield part


def _block(
    data: Mapping[str, Any], about: Mapping[str, Any], number: int, section: str
) -> Mapping[str, Any] | None:
    if PLOTLY in data:
        chart = about.get("chart", {"title": "", "folded": False})
        name = f"chart-{section}-{number}"
        figure, height = data[PLOTLY], data[PLOTLY]["layout"].get("height", 450)
        shown = {"id": name, "json": for_script(figure), "height": int(height), "note": ""}
        return {"kind": "chart", **chart, **shown}
    if DATA in data:
        if data[DATA]["key"] != LIVE:
            return None
        text = json.dumps(data[DATA]["value"], ensure_ascii=False, allow_nan=False)
        return {"kind": "live", "packed": pack(text)}
    if "text/markdown" in data:
        return {"kind": "html", "html": Markup(markdown2html(data["text/markdown"]))}
    return {"kind": "html", "html": Markup(data[HTML])} if HTML in data else None


def for_script(value: Any) -> Markup:
    r"""Return JSON that may stand inside a script element, whatever text it holds.

    Examples
    --------
    >>> print(for_script({"a": "</script>"}))
    {"a": "\u003c/script>"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    for sign in "<\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


@cache
def _exporter() -> TemplateExporter:
    """Return the one exporter; making it takes far longer than using it."""
    exporter = TemplateExporter(
        template_name="report",
        template_file="index.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
    )
    exporter.environment.autoescape = True
    return exporter
