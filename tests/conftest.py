"""What the whole suite shares."""

import os
from pathlib import Path

import pytest
import sendwarmth as sw
from hypothesis import settings

PARAMS = Path(__file__).parents[1] / "params"

# A loaded machine is no counterexample, and continuous integration has to repeat itself.
settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def inputs() -> sw.Inputs:
    """Return the shipped tables."""
    return sw.load_inputs(PARAMS / "data")


@pytest.fixture(scope="session")
def baseline(inputs) -> sw.Plan:
    """Return the plan of the shipped baseline."""
    return sw.allocate(inputs, sw.load_scenario(PARAMS / "scenarios" / "baseline.yaml"))
