import time
from concurrent.futures import Executor, Future

import pytest
from sendwarmth.run import schedule
from sendwarmth.run.jobs import Job
from sendwarmth.run.manifest import ERROR_PAGE, Record
from small_project import assert_whole, command, make_project, states


class Losing(Executor):
    """An executor whose workers die with what they are given."""

    def submit(self, work, job):
        future = Future()
        if job.scenario == "cancelled":
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_exception(RuntimeError("the worker has gone"))
        return future


def test_a_scenario_lost_with_its_worker_is_recorded_and_has_its_page(tmp_path):
    project = make_project(tmp_path, "a")
    [record] = schedule.run_jobs([Job(str(project.root), "a", "en")], Losing())
    assert record.state == "dead"
    assert states(project) == {"a": "dead"}
    assert "the worker has gone" in (project.outputs / "a" / ERROR_PAGE).read_text("utf-8")


def test_a_scenario_nobody_started_is_cancelled(tmp_path):
    [record] = schedule.run_jobs([Job(str(tmp_path), "cancelled")], Losing())
    assert record.state == "cancelled"


def test_records_come_as_scenarios_end_not_as_they_were_given():
    def work(job):
        time.sleep(0.3 if job.scenario == "slow" else 0)
        return Record(job.scenario, "done")

    jobs = [Job("", "slow"), Job("", "quick")]
    with schedule.executor_for(2) as executor:
        records = [record.scenario for record in schedule.run_jobs(jobs, executor, work)]
    assert records == ["quick", "slow"]


def test_jobs_are_as_many_as_cores_and_memory_allow(monkeypatch):
    import psutil

    class Memory:
        available = 3 * schedule.NEEDED_BYTES + 1

    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory)
    monkeypatch.setattr(schedule.os, "sched_getaffinity", lambda _: range(64), raising=False)
    assert schedule.default_jobs() == 3
    assert schedule.memory_for(2) == 3 * schedule.NEEDED_BYTES // 2
    assert schedule.memory_for(100) == schedule.NEEDED_BYTES


@pytest.mark.parametrize("address", ["nonsense://x", "127.0.0.1", "tcp://127.0.0.1:1", " "])
def test_a_cluster_nobody_answers_at_is_refused(address):
    with pytest.raises(schedule.NoCluster), schedule.executor_for(1, address):
        pass


@pytest.mark.slow
def test_a_cluster_runs_all_scenarios_though_a_worker_is_killed(cluster, tmp_path):
    address, workers = cluster
    names = [f"s{i}" for i in range(5)]
    pause = "import time\ntime.sleep(0.4)"
    project = make_project(tmp_path / "project", **dict.fromkeys(names, pause))
    with command(project, "run", "--cluster", address) as started:
        while "done" not in states(project).values():
            assert started.poll() is None
            time.sleep(0.02)
        workers[0].kill()
        _, said = started.communicate(timeout=120)
    assert started.returncode == 0, said
    assert states(project) == dict.fromkeys(names, "done")
    assert_whole(project)
