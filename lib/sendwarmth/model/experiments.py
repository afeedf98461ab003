"""Experiments on the batched fit: thousands of plans without a notebook for each.

The parts are in `sendwarmth.model.robust`; these are the calls that notebooks, commands and pages
make.
"""

from sendwarmth.model.robust.chances import Chances, hold, monte_carlo
from sendwarmth.model.robust.dials import Dial, dial_of, dials
from sendwarmth.model.robust.frontier import frontier
from sendwarmth.model.robust.ladder import Ladder, ladder
from sendwarmth.model.robust.outcomes import FIGURES, read_figure
from sendwarmth.model.robust.points import Points, in_chunks, solve_points
from sendwarmth.model.robust.seek import Answer, goal_seek
from sendwarmth.model.robust.stack import Stack, posed, stacked
from sendwarmth.model.robust.tipping import tipping
from sendwarmth.model.robust.tornado import tornado

__all__ = [
    "FIGURES",
    "Answer",
    "Chances",
    "Dial",
    "Ladder",
    "Points",
    "Stack",
    "dial_of",
    "dials",
    "frontier",
    "goal_seek",
    "hold",
    "in_chunks",
    "ladder",
    "monte_carlo",
    "posed",
    "read_figure",
    "solve_points",
    "stacked",
    "tipping",
    "tornado",
]
