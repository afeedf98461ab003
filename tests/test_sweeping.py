"""A sweep comes to the same file however it is run, and goes on where it was killed."""

import io
import json
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
import sendwarmth as sw
from numpy.testing import assert_allclose
from sendwarmth.model.findings import InputError
from sendwarmth.run.project import Project
from sendwarmth.run.sweeps import making as sweeping
from sendwarmth.run.sweeps import parts
from sendwarmth.run.sweeps.making import Options, metadata_of, run_sweep
from sendwarmth.run.sweeps.parts import Part, open_sweep, run_part
from sendwarmth.run.sweeps.progress import Silence
from sendwarmth.view.words import words
from small_project import command

ROOT = Path(__file__).parents[1]
GRID = """scenario: baseline
method: grid
fields:
  budget_yuan: {low: 60_000_000, high: 96_000_000, step: 4_000_000}
  per_head_min.hardship: [1_000, 1_500, 2_000]
  reserve: [0.05, {yuan: 5_000_000}, {yuan: 90_000_000}]
"""
POINTS = 10 * 3 * 3
CUBE = """scenario: baseline
method: latin_hypercube
points: 400
seed: 5
fields:
  budget_yuan: {low: 80_000_000, high: 96_000_000}
"""


@pytest.fixture
def project(tmp_path):
    """A project with two small sweeps."""
    shutil.copytree(ROOT / "params", tmp_path / "params")
    for name, text in (("small", GRID), ("cube", CUBE)):
        (tmp_path / "params" / "sweeps" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Project(tmp_path)


def run(project, name="small", **options):
    teller = Silence(words("en"), io.StringIO(), io.StringIO())
    assert run_sweep(project, name, Options(**options), teller) == 0
    return project.outputs / "sweeps" / f"{name}.parquet"


def test_there_is_a_row_a_point_and_cell_and_each_point_is_its_scenarios_plan(project, inputs):
    rows = pd.read_parquet(run(project))
    cells = len(inputs.region_ids) * len(inputs.group_ids)
    assert len(rows) == POINTS * cells
    sweep = open_sweep(project, "small").sweep
    for point, values in list(enumerate(sweep.points()))[::17]:
        own = rows[rows["point"] == point]
        assert set(own["budget_yuan"]) == {values["budget_yuan"]}
        if (own["status"] == "done").all():
            plan = sw.allocate(inputs, sweep.at(values))
            table = own.pivot(index="region_id", columns="group_id", values="exact_yuan")
            assert_allclose(table.reindex_like(plan.exact), plan.exact, atol=0.01)


def test_points_without_a_plan_are_rows_with_the_reason(project):
    rows = pd.read_parquet(run(project))
    told = rows.groupby("status", observed=True)["point"].nunique()
    assert told.sum() == POINTS
    assert told["clash"] > 5
    assert told["refused"] > 5
    without = rows[rows["status"] != "done"]
    assert without["exact_yuan"].isna().all()
    assert without["clash"].notna().all()
    assert set(rows.loc[rows["status"] == "refused", "clash"]) == {"reserve_outside_fund"}
    assert rows.loc[rows["status"] == "done", "exact_yuan"].notna().all()
    assert rows.loc[rows["status"] == "done", "clash"].isna().all()


def test_values_that_do_not_go_together_are_a_row_like_any_other(project):
    tilt, other = (f"factor_weight.hardship.{name}" for name in ("fiscal_weakness", "execution"))
    text = f"scenario: baseline\nmethod: grid\nfields:\n  {tilt}: [0, 0.7]\n  {other}: [0, 0.7]\n"
    (project.sweeps / "weights.yaml").write_text(text, encoding="utf-8")
    rows = pd.read_parquet(run(project, "weights")).drop_duplicates("point")
    assert rows["point"].tolist() == [0, 1, 2, 3]
    assert rows["status"].tolist() == ["done", "refused", "done", "refused"]
    # No unit has data for execution; and 0.7 twice leaves the claim less than nothing.
    assert rows["clash"].tolist()[1::2] == ["factor_without_data", "out_of_range"]


def test_the_file_says_what_it_came_from_and_how_its_points_ended(project):
    told = metadata_of(run(project, "options"))
    assert (told["sweep"], told["scenario"], told["points"]) == ("options", "baseline", 8)
    assert sum(told["counts"].values()) == 8
    assert sum(told["clashes"].values()) == told["counts"]["clash"]
    assert told["seed"] is None


def test_values_that_are_no_numbers_are_kept_as_text(project):
    rows = pd.read_parquet(run(project))
    assert set(rows["reserve"]) == {"0.05", '{"yuan": 5000000}', '{"yuan": 90000000}'}
    assert rows["per_head_min.hardship"].dtype == "int64"


def test_one_process_and_two_come_to_the_same_bytes(project):
    alone = run(project, jobs=1).read_bytes()
    assert run(project, jobs=2, force=True).read_bytes() == alone


def test_an_unchanged_sweep_is_not_run_again_and_a_changed_one_is(project, monkeypatch):
    path = run(project)
    made = path.stat().st_mtime_ns
    monkeypatch.setattr(sweeping, "run_part", None)
    assert run(project).stat().st_mtime_ns == made
    monkeypatch.undo()
    file = project.sweeps / "small.yaml"
    file.write_text(GRID.replace("1_500", "1_600"), encoding="utf-8")
    assert 1600 in set(pd.read_parquet(run(project))["per_head_min.hardship"])


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("params/scenarios/baseline.yaml", "500_000", "600_000"),
        ("params/data/eligible.csv", "assumed", "derived"),
    ],
)
def test_the_scenario_and_the_tables_count_as_changes(project, path, old, new):
    before = open_sweep(project, "small").key
    file = project.root / path
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert open_sweep(project, "small").key != before


