"""How long a whole country takes, level by level, and how that grows with the country."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sendwarmth.model.fit import fit
from sendwarmth.model.limits import Family
from sendwarmth.run.fingerprint import PROJECT
from sendwarmth.run.other_solvers import SEED

Floats = NDArray[np.float64]
Measured = dict[str, dict[str, Any]]
SIZES = (1, 3, 10)
"""Times the cities of the country."""
GENERATOR = PROJECT / "params" / "country.py"
MOST_S, MOST_EXPONENT = 60.0, 1.15
EVERY_S = 0.2


def measure_levels() -> Measured:
    """Return the time and memory of an invented country in one run, at three sizes.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``. ``country_s`` is the whole command,
        figures only, on all cores; ``country_3_s`` and ``country_10_s`` the same with three and
        ten times the cities. ``..._lead_GB`` is the most memory of the process that hands out the
        units, ``..._worker_GB`` of any other. ``country_flat_s`` is one fit of every county at
        once, ``country_cvxpy_s`` cvxpy on the same problem. Processor seconds tell more than the
        clock where other work goes on; the goal of the exponent holds for both.
    """
    told: Measured = {}
    units, taken = [], []
    with tempfile.TemporaryDirectory() as home:
        for times in SIZES:
            folder = Path(home) / str(times)
            units.append(generate(folder, times))
            taken.append(run_country(folder))
            told |= _told(times, units[-1], taken[-1])
        table = counties(Path(home) / str(SIZES[0]))
    growth = growth_of(units, [one.seconds for one in taken])
    working = growth_of(units, [one.processor_s for one in taken])
    met = max(growth, working) <= MOST_EXPONENT
    return {
        **told,
        "country_exponent": _record(growth, "", MOST_EXPONENT, met),
        "country_processor_exponent": _record(working, ""),
        **measure_flat(table),
    }


def growth_of(units: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the exponent with which seconds grow, fitted through all sizes.

    Examples
    --------
    >>> round(growth_of([10, 30, 100], [1.0, 3.0, 10.0]), 6)
    1.0
    """
    return float(np.polyfit(np.log(units), np.log(seconds), 1)[0])


def _told(times: int, units: int, taken: Taken) -> Measured:
    name = "country" if times == SIZES[0] else f"country_{times}"
    goal = (MOST_S, taken.seconds <= MOST_S) if times == SIZES[0] else (None, None)
    return {
        f"{name}_s": _record(taken.seconds, "s", *goal),
        f"{name}_processor_s": _record(taken.processor_s, "s"),
        f"{name}_units": _record(units, ""),
        f"{name}_lead_GB": _record(taken.lead, "GB"),
        f"{name}_worker_GB": _record(taken.worker, "GB"),
    }


