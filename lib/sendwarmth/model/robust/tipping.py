"""How far each input may move before something tips.

Every input is scanned both ways, nearer steps first; the first step at which something tips is
closed in by halving, all inputs in one batch, down to one grain. The two ends are then worked out
as plans in whole units, and moved on where rounding makes the difference, so that a plan just
inside holds and one just outside does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.dials import Dial, dials
from sendwarmth.model.robust.events import CLASH, LOSES, ORDER, Tips, Watch, watch
from sendwarmth.model.scenario import Scenario

COLUMNS = (
    *("input", "event", "direction", "now", "value", "beyond", "share", "who", "confirmed"),
    *("end", "state", "unit"),
)
SCAN = tuple(round(part / 64, 4) for part in (1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64))
"""Where a range is looked at first, as parts of it."""
DOWN, UP = "down", "up"
TIPS, FREE, ALREADY, CLASH_FIRST = "tips", "free", "already", "clash_first"
MOST_WALKED = 4096
"""Grains that an end is moved on at most, for what rounding makes of it."""


class Way(NamedTuple):
    """One input in one direction for one event."""

    dial: Dial
    event: str
    sign: int

    def value(self, steps: int) -> float:
        """Return the input's value so many grains along this way."""
        return self.dial.value(self.sign * steps)

    @property
    def length(self) -> int:
        """How many grains there are along this way."""
        return abs(self.dial.reach[self.sign > 0])


class Found(NamedTuple):
    """Between which two grains something tips; none where nothing does."""

    inside: int
    outside: int
    who: str


def tipping(
    inputs: Inputs,
    scenario: Scenario,
    against: Plan | None = None,
    other: Scenario | None = None,
    figure: str = "gini",
    worse: float | None = None,
    among: Sequence[Dial] | None = None,
) -> pd.DataFrame:
    """Return how far every input may move, down and up, before something tips.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario.
    against
        The plan in which a region must not get more; without it last year, and where that is not
        known the scenario's own plan.
    other
        A scenario whose order with this one on ``figure`` is watched. An input that stands alike in
        both moves in both, any other in ``scenario`` alone.
    figure
        ``name/scope``.
    worse
        A region loses where it gets less by more than this share of what it is held against. If
        None: 0, but 0.05 where the scenario is held against its own plan, from which any move at
        all takes from somebody.
    among
        The inputs to move; all that can be moved if None.

    Returns
    -------
    pandas.DataFrame
        A row an input, event and direction. Columns: input, its path; event (``loses``, ``order``,
        ``clash``); direction (``down``, ``up``); now; ``value``, the last that holds, and
        ``beyond``, the first that does not, NaN where nothing tips; ``share``, the change to
        ``beyond`` relative to ``now`` (to the range tried where that is 0); ``who``: region ids
        joined by spaces (those that lose already are left out), the other scenario's name, or what
        clashes; ``confirmed``: whether plans in whole units at ``value`` and at ``beyond`` say so;
        ``end``, the furthest value tried; ``state``: ``tips``, ``free`` (nothing tips up to
        ``end``), ``already`` (there is no plan now) or ``clash_first`` (limits clash before it
        does); unit.
    """
    watched = watch(inputs, scenario, against, other, figure, worse)
    levers = dials(inputs, scenario) if among is None else among
    ways = [
        Way(dial, event, sign) for dial in levers for event in watched.events for sign in (-1, 1)
    ]
    search = _Search(watched)
    search.work_out([(way, 0) for way in ways[:1]])
    search.scan(ways)
    return pd.DataFrame([search.row(way) for way in ways], columns=list(COLUMNS))


