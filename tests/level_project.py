"""A project of several levels for tests: as many units and levels as asked for."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from sendwarmth.run.levels.runs import LevelOptions, run_levels
from sendwarmth.run.progress import Silence
from sendwarmth.run.project import Project
from sendwarmth.view.words import words

GROUPS = ("hard", "duty")
STANDARD = {"hard": 2_000, "duty": 200}
SCENARIO = """title: {{en: Trial, zh: 试}}
data: ../data
values:
  budget_yuan: {budget}
  unit_yuan: 100
  reserve: 0.05
  per_head_min: {{hard: 500, duty: 50}}
"""


def write(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def write_units(folder, heads):
    """Write the tables of units: ``heads`` by unit, one number a group."""
    write(
        folder / "regions.csv",
        ("region_id", "name_zh", "kind"),
        *((name, f"县{name}", "county") for name in heads),
    )
    write(
        folder / "eligible.csv",
        ("region_id", "group_id", "heads", "status", "source"),
        *(
            (name, group, count, "assumed", "made up")
            for name, counts in heads.items()
            for group, count in zip(GROUPS, counts, strict=True)
        ),
    )


def tree_of(names, rng, depth):
    """Return units with heads and those below them, nested, heads adding up at every level."""
    units = {}
    for name in names:
        if depth == 1:
            units[name] = (tuple(int(n) for n in rng.integers(1, 60, 2)), {})
        else:
            below = tree_of([f"{name}{letter}" for letter in "ab"], rng, depth - 1)
            heads = np.sum([counts for counts, _ in below.values()], axis=0)
            units[name] = (tuple(int(n) for n in heads), below)
    return units


def write_tree(folder, units, top=False):
    write_units(folder, {name: counts for name, (counts, _) in units.items()})
    for name, (_, below) in units.items():
        if below:
            write_tree((folder / "levels" if top else folder) / name, below)


def make_levels(root, names="pqr", depth=3, seed=1, budget=0):
    """Make a project whose top splits over ``names``, each of those over two, and so on."""
    units = tree_of(list(names), np.random.default_rng(seed), depth)
    data = root / "params" / "data"
    write_tree(data, units, top=True)
    write(
        data / "groups.csv",
        ("group_id", "name_zh", "unit", "least_yuan", "most_yuan", "must_cover", "graded"),
        *((group, f"群{group}", "person", 50, 5_000, "true", "false") for group in GROUPS),
    )
    write(
        data / "standards.csv",
        ("group_id", "tier_id", "label_zh", "yuan", "archived", "status"),
        *((group, "", f"群{group}", STANDARD[group], "false", "assumed") for group in GROUPS),
    )
    write(
        data / "sources.csv",
        ("source_id", "label_zh", "groups", "tiers", "status"),
        ("fund", "资金", "all", "all", "assumed"),
    )
    counts = np.sum([counts for counts, _ in units.values()], axis=0)
    claims = int(counts @ np.array(list(STANDARD.values())))
    scenarios = root / "params" / "scenarios"
    scenarios.mkdir()
    text = SCENARIO.format(budget=budget or claims // 100 * 100)
    (scenarios / "trial.yaml").write_text(text, encoding="utf-8")
    return Project(root)


def run(project, *names, **how):
    """Run all levels in this process; return the exit code and what was complained of."""
    err = io.StringIO()
    options = LevelOptions(**{"pages": False, "language": "en", **how})
    code = run_levels(project, names or ["trial"], options, Silence(words("en"), err=err))
    return code, err.getvalue()


def results(project, *path):
    return project.outputs.joinpath("trial", "levels", *path)


def plan_at(project, *path):
    """Return the plan of a unit as it was written: yuan by unit and group."""
    with (results(project, *path) / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["region_id"]]
    return {(row["region_id"], row["group_id"]): int(row["yuan"]) for row in rows}


def every_plan(project):
    """Return the text of every plan there is, by its folder."""
    home = results(project)
    return {
        path.parent.relative_to(home).as_posix(): path.read_text(encoding="utf-8-sig")
        for path in sorted(Path(home).rglob("plan.csv"))
    }


def states(project):
    """Return the state of every unit, from the manifest."""
    from sendwarmth.run.manifest import read_manifest

    found = read_manifest(results(project))
    return {name.removeprefix("trial/"): record.state for name, record in found.items()}


def assert_sums_agree(project):
    """Assert that every plan below the top splits, group by group, what the level above gave it."""
    plans = [
        path.relative_to(results(project)).parent for path in results(project).rglob("plan.csv")
    ]
    for place in plans:
        if place.parts:
            above, own = plan_at(project, *place.parts[:-1]), plan_at(project, *place.parts)
            for group in GROUPS:
                spent = sum(yuan for (_, g), yuan in own.items() if g == group)
                assert spent == above[place.parts[-1], group], (place, group)
    return len(plans)
