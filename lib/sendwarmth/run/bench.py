"""Measure what is promised: every module ``bench_NAME`` of this room, in one table.

``python -m sendwarmth.run.bench`` measures everything; names after it, those alone (``fit pages``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from sendwarmth import run
from sendwarmth.run.project import find_project

Measured = dict[str, dict[str, Any]]
PREFIX = "bench_"


def names() -> list[str]:
    """Return what can be measured: the modules of this room that start with ``bench_``."""
    found = (module.name for module in iter_modules(run.__path__))
    return sorted(name.removeprefix(PREFIX) for name in found if name.startswith(PREFIX))


def measure(chosen: Sequence[str]) -> Measured:
    """Return the records of the chosen modules, each from its function ``measure_NAME``.

    Returns
    -------
    dict
        By name: ``value``, ``unit``, ``goal`` and ``met``, the last two None for what only tells.
    """
    told: Measured = {}
    for name in chosen:
        module = import_module(f"{run.__name__}.{PREFIX}{name}")
        function: Callable[[], Measured] = getattr(module, f"measure_{name}")
        told.update(function())
    return told


def table(told: Measured) -> str:
    """Return records as lines of text."""
    marks = {True: "met", False: "NOT MET", None: ""}
    lines = [f"{'':32}{'value':>12} {'unit':6}{'goal':>10}"]
    for name, record in told.items():
        goal = "" if record["goal"] is None else f"{record['goal']:g}"
        value = f"{record['value']:.4g}"
        lines.append(f"{name:32}{value:>12} {record['unit']:6}{goal:>10}  {marks[record['met']]}")
    return "\n".join(line.rstrip() for line in lines)


def write(told: Measured, path: Path) -> None:
    """Write records, beside those of earlier measurements that were not taken again."""
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(earlier | told, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write ``outputs/bench.json``; return 1 if a goal is missed."""
    chosen = list(sys.argv[1:] if arguments is None else arguments) or names()
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"{', '.join(unknown)}: not measured here; choose from {', '.join(names())}")
        return 2
    told = measure(chosen)
    print(table(told))
    write(told, find_project().outputs / "bench.json")
    return int(any(record["met"] is False for record in told.values()))


if __name__ == "__main__":
    sys.exit(main())