def generate(folder: Path, times: int) -> int:
    """Write the invented country; return how many units are split or paid in it."""
    command = [sys.executable, str(GENERATOR), str(folder), "--times", str(times)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return sum(int(part.split()[0]) for part in said.split(","))


class Taken(NamedTuple):
    """What a run took: seconds by the clock and of all processors, and gigabytes.

    ``lead`` is the process that hands out the units, ``worker`` the largest of the others.
    """

    seconds: float
    processor_s: float
    lead: float
    worker: float


def run_country(folder: Path) -> Taken:
    """Run all levels of a country, figures only, on all cores."""
    code = "import sys; from sendwarmth.run.cli import main; sys.exit(main())"
    program = [sys.executable, "-c", code, "run", "--levels", "--no-pages", "--force", "--quiet"]
    start = time.perf_counter()
    with subprocess.Popen(program, cwd=folder) as started:
        lead, worker, processor = _watch(started)
    seconds = time.perf_counter() - start
    if started.returncode:
        raise AssertionError("every unit of the invented country has a plan")
    return Taken(seconds, processor, lead / 1e9, worker / 1e9)


def _watch(started: subprocess.Popen[bytes]) -> tuple[int, int, float]:
    """Return the most memory of a process and of any it has started, and processor seconds."""
    import psutil

    process, most, others = psutil.Process(started.pid), 0, 0
    processor: dict[int, float] = {}
    while started.poll() is None:
        with suppress(psutil.Error):
            most = max(most, process.memory_info().rss)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    processor[one.pid] = sum(one.cpu_times()[:2])
                    others = max(others, one.memory_info().rss if one != process else 0)
        time.sleep(EVERY_S)
    return most, others, sum(processor.values())


def counties(folder: Path) -> Floats:
    """Return the amounts of every county of a country that was run, (counties, groups)."""
    rows: dict[str, list[int]] = {}
    for path in sorted((folder / "outputs" / "country" / "levels").glob("*/*/plan.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row["region_id"]:
                    rows.setdefault(row["region_id"], []).append(int(row["yuan"]))
    return np.array(list(rows.values()), float)


def measure_flat(table: Floats) -> Measured:
    """Return one fit of all counties at once beside cvxpy (Clarabel), on the same problem.

    Parameters
    ----------
    table
        Yuan, (counties, groups): the amounts the levels came to. The problem asks for amounts near
        them, with the sum of every group fixed and a floor or a cap on every third county.
    """
    rng = np.random.default_rng([SEED, *table.shape])
    target = np.maximum(table, 1) * rng.lognormal(0, 0.2, table.shape)
    places: Any = np.indices(table.shape)
    row, column = places
    sums, kind = table.sum(axis=1), np.arange(len(table)) % 3
    floor = np.where(kind == 0, sums * 0.98, -np.inf)
    cap = np.where(kind == 1, sums * 1.02, np.inf)
    groups, total = table.sum(axis=0), float(table.sum())
    limits = [
        Family([f"county/{r}" for r in range(len(table))], row, floor, cap),
        Family([f"group/{g}" for g in range(len(groups))], column, groups, groups),
    ]
    start = time.perf_counter()
    found = fit(target, 0, np.inf, limits, total)
    ours = time.perf_counter() - start
    if found.status != "done":
        raise AssertionError("the table itself keeps every limit")
    start = time.perf_counter()
    other = flat_by_cvxpy(target, floor, cap, groups)
    theirs = time.perf_counter() - start
    off = float(np.abs(found.amounts - other).max())
    return {
        "country_flat_cells": _record(table.size, ""),
        "country_flat_s": _record(ours, "s"),
        "country_cvxpy_s": _record(theirs, "s"),
        "country_cvxpy_apart_yuan": _record(off, "yuan"),
    }


def flat_by_cvxpy(target: Floats, floor: Floats, cap: Floats, groups: Floats) -> Floats:
    """Solve the same problem with cvxpy and Clarabel at their defaults, in shares of the total."""
    cp: Any = import_module("cvxpy")
    total, cells = groups.sum(), np.arange(target.size)
    row, column = (index.ravel() for index in np.indices(target.shape))
    by_row = csr_array((np.ones(target.size), (row, cells)))
    by_column = csr_array((np.ones(target.size), (column, cells)))
    share = cp.Variable(target.size, nonneg=True)
    low, high = np.isfinite(floor), np.isfinite(cap)
    rules = [
        by_column @ share == groups / total,
        by_row[low] @ share >= floor[low] / total,
        by_row[high] @ share <= cap[high] / total,
    ]
    aim = (target / target.sum()).ravel()
    cp.Problem(cp.Minimize(cp.sum(cp.kl_div(share, aim))), rules).solve(solver=cp.CLARABEL)
    return np.asarray(share.value, float).reshape(target.shape) * total


def _record(
    value: float, unit: str, goal: float | None = None, met: bool | None = None
) -> dict[str, Any]:
    return {"value": float(f"{value:.4g}"), "unit": unit, "goal": goal, "met": met}
