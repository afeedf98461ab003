"""What the experiments come to: a few sentences and key figures, before any chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from sendwarmth.model.robust.trials import SMALLER, Trials
from sendwarmth.view.robust import draws, frontier, ladder, tornado
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.robust.tipping import Turning
from sendwarmth.view.sections import Facts

Tornadoes = Mapping[str, pd.DataFrame]


def sentences(
    trials: Trials,
    tornadoes: Tornadoes,
    turning: Turning,
    masked: set[str],
    naming: Naming,
) -> Iterator[str]:
    """Yield what matters most, what tips first, what a smaller fund does, who may fall short.

    Parameters
    ----------
    trials
        What was tried.
    tornadoes
        What each input does to each figure.
    turning
        Turning points.
    masked
        Units of which nothing may be told that tells small head counts.
    naming
        Names.
    """
    for figure in trials.figures[:2]:
        yield tornado.sentence(tornadoes[figure], figure, naming)
    yield from turning.first_of_each()
    yield from ladder.smaller(trials.ladder, trials.fund_yuan, SMALLER, naming)
    yield from draws.sentences(trials, masked, naming)
    own = trials.frontier.iloc[0].to_dict()
    yield frontier.line(own, trials.frontier, turning.titles, naming)


def facts(trials: Trials, tornadoes: Tornadoes, turning: Turning, naming: Naming) -> Facts:
    """Return the four figures to remember."""
    figure = trials.figures[0]
    return Facts(
        (
            tornado.fact(tornadoes[figure], figure, naming),
            turning.fact(),
            ladder.fact(trials.ladder, trials.fund_yuan, naming),
            draws.fact(trials, naming),
        )
    )
