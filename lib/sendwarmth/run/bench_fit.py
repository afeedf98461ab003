"""How fast and how exact the fit is, beside general solvers, and how it grows."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from sendwarmth.model.fit import Fit, fit
from sendwarmth.model.limits import Family, Limit
from sendwarmth.run.other_solvers import (
    SEED,
    TOTAL,
    Floats,
    Trial,
    by_cvxpy,
    by_trust_region,
    optimum,
    random_trials,
    together,
)

Measured = dict[str, dict[str, Any]]
SIZES = (65, 600, 14_000, 1_000_000)
"""Cells: a province, its counties, all counties of the country, every street of it; by 5 groups."""
TURNS = 3
MOST_GB = 2.0


def measure_fit() -> Measured:
    """Return how the fit compares with general solvers, and how it grows.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``. Times are medians over trials, taken in
        turns; a ``..._vs_...`` is the other's time as a multiple of ours. ``..._off_yuan`` is the
        largest distance of a cell from the optimum, found by cyclic ascent carried to 1e-12.
    """
    return {**measure_one(), **measure_batch(), **measure_growth()}


def measure_one(number: int = 30) -> Measured:
    """Return one 13 x 5 fit with 18 limits beside cvxpy (Clarabel) and SciPy's trust-constr."""
    solved = ((trial, optimum(trial)) for trial in random_trials(number, 18))
    trials, exact = zip(*[both for both in solved if both[1] is not None], strict=True)
    ours, theirs = _in_turns([Trial.fit, by_cvxpy], trials)
    slow = _in_turns([by_trust_region], trials[:1])[0]
    off = max(_distance(found.amounts, x) for found, x in zip(ours.results, exact, strict=True))
    ratio = theirs.seconds / ours.seconds
    return {
        "fit_vs_cvxpy": _at_least(ratio, "x", 10, and_also=off <= 1),
        "fit_ms": _told(ours.seconds * 1e3, "ms"),
        "cvxpy_ms": _told(theirs.seconds * 1e3, "ms"),
        "trust_constr_ms": _told(slow.seconds * 1e3, "ms"),
        "fit_off_yuan": _at_most(off, "yuan", 1),
        "cvxpy_off_yuan": _told(max(map(_distance, theirs.results, exact)), "yuan"),
        "trust_constr_off_yuan": _told(max(map(_distance, slow.results, exact)), "yuan"),
    }


def measure_batch(number: int = 10_000) -> Measured:
    """Return 10,000 fits in one call beside as many calls of cvxpy, and of the fit."""
    return {**_batch(number, 18, 40, "batch"), **_batch(number, 30, 20, "batch_30_limits")}


def _batch(number: int, limits: int, goal: float, name: str) -> Measured:
    trials = random_trials(number, limits)
    arguments = together(trials)
    seconds = _median_time(lambda: fit(*arguments), 3)
    alone, theirs = _in_turns([Trial.fit, by_cvxpy], trials[:50])
    return {
        f"{name}_vs_cvxpy": _at_least(theirs.seconds * number / seconds, "x", goal),
        f"{name}_vs_loop": _told(alone.seconds * number / seconds, "x"),
        f"{name}_{number}_s": _at_most(seconds, "s", 3),
    }


def measure_growth() -> Measured:
    """Return time and memory against the number of cells, and the exponent of growth."""
    told: Measured = {}
    seconds = []
    for cells in SIZES:
        command = [sys.executable, "-m", "sendwarmth.run.bench_fit", str(cells)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        measured = json.loads(out)
        seconds.append(measured["seconds"])
        told[f"cells_{cells}_s"] = _told(measured["seconds"], "s")
    gigabytes = measured["gigabytes"]
    exponent = float(np.polyfit(np.log(SIZES), np.log(seconds), 1)[0])
    return {
        "fit_exponent": _at_most(exponent, "", 1.15, and_also=gigabytes < MOST_GB),
        **told,
        f"cells_{SIZES[-1]}_GB": _at_most(gigabytes, "GB", MOST_GB),
    }


class _Taken(NamedTuple):
    """The results of calls, and the median over trials of the shortest time of each."""

    results: list[Any]
    seconds: float


def _in_turns(solvers: Sequence[Callable[[Trial], Any]], trials: Sequence[Trial]) -> list[_Taken]:
    """Call solvers in turns, all trials each, so that what else the machine does meets all alike.

    As in `timeit`, the collector of garbage rests, and of several times the shortest counts.
    """
    results: list[list[Any]] = [[] for _ in solvers]
    times = np.empty((len(solvers), TURNS, len(trials)))
    for turn in range(TURNS):
        for k, solve in enumerate(solvers):
            solve(trials[0])
            gc.collect()
            gc.disable()
            results[k] = []
            for n, trial in enumerate(trials):
                start = time.perf_counter()
                results[k].append(solve(trial))
                times[k, turn, n] = time.perf_counter() - start
            gc.enable()
    seconds = np.median(times.min(axis=1), axis=1)
    return [_Taken(some, float(each)) for some, each in zip(results, seconds, strict=True)]


def _median_time(call: Callable[[], Fit], times: int) -> float:
    """Return the median time of a fit that has to succeed."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - start)
        if not np.all(found.status == "done"):
            raise AssertionError("every one of these problems has a plan")
    return float(np.median(seconds))


def _distance(table: Floats, optimum: Floats) -> float:
    return float(np.abs(table - optimum).max())


def _told(value: float, unit: str) -> dict[str, Any]:
    return {"value": float(f"{value:.4g}"), "unit": unit, "goal": None, "met": None}


def _at_least(value: float, unit: str, goal: float, *, and_also: bool = True) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value >= goal and and_also}


def _at_most(value: float, unit: str, goal: float, *, and_also: bool = True) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value <= goal and and_also}


def large_fit(cells: int) -> dict[str, float]:
    """Fit one table of so many cells, five groups wide, and return seconds and gigabytes.

    Every second region has a floor, every third a cap, every group a fixed sum.
    """
    rng = np.random.default_rng([SEED, cells])
    shape = (cells // 5, 5)
    target = rng.lognormal(0, 1, shape)
    share = target / target.sum() * TOTAL
    row, column = np.indices(shape)
    sums = share.sum(axis=1)
    floor = np.where(row[:, 0] % 2 == 0, sums * rng.uniform(0.8, 1.1, len(sums)), -np.inf)
    cap = np.where(row[:, 0] % 3 == 0, sums * rng.uniform(1.1, 1.5, len(sums)), np.inf)
    groups = share.sum(axis=0) * rng.uniform(0.98, 1.02, 5)
    groups *= TOTAL / groups.sum()
    limits = [Limit(f"group_share/{g}", column == g, n, n) for g, n in enumerate(groups)]
    regions = Family([f"limits/{r}" for r in range(shape[0])], row, floor, cap)
    arguments: Any = (target, 0.2 * share, 4 * share, [regions, *limits], TOTAL)
    seconds = _median_time(lambda: fit(*arguments), 3 if cells > 10_000 else 50)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "gigabytes": peak * 1024 / 1e9}


if __name__ == "__main__":
    print(json.dumps(large_fit(int(sys.argv[1]))))
