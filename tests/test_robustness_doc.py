"""The worked example on robustness: every line is run again, every conclusion held to it."""

import doctest
import re
import shutil
from pathlib import Path

import pytest
from sendwarmth.run import cli
from sendwarmth.run.project import Project
from sendwarmth.run.sweeps.files import load_sweep

ROOT = Path(__file__).parents[1]
PAGES = ("robustness.md", "robustness.zh-CN.md")
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return [block for kind, block in FENCE.findall(text_of(name)) if kind == language]


def shown(name: str) -> str:
    """Return what the lines on a page print, without thousands separators."""
    parser = doctest.DocTestParser()
    examples = [
        example for block in blocks(name, "python") for example in parser.get_examples(block)
    ]
    return " ".join(example.want for example in examples)


def conclusions(name: str) -> list[str]:
    """Return the figures a page prints in bold, as the lines below print them."""
    prose = FENCE.sub("", text_of(name))
    return [n.replace(",", "") for n in re.findall(r"\*\*([\d.,]+)\*\*", prose)]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project in which the page's commands have been typed."""
    folder = tmp_path_factory.mktemp("robustness")
    shutil.copytree(ROOT / "params", folder / "params")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in "".join(blocks(PAGES[0], "")).splitlines():
            program, *arguments = line.split()
            assert program == ".venv/bin/sendwarmth"
            assert cli.main([*arguments, "--quiet", "--jobs", "1"]) == 0
        yield folder


def test_every_line_prints_what_the_page_says(project, monkeypatch):
    monkeypatch.chdir(project)
    source = "\n".join(blocks(PAGES[0], "python"))
    example = doctest.DocTestParser().get_doctest(source, {}, PAGES[0], PAGES[0], 0)
    said = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        example, out=said.append
    )
    assert result.failed == 0, "".join(said)
    assert result.attempted >= 25


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_in_a_conclusion_is_printed_by_a_line(name):
    printed = set(re.findall(r"[\d.]+", shown(name)))
    assert len(conclusions(name)) >= 15
    assert [figure for figure in conclusions(name) if figure not in printed] == []


def test_both_languages_show_the_same_lines_and_conclude_the_same():
    for kind in ("python", "", "yaml"):
        assert blocks(PAGES[0], kind) == blocks(PAGES[1], kind)
    assert sorted(conclusions(PAGES[0])) == sorted(conclusions(PAGES[1]))


def test_the_sweep_that_is_shown_can_be_read(project):
    (text,) = blocks(PAGES[0], "yaml")
    (project / "params" / "sweeps" / "shown.yaml").write_text(text, encoding="utf-8")
    assert load_sweep(Project(project), "shown").number == 41 * 3 * 3
