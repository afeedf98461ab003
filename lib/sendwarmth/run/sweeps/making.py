"""A sweep from its file to one Parquet file: the parts that are missing, made and joined."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent import futures
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, InputError, SendWarmthError, errors
from sendwarmth.model.robust.sweep import check_sweep
from sendwarmth.run.cancel import terminable
from sendwarmth.run.manifest import locked, write_whole
from sendwarmth.run.project import Project
from sendwarmth.run.schedule import NoCluster, default_jobs, executor_for
from sendwarmth.run.sweeps.parts import Opened, Part, open_sweep, run_part
from sendwarmth.run.sweeps.progress import Silence

FOLDER = "sweeps"
META = b"sendwarmth"
AHEAD = 32
"""Parts that are asked for at once, so that what waits to be written stays small."""


@dataclass(frozen=True)
class Options:
    """How a sweep is run: processes at once, a Dask scheduler's address, whether to begin anew."""

    jobs: int = 1
    cluster: str = ""
    force: bool = False


def run_sweep(project: Project, name: str, options: Options, teller: Silence) -> int:
    """Run a sweep to ``outputs/sweeps/NAME.parquet``, going on where a killed run stopped.

    Returns
    -------
    int
        0 where the file is there, 1 where a worker was lost with its part, 130 where cancelled.

    Raises
    ------
    InputError
        The sweep, its scenario or its tables cannot be used.
    NoCluster
        The cluster cannot be used.
    OSError
        The outputs cannot be written.
    """
    opened = open_sweep(project, name)
    found = check_sweep(opened.sweep, opened.inputs)
    if wrong := errors(found):
        raise InputError(wrong)
    folder = project.outputs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with terminable(), locked(folder):
        return _Run(project, name, opened, options, teller).run(found)


class _Run:
    """One run of a sweep."""

    def __init__(
        self, project: Project, name: str, opened: Opened, options: Options, teller: Silence
    ) -> None:
        self.project, self.opened, self.options, self.teller = project, opened, options, teller
        self.name = name
        self.result = project.outputs / FOLDER / f"{name}.parquet"
        self.folder = self.result.with_name(f".{name}")
        self.place = self.folder / opened.key

    def run(self, found: Sequence[Finding]) -> int:
        if self.options.force:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif key_of_file(self.result) == self.opened.key:
            self.tell_end("cached")
            return 0
        self.tidy()
        self.place.mkdir(parents=True, exist_ok=True)
        missing = [n for n in range(self.opened.parts) if not _is_whole(self.part(n))]
        self.teller.start(self.name, self.opened.sweep.number, self.points_but(missing), found)
        try:
            for index, content in self.made(missing):
                write_whole(self.part(index), content)
                self.teller.more(len(self.opened.range(index)))
        except KeyboardInterrupt:
            self.teller.finish(state="cancelled", sweep=self.name)
            return 130
        except (SendWarmthError, NoCluster, OSError):
            raise
        except Exception as error:
            # A worker that died with its part; what is raised then depends on the executor.
            facts = {"kind": type(error).__name__, "value": str(error)}
            self.teller.complain(Finding("part_lost", facts=facts))
            return 1
        join(self.opened, [self.part(n) for n in range(self.opened.parts)], self.result)
        shutil.rmtree(self.folder)
        self.tell_end("done")
        return 0

    def made(self, missing: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Yield the parts that are missing as they are made."""
        root = str(self.project.root)
        parts = [Part(root, self.name, self.opened.key, index) for index in missing]
        if not parts:
            return
        if not self.options.cluster and min(self.options.jobs, len(parts)) == 1:
            yield from ((part.index, run_part(part)) for part in parts)
            return
        with executor_for(self.options.jobs, self.options.cluster, processes=True) as executor:
            yield from in_window(parts, executor)

    def part(self, index: int) -> Path:
        return self.place / f"{index:06}.parquet"

    def points_but(self, missing: Sequence[int]) -> int:
        return self.opened.sweep.number - sum(len(self.opened.range(n)) for n in missing)

    def tidy(self) -> None:
        """Remove parts of the sweep as it was before its file, scenario or tables changed."""
        for old in self.folder.glob("*"):
            if old != self.place:
                shutil.rmtree(old, ignore_errors=True)

    def tell_end(self, state: str) -> None:
        told = metadata_of(self.result)
        facts = {key: told[key] for key in ("points", "seed", "counts", "clashes")}
        self.teller.finish(state=state, sweep=self.name, file=str(self.result), **facts)


def in_window(
    parts: Sequence[Part], executor: Executor, ahead: int = AHEAD
) -> Iterator[tuple[int, bytes]]:
    """Yield parts as an executor makes them, asking for some at a time."""
    todo = iter(parts)
    waiting: dict[futures.Future[bytes], Part] = {}
    while True:
        for part in islice(todo, ahead - len(waiting)):
            waiting[executor.submit(run_part, part)] = part
        if not waiting:
            return
        ended, _ = futures.wait(waiting, return_when=futures.FIRST_COMPLETED)
        for future in ended:
            yield waiting.pop(future).index, future.result()


def join(opened: Opened, parts: Sequence[Path], result: Path) -> None:
    """Write parts into one file, in their order, with what they came from."""
    import pyarrow.parquet as pq

    cells = len(opened.inputs.region_ids) * len(opened.inputs.group_ids)
    ends: Counter[tuple[str, str]] = Counter()
    unfinished = result.with_name(f".{result.name}.tmp")
    writer = None
    try:
        for part in parts:
            rows = pq.read_table(part)
            writer = writer or pq.ParquetWriter(unfinished, rows.schema, compression="zstd")
            writer.write_table(rows, row_group_size=rows.num_rows)
            first = rows.select(["status", "clash"]).take(list(range(0, rows.num_rows, cells)))
            ends.update((row["status"], row["clash"] or "") for row in first.to_pylist())
        assert writer is not None
        writer.add_key_value_metadata({META: json.dumps(facts_of(opened, ends), sort_keys=True)})
        writer.close()
        os.replace(unfinished, result)
    finally:
        unfinished.unlink(missing_ok=True)


def facts_of(opened: Opened, ends: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Return what the file says of itself: nothing in it depends on when or where it was made."""
    sweep = opened.sweep
    counts: Counter[str] = Counter()
    for (status, _), count in ends.items():
        counts[status] += count
    clashes = {clash: count for (_, clash), count in sorted(ends.items()) if clash}
    return {
        "sweep": sweep.name,
        "scenario": sweep.scenario.name,
        "method": sweep.method,
        "fields": [axis.name for axis in sweep.axes],
        "points": sweep.number,
        "seed": sweep.seed,
        "counts": dict(counts),
        "clashes": clashes,
        "key": opened.key,
    }


def metadata_of(path: Path) -> dict[str, Any]:
    """Return what a sweep's file says of itself; empty where there is no whole file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with contextlib.suppress(OSError, pa.ArrowInvalid, ValueError):
        known = pq.read_metadata(path).metadata or {}
        told: dict[str, Any] = json.loads(known.get(META, b"{}"))
        return told
    return {}


def key_of_file(path: Path) -> str:
    """Return the key of the sweep a file came from, empty where there is none."""
    return str(metadata_of(path).get("key", ""))


def _is_whole(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return bool(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowInvalid):
        return False


def options(jobs: int | None = None, cluster: str = "", force: bool = False) -> Options:
    """Return how a sweep is run, with what this machine allows where nothing is said."""
    return Options(jobs or default_jobs(), cluster, force)
