"""The units of one scenario on their way, level by level: each split as soon as it has its money.

Units wait on a stack, so that a branch is finished before the next is begun; only so many are in
flight at a time, and of a unit that has ended a line of the manifest and a few sums are kept. So
the memory this takes grows with the depth of the levels, not with the number of units.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from concurrent import futures
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sendwarmth.model.findings import Finding
from sendwarmth.model.levels import Path as UnitPath
from sendwarmth.model.levels import Totals
from sendwarmth.run.jobs import now
from sendwarmth.run.levels import pages as level_pages
from sendwarmth.run.levels import tables as level_tables
from sendwarmth.run.levels.crew import Crew
from sendwarmth.run.levels.unit import (
    BELOW,
    Ended,
    LevelJob,
    folder,
    label,
    run_unit,
    write_failure,
)
from sendwarmth.run.manifest import MANIFEST, Record, State, write_whole
from sendwarmth.run.progress import Silence

TOTALS = "totals.csv"
Refused = Mapping[UnitPath, tuple[Finding, ...]]


@dataclass(frozen=True)
class Outcome:
    """What a level says of one unit below it.

    Parameters
    ----------
    state, said
        As in its record.
    yuan
        What it was given.
    without
        Units without a plan, itself and everywhere below it.
    """

    state: State
    said: tuple[str, ...]
    yuan: int
    without: int


@dataclass
class _Open:
    """A unit that waits for those below it."""

    job: LevelJob
    record: Record
    waiting: set[str]
    below: dict[str, Outcome] = field(default_factory=dict)


class Tree:
    """All units of one scenario.

    Parameters
    ----------
    top
        The job of the top.
    teller
        Is told how every unit ended.
    refused
        What is wrong with ids, by the path of the unit whose tables have them.
    """

    def __init__(self, top: LevelJob, teller: Silence, refused: Refused) -> None:
        self.top, self.teller, self.refused = top, teller, refused
        self.stack = [replace(top, refused=refused.get((), ()))]
        self.running: dict[Future[Ended], LevelJob] = {}
        self.open: dict[UnitPath, _Open] = {}
        self.totals = Totals()
        self.without = 0
        top.folder.mkdir(parents=True, exist_ok=True)
        self.manifest = (top.folder / MANIFEST).open("w", encoding="utf-8")

    @property
    def size(self) -> int:
        """How many units there are, the top among them."""
        return 1 + sum(1 for _ in level_tables.every_unit(Path(self.top.tables)))

    def run(self, crew: Crew) -> None:
        """Split all units; assert, then write, what each level came to."""
        while self.stack or self.running:
            while self.stack and len(self.running) < crew.width:
                job = self.stack.pop()
                self.running[crew.submit(run_unit, job)] = job
            done, _ = futures.wait(self.running, return_when=futures.FIRST_COMPLETED)
            ended = [(self.running.pop(future), future) for future in done]
            broken = [job for job, future in ended if _broken(future)]
            for job, future in ended:
                if not _broken(future):
                    self.take(job, future)
            if broken:
                self._one_by_one(crew, broken)
        self.totals.assert_agree()
        self._write_totals()
        self.manifest.close()

    def _one_by_one(self, crew: Crew, suspects: list[LevelJob]) -> None:
        """Run again, each alone, what was in flight when a process died: it takes all with it."""
        suspects += self.running.values()
        self.running.clear()
        crew.renew()
        for job in suspects:
            future = crew.submit(run_unit, job)
            futures.wait([future])
            if _broken(future):
                crew.renew()
            self.take(job, future)

    def take(self, job: LevelJob, future: Future[Ended]) -> None:
        """Note how a unit ended and put those it gives money to on the stack."""
        try:
            ended = future.result()
        except Exception as error:
            ended = Ended(_lost(job, error))
        if job.given is not None:
            level, kind = len(job.path), "split" if ended.record.fine else "failed"
            self.totals.add("given", level, job.given.yuan)
            self.totals.add(kind, level, ended.yuan or job.given.yuan)
        self._tell(ended.record)
        if not ended.record.fine:
            self._show_failure(ended.record, job.path)
            self._close(job, ended.record, 1 + self._fail_below(job, job.path))
            return
        here = _Open(job, ended.record, {given.path[-1] for given in ended.below})
        self.open[job.path] = here
        for given in reversed(ended.below):
            refused = self.refused.get(given.path, ())
            names = (*job.names, given.name[job.language])
            self.stack.append(replace(job, given=given, refused=refused, names=names))
        for unit, finding in ended.strangers.items():
            path = (*job.path, unit)
            record = self._fail(job, path, finding)
            count = 1 + self._fail_below(job, path)
            here.below[unit] = Outcome(record.state, record.said, 0, count)
        if not here.waiting:
            self._finish(here)

    def _finish(self, here: _Open) -> None:
        """Write what became of the units below one, and close it."""
        del self.open[here.job.path]
        write_below(here.job, here.below)
        if self.top.pages:
            level_pages.close(here.job.folder, self._site(here.job), here.job.language, here.below)
        self._close(here.job, here.record, sum(one.without for one in here.below.values()))

    def _close(self, job: LevelJob, record: Record, without: int) -> None:
        """Tell the level above how a unit and all below it ended."""
        if job.given is None:
            self.without = without
            return
        above = self.open[job.path[:-1]]
        above.waiting.remove(job.path[-1])
        outcome = Outcome(record.state, record.said, job.given.total_yuan, without)
        above.below[job.path[-1]] = outcome
        if not above.waiting:
            self._finish(above)

    def _fail_below(self, job: LevelJob, path: UnitPath) -> int:
        """Record that units below one without a plan have no money to split; return how many."""
        finding = Finding("level_above_failed", facts={"value": label(job, path)})
        units = level_tables.every_unit(Path(job.tables), path)
        return len([self._fail(job, unit, finding).state for unit in units])

    def _fail(self, job: LevelJob, path: UnitPath, finding: Finding) -> Record:
        record = Record(label(job, path), "failed", finished=now(), made=job.made)
        record = write_failure(folder(job, path), record, [finding], job.language)
        self._show_failure(record, path)
        self._tell(record)
        return record

    def _site(self, job: LevelJob) -> level_pages.Site:
        return level_pages.Site(job.given, job.title, job.names)

    def _show_failure(self, record: Record, path: UnitPath) -> None:
        if self.top.pages:
            level_pages.write_failure(folder(self.top, path), path, record, self.top.language)

    def _tell(self, record: Record) -> None:
        self.manifest.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
        self.teller.ended(record)

    def cancel(self) -> None:
        """Record every unit that has not ended as cancelled."""
        for future in self.running:
            future.cancel()
        for job in (*self.running.values(), *self.stack):
            self._tell(Record(job.label, "cancelled", finished=now(), made=job.made))
        self.stack, self.running = [], {}
        self.manifest.close()

    def _write_totals(self) -> None:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["level", "amount", "group_id", "yuan"])
        for kind in ("given", "split", "failed"):
            for level, yuan in sorted(getattr(self.totals, kind).items()):
                writer.writerows([level, kind, group, amount] for group, amount in yuan.items())
        write_whole(self.top.folder / TOTALS, out.getvalue())


def write_below(job: LevelJob, below: Mapping[str, Outcome]) -> None:
    """Write ``below.csv``: what became of each unit that has tables of its own."""
    if not below:
        return
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["region_id", "state", "yuan", "without_plan", "said"])
    for unit, one in sorted(below.items()):
        writer.writerow([unit, one.state, one.yuan, one.without, " ".join(one.said)])
    write_whole(job.folder / BELOW, out.getvalue())


def _broken(future: Future[Ended]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenProcessPool)


def _lost(job: LevelJob, error: Exception) -> Record:
    facts = {"kind": type(error).__name__, "value": str(error)}
    record = Record(job.label, "dead", finished=now(), made=job.made)
    return write_failure(job.folder, record, [Finding("worker_died", facts=facts)], job.language)
