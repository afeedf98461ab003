"""What may go wrong in a run: nothing is half-written, nothing done is lost, the code tells."""

import gc
import json
import os
import resource
import signal
import time
from datetime import UTC, datetime

import psutil
import pytest
from sendwarmth.run import jobs
from sendwarmth.run.manifest import ERROR_PAGE, RESULTS, read_manifest
from small_project import assert_whole, command, make_project, run, states

KILL_KERNEL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
KILL_WARM = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
ENDLESS = "while True:\n    pass"
HUNGRY = "block = bytearray(4 << 30)"
SLOW = "import time\ntime.sleep(0.4)"


def error_page(project, name):
    return (project.outputs / name / ERROR_PAGE).read_text(encoding="utf-8")


def plans(project):
    folders = sorted(path.parent for path in project.outputs.glob("*/plan.json"))
    return {
        folder.name: [(folder / name).read_bytes() for name in ("plan.json", "plan.csv")]
        for folder in folders
    }


def wait_for(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_kernel_is_dead_and_the_others_finish(tmp_path):
    project = make_project(tmp_path, "good", bad=KILL_KERNEL)
    assert run(project) == (1, {"good": "done", "bad": "dead"})
    assert_whole(project)
    page = error_page(project, "bad")
    assert "behaviour.read_text()" in page
    assert "died" in page
    assert set(RESULTS) <= {path.name for path in (project.outputs / "good").iterdir()}


def test_the_warm_process_killed_in_the_middle_costs_nothing(tmp_path):
    project = make_project(tmp_path, "a", "c", b=KILL_WARM)
    assert run(project, jobs=1) == (0, dict.fromkeys("abc", "done"))
    assert_whole(project)


def test_an_endless_notebook_is_stopped_and_named(tmp_path, caplog):
    project = make_project(tmp_path, "good", bad=ENDLESS)
    code, ended = run(project, timeout_seconds=2)
    assert (code, ended) == (1, {"good": "done", "bad": "timeout"})
    assert "still running after 2 seconds" in error_page(project, "bad")
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


def test_a_hungry_notebook_gets_no_more_than_its_share(tmp_path):
    project = make_project(tmp_path, "good", bad=HUNGRY)
    assert run(project, memory_bytes=1 << 30) == (1, {"good": "done", "bad": "failed"})
    assert "more memory than one scenario may have (1 GiB)" in error_page(project, "bad")
    assert "--memory" in error_page(project, "bad")


@pytest.mark.slow
def test_a_run_killed_half_way_goes_on_where_it_stopped(tmp_path):
    names = [f"s{i}" for i in range(5)]
    undisturbed = make_project(tmp_path / "whole", *names)
    run(undisturbed)
    project = make_project(tmp_path / "killed", **dict.fromkeys(names, SLOW))
    with command(project, "run", "--jobs", "1") as first:
        wait_for(lambda: len(states(project)) >= 2)
        first.kill()
    done = {name for name, state in states(project).items() if state == "done"}
    assert 2 <= len(done) < 5

    code, ended = run(project, jobs=1)
    assert code == 0
    assert {name for name, state in ended.items() if state == "cached"} == done
    assert_whole(project)
    assert plans(project) == plans(undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_run_leaves_what_is_finished_and_no_process(number, tmp_path):
    project = make_project(tmp_path, "a", b=ENDLESS, c=SLOW)
    with command(project, "run", "--jobs", "1") as started:
        wait_for(lambda: "a" in states(project))
        below = psutil.Process(started.pid).children(recursive=True)
        started.send_signal(number)
        _, said = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "Traceback" not in said
    assert states(project) == {"a": "done", "b": "cancelled", "c": "cancelled"}
    assert_whole(project)
    assert not (project.outputs / "b").exists()
    psutil.wait_procs(below, timeout=10)
    assert [p.pid for p in below if p.is_running() and p.status() != "zombie"] == []


@pytest.mark.slow
@pytest.mark.parametrize("room", [10_000, 100])
def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing_half_written(room, tmp_path):
    project = make_project(tmp_path, "a")

    def leave_room():
        # No file may grow beyond this: what a write meets on a disk without room.
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    with command(project, "run", preexec_fn=leave_room) as started:
        out, said = started.communicate(timeout=120)
    assert started.returncode == 1
    assert "Traceback" not in said + out
    assert "cannot be read or written" in said
    assert not (project.outputs / "a" / "report.html").exists()
    assert run(project) == (0, {"a": "done"})
    assert_whole(project)


def test_outputs_that_cannot_be_written_are_told_in_a_sentence(tmp_path):
    project = make_project(tmp_path, "a")
    # Nobody may write there, not even root.
    project.outputs.symlink_to("/proc/self/fdinfo")
    with command(project, "run") as started:
        _, said = started.communicate(timeout=60)
    assert started.returncode == 1
    assert "Traceback" not in said
    assert "cannot be read or written" in said


def test_a_cut_line_of_the_manifest_costs_one_scenario_only(tmp_path):
    project = make_project(tmp_path, "a", "b")
    run(project)
    manifest = project.outputs / "manifest.jsonl"
    first, second = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_text(f"{first}\n{second[: len(second) // 2]}", encoding="utf-8")
    assert run(project) == (0, {"a": "cached", "b": "done"})
    assert_whole(project)


def test_a_clock_that_goes_backwards_changes_no_length_and_no_verdict(tmp_path, monkeypatch):
    hours = iter(range(20, 0, -1))
    monkeypatch.setattr(
        jobs, "now", lambda: datetime(2020, 1, 1, next(hours), tzinfo=UTC).isoformat()
    )
    project = make_project(tmp_path, "a")
    assert run(project) == (0, {"a": "done"})
    record = read_manifest(project.outputs)["a"]
    assert record.finished < record.started
    assert 0 < record.seconds < 60
    assert run(project) == (0, {"a": "cached"})


EDIT = """from pathlib import Path
path, mark = Path("params/scenarios/a.yaml"), Path("edited")
if times > len(mark.read_text() if mark.exists() else ""):
    with mark.open("a") as file:
        file.write("x")
    amount = 95_000_000 + 100_000 * len(mark.read_text())
    text = path.read_text().splitlines()
    text = [f"  budget_yuan: {amount}" if "budget_yuan" in line else line for line in text]
    path.write_text("\\n".join(text))"""


def test_a_scenario_edited_while_it_runs_is_run_as_it_then_stands(tmp_path):
    project = make_project(tmp_path, a="times = 1\n" + EDIT)
    assert run(project) == (0, {"a": "done"})
    plan = json.loads((project.outputs / "a" / "plan.json").read_text(encoding="utf-8"))
    assert plan["budget_yuan"] == 95_100_000


def test_a_scenario_that_never_stands_still_is_failed(tmp_path):
    project = make_project(tmp_path, a="times = 99\n" + EDIT)
    assert run(project) == (1, {"a": "failed"})
    assert "being edited while it ran" in error_page(project, "a")
    assert not (project.outputs / "a" / "plan.json").exists()


def test_names_with_spaces_chinese_and_quotes_run_like_others(tmp_path):
    names = ["陕南 倾斜", "a 'quoted' one", 'say "yes" & <b>']
    project = make_project(tmp_path, *names)
    assert run(project) == (0, dict.fromkeys(names, "done"))
    index = (project.outputs / "index.html").read_text(encoding="utf-8")
    assert "say%20%22yes%22%20%26%20%3Cb%3E/report.html" in index
    assert "<b>" not in index


@pytest.mark.slow
def test_two_runs_at_once_do_each_other_no_harm(tmp_path):
    names = ["a", "b", "c"]
    project = make_project(tmp_path, *names)
    started = [command(project, "run", "--jobs", "1", "--force") for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], ended
    assert states(project) == dict.fromkeys(names, "done")
    assert_whole(project)
    assert run(project) == (0, dict.fromkeys(names, "cached"))


def test_a_failure_keeps_the_results_of_the_run_before(tmp_path):
    project = make_project(tmp_path, a="")
    run(project)
    before = plans(project)
    behaviour = project.root / "behaviour" / "a.py"
    behaviour.write_text("raise ValueError('broken now')")
    assert run(project, force=True) == (1, {"a": "failed"})
    assert plans(project) == before
    assert "broken now" in error_page(project, "a")
    behaviour.write_text("")
    assert run(project) == (0, {"a": "done"})
    assert not (project.outputs / "a" / ERROR_PAGE).exists()


def test_what_a_killed_run_left_half_done_is_swept_out(tmp_path):
    project = make_project(tmp_path, "a")
    left = project.outputs / ".work" / "left"
    left.mkdir(parents=True)
    (left / "report.html").write_text("half")
    (project.outputs / ".x.tmp").write_text("half")
    run(project)
    assert_whole(project)
    assert os.listdir(project.outputs / ".work") == []
