"""A plan's files for other programs and for the finance office: plan.csv, plan.json, plan.xlsx."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from sendwarmth.model.allocation import Plan
from sendwarmth.model.figures import overall
from sendwarmth.run.plan_workbook import plan_workbook
from sendwarmth.view.masking import hidden, smallest_shown

FORMAT = 1


def write_plan_files(
    plan: Plan, folder: Path, language: str = "zh", internal: bool = False
) -> None:
    """Write plan.csv, plan.json and plan.xlsx into a folder that is there.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where to.
    language
        Language of the workbook's words; the other two hold ids only.
    internal
        Whether small head counts are shown; in files that are shared they are hidden.
    """
    (folder / "plan.csv").write_text(plan_csv(plan, internal), encoding="utf-8-sig", newline="")
    text = json.dumps(plan_data(plan, internal), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")
    plan_workbook(plan, language, internal).save(folder / "plan.xlsx")


def plan_csv(plan: Plan, internal: bool = False) -> str:
    """Return the plan as tidy CSV, a row a cell; the reserve is a row without unit and group.

    Head counts that a shared file hides are blank unless the file is for internal use.
    """
    counts = plan.heads.round().astype("int64")
    shown = counts.astype(object).where(~hidden(counts, smallest_shown(internal)).cells, "")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["region_id", "group_id", "yuan", "heads", "target_yuan", "status"])
    cells = plan.table.stack()
    columns = (shown, plan.target, plan.inputs.status)
    beside = [frame.stack().reindex(cells.index) for frame in columns]
    for cell, yuan, heads, target, status in zip(cells.index, cells, *beside, strict=True):
        writer.writerow([*cell, yuan, heads, round(target, 2), status])
    writer.writerow(["", "", plan.reserve, "", "", "reserve"])
    return out.getvalue()


def plan_data(plan: Plan, internal: bool = False, *, measured: bool = True) -> dict[str, Any]:
    """Return the plan as plain data: money in whole yuan, ids as in the tables.

    Notes on how a table was read quote its figures, so that only internal use gets them.

    Parameters
    ----------
    plan
        The plan.
    internal
        Whether those notes are told.
    measured
        Whether its measures are worked out, which takes longer than the plan.
    """
    figures = overall(plan) if measured else {}
    return {
        "format": FORMAT,
        "scenario": plan.scenario.name,
        "title": dict(plan.scenario.title),
        "status": plan.scenario.status,
        "budget_yuan": plan.problem.budget_yuan,
        "carried_yuan": plan.problem.carried_yuan,
        "unit_yuan": plan.problem.unit_yuan,
        "reserve_yuan": int(plan.reserve),
        "shared_yuan": int(plan.table.to_numpy().sum()),
        "table_yuan": {
            str(region): {str(group): int(yuan) for group, yuan in cells.items()}
            for region, cells in plan.table.iterrows()
        },
        "region_yuan": {str(k): int(v) for k, v in plan.table.sum(axis=1).items()},
        "group_yuan": {str(k): int(v) for k, v in plan.table.sum().items()},
        "multipliers": {
            str(name): float(value)
            for name, value in plan.multipliers.items()
            if abs(value - 1) > 1e-9
        },
        "measures": {name: float(value) for name, value in figures.items()},
        "findings": [
            {
                "code": f.code,
                "severity": f.severity,
                "facts": {k: _plain(v) for k, v in f.facts.items()},
            }
            for f in plan.findings
            if internal or f.severity != "note"
        ],
        "tables_sha256": dict(plan.inputs.digests),
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return value.item() if hasattr(value, "item") else str(value)
