import io
import json

import pytest
from sendwarmth.run import progress
from sendwarmth.run.manifest import Record
from sendwarmth.view.words import words

DONE = Record("baseline", "done", seconds=0.31)
FAILED = Record("southern", "failed", said=("One reason.", "Another."), seconds=1)


def told(kind, *records, language="en"):
    out, err = io.StringIO(), io.StringIO()
    teller = kind(words(language), out, err)
    teller.start(len(records))
    for record in records:
        teller.ended(record)
    teller.finish(index="outputs/index.html")
    return out.getvalue(), err.getvalue()


def test_lines_are_one_a_scenario_and_one_for_the_run():
    out, err = told(progress.Lines, DONE, FAILED)
    assert out.splitlines() == [
        "done  baseline  0.31 s",
        "failed  southern  1.00 s",
        "done 1, failed 1. Results: outputs/index.html",
    ]
    assert err.splitlines() == ["  southern: One reason.", "  southern: Another."]


def test_silence_says_only_what_is_wrong():
    out, err = told(progress.Silence, DONE, FAILED)
    assert out == ""
    assert "One reason." in err


def test_json_is_one_object_a_line_and_nothing_else():
    out, err = told(progress.Json, DONE, FAILED)
    first, second, last = map(json.loads, out.splitlines())
    assert (first["state"], second["said"]) == ("done", ["One reason.", "Another."])
    assert last == {"counts": {"done": 1, "failed": 1}, "index": "outputs/index.html"}
    assert err == ""


def test_the_bar_counts_states_and_leaves_the_same_lines_behind():
    out, err = told(progress.Bar, DONE, FAILED)
    assert out.splitlines() == told(progress.Lines, DONE, FAILED)[0].splitlines()
    assert "done 1, failed 1" in err
    assert "2/2" in err or "1/2" in err


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", ["done", "cached", "failed", "dead", "timeout", "cancelled"])
def test_every_state_has_its_word(language, state):
    out, _ = told(progress.Lines, Record("a", state), language=language)
    assert words(language).say(f"run.state.{state}") in out


@pytest.mark.parametrize(
    ("terminal", "options", "kind"),
    [
        (True, {}, progress.Bar),
        (False, {}, progress.Lines),
        (True, {"quiet": True}, progress.Silence),
        (True, {"as_json": True, "quiet": True}, progress.Json),
    ],
)
def test_what_is_told_suits_terminal_and_options(terminal, options, kind, monkeypatch):
    for name in ("stdout", "stderr"):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda: terminal)
        monkeypatch.setattr(progress.sys, name, stream)
    chosen = progress.teller(words("en"), **{"quiet": False, "as_json": False, **options})
    assert type(chosen) is kind