def test_parts_that_are_there_are_not_made_again(project, monkeypatch):
    whole = run(project).read_bytes()
    opened = open_sweep(project, "small")
    kept = project.outputs / "sweeps" / ".small" / opened.key
    kept.mkdir(parents=True)
    for index in (0, 2):
        (kept / f"{index:06}.parquet").write_bytes(parts.made(opened, index))
    (kept / "000001.parquet").write_bytes(b"PAR1 broken")
    (kept.parent / "older").mkdir()
    asked = []

    def noting(part):
        asked.append(part.index)
        return run_part(part)

    monkeypatch.setattr(sweeping, "run_part", noting)
    (project.outputs / "sweeps" / "small.parquet").unlink()
    assert run(project).read_bytes() == whole
    assert asked == [1, *range(3, opened.parts)]
    assert not kept.parent.exists()


@pytest.mark.slow
def test_a_killed_run_goes_on_and_comes_to_the_same_bytes(project):
    whole = run(project, "cube").read_bytes()
    result = project.outputs / "sweeps" / "cube.parquet"
    result.unlink()
    key = open_sweep(project, "cube").key
    place = project.outputs / "sweeps" / ".cube" / key
    with command(project, "sweep", "cube", "--jobs", "2") as started:
        while len(list(place.glob("*.parquet"))) < 3:
            assert started.poll() is None
            time.sleep(0.01)
        workers = psutil.Process(started.pid).children()
        started.send_signal(signal.SIGKILL)
        started.communicate(timeout=60)
    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=60)[1] == []
    kept = len(list(place.glob("*.parquet")))
    assert 3 <= kept < open_sweep(project, "cube").parts
    assert not result.exists()
    with command(project, "sweep", "cube", "--jobs", "1", "--json") as again:
        told = [json.loads(line) for line in again.communicate(timeout=120)[0].splitlines()]
    assert again.returncode == 0
    assert len(told) == open_sweep(project, "cube").parts - kept + 1
    assert result.read_bytes() == whole


@pytest.mark.slow
def test_a_cancelled_run_keeps_what_it_has_and_says_so(project):
    with command(project, "sweep", "cube", "--jobs", "2") as started:
        folder = project.outputs / "sweeps" / ".cube"
        while not list(folder.glob("*/*.parquet")):
            assert started.poll() is None
            time.sleep(0.01)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "goes on from there" in out
    assert "Traceback" not in out + err
    assert list(folder.glob("*/*.parquet"))


@pytest.mark.slow
def test_a_cluster_comes_to_the_same_bytes(project, cluster):
    alone = run(project).read_bytes()
    address, _ = cluster
    assert run(project, cluster=address, force=True).read_bytes() == alone


def test_a_worker_that_sees_another_sweep_refuses_it(project):
    with pytest.raises(InputError) as raised:
        run_part(Part(str(project.root), "small", "another key", 0))
    assert [finding.code for finding in raised.value.findings] == ["sweep_differs"]


def test_a_worker_lost_with_its_part_is_told_and_what_is_done_is_kept(project, monkeypatch):
    def dying(part):
        if part.index == 2:
            raise RuntimeError("the worker has gone")
        return run_part(part)

    monkeypatch.setattr(sweeping, "run_part", dying)
    err = io.StringIO()
    code = run_sweep(project, "small", Options(), Silence(words("en"), io.StringIO(), err))
    assert code == 1
    assert "the worker has gone" in err.getvalue()
    assert len(list((project.outputs / "sweeps" / ".small").glob("*/*.parquet"))) == 2


def test_rows_of_a_part_are_one_row_group(project):
    file = pq.ParquetFile(run(project))
    opened = open_sweep(project, "small")
    assert file.num_row_groups == opened.parts == 5
    assert file.metadata.row_group(0).num_rows == 20 * 65
