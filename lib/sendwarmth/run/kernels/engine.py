"""papermill's engine ``fork``: each notebook runs in a kernel forked from a warm process.

Everything but the kernel's start is papermill's and nbclient's own: the client that runs cells,
reads outputs, keeps time and notices death is the stock engine's; only its kernel manager differs.
papermill imports this module while it is itself being imported, so nothing here imports papermill
before an engine is asked for.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from sendwarmth.run.kernels.client import ForkKernelManager
from sendwarmth.run.kernels.warm import WarmProcessError, can_fork, start_warm_process

SAVED_EVERY_SECONDS = 1
_log = logging.getLogger(__name__)


def unfit(kernel_name: str) -> str:
    """Return why a kernel cannot be forked here; empty where it can.

    Examples
    --------
    >>> unfit("no-such-kernel")
    'there is no kernel named no-such-kernel'
    """
    if not can_fork():
        return "this system cannot fork"
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return f"there is no kernel named {kernel_name}"
    program = spec.argv[0] if spec.argv else ""
    names = {"python", f"python{sys.version_info[0]}", os.path.abspath(sys.executable)}
    if program not in names or spec.argv[1:3] != ["-m", "ipykernel_launcher"] or spec.env:
        return f"the kernel {kernel_name} is not this Python"
    return ""


@cache
def _give_way(reason: str) -> None:
    """Say why the stock engine serves: once, not for every notebook of a run."""
    _log.warning(f"Engine fork gives way to the stock engine: {reason}")


def _folder(options: Mapping[str, Any]) -> str:
    """Return where a notebook will run, by the options of nbclient."""
    about = (options.get("resources") or {}).get("metadata") or {}
    return str(about.get("path") or "")


@contextlib.contextmanager
def _saved_seldom(nb_man: Any) -> Iterator[None]:
    """Let the notebook be saved once in a while, not twice a cell.

    papermill writes it once more when it has come to its end; if it does not, its manager does.
    """
    save, saved = nb_man.save, time.monotonic()

    def save_seldom(**options: Any) -> None:
        nonlocal saved
        if time.monotonic() - saved >= SAVED_EVERY_SECONDS:
            save(**options)
            saved = time.monotonic()

    nb_man.save = save_seldom
    try:
        yield
    except BaseException:
        nb_man.save = save
        raise


class ForkEngine:
    """The engine papermill finds under the name ``fork``.

    Where a kernel cannot be forked, the stock engine serves, and one line in the log says why.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook under papermill's notebook manager."""
        from papermill.engines import Engine

        return Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
        """Run the cells of a notebook.

        Parameters
        ----------
        nb_man
            papermill's notebook manager.
        kernel_name
            The kernel the notebook asks for.
        options
            Those of the stock engine, and ``memory_bytes``, the most memory of the kernel.
        """
        from papermill.engines import NBClientEngine
        from traitlets.config import Config

        memory_bytes = options.pop("memory_bytes", 0)
        reason = unfit(kernel_name)
        if not reason:
            try:
                start_warm_process(folder=_folder(options))
            except WarmProcessError as error:
                reason = str(error)
        if reason:
            _give_way(reason)
        else:
            options["kernel_manager_class"] = ForkKernelManager
            options["config"] = Config(ForkKernelManager={"memory_bytes": memory_bytes})
        with _saved_seldom(nb_man):
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the kernel a notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language of a notebook."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
