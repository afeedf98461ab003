"""How many plans a second Monte Carlo and sweeps make, beside loops, and in how much memory."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sendwarmth.model.allocation import allocate
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import build
from sendwarmth.model.robust.chances import monte_carlo
from sendwarmth.model.robust.draws import draw
from sendwarmth.model.scenario import Scenario
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.jobs import SEED
from sendwarmth.run.other_solvers import plan_by_cvxpy
from sendwarmth.run.project import Project, find_project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of
from sendwarmth.run.schedule import default_jobs
from sendwarmth.view.words import words

Measured = dict[str, dict[str, Any]]
DRAWS, LOOPED = 10_000, 30
FEW, MANY = 10_000, 100_000
BASE, SWEEP = "baseline", "levers"
MOST_GROWTH = 1.25
"""Memory of the large sweep over that of one a tenth its size."""


def measure_sweeps() -> Measured:
    """Return how fast thousands of plans are made, and in how much memory.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``. ``mc_vs_loop`` and ``mc_vs_cvxpy`` are the
        time of a loop over ``allocate`` and of one over cvxpy as multiples of ours, both
        extrapolated from some draws; rounding is left out of ours and of cvxpy's, not of
        ``allocate``. Memory is the largest resident set of any process of the sweep.
    """
    return {**measure_draws(), **measure_points()}


def measure_draws(number: int = DRAWS, looped: int = LOOPED) -> Measured:
    """Return Monte Carlo over the baseline's heads beside loops over the same draws."""
    project = find_project()
    scenario = load_scenario(find_scenario(BASE, project.scenarios))
    inputs = load_inputs(tables_of(scenario))
    ours = min(
        _seconds(lambda: monte_carlo(inputs, scenario, number, np.random.default_rng(SEED)))
        for _ in range(2)
    )
    others = list(_drawn_tables(inputs, scenario, looped))
    loop = _seconds(lambda: [allocate(other, scenario) for other in others]) / looped * number
    problems = [build(other, scenario) for other in others]
    cvxpy = _seconds(lambda: [plan_by_cvxpy(problem) for problem in problems]) / looped * number
    return {
        "mc_vs_loop": _at_least(loop / ours, "x", 50),
        f"mc_{number}_s": _at_most(ours, "s", 10),
        "mc_vs_cvxpy": _told(cvxpy / ours, "x"),
        f"mc_loop_{number}_s": _told(loop, "s"),
        f"mc_cvxpy_{number}_s": _told(cvxpy, "s"),
    }


def _drawn_tables(inputs: Inputs, scenario: Scenario, number: int) -> Iterator[Inputs]:
    """Yield tables with drawn heads, as a planner would write them."""
    drawn = draw(inputs, scenario, number, np.random.default_rng(SEED))
    listed, own = inputs.listed.to_numpy(float), inputs.eligible
    cells = {cell: k for k, cell in enumerate(_cells(inputs))}
    place = [cells[pair] for pair in zip(own["region_id"], own["group_id"], strict=True)]
    for heads in drawn.heads:
        multiples = np.divide(heads, listed, out=np.ones(listed.shape), where=listed > 0)
        counts = np.rint(own["heads"].to_numpy(float) * multiples.ravel()[place]).astype(int)
        yield replace(inputs, eligible=own.assign(heads=counts))


def _cells(inputs: Inputs) -> Iterator[tuple[str, str]]:
    for region in inputs.region_ids:
        yield from ((region, group) for group in inputs.group_ids)


def measure_points(few: int = FEW, many: int = MANY) -> Measured:
    """Return the pace and memory of a sweep over many levers, with as many processes as fit."""
    small, large = (_swept(number) for number in (few, many))
    growth = large["bytes"] / small["bytes"]
    pace = many / large["seconds"]
    return {
        f"sweep_{many}_s": _told(large["seconds"], "s"),
        "sweep_points_s": _told(pace, "1/s"),
        f"sweep_{many}_MB": _told(large["bytes"] / 1e6, "MB"),
        "sweep_memory_growth": _at_most(growth, "x", MOST_GROWTH),
        f"sweep_{many}_file_MB": _told(large["file"] / 1e6, "MB"),
    }


def _swept(number: int) -> dict[str, float]:
    """Run a sweep in a process of its own and return what it took."""
    command = [sys.executable, "-m", "sendwarmth.run.bench_sweeps", str(number)]
    told: dict[str, float] = json.loads(subprocess.check_output(command, text=True))
    return told


def swept(number: int) -> dict[str, float]:
    """Run the shipped sweep over many levers with so many points, in a folder of its own.

    Returns
    -------
    dict
        ``seconds``; ``bytes``, the largest resident set of this process or a worker; ``file``, the
        size of the result.
    """
    import resource

    from sendwarmth.run.sweeps.making import Options, run_sweep
    from sendwarmth.run.sweeps.progress import Silence

    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        shutil.copytree(find_project().root / "params", project.root / "params")
        file = project.sweeps / f"{SWEEP}.yaml"
        lines = file.read_text(encoding="utf-8").splitlines()
        lines = [f"points: {number}" if line.startswith("points:") else line for line in lines]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        teller = Silence(words("en"), io.StringIO())
        options = Options(default_jobs())
        seconds = _seconds(lambda: run_sweep(project, SWEEP, options, teller))
        size = (project.outputs / "sweeps" / f"{SWEEP}.parquet").stat().st_size
    own, worker = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in (own, worker)) * 1024
    return {"seconds": seconds, "bytes": float(peak), "file": float(size)}


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _told(value: float, unit: str) -> dict[str, Any]:
    return {"value": float(f"{value:.4g}"), "unit": unit, "goal": None, "met": None}


def _at_least(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value >= goal}


def _at_most(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value <= goal}


if __name__ == "__main__":
    print(json.dumps(swept(int(sys.argv[1]))))
