"""How the experiments were made: how, how often, how often there was no plan, from which seed."""

from __future__ import annotations

from typing import Any, NamedTuple

from sendwarmth.model.robust.points import DONE
from sendwarmth.model.robust.trials import Trials
from sendwarmth.view.names import CELL
from sendwarmth.view.robust.naming import CLASH, Naming
from sendwarmth.view.robust.tipping import TIPS
from sendwarmth.view.sections import Column, Prose, Table


class Tried(NamedTuple):
    """How many plans an experiment tried, and how many of them cannot be made."""

    experiment: str
    points: int
    clashes: int
    seeded: bool = False


def counted(trials: Trials) -> tuple[Tried, ...]:
    """Return what was tried, an experiment each, in the order of the page."""
    ends = trials.tornadoes[trials.figures[0]][["state_low", "state_high"]]
    refit, points, rungs = trials.refit, trials.frontier, trials.ladder.amounts
    turning, answers = trials.tipping, trials.answers
    clashes = (turning["event"] == CLASH) & (turning["state"] == TIPS)
    return (
        Tried("tornado", ends.size, int((ends != DONE).sum().sum())),
        Tried("tipping", len(turning), int(clashes.sum())),
        Tried("ladder", len(rungs), int(rungs.isna().all(axis=1).sum())),
        Tried("draws", refit.number, int((refit.status != DONE).sum()), seeded=True),
        Tried("frontier", len(points), int((points["status"] != DONE).sum()), seeded=True),
        Tried("goals", len(answers), sum(answer.value is None for answer in answers)),
    )


def parts(trials: Trials, naming: Naming) -> tuple[Any, ...]:
    """Return the table of experiments, and what each figure means."""
    say = naming.words.say
    rows = tuple(
        (
            say(f"section.{tried.experiment}"),
            say(f"robust.how.{tried.experiment}"),
            tried.points,
            tried.clashes,
            str(trials.seed) if tried.seeded else say("robust.no_chance"),
        )
        for tried in counted(trials)
    )
    keys = ("experiment", "how", "points", "clashes", "seed")
    kinds = {"points": "count", "clashes": "count"}
    columns = tuple(Column(say(f"robust.column.{key}"), kinds.get(key, "text")) for key in keys)
    table = Table(say("robust.tried_caption"), columns, rows)
    return table, Prose(tuple(_meanings(trials, naming)), "ul")


def _meanings(trials: Trials, naming: Naming) -> list[str]:
    say = naming.words.say
    names = dict.fromkeys(figure.partition(CELL)[0] for figure in trials.figures)
    known = [name for name in names if naming.words.knows(f"measure.{name}.help")]
    said = [
        say(
            "page.meta",
            label=say(f"measure.{name}.label"),
            value=say(f"measure.{name}.help"),
        )
        for name in known
    ]
    return [*said, say("robust.errors")]
