"""How fast notebooks run: the engine ``fork`` beside papermill's own, and a run found unchanged.

Both engines run the same notebook with the same parameters, as many at once, through papermill's
own call, in one process that has imported papermill before the clock starts; a twentieth of the
warm process's start is part of the time. papermill's command line is timed one call at a time,
as it is used.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sendwarmth.run.notebooks import Settings, run_notebook
from sendwarmth.run.project import REPORT_NOTEBOOK, Project, find_project

Measured = dict[str, dict[str, Any]]
SCENARIOS = 20
TURNS = 4
LOOP_GOAL, CLI_GOAL, UNCHANGED_GOAL_S, EACH_GOAL_S = 10, 20, 2, 0.2


def measure_runs() -> Measured:
    """Return ratios and times of runs of 20 scenarios.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal``, ``met``. ``fork_vs_stock_1`` and ``_2`` are
        papermill's loop with either engine at one and two notebooks at once; ``fork_vs_cli`` one
        call of its command line against one notebook of ours; ``each_s`` notebook and page of one
        scenario, warm; ``rerun_20_s`` the whole command on 20 unchanged scenarios; ``memory_MB``
        the most a run with two jobs holds, all its processes together.
    """
    with _twenty() as project:
        return {**_engines(project), **_each(project), **_unchanged(project)}


@contextmanager
def _twenty() -> Iterator[Project]:
    """Give a project of 20 scenarios that differ in their fund."""
    own = find_project()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(own.tables, root / "params" / "data")
        (root / "params" / "scenarios").mkdir()
        text = (own.scenarios / "baseline.yaml").read_text(encoding="utf-8")
        for i in range(SCENARIOS):
            budget = f"budget_yuan: {92_000_000 + 100_000 * i:_}"
            changed = text.replace("budget_yuan: 92_000_000", budget)
            path = root / "params" / "scenarios" / f"s{i:02}.yaml"
            path.write_text(changed, encoding="utf-8")
        yield Project(root)


def _engines(project: Project) -> Measured:
    """Run the same notebooks by the same call with both engines, in turns.

    A turn is as many notebooks of papermill's own engine as run at once, and five times as many of
    ours; what else the machine does then falls on both.
    """
    from sendwarmth.run.kernels.warm import close_warm_processes, start_warm_process

    close_warm_processes()
    started = time.perf_counter()
    start_warm_process(folder=str(project.root))
    warm_s = time.perf_counter() - started
    told: Measured = {"warm_s": _told(warm_s, "s")}
    for jobs in (1, 2):
        turns = [
            [_a_notebook(project, engine, jobs, number) for engine, number in each]
            for each in [[("stock", jobs), ("fork", SCENARIOS // TURNS)]] * TURNS
        ]
        stock, fork = (statistics.median(times) for times in zip(*turns, strict=True))
        fork += warm_s / SCENARIOS
        told[f"fork_vs_stock_{jobs}"] = _at_least(stock / fork, "x", LOOP_GOAL)
        told[f"fork_{jobs}_s"] = _told(fork, "s")
        told[f"stock_{jobs}_s"] = _told(stock, "s")
    cli = statistics.median(_cli(project) for _ in range(TURNS))
    told["fork_vs_cli"] = _at_least(cli / told["fork_1_s"]["value"], "x", CLI_GOAL)
    return {**told, "cli_s": _told(cli, "s")}


def _a_notebook(project: Project, engine: str, jobs: int, number: int) -> float:
    """Return the seconds a notebook takes, ``number`` of them run ``jobs`` at a time."""
    import papermill

    notebook = project.notebook(REPORT_NOTEBOOK)

    def one(i: int) -> None:
        papermill.execute_notebook(
            str(notebook),
            str(project.root / f"{i}.ipynb"),
            {"scenario": f"s{i:02}", "siblings": False},
            engine_name="fork" if engine == "fork" else None,
            progress_bar=False,
            resources={"metadata": {"path": str(project.root)}},
        )

    started = time.perf_counter()
    with ThreadPoolExecutor(jobs) as executor:
        for done in [executor.submit(one, i) for i in range(number)]:
            done.result()
    return (time.perf_counter() - started) / number


def _cli(project: Project) -> float:
    notebook = project.notebook(REPORT_NOTEBOOK)
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(notebook)]
    command += [str(project.root / "cli.ipynb"), "-p", "scenario", "s00", "-p", "siblings", "False"]
    started = time.perf_counter()
    subprocess.run(command, cwd=project.root, check=True, capture_output=True)
    return time.perf_counter() - started


def _each(project: Project) -> Measured:
    """Time notebook and page of one scenario after another, once both are warm."""
    from sendwarmth.view import report

    notebook = project.notebook(REPORT_NOTEBOOK)
    times: list[float] = []
    for i in range(SCENARIOS):
        given = {"scenario": f"s{i:02}", "siblings": False}
        started = time.perf_counter()
        output = project.root / "each.ipynb"
        told = run_notebook(notebook, output, given, project.root, Settings())
        report.page(told)
        times.append(time.perf_counter() - started)
    return {"each_s": _at_most(statistics.median(times[2:]), "s", EACH_GOAL_S)}


def _unchanged(project: Project) -> Measured:
    """Time the whole command: 20 scenarios run, then found unchanged."""
    first, memory = _run(project)
    second = min(_run(project)[0] for _ in range(3))
    return {
        "run_20_s": _told(first, "s"),
        "rerun_20_s": _at_most(second, "s", UNCHANGED_GOAL_S),
        "rerun_vs_run": _told(first / second, "x"),
        "memory_MB": _told(memory / 1e6, "MB"),
    }


def _run(project: Project) -> tuple[float, int]:
    """Return the seconds a run takes, and the most memory its processes held together, in bytes."""
    import psutil

    code = "import sys; from sendwarmth.run.cli import main; sys.exit(main(['run', '--jobs', '2']))"
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=project.root, stdout=subprocess.DEVNULL
    )
    most = 0
    while process.poll() is None:
        most = max(most, _memory(psutil.Process(process.pid)))
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"sendwarmth run ended with {process.returncode}")
    return seconds, most


def _memory(process: Any) -> int:
    """Return the memory of a process and those it started; what they share counts once."""
    import psutil

    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += int(getattr(one.memory_full_info(), "pss", one.memory_info().rss))
    except psutil.Error:
        pass
    return total


def _told(value: float, unit: str) -> dict[str, Any]:
    return {"value": round(value, 4), "unit": unit, "goal": None, "met": None}


def _at_least(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value >= goal}


def _at_most(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {**_told(value, unit), "goal": goal, "met": value <= goal}


if __name__ == "__main__":
    for name, record in measure_runs().items():
        print(f"{name:20} {record}", flush=True)
