"""Send Warmth: how a relief fund could be split across regions and groups, exactly, with reasons.

Names are imported when first asked for: papermill imports this package to find its engine, and a
command line should not wait for pandas to say what it can do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sendwarmth.model.allocation import Plan, allocate
    from sendwarmth.model.comparison import compare
    from sendwarmth.model.explain import explain
    from sendwarmth.model.figures import measure
    from sendwarmth.model.findings import Finding, Infeasible, InputError
    from sendwarmth.model.inputs import Inputs
    from sendwarmth.model.scenario import Scenario
    from sendwarmth.run.inputs import load_inputs
    from sendwarmth.run.scenarios import load_scenario

_HOMES = {
    "Finding": "model.findings",
    "Infeasible": "model.findings",
    "InputError": "model.findings",
    "Inputs": "model.inputs",
    "Plan": "model.allocation",
    "Scenario": "model.scenario",
    "allocate": "model.allocation",
    "compare": "model.comparison",
    "explain": "model.explain",
    "load_inputs": "run.inputs",
    "load_scenario": "run.scenarios",
    "measure": "model.figures",
}
_ROOMS = ("model", "run", "view")

__all__ = [
    "Finding",
    "Infeasible",
    "InputError",
    "Inputs",
    "Plan",
    "Scenario",
    "allocate",
    "compare",
    "explain",
    "load_inputs",
    "load_scenario",
    "measure",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The view gives errors their sentences.
    import_module(f"{__name__}.view")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES, *_ROOMS])
