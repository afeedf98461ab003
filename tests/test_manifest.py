import json
import threading
from dataclasses import replace

import pytest
from sendwarmth.run import manifest
from sendwarmth.run.manifest import RESULTS, Record, read_manifest, write_records


@pytest.fixture
def outputs(tmp_path):
    return tmp_path


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    for name in RESULTS:
        (folder / name).write_text(f"content of {name}")
    return folder


def test_a_record_is_read_as_it_was_written(outputs):
    record = Record(
        "方案 1", "failed", "key", "shown", "then", "now", 1.5, {"a": 1}, {}, ("b",), "c"
    )
    write_records(outputs, [record])
    assert read_manifest(outputs) == {"方案 1": record}


def test_a_scenario_has_one_line_the_last(outputs):
    write_records(outputs, [Record("a", "failed"), Record("b", "done")])
    write_records(outputs, [Record("a", "done")])
    lines = (outputs / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(line["scenario"], line["state"]) for line in map(json.loads, lines)] == [
        ("a", "done"),
        ("b", "done"),
    ]


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", '{"scenario": "x"}', '{"scenario": "x", "said": 1}', "\x00\xff"]
)
def test_a_line_that_is_no_record_is_passed_over(outputs, line):
    write_records(outputs, [Record("a", "done")])
    with (outputs / "manifest.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert read_manifest(outputs) == {"a": Record("a", "done")}


def test_many_writers_lose_no_record(outputs):
    names = [f"s{i}" for i in range(24)]
    threads = [
        threading.Thread(target=write_records, args=(outputs, [Record(name, "done")]))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_manifest(outputs)) == sorted(names)


def test_published_results_are_current_until_one_is_touched(outputs, work):
    record = manifest.publish(outputs, work, Record("a", "done", "key"))
    assert manifest.is_current(outputs, record, "key")
    assert not manifest.is_current(outputs, record, "another key")
    assert not manifest.is_current(outputs, replace(record, state="failed"), "key")
    (outputs / "a" / "plan.csv").write_text("touched")
    assert not manifest.is_current(outputs, record, "key")


def test_results_that_are_not_all_there_are_not_current(outputs, work):
    (work / "plan.xlsx").unlink()
    record = manifest.publish(outputs, work, Record("a", "done", "key"))
    assert not manifest.is_current(outputs, record, "key")


def test_a_file_that_cannot_be_written_whole_is_not_written_over(outputs):
    path = outputs / "x.html"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        manifest.write_whole(path, "half \ud800")
    assert path.read_text() == "before"
    assert list(outputs.iterdir()) == [path]


def test_a_workspace_in_use_is_not_swept_out(outputs):
    with manifest.workspace(outputs) as folder:
        manifest.sweep_out(outputs)
        assert folder.exists()
    assert not folder.exists()
