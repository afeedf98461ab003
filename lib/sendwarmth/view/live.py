"""What the live dashboard is given: its module as one text, and the tables as plain data.

The dashboard is one ES module, written in parts so that each can be read whole:
``dashboard.js`` is its door, the parts are in ``dashboard/``. `module_text` puts them into one
text without a build step: a part's ``import`` lines name the parts it needs, which are set before
it, and ``export`` falls away, so no two parts may use one name at top level. The panel hands that
text to anywidget, a page inlines it.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sendwarmth.model.allocation import Plan
from sendwarmth.model.bounds import limits_of
from sendwarmth.model.grid import tie
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.limits import each
from sendwarmth.model.problem import FACTOR_DATA
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.setting import Setting
from sendwarmth.view.levers import Lever

HERE = Path(__file__).parent
DOOR = "dashboard.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "(?P<path>\./[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async )?(function|const|class|let)\b)", re.MULTILINE)


@cache
def module_text() -> str:
    """Return the dashboard as one ES module, its parts in the order they need each other.

    It exports ``default`` (what anywidget renders), ``mountInPage`` and ``solve``.
    """
    parts: dict[Path, str] = {}

    def take(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for found in _IMPORT.finditer(text):
            needed = (path.parent / found["path"]).resolve()
            if needed not in parts:
                take(needed)
        inner = _IMPORT.sub("", text)
        parts[path] = inner if path.name == DOOR else _EXPORT.sub("", inner)

    take((HERE / DOOR).resolve())
    return "\n".join(parts.values())


@cache
def packed_module() -> str:
    """Return the same module gzipped, in a module that unpacks it: a third, in a saved notebook."""
    packed = base64.b64encode(gzip.compress(module_text().encode(), 9, mtime=0)).decode()
    return f"""const packed = "{packed}";
export default async () => {{
  const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).blob();
  const address = URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }}));
  return (await import(address)).default;
}};
"""


@cache
def style_text() -> str:
    """Return the dashboard's style sheet."""
    return HERE.joinpath("dashboard.css").read_text(encoding="utf-8")


def plain_tables(inputs: Inputs, scenario: Scenario) -> dict[str, Any]:
    """Return all of the tables that the dashboard computes with, as plain data.

    Cells are numbered row by row; a datum that is not there is None.
    """
    setting = Setting.of(inputs, scenario)
    claim_rate = inputs.claims(dict.fromkeys(inputs.group_ids, 1.0))
    indices = {name: read(inputs) for name, read in FACTOR_DATA.items()}
    last = inputs.extras.get("last_year")
    by_region = {} if last is None else last.groupby("region_id")["yuan"].sum().to_dict()
    return {
        "regions": _regions(inputs),
        "groups": _groups(inputs),
        "heads": inputs.heads.to_numpy(float).ravel().tolist(),
        "claimRate": claim_rate.to_numpy(float).ravel().tolist(),
        "index": {name: _or_none(index) for name, index in indices.items()},
        "held": (setting.money("paid") + setting.money("unspent")).ravel().tolist(),
        "carried": int(setting.money("unspent").sum()),
        "lastYear": _or_none([by_region.get(region) for region in inputs.region_ids]),
        "earmarks": _earmarks(inputs, scenario),
        "given": _given(inputs, scenario),
        "assumed": (inputs.status == "assumed").to_numpy(int).ravel().tolist(),
    }


def _given(inputs: Inputs, scenario: Scenario) -> dict[str, Any] | None:
    """Return what the level above decides: the fund, what is kept back, envelopes by group."""
    values = scenario.values
    if values["envelopes_yuan"] is None:
        return None
    reserve = values["reserve"]
    form = "rest" if reserve == "rest" else "yuan" if isinstance(reserve, Mapping) else "share"
    kept = reserve["yuan"] if form == "yuan" else 0
    share = reserve if form == "share" else 0
    return {
        "values": {
            "budget_yuan": values["budget_yuan"],
            "reserve": {"form": form, "share": share, "yuan": kept},
        },
        "envelopes": [values["envelopes_yuan"][group] for group in inputs.group_ids],
    }


def _or_none(values: Any) -> list[float | None]:
    numbers = np.asarray([np.nan if value is None else value for value in values], float)
    return [None if np.isnan(number) else float(number) for number in numbers]


def _regions(inputs: Inputs) -> list[dict[str, Any]]:
    rows = []
    for region, row in inputs.regions.iterrows():
        place = _or_none([row["latitude"], row["longitude"]])
        names = {language: row[f"name_{language}"] for language in ("zh", "en")}
        short = {language: row[f"short_{language}"] for language in ("zh", "en")}
        rows.append({"id": region, "name": names, "short": short, "place": place})
    return rows


def _groups(inputs: Inputs) -> list[dict[str, Any]]:
    rows = []
    for group, row in inputs.groups.iterrows():
        names = {language: row[f"name_{language}"] for language in ("zh", "en")}
        must = bool(row["must_cover"])
        rows.append(
            {"id": group, "name": names, "unit": row["unit"], "must": must, "tie": tie(group)}
        )
    return rows


def _earmarks(inputs: Inputs, scenario: Scenario) -> list[dict[str, Any]]:
    """Return the floors that earmarked sources set; no lever moves them."""
    setting = Setting.of(inputs, scenario.with_values(unit_yuan=1, change_band=None))
    found = []
    for limit in each(limits_of(setting, 0)):
        if limit.name.startswith("sources/"):
            cells = np.flatnonzero(limit.mask).tolist()
            found.append({"name": limit.name, "cells": cells, "yuan": float(limit.floor)})  # type: ignore[arg-type]
    return found


def plain_plan(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data: cells in yuan, exact and before rounding."""
    return {
        "name": plan.scenario.name,
        "title": dict(plan.scenario.title),
        "table": plan.table.to_numpy().ravel().tolist(),
        "exact": plan.exact.to_numpy().ravel().tolist(),
        "reserve": plan.reserve,
    }


def plain_reference(plan: Plan | None, inputs: Inputs) -> dict[str, Any]:
    """Return what gains and losses are shown against: a plan's yuan by region, 0 for others."""
    regions = list(inputs.region_ids)
    if plan is None:
        return {"title": {}, "regions": [0] * len(regions)}
    totals = plan.table.sum(axis=1).reindex(regions, fill_value=0)
    return {"title": dict(plan.scenario.title), "regions": totals.tolist()}


def plain_levers(levers: Sequence[Lever], labels: Mapping[str, Mapping[str, str]]) -> list[dict]:
    """Return levers with their labels by language, as plain data."""
    return [{**lever.plain(), "label": dict(labels[lever.name])} for lever in levers]
