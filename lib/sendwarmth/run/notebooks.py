"""Run one notebook through papermill and say plainly how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sendwarmth.model.findings import Finding, InputError, Place
from sendwarmth.run.manifest import State
from sendwarmth.run.parameters import declared_in, findings_of

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
QUIET_KERNEL = "--IPKernelApp.log_level=40"


@dataclass(frozen=True)
class Settings:
    """How notebooks are run.

    Parameters
    ----------
    engine
        ``fork`` or ``stock``.
    timeout_seconds
        Most time for one cell.
    memory_bytes
        Most memory for one kernel; 0 for no limit. The stock engine has none.
    internal
        Whether small head counts are shown: for internal use, not for sharing.
    shared
        Whether pages share one copy of the drawing library beside them instead of carrying it.
    """

    engine: str = "fork"
    timeout_seconds: int = 600
    memory_bytes: int = 0
    internal: bool = False
    shared: bool = False


class NotebookError(Exception):
    """A notebook that did not come to its end.

    Parameters
    ----------
    state
        ``failed``, ``dead`` or ``timeout``.
    finding
        What is wrong.
    cell
        Source of the cell that was running.
    """

    def __init__(self, state: State, finding: Finding, cell: str) -> None:
        super().__init__(state, finding, cell)
        self.state: State = state
        self.finding = finding
        self.cell = cell


def refuse_unknown_parameters(notebook: Path, given: Mapping[str, Any]) -> None:
    """Refuse what a notebook does not declare, before any kernel starts.

    Raises
    ------
    InputError
        With every finding.
    """
    if not notebook.is_file():
        place, facts = Place(file=notebook.name), {"value": str(notebook)}
        raise InputError([Finding("no_notebook", "error", place, facts)])
    found = findings_of(declared_in(notebook), given, notebook.name)
    if found:
        raise InputError(found)


def run_notebook(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, Any],
    folder: Path,
    settings: Settings,
) -> Any:
    """Run a notebook in a folder and return it with its outputs.

    Parameters
    ----------
    notebook, output
        The file to run and the file to write.
    parameters
        Values for its parameters cell.
    folder
        Where its kernel runs.
    settings
        Engine and limits.

    Raises
    ------
    NotebookError
        It did not come to its end.
    """
    import papermill

    running = {"source": ""}

    def note(cell: Any, cell_index: int) -> None:
        running["source"] = cell.source

    own: dict[str, Any] = {"extra_arguments": [QUIET_KERNEL]}
    if settings.engine == "fork":
        own = {"memory_bytes": settings.memory_bytes}
    try:
        with _loop_of_its_own():
            return papermill.execute_notebook(
                str(notebook),
                str(output),
                dict(parameters),
                engine_name="fork" if settings.engine == "fork" else None,
                progress_bar=False,
                # A save a cell would write every chart twice; a notebook is kept when it has ended.
                request_save_on_cell_execute=False,
                execution_timeout=settings.timeout_seconds,
                # papermill's own cwd moves the whole process, and others run beside this one.
                resources={"metadata": {"path": str(folder)}},
                on_cell_execute=note,
                **own,
            )
    except Exception as error:
        verdict = _verdict(error, notebook.name, running["source"], settings)
        # What could not be written is no fault of the notebook's.
        raise verdict or error from error


def _verdict(error: Exception, file: str, cell: str, settings: Settings) -> NotebookError | None:
    """Say what became of a notebook by the exception that ended it; None if it was not its own."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    place = Place(file=file)
    if isinstance(error, PapermillExecutionError):
        return NotebookError("failed", _failure(error, place, settings), error.source)
    if isinstance(error, CellTimeoutError):
        allowed = {"value": settings.timeout_seconds}
        return NotebookError("timeout", Finding("cell_too_slow", "error", place, allowed), cell)
    if isinstance(error, DeadKernelError):
        return NotebookError("dead", Finding("kernel_died", "error", place), cell)
    if isinstance(error, OSError):
        return None
    facts = {"kind": type(error).__name__, "value": str(error)}
    return NotebookError("failed", Finding("notebook_failed", "error", place, facts), cell)


def _failure(error: Any, place: Place, settings: Settings) -> Finding:
    if error.ename.endswith("MemoryError"):
        most = settings.memory_bytes / 2**30 if settings.engine == "fork" else 0
        return Finding("out_of_memory", "error", place, {"value": most or None})
    facts = {"kind": error.ename, "value": _COLOURS.sub("", error.evalue)}
    return Finding("cell_failed", "error", place, facts)


@contextlib.contextmanager
def _loop_of_its_own() -> Iterator[None]:
    """Close the event loop that nbclient makes for a thread, and leaves open, with what waits."""
    try:
        yield
    finally:
        if threading.current_thread() is not threading.main_thread():
            from jupyter_core.utils import ensure_event_loop

            loop = ensure_event_loop()
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()
