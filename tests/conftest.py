"""What the whole suite shares."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sendwarmth as sw
from hypothesis import settings
from sendwarmth.view.words import VARIABLE

PARAMS = Path(__file__).parents[1] / "params"

# A loaded machine is no counterexample, and continuous integration has to repeat itself.
settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Let no test speak the language a command line before it was asked for."""
    before = os.environ.get(VARIABLE)
    yield
    if before is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = before


@pytest.fixture(scope="session")
def inputs() -> sw.Inputs:
    """Return the shipped tables."""
    return sw.load_inputs(PARAMS / "data")


@pytest.fixture(scope="session")
def baseline(inputs) -> sw.Plan:
    """Return the plan of the shipped baseline."""
    return sw.allocate(inputs, sw.load_scenario(PARAMS / "scenarios" / "baseline.yaml"))


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers; yield its address and the workers."""
    told = tmp_path / "scheduler.json"
    with ExitStack() as stack:

        def start(*arguments):
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments, "--no-dashboard"],
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        scheduler = "distributed.cli.dask_scheduler"
        start(scheduler, "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))
        deadline = time.monotonic() + 60
        while not told.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny")
        yield address, [start(*worker) for _ in range(2)]
