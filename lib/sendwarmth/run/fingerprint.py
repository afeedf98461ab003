"""What a result depends on, as short hashes: files, the library, the versions it runs on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).resolve().parents[1]
PROJECT = LIBRARY.parents[1]
LOCK = PROJECT / "requirements.lock"
# What figures, pages and notebooks come out of, besides the library.
DISTRIBUTIONS = (
    "ipykernel",
    "ipython",
    "jinja2",
    "nbclient",
    "nbconvert",
    "numpy",
    "openpyxl",
    "pandas",
    "papermill",
    "plotly",
    "scipy",
)


def hash_of(*parts: Any) -> str:
    """Return a short hash of plain data; the order of keys does not matter.

    Examples
    --------
    >>> hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def hash_of_files(files: Iterable[Path], root: Path) -> str:
    """Return a short hash of the names and contents of files; a missing file has no content."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"-")
    return digest.hexdigest()[:32]


def hash_of_library() -> str:
    """Return the hash of this library's files and of the lock file, as they are on disk now."""
    return _hash_of_library(
        tuple(_stamps(LIBRARY)), LOCK.stat().st_mtime_ns if LOCK.exists() else 0
    )


@lru_cache(maxsize=4)
def _hash_of_library(stamps: tuple[tuple[str, int, int], ...], _lock: int) -> str:
    files = hash_of_files((Path(path) for path, _, _ in stamps), LIBRARY)
    return hash_of(files, hash_of_files([LOCK], PROJECT))


def _stamps(folder: str | Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _stamps(entry.path)
            elif not entry.name.endswith(".pyc"):
                known = entry.stat()
                yield entry.path, known.st_mtime_ns, known.st_size


def hash_of_tables(path: Path) -> str:
    """Return the hash of a folder of tables, or of one workbook."""
    if path.is_dir():
        return hash_of_files((file for file in path.iterdir() if file.is_file()), path)
    return hash_of_files([path], path.parent)


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python and of the packages that results come out of."""
    found = {name: _version(name) for name in DISTRIBUTIONS}
    return {"python": platform.python_version(), **found}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def commit() -> tuple[str, bool | None]:
    """Return the commit of the project and whether its tree is clean; empty where git knows none.

    Outputs are ignored by git, so that a run does not make its own tree unclean.
    """
    try:
        head = _git("rev-parse", "HEAD")
        return head, not _git("status", "--porcelain")
    except (OSError, subprocess.SubprocessError):
        return "", None


def new_id() -> str:
    """Return an id no other run has."""
    return uuid.uuid4().hex[:12]


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(PROJECT), *words], capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout.strip()
