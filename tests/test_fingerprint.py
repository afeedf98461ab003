import os
import subprocess

import pytest
from sendwarmth.run import fingerprint


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A library of one module and its lock, in a repository of their own."""
    library = tmp_path / "lib" / "small"
    library.mkdir(parents=True)
    (library / "module.py").write_text("x = 1\n")
    (library / "texts.yaml").write_text("a: b\n")
    (tmp_path / "requirements.lock").write_text("numpy==1\n")
    (tmp_path / ".gitignore").write_text("outputs/\n__pycache__/\n")
    names = {"LIBRARY": library, "PROJECT": tmp_path, "LOCK": tmp_path / "requirements.lock"}
    for name, value in names.items():
        monkeypatch.setattr(fingerprint, name, value)
    return tmp_path


def touched(path):
    """Move a file's time on: two writes may fall into one tick of the clock."""
    stamp = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(stamp, stamp))


@pytest.mark.parametrize(
    "name", ["lib/small/module.py", "lib/small/texts.yaml", "requirements.lock"]
)
def test_a_changed_file_of_the_library_or_the_lock_changes_its_hash(project, name):
    before = fingerprint.hash_of_library()
    assert fingerprint.hash_of_library() == before
    (project / name).write_text("changed\n")
    touched(project / name)
    assert fingerprint.hash_of_library() != before


def test_a_new_file_changes_the_hash_and_a_compiled_one_does_not(project):
    before = fingerprint.hash_of_library()
    compiled = project / "lib" / "small" / "__pycache__"
    compiled.mkdir()
    (compiled / "module.pyc").write_bytes(b"x")
    assert fingerprint.hash_of_library() == before
    (project / "lib" / "small" / "new.py").write_text("")
    assert fingerprint.hash_of_library() != before


def test_a_file_that_was_only_touched_leaves_the_hash(project):
    before = fingerprint.hash_of_library()
    touched(project / "lib" / "small" / "module.py")
    assert fingerprint.hash_of_library() == before


def test_a_renamed_table_changes_the_hash_of_its_folder(tmp_path):
    (tmp_path / "a.csv").write_text("1")
    before = fingerprint.hash_of_tables(tmp_path)
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    assert fingerprint.hash_of_tables(tmp_path) != before


def git(folder, *words):
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def test_a_commit_is_told_with_whether_the_tree_was_clean(project):
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "all")
    head, clean = fingerprint.commit()
    assert (len(head), clean) == (40, True)
    (project / "outputs").mkdir()
    (project / "outputs" / "index.html").write_text("written by a run")
    assert fingerprint.commit() == (head, True)
    (project / "lib" / "small" / "module.py").write_text("x = 2\n")
    assert fingerprint.commit() == (head, False)


def test_where_there_is_no_repository_there_is_no_commit(project, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    assert fingerprint.commit() == ("", None)


def test_versions_tell_the_python_and_every_package_results_come_out_of():
    found = fingerprint.versions()
    assert set(found) == {"python", *fingerprint.DISTRIBUTIONS}
    assert all(found.values())
