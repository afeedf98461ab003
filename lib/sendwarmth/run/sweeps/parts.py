"""A sweep in parts: each some hundreds of points, made anywhere, kept as a small Parquet file.

A part depends on the sweep, its scenario, the tables and the library alone, never on who makes it
or when; so parts made by one process, by two or on a cluster are the same, and a run that was
killed goes on with the parts that are missing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.robust.axes import Axis
from sendwarmth.model.robust.points import Points, solve_points
from sendwarmth.model.robust.stack import Stack, posed, refusal
from sendwarmth.model.robust.sweep import Sweep
from sendwarmth.run import fingerprint
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import tables_of
from sendwarmth.run.siblings import inputs_at
from sendwarmth.run.sweeps.files import load_sweep

if TYPE_CHECKING:
    import pyarrow as pa

LEAST, MOST = 20, 500
"""Points of one part."""
PARTS = 16
"""How many parts a small sweep has, so that processes share it and a killed run loses little."""
DECIMALS = 2
"""Of a yuan: the fit is exact to less, and what differs between processors is less again."""


@dataclass(frozen=True)
class Part:
    """Some points of a sweep: plain data, so that it can go to another machine.

    Parameters
    ----------
    root
        Folder of the project.
    sweep
        Name of the sweep.
    key
        What the sweep's results depend on, as whoever asks sees it.
    index
        Which part.
    """

    root: str
    sweep: str
    key: str
    index: int


@dataclass(frozen=True)
class Opened:
    """A sweep with its tables, and the hash of all that its results depend on."""

    sweep: Sweep
    inputs: Inputs
    key: str

    @property
    def size(self) -> int:
        """How many points a part has; the last one may have fewer."""
        return min(max(ceil(self.sweep.number / PARTS), LEAST), MOST)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return ceil(self.sweep.number / self.size)

    def range(self, index: int) -> range:
        """Return which points a part has."""
        start = index * self.size
        return range(start, min(start + self.size, self.sweep.number))


def open_sweep(project: Project, name: str) -> Opened:
    """Read a sweep, its scenario and its tables.

    Raises
    ------
    InputError
        With every finding.
    """
    sweep = load_sweep(project, name)
    tables = tables_of(sweep.scenario)
    key = fingerprint.hash_of(
        [sweep.method, sweep.number, sweep.seed, [dict(row) for row in sweep.rows]],
        [[axis.name, axis.values] for axis in sweep.axes],
        dict(sweep.scenario.values),
        fingerprint.hash_of_tables(tables),
        fingerprint.hash_of_library(),
        fingerprint.versions(),
    )
    return Opened(sweep, inputs_at(tables), key)


@lru_cache(maxsize=2)
def _opened(root: str, name: str, _key: str) -> Opened:
    return open_sweep(Project(Path(root)), name)


def run_part(part: Part) -> bytes:
    """Return a part as a Parquet file.

    Raises
    ------
    InputError
        Here the sweep is another one: a file has changed since, or the library differs.
    """
    opened = _opened(part.root, part.sweep, part.key)
    if opened.key != part.key:
        place = Place(file=f"{part.sweep}.yaml")
        raise InputError([Finding("sweep_differs", "error", place)])
    return made(opened, part.index)


def made(opened: Opened, index: int) -> bytes:
    """Return the rows of a part as a Parquet file: one a point and cell, in their order."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table(opened, index), file, compression="zstd")
    return file.getvalue()


def table(opened: Opened, index: int) -> pa.Table:
    """Return the rows of a part.

    Columns: ``point``; ``status`` (``done``, ``clash``, ``refused``); ``clash`` (what clashes, or
    the code of what is refused); one a moved field, under its path; ``region_id``, ``group_id``;
    ``exact_yuan``, before rounding to whole units, null where there is no plan.
    """
    import pyarrow as pa

    sweep, inputs = opened.sweep, opened.inputs
    part = opened.range(index)
    chosen = list(sweep.points(part.start, part.stop))
    solved = solve_points(list(problems(sweep, inputs, chosen)))
    n, r, g = solved.amounts.shape
    each = np.repeat(np.arange(n), r * g)
    columns = {
        "point": pa.array(part.start + each, pa.int64()),
        "status": _words(solved.status.tolist(), each),
        "clash": _words([word or None for word in solved.clash.tolist()], each),
    }
    for axis in sweep.axes:
        columns[axis.name] = _moved(axis, [point[axis.name] for point in chosen], each)
    columns["region_id"] = _words(list(inputs.region_ids), np.tile(np.repeat(np.arange(r), g), n))
    columns["group_id"] = _words(list(inputs.group_ids), np.tile(np.arange(g), n * r))
    columns["exact_yuan"] = _yuan(solved)
    return pa.table(columns)


def problems(sweep: Sweep, inputs: Inputs, chosen: list[dict[str, Any]]) -> Iterator[Stack]:
    """Yield the problem of each point; a point whose values do not go together is one, too."""
    for point in chosen:
        try:
            yield posed(inputs, sweep.at(point))
        except SendWarmthError as error:
            yield refusal(inputs, error.findings[0].code)


def _words(words: list[Any], which: np.ndarray) -> pa.Array:
    """Return words for a terminal table as a dictionary: each is stored once."""
    import pyarrow as pa

    known = {word: k for k, word in enumerate(dict.fromkeys(w for w in words if w is not None))}
    codes = np.array([known.get(word, -1) for word in words], np.int32)[which]
    indices = pa.array(codes, pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(known), pa.string()))


def _moved(axis: Axis, values: list[Any], which: np.ndarray) -> pa.Array:
    """Return the values of an axis: whole numbers, numbers, or what they are as JSON."""
    import pyarrow as pa

    kinds = axis.kinds
    if kinds <= {int, float, type(None)}:
        kind = pa.int64() if float not in kinds else pa.float64()
        return pa.array(values, kind).take(pa.array(which))
    return _words([v if isinstance(v, str) else json.dumps(v, default=list) for v in values], which)


def _yuan(solved: Points) -> pa.Array:
    import pyarrow as pa

    amounts = np.round(solved.amounts, DECIMALS).ravel() + 0.0
    return pa.array(amounts, mask=np.isnan(amounts))
