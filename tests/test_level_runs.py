"""All levels of a project on disk: exact, local in what fails, the same wherever they are split."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from level_project import (
    assert_sums_agree,
    every_plan,
    make_levels,
    plan_at,
    results,
    run,
    states,
    write_units,
)
from sendwarmth.model.findings import InputError
from sendwarmth.run.levels import runs as level_runs
from sendwarmth.run.levels import tree as level_tree
from sendwarmth.run.levels.crew import Crew
from small_project import command

ROOT = Path(__file__).parents[1]
TABLES = ("params", "data", "levels")


def below(project, *path):
    with (results(project, *path) / "below.csv").open(encoding="utf-8", newline="") as file:
        return {row["region_id"]: row for row in csv.DictReader(file)}


def spoil(project, *path):
    """Give a county fewer than nobody."""
    file = project.root.joinpath(*TABLES, *path, "eligible.csv")
    text = file.read_text(encoding="utf-8").splitlines()
    cells = text[1].split(",")
    text[1] = ",".join([*cells[:2], "-5", *cells[3:]])
    file.write_text("\n".join(text) + "\n", encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    return make_levels(tmp_path)


def test_every_level_splits_exactly_what_the_level_above_gave_it(project):
    assert run(project) == (0, "")
    assert assert_sums_agree(project) == 1 + 3 + 6
    assert set(states(project).values()) == {"done"}


def test_levels_nest_to_any_depth(tmp_path):
    project = make_levels(tmp_path, names="ab", depth=5)
    assert run(project)[0] == 0
    assert assert_sums_agree(project) == 1 + 2 + 4 + 8 + 16


def test_totals_of_every_level_are_those_of_the_plan_at_the_top(project):
    run(project)
    with (results(project) / "totals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    top = plan_at(project)
    whole = {group: sum(y for (_, g), y in top.items() if g == group) for group in ("hard", "duty")}
    assert {(r["level"], r["amount"]) for r in rows} == {
        (level, amount) for level in ("1", "2") for amount in ("given", "split")
    }
    assert all(int(row["yuan"]) == whole[row["group_id"]] for row in rows)


def test_one_bad_county_table_fails_that_city_alone_and_the_level_above_says_so(project):
    run(project)
    before = every_plan(project)
    spoil(project, "q")
    code, said = run(project)
    assert code == 1
    assert "trial/q: eligible.csv, row 2" in said
    assert every_plan(project) == before
    found = states(project)
    assert {name for name, state in found.items() if state == "failed"} == {*("q", "q/qa", "q/qb")}
    row = below(project)["q"]
    assert (row["state"], row["without_plan"]) == ("failed", "3")
    assert "heads: This is -5" in row["said"]
    assert below(project)["p"]["state"] == "cached"


def test_units_below_one_that_failed_are_told_that_they_have_no_money(project):
    spoil(project, "q", "qa")
    code, said = run(project)
    assert code == 1
    assert states(project)["q"] == "done"
    assert [n for n, state in states(project).items() if state == "failed"] == ["q/qa"]
    assert below(project)["q"]["without_plan"] == "1"
    spoil(project, "q")
    _, said = run(project)
    assert "trial/q/qb: Not split: the level above, trial/q, has no plan." in said


def test_limits_that_cannot_hold_in_one_city_fail_it_alone(project):
    own = project.root.joinpath(*TABLES, "p", "scenario.yaml")
    own.write_text("values: {region_floor_yuan: 900_000_000}\n", encoding="utf-8")
    code, said = run(project)
    assert code == 1
    assert "900,000,000" in said
    assert states(project)["q"] == "done"


def test_a_unit_mended_after_it_failed_gets_its_plan_and_the_rest_is_unchanged(project):
    file = project.root.joinpath(*TABLES, "q", "eligible.csv")
    whole = file.read_text(encoding="utf-8")
    spoil(project, "q")
    run(project)
    file.write_text(whole, encoding="utf-8")
    assert run(project)[0] == 0
    changed = {name for name, state in states(project).items() if state == "done"}
    assert changed == {"q", "q/qa", "q/qb"}
    assert_sums_agree(project)


def test_what_is_unchanged_is_not_split_again(project):
    run(project)
    assert run(project)[0] == 0
    assert set(states(project).values()) == {"cached"}
    run(project, force=True)
    assert set(states(project).values()) == {"done"}


def test_a_plan_somebody_edited_is_written_again(project):
    run(project)
    before = every_plan(project)
    (results(project, "p", "pa") / "plan.csv").write_text("edited", encoding="utf-8")
    run(project)
    assert [n for n, state in states(project).items() if state == "done"] == ["p/pa"]
    assert every_plan(project) == before


def test_more_money_at_the_top_reaches_every_level(project):
    run(project)
    file = project.scenarios / "trial.yaml"
    text = file.read_text(encoding="utf-8").replace("reserve: 0.05", "reserve: 0.02")
    file.write_text(text, encoding="utf-8")
    run(project)
    assert set(states(project).values()) == {"done"}
    assert assert_sums_agree(project) == 10


def test_a_folder_named_by_no_unit_is_refused_with_the_nearest_name(project):
    write_units(project.root.joinpath(*TABLES, "p", "paa"), {"x": (1, 1)})
    code, said = run(project)
    assert code == 1
    assert "no unit of that id in the level above. The nearest is “pa”." in said
    assert states(project)["p/paa"] == "failed"
    assert states(project)["p"] == "done"


def test_an_id_in_the_tables_of_two_cities_fails_both_and_no_other(project):
    heads = {"pa": (1, 1), "qb": (2, 2), "qd": (3, 3)}
    write_units(project.root.joinpath(*TABLES, "q"), heads)
    code, said = run(project)
    assert code == 1
    assert "“pa” also stands in the table of p" in said
    assert {states(project)[name] for name in ("p", "q")} == {"failed"}
    assert states(project)["r"] == "done"


def test_the_same_note_below_two_tables_is_no_repeated_id(project):
    for city in "pq":
        file = project.root.joinpath(*TABLES, city, "regions.csv")
        file.write_text(file.read_text(encoding="utf-8") + "合计,,\n", encoding="utf-8")
    assert run(project)[0] == 0


def test_a_scenario_without_levels_has_nothing_to_run(tmp_path):
    project = make_levels(tmp_path, depth=1)
    with pytest.raises(InputError) as caught:
        run(project)
    assert [finding.code for finding in caught.value.findings] == ["no_levels"]


def test_a_unit_may_have_groups_and_standards_of_its_own_but_not_one_of_them(project):
    folder = project.root.joinpath(*TABLES, "p")
    data = project.root / "params" / "data"
    groups = (data / "groups.csv").read_text(encoding="utf-8")
    (folder / "groups.csv").write_text(groups, encoding="utf-8")
    code, said = run(project)
    assert code == 1
    assert "standards is missing" in said
    standards = (data / "standards.csv").read_text(encoding="utf-8").replace("2000", "1500")
    (folder / "standards.csv").write_text(standards, encoding="utf-8")
    assert run(project)[0] == 0
    assert_sums_agree(project)


class Mortal(Crew):
    """A process that dies when it is given one of some units, with all it holds."""

    width = 4

    def __init__(self, deadly):
        self.deadly, self.renewed, self.broken = deadly, 0, False

    def submit(self, work, job):
        if self.broken:
            return Future()  # in flight when the process died: nobody answers
        if job.path not in self.deadly:
            return super().submit(work, job)
        self.broken, future = True, Future()
        future.set_exception(BrokenProcessPool("a process died"))
        return future

    def renew(self):
        self.renewed, self.broken = self.renewed + 1, False


def by_crew(project, crew, monkeypatch):
    from contextlib import contextmanager

    @contextmanager
    def given(_jobs, _cluster):
        yield crew

    monkeypatch.setattr(level_runs, "crew_for", given)
    return run(project)


def test_a_unit_that_kills_its_process_is_lost_alone(project, monkeypatch):
    code, said = by_crew(project, Mortal([("q", "qb")]), monkeypatch)
    assert code == 1
    found = states(project)
    assert {name for name, state in found.items() if state != "done"} == {"q/qb"}
    assert found["q/qb"] == "dead"
    assert "lost with it" in said


def test_whoever_does_the_work_the_figures_are_the_same(tmp_path):
    here = make_levels(tmp_path / "here")
    there = make_levels(tmp_path / "there")
    run(here)
    assert run(there, jobs=2)[0] == 0
    assert every_plan(there) == every_plan(here)


def test_only_so_many_branches_are_open_at_a_time(tmp_path, monkeypatch):
    project = make_levels(tmp_path, names="abcdef", depth=2)
    most = []
    finish = level_tree.Tree._finish

    def noted(tree, here):
        most.append(len(tree.open))
        finish(tree, here)

    monkeypatch.setattr(level_tree.Tree, "_finish", noted)
    assert run(project)[0] == 0
    assert max(most) <= 2


def test_the_command_runs_levels_and_ends_as_a_run_does(project):
    with command(project, "run", "--levels", "--no-pages", "--jobs", "1") as started:
        out, said = started.communicate(timeout=120)
    assert (started.returncode, said) == (0, "")
    assert "trial/p/pa" in out
    spoil(project, "q")
    with command(project, "run", "--levels", "--no-pages", "--quiet", "--jobs", "1") as started:
        out, said = started.communicate(timeout=120)
    assert started.returncode == 1
    assert "Traceback" not in said
    assert "trial/q: eligible.csv" in said


def test_figures_only_is_for_levels(project):
    with command(project, "run", "--no-pages") as started:
        _, said = started.communicate(timeout=60)
    assert started.returncode == 2
    assert "Use it with --levels." in said


def test_the_shipped_counties_add_to_what_the_province_counts():
    program = [sys.executable, str(ROOT / "params" / "spread_counties.py"), "shangluo", "--check"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "shangluo: as spread\n")


def test_the_shipped_city_splits_what_the_province_gives_it():
    from sendwarmth.model.allocation import allocate
    from sendwarmth.model.levels import given_to, heads_apart, scenario_of, split
    from sendwarmth.run.levels import tables as level_tables
    from sendwarmth.run.scenarios import load_scenario

    tables = ROOT / "params" / "data"
    [(unit,)] = list(level_tables.every_unit(tables))
    inputs = level_tables.inputs_of(tables, ())
    above = allocate(inputs, load_scenario(ROOT / "params" / "scenarios" / "baseline.yaml"))
    given = given_to(above, unit)
    counties = level_tables.inputs_of(tables, (unit,), given.total_yuan)
    own, origin = level_tables.own_scenario(tables, (unit,))
    plan = split(counties, scenario_of(given, counties, own, origin), given)
    assert plan.table.sum().to_dict() == dict(given.yuan)
    assert heads_apart(counties, given) == ()
    assert counties.regions["residents"].sum() == inputs.regions.at[unit, "residents"] == 2_041_231
    assert len(counties.region_ids) == inputs.regions.at[unit, "county_units"] == 7
    assert set(counties.eligible["status"]) == {"assumed"}


@pytest.mark.slow
def test_a_cluster_gives_the_same_figures_though_a_worker_is_killed(cluster, tmp_path):
    address, workers = cluster
    here = make_levels(tmp_path / "here", names="abcdef", depth=3)
    there = make_levels(tmp_path / "there", names="abcdef", depth=3)
    run(here, jobs=1)
    program = ("run", "--levels", "--no-pages", "--cluster", address)
    with command(there, *program) as started:
        while "done" not in states(there).values():
            assert started.poll() is None
            time.sleep(0.05)
        workers[0].kill()
        _, said = started.communicate(timeout=120)
    assert started.returncode == 0, said
    assert every_plan(there) == every_plan(here)
    assert set(states(there).values()) == {"done"}