class _Search:
    """What tips where, as far as it was worked out."""

    def __init__(self, watched: Watch) -> None:
        self.watch = watched
        self.known: dict[tuple[str, float], Tips] = {}
        self.whole: dict[tuple[str, float, bool], Tips] = {}
        self.ends: dict[Way, tuple[int, int]] = {}
        self.base: Tips = {}

    def work_out(self, places: Sequence[tuple[Way, int]]) -> None:
        """Work out the fits of some places, in one batch."""
        new = {
            (way.dial.path, way.value(k)): (way.dial, way.value(k))
            for way, k in places
            if (way.dial.path, way.value(k)) not in self.known
        }
        if new:
            self.known |= dict(zip(new, self.watch.fits(list(new.values())), strict=True))
        if not self.base and places:
            way, k = places[0]
            self.base = self.known[way.dial.path, way.value(k)]

    def who(self, way: Way, tips: Tips) -> str:
        """Return who or what tips that has not tipped already; empty where nothing does."""
        found, before = tips.get(way.event, ""), self.base.get(way.event, "")
        if way.event == LOSES:
            lost = before.split()
            return " ".join(region for region in found.split() if region not in lost)
        if way.event == ORDER:
            other = self.watch.other
            return other.name if other is not None and found and found != before else ""
        return found

    def stops(self, way: Way, tips: Tips) -> bool:
        """Whether a way ends here: something tips, or there is no plan."""
        return bool(tips[CLASH] or self.who(way, tips))

    def scan(self, ways: Sequence[Way]) -> None:
        """Find, for every way, two neighbouring grains between which it ends."""
        tried = {way: [0, *dict.fromkeys(_scan_of(way.length))] for way in ways if way.length}
        self.work_out([(way, k) for way, steps in tried.items() for k in steps])
        for way, steps in tried.items():
            ended = [self.stops(way, self.at(way, k)) for k in steps]
            if any(ended) and not ended[0]:
                first = ended.index(True)
                self.ends[way] = (steps[first - 1], steps[first])
        while open_ := [way for way, (a, b) in self.ends.items() if b - a > 1]:
            self.work_out([(way, sum(self.ends[way]) // 2) for way in open_])
            for way in open_:
                (a, b), middle = self.ends[way], sum(self.ends[way]) // 2
                tipped = self.stops(way, self.at(way, middle))
                self.ends[way] = (a, middle) if tipped else (middle, b)

    def at(self, way: Way, k: int) -> Tips:
        return self.known[way.dial.path, way.value(k)]

    def exact(self, way: Way, k: int) -> bool:
        """Whether a way has ended at a grain by the plan in whole units."""
        return self.stops(way, self.whole_at(way, k))

    def whole_at(self, way: Way, k: int) -> Tips:
        key = way.dial.path, way.value(k), way.event == ORDER
        if key not in self.whole:
            self.whole[key] = self.watch.exact(way.dial, *key[1:])
        return self.whole[key]

    def settled(self, way: Way) -> Found | None:
        """Move the two ends on until plans in whole units agree with them."""
        inside, outside = self.ends[way]
        step = 1
        while inside > 0 and self.exact(way, inside):
            outside, inside, step = inside, max(inside - step, 0), 2 * step
        step = 1
        while not self.exact(way, outside):
            if outside >= way.length or step > MOST_WALKED:
                return None
            inside, outside, step = outside, min(outside + step, way.length), 2 * step
        while outside - inside > 1:
            middle = (inside + outside) // 2
            if self.exact(way, middle):
                outside = middle
            else:
                inside = middle
        if self.exact(way, inside):
            return None
        return Found(inside, outside, self.who(way, self.whole_at(way, outside)))

    def row(self, way: Way) -> tuple[object, ...]:
        """Return one row of the frame."""
        dial, end = way.dial, way.value(way.length)
        state = ALREADY if self.base[CLASH] else FREE
        value = beyond = share = np.nan
        who, confirmed = "", False
        if way in self.ends:
            tips = bool(self.who(way, self.at(way, self.ends[way][1])))
            found = self.settled(way) if tips else None
            inside, outside = self.ends[way] if found is None else (found.inside, found.outside)
            who = self.who(way, self.at(way, self.ends[way][1])) if found is None else found.who
            state = TIPS if who else CLASH_FIRST
            confirmed = found is not None and bool(who)
            if who:
                value, beyond = way.value(inside), way.value(outside)
                share = (beyond - dial.now) / (abs(dial.now) or dial.highest - dial.lowest)
        told = (value, beyond, share, who, confirmed, end, state, dial.unit)
        return (dial.path, way.event, UP if way.sign > 0 else DOWN, dial.now, *told)


def _scan_of(length: int) -> list[int]:
    return [max(round(part * length), 1) for part in SCAN]
