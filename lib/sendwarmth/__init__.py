"""Send Warmth: how a relief fund could be split across regions and groups, exactly, with reasons."""

from sendwarmth import model, run, view
from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding, Infeasible, InputError
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import Scenario
from sendwarmth.run.inputs import load_inputs
from sendwarmth.run.scenarios import load_scenario

__all__ = [
    "Finding",
    "Infeasible",
    "InputError",
    "Inputs",
    "Plan",
    "Scenario",
    "allocate",
    "load_inputs",
    "load_scenario",
    "model",
    "run",
    "view",
]
