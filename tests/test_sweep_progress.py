"""What a sweep says: points, pace and time left; nothing; or JSON."""

import io
import json

import pytest
from sendwarmth.model.findings import Finding
from sendwarmth.run.sweeps import progress as sweep_progress
from sendwarmth.view.words import words

ENDED = {
    "points": 1000,
    "seed": 7,
    "counts": {"done": 990, "clash": 10},
    "clashes": {"a": 1, "b": 5, "c": 3, "d": 1},
    "file": "outputs/sweeps/trial.parquet",
}


def told(kind, language="en", seconds=(10, 20), state="done", found=(), **ended):
    """Tell a sweep of 1,000 points, 400 of them made before, in two steps."""
    out, err, times = io.StringIO(), io.StringIO(), iter([0.0])
    now = [0.0]
    teller = kind(words(language), out, err, lambda: next(times, now[0]))
    teller.start("trial", 1000, 400, found)
    for second, points in zip(seconds, (200, 400), strict=True):
        now[0] = float(second)
        teller.more(points)
    teller.finish(state=state, sweep="trial", **ended)
    return out.getvalue(), err.getvalue()


def test_a_line_says_how_far_it_is_how_fast_and_how_long_it_still_takes():
    lines = told(sweep_progress.Lines, **ENDED)[0].splitlines()
    # 200 points in 10 seconds: the 400 that are left take 20.
    assert lines[0] == "trial: 600 of 1,000 points, 20 a second, 0:20 left"
    assert lines[1] == "trial: 1,000 of 1,000 points, 30 a second, 0:00 left"


def test_a_line_comes_every_few_seconds_and_at_the_end():
    lines = told(sweep_progress.Lines, seconds=(1, 2), **ENDED)[0].splitlines()
    assert [line for line in lines if "left" in line] == [
        "trial: 1,000 of 1,000 points, 300 a second, 0:00 left"
    ]


def test_the_end_says_how_points_ended_what_clashed_most_often_and_the_seed():
    lines = told(sweep_progress.Lines, **ENDED)[0].splitlines()[2:]
    assert lines == [
        "done  trial  20.00 s",
        "1,000 points: 10 whose limits clash, 990 with a plan.",
        "  5 x b",
        "  3 x c",
        "  1 x a",
        "Seed: 7",
        "Result: outputs/sweeps/trial.parquet",
    ]


def test_a_cancelled_sweep_says_that_it_can_go_on():
    lines = told(sweep_progress.Lines, state="cancelled")[0].splitlines()
    assert lines[-2:] == [
        "cancelled  trial  20.00 s",
        "What is done is kept; the same command goes on from there.",
    ]


def test_silence_says_only_what_is_wrong():
    found = [Finding("sweep_moves_nothing", "warning", facts={"value": "rule", "scenario": "a"})]
    out, err = told(sweep_progress.Silence, found=found, **ENDED)
    assert out == ""
    assert "“rule” changes nothing" in err


def test_json_is_one_object_a_line():
    first, second, last = map(json.loads, told(sweep_progress.Json, **ENDED)[0].splitlines())
    assert first == {
        "sweep": "trial",
        "points": 600,
        "of": 1000,
        "left_s": 20.0,
        "points_a_second": 20.0,
    }
    assert (second["points"], second["left_s"]) == (1000, 0)
    assert last == {**ENDED, "state": "done", "sweep": "trial", "seconds": 20.0}


def test_the_bar_counts_points_made_before_and_leaves_the_same_end():
    out, err = told(sweep_progress.Bar, **ENDED)
    assert "400/1000" in err
    assert out.splitlines() == told(sweep_progress.Lines, **ENDED)[0].splitlines()[2:]


@pytest.mark.parametrize("status", ["done", "clash", "refused", "undecided"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_status_has_its_words(status, language):
    ended = {**ENDED, "counts": {status: 1000}}
    out, _ = told(sweep_progress.Lines, language, **ended)
    assert words(language).say(f"sweep.status.{status}", count=1000) in out


@pytest.mark.parametrize(
    ("terminal", "options", "kind"),
    [
        (True, {}, sweep_progress.Bar),
        (False, {}, sweep_progress.Lines),
        (True, {"quiet": True}, sweep_progress.Silence),
        (True, {"as_json": True, "quiet": True}, sweep_progress.Json),
    ],
)
def test_what_is_told_suits_terminal_and_options(terminal, options, kind, monkeypatch):
    for name in ("stdout", "stderr"):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda: terminal)
        monkeypatch.setattr(sweep_progress.sys, name, stream)
    chosen = sweep_progress.teller(words("en"), **{"quiet": False, "as_json": False, **options})
    assert type(chosen) is kind
