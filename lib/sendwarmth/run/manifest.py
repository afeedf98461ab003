"""``outputs/manifest.jsonl``: one line a scenario, and how results reach their folder whole."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

State = Literal["done", "cached", "failed", "dead", "timeout", "cancelled"]
FINE = ("done", "cached")
MANIFEST = "manifest.jsonl"
WORK = ".work"
ERROR_PAGE = "error.html"
NOTEBOOK = "notebook.ipynb"
REPORT = "report.html"
ROBUSTNESS = "robustness.html"
RESULTS = ("plan.csv", "plan.json", "plan.xlsx", NOTEBOOK, REPORT)
MOVED = (*RESULTS, ROBUSTNESS, ERROR_PAGE)


@dataclass(frozen=True)
class Record:
    """What became of one scenario.

    Parameters
    ----------
    scenario
        Its name.
    state
        From the exception that ended it, never from a notebook's metadata.
    key
        Hash of all its results depend on; ``shown`` that of the scenarios its report shows beside.
    started, finished
        UTC, as the clock said; ``seconds`` is measured and is right if the clock was not.
    made
        Versions, seed, commit, whether the tree was clean, engine.
    files
        SHA-256 of each result.
    said
        What is wrong, a sentence a line, and ``cell``, the source of the cell that failed.
    robust
        Hash of all its page on robustness depends on; empty where there is none.
    """

    scenario: str
    state: State
    key: str = ""
    shown: str = ""
    started: str = ""
    finished: str = ""
    seconds: float = 0.0
    made: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    cell: str = ""
    robust: str = ""

    @property
    def fine(self) -> bool:
        """Whether its results are those of its inputs."""
        return self.state in FINE


def read_manifest(outputs: Path) -> dict[str, Record]:
    """Return the last record of each scenario; a line that is no whole record is passed over."""
    records: dict[str, Record] = {}
    try:
        lines = (outputs / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return records
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, KeyError):
            told = json.loads(line)
            told["said"] = tuple(told["said"])
            records[told["scenario"]] = Record(**told)
    return records


def write_records(outputs: Path, new: Iterable[Record]) -> None:
    """Put records into the manifest, each in the place of its scenario's last one."""
    with locked(outputs):
        _write(outputs, new)


def _write(outputs: Path, new: Iterable[Record]) -> None:
    records = read_manifest(outputs) | {record.scenario: record for record in new}
    lines = [json.dumps(asdict(records[name]), ensure_ascii=False) for name in sorted(records)]
    write_whole(outputs / MANIFEST, "".join(line + "\n" for line in lines))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def publish(outputs: Path, work: Path, record: Record) -> Record:
    """Move results from a working folder into their scenario's, and record them, in one go.

    Two runs in one folder take turns here, so that a folder's files are all of one run.
    """
    names = sorted(file.name for file in work.iterdir() if file.name in MOVED)
    hashes = {name: hash_of_file(work / name) for name in names}
    record = replace(record, files={**record.files, **hashes})
    folder = outputs / record.scenario
    with locked(outputs):
        folder.mkdir(exist_ok=True)
        for name in names:
            os.replace(work / name, folder / name)
        if record.fine:
            (folder / ERROR_PAGE).unlink(missing_ok=True)
        _write(outputs, [record])
    return record


def is_current(outputs: Path, record: Record | None, key: str) -> bool:
    """Return whether a scenario's results are there, untouched, and those of a key."""
    if record is None or not record.fine or record.key != key:
        return False
    if not set(RESULTS) <= set(record.files):
        return False
    folder = outputs / record.scenario
    return all(hash_of_file(folder / name) == record.files[name] for name in RESULTS)


def hash_of_file(path: Path) -> str:
    """Return the SHA-256 of a file; empty where there is none."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it falls away with the process that holds it, however that ends."""
    with open(folder / ".lock", "a+b") as file:
        _lock(file.fileno(), wait=True)
        yield


def _lock(handle: int, wait: bool) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def workspace(outputs: Path) -> Iterator[Path]:
    """Give a folder to work in beside the results, on the same disk, gone afterwards."""
    parent = outputs / WORK
    parent.mkdir(parents=True, exist_ok=True)
    with locked(outputs):
        folder = Path(tempfile.mkdtemp(dir=parent))
        file = open(folder / ".lock", "a+b")  # noqa: SIM115  held as long as the folder is used
        _lock(file.fileno(), wait=True)
    try:
        yield folder
    finally:
        file.close()
        shutil.rmtree(folder, ignore_errors=True)


def sweep_out(outputs: Path) -> None:
    """Remove what runs that were killed have left half-done."""
    with locked(outputs):
        for folder in (outputs / WORK).glob("*"):
            with contextlib.suppress(OSError), open(folder / ".lock", "a+b") as file:
                abandoned = _lock(file.fileno(), wait=False)
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)
        for left in outputs.glob(".*.tmp"):
            left.unlink(missing_ok=True)
