"""What the README says is so: its commands exist and print what it says they print."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sendwarmth.run.cli import main

ROOT = Path(__file__).parents[1]
DOCS = list((ROOT / "docs").glob("*.md"))
READMES = ("README.md", "README.zh-CN.md")
MOST_LINES = 62


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name: str) -> list[str]:
    """Return every line of the code blocks, without the comment behind it."""
    blocks = re.findall(r"```\n(.*?)```", text_of(name), flags=re.DOTALL)
    return [line.partition("  # ")[0].strip() for block in blocks for line in block.splitlines()]


def test_both_languages_give_the_same_commands() -> None:
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("name", READMES)
def test_it_is_one_screen(name: str) -> None:
    assert len(text_of(name).splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", READMES)
def test_every_file_it_names_is_there(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(name))
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert len(links) >= 5


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_and_subcommand_it_names_exists(name: str) -> None:
    targets = set(re.findall(r"\bmake ([a-z]+)", text_of(name)))
    made = set(re.findall(r"^([a-z]+):", text_of("Makefile"), flags=re.MULTILINE))
    assert {"run", "lab"} <= targets <= made
    typed = r"(?:\.venv/bin/|-n sendwarmth )sendwarmth ([a-z]+)"
    named = set(re.findall(typed, text_of(name), flags=re.MULTILINE))
    command = Path(sys.executable).with_name("sendwarmth")
    listed = subprocess.check_output([command, "--help"], text=True)
    assert {"run", "check", "template"} <= named
    assert [
        word for word in named if not re.search(rf"^  {word} ", listed, flags=re.MULTILINE)
    ] == []


@pytest.mark.parametrize("name", READMES)
def test_the_number_you_should_see_is_the_number_you_see(name: str) -> None:
    (line,) = [line for line in commands(name) if " -c " in line]
    _, *rest = shlex.split(line)
    printed = subprocess.check_output([sys.executable, *rest], text=True, cwd=ROOT).strip()
    assert f"`{printed}`" in text_of(name)
    assert printed == "87400000 + 4600000 = 92000000"


def test_conda_users_get_an_environment_of_the_name_they_are_told() -> None:
    assert re.search(r"^name: sendwarmth$", text_of("environment.yml"), flags=re.MULTILINE)
    assert "conda run -n sendwarmth sendwarmth run" in commands("README.md")


@pytest.mark.parametrize("name", sorted([*READMES, *(f"docs/{p.name}" for p in DOCS)]))
def test_every_command_can_be_typed_as_it_stands_in_a_fresh_clone(name: str) -> None:
    # Nobody is told to activate the environment, so that no bare name of it is on the PATH.
    text = re.sub(r"conda[^`\n]*`?[^`\n]*`?|(?:With conda|用 conda)[^\n]*", "", text_of(name))
    assert (
        re.findall(r"(?:^|`)((?:sendwarmth|python|papermill) [^`\n]*)", text, flags=re.MULTILINE)
        == []
    )


def told(name: str) -> list[list[str]]:
    """Return the arguments of every command the text mentions."""
    lines = re.findall(r"`\.venv/bin/sendwarmth ([^`]*)`", text_of(name))
    return [shlex.split(line) for line in lines]


def test_both_languages_mention_the_same_commands() -> None:
    assert told(READMES[0]) == told(READMES[1])
    assert {line[0] for line in told(READMES[0])} == {
        "template",
        "check",
        "explain",
        "sweep",
        "run",
    }


@pytest.mark.slow
@pytest.mark.parametrize("line", told(READMES[0]), ids=" ".join)
def test_a_command_the_text_mentions_runs(line: list[str], tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    # One scenario tells as much as four.
    quick = ["baseline", "--quiet", "--jobs", "1"] if line[0] == "run" else []
    assert main([*line, *quick]) == 0
    made = {"template": "my.xlsx", "sweep": f"outputs/sweeps/{line[-1]}.parquet"}
    made["run"] = "outputs/baseline/" + ("levels" if "--levels" in line else "report.html")
    assert (tmp_path / made.get(line[0], "params")).exists()


def test_every_page_of_the_docs_is_a_click_away() -> None:
    reached = {
        link for name in READMES for link in re.findall(r"\(docs/(\S+\.md)\)", text_of(name))
    }
    assert {page.name for page in DOCS} == reached
