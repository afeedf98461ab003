import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from hostile import CELLS
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError
from sendwarmth.run.kernels import engine as kernels
from sendwarmth.run.kernels import warm

ROOT = Path(__file__).parents[1]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
# Ids, addresses, process numbers, file names and times differ from run to run.
_PASSING = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|0x[0-9a-f]+"
    r"|ipykernel_\d+/\d+|\b\d+\.py|\d{4}-\d\d-\d\dT[\d:.]+([+-]\d\d:\d\d|Z)?"
)


def written(path, *cells, keep_on=False):
    """Write a notebook of code cells; with ``keep_on`` errors do not stop it."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    notebook.metadata.kernelspec = KERNEL
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"
        if keep_on:
            cell.metadata.tags = ["raises-exception"]
    nbformat.write(notebook, path)
    return path


def executed(path, engine, **options):
    """Run a notebook and return what was written, whether or not it came to its end."""
    output = path.with_suffix(f".{engine}.ipynb")
    error = None
    try:
        papermill.execute_notebook(path, output, engine_name=engine, progress_bar=False, **options)
    except Exception as raised:
        error = raised
    return nbformat.read(output, as_version=4), error


def steady(value):
    """Return plain data as text with what differs from run to run numbered instead."""
    seen = {}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return _PASSING.sub(lambda found: seen.setdefault(found.group(), f"<{len(seen)}>"), text)


def merged(outputs):
    """Return outputs with neighbouring pieces of a stream as one: where it is cut is chance."""
    found = []
    for output in outputs or ():
        last = found[-1] if found else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            found[-1] = {**last, "text": last["text"] + output.text}
        else:
            found.append(dict(output))
    return found


def told(cell):
    keys = sorted(cell.metadata), sorted(cell.metadata.get("execution", {}))
    return steady([merged(cell.get("outputs")), cell.get("execution_count"), keys])


def assert_equal(forked, stock):
    assert [told(cell) for cell in forked.cells] == [told(cell) for cell in stock.cells]
    forked, stock = forked.metadata, stock.metadata
    assert sorted(forked) == sorted(stock)
    assert forked.get("language_info") == stock.get("language_info")


def states(notebook):
    widgets = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    return sorted(steady(state) for state in widgets.values())


@pytest.fixture
def forked(tmp_path):
    """Run cells in a forked kernel and return the outputs of the last as text."""

    def run(*cells, **options):
        notebook, error = executed(written(tmp_path / "n.ipynb", *cells), "fork", **options)
        if error:
            raise error
        return "".join(
            output.get("text", "") or output.get("data", {}).get("text/plain", "")
            for output in notebook.cells[-1].outputs
        )

    return run


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("hostile") / "n.ipynb", *CELLS, keep_on=True)
    return {e: executed(path, e, execution_timeout=120) for e in ("fork", "nbclient")}


@pytest.mark.slow
def test_every_cell_of_a_hostile_notebook_shows_what_the_stock_engine_shows(hostile):
    (forked, _), (stock, _) = hostile["fork"], hostile["nbclient"]
    assert_equal(forked, stock)
    assert str(hostile["fork"][1]) == str(hostile["nbclient"][1])


@pytest.mark.slow
def test_widgets_are_saved_as_the_stock_engine_saves_them(hostile):
    (forked, _), (stock, _) = hostile["fork"], hostile["nbclient"]
    assert states(forked) == states(stock)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fork", "nbclient"])
def test_an_error_a_death_and_an_endless_cell_end_alike(engine, tmp_path):
    failing = written(tmp_path / "a.ipynb", "print('before')", "1/0", "print('never')")
    notebook, error = executed(failing, engine)
    assert isinstance(error, PapermillExecutionError)
    assert error.ename == "ZeroDivisionError"
    assert notebook.cells[-1].outputs == []

    dying = written(tmp_path / "b.ipynb", "import os\nos.kill(os.getpid(), 9)", "1")
    assert isinstance(executed(dying, engine, autosave_cell_every=0)[1], DeadKernelError)

    endless = written(tmp_path / "c.ipynb", "print('begun', flush=True)\nwhile True:\n    pass")
    notebook, error = executed(endless, engine, execution_timeout=1)
    assert isinstance(error, CellTimeoutError)
    assert notebook.cells[0].outputs[0].text == "begun\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb")))
def test_a_shipped_notebook_is_the_same_under_both_engines(name, tmp_path):
    source = tmp_path / f"{name}.ipynb"
    source.write_bytes((ROOT / "notebooks" / f"{name}.ipynb").read_bytes())
    place = {"resources": {"metadata": {"path": str(ROOT)}}}
    (forked, error), (stock, wrong) = (executed(source, e, **place) for e in ("fork", "nbclient"))
    assert (error, wrong) == (None, None)
    assert_equal(forked, stock)


@pytest.mark.parametrize(
    "draw", ["__import__('random').random()", "__import__('numpy').random.rand()"]
)
def test_each_kernel_has_chance_of_its_own(forked, draw):
    assert forked(draw) != forked(draw)


def test_each_kernel_is_a_session_of_its_own(forked):
    look = "import os\nos.getsid(0) == os.getpgid(0) == os.getpid(), get_ipython().kernel.session"
    look = f"{look}.session, get_ipython().kernel.session.pid == os.getpid()"
    one, other = eval(forked(look)), eval(forked(look))
    assert (one[0], one[2]) == (True, True)
    assert one[1] != other[1]


def test_a_kernel_has_no_debugger_and_keeps_no_history(forked):
    look = "import sys\nhistory = get_ipython().history_manager\n"
    assert forked(f"{look}'debugpy' in sys.modules, history.enabled") == "(False, False)"


def spares(process):
    """Return the kernels a warm process has forked ahead."""
    return psutil.Process(process.process.pid).children()


def test_the_next_kernel_is_there_before_it_is_asked_for(forked):
    process = warm.start_warm_process()
    eventually(lambda: len(spares(process)) == 1)
    [spare] = spares(process)
    assert forked("import os\nos.getpid()") == str(spare.pid)
    eventually(lambda: len(spares(process)) == 1)
    assert spares(process)[0].pid != spare.pid


def test_a_spare_kernel_that_was_killed_is_replaced(forked):
    process = warm.start_warm_process()
    eventually(lambda: len(spares(process)) == 1)
    [spare] = spares(process)
    spare.kill()
    spare.wait(10)  # until then its sockets take a request
    assert forked("1 + 1") == "2"


def test_a_kernel_made_another_way_is_not_the_spare_one(forked):
    process = warm.start_warm_process()
    eventually(lambda: len(spares(process)) == 1)
    [spare] = spares(process)
    other = {"extra_arguments": ["--InteractiveShell.ast_node_interactivity=none"]}
    assert forked("import os\nprint(os.getpid())", **other) != f"{spare.pid}\n"
    assert forked("1 + 1", **other) == ""
    assert forked("import os\nos.getpid()") == str(spare.pid)


def test_a_kernel_runs_in_its_folder_with_the_callers_environment(forked, tmp_path, monkeypatch):
    monkeypatch.setenv("TRIAL", "seen")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    there = {"resources": {"metadata": {"path": str(tmp_path)}}}
    look = "import os\nprint(os.getcwd(), os.environ['TRIAL'], 'OMP_NUM_THREADS' in os.environ)"
    assert forked(look, **there) == f"{tmp_path} seen False\n"


def test_a_kernel_may_not_eat_more_memory_than_it_is_given(forked):
    with pytest.raises(PapermillExecutionError) as error:
        forked("block = bytearray(3 << 30)", memory_bytes=1 << 30)
    assert error.value.ename == "MemoryError"


def test_the_warm_process_has_one_thread():
    process = warm.start_warm_process().process
    assert psutil.Process(process.pid).num_threads() == 1


def test_the_warm_process_can_rehearse_this_project():
    from sendwarmth.run.kernels.rehearsal import rehearse

    rehearse(ROOT)


def test_a_changed_library_renews_the_warm_process(forked, monkeypatch):
    monkeypatch.setattr(warm, "hash_of_library", lambda: "one")
    first = forked("import os\nos.getppid()")
    assert forked("import os\nos.getppid()") == first
    monkeypatch.setattr(warm, "hash_of_library", lambda: "another")
    assert forked("import os\nos.getppid()") != first
    gone(int(first))


def test_a_killed_warm_process_is_replaced_and_its_kernels_run_on(tmp_path):
    process = warm.start_warm_process()
    kernel = process.fork(
        {"cwd": str(tmp_path), "environment": dict(os.environ), "arguments": [], "key": "k"}
        | {"memory_bytes": 0}
    )
    process.process.kill()
    process.process.wait()
    assert kernel.is_alive()
    successor = warm.start_warm_process()
    assert successor.process.pid != process.process.pid
    kernel.kill()
    gone(kernel.pid)
    eventually(lambda: not kernel.is_alive())
    kernel.close()


def eventually(holds, seconds=10):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.02)


def gone(pid):
    """Wait until a process is gone; a zombie counts, since nobody may be there to bury it."""
    eventually(lambda: not psutil.pid_exists(pid) or is_zombie(pid))


def is_zombie(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


CALLER = """
import sys, threading, papermill
from sendwarmth.run.kernels import warm
print(warm.start_warm_process().process.pid, flush=True)
papermill.execute_notebook(sys.argv[1], None, engine_name="fork", progress_bar=False)
"""


IDLE = """
import sys, time
from sendwarmth.run.kernels import warm
print(warm.start_warm_process().process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_an_idle_caller_ends_so_do_the_warm_process_and_its_spare_kernel(number):
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen([sys.executable, "-c", IDLE], **quiet) as caller:
        process = psutil.Process(int(caller.stdout.readline()))
        eventually(process.children)
        [spare] = process.children()
        caller.send_signal(number)
    gone(process.pid)
    gone(spare.pid)


def test_when_the_warm_process_is_killed_its_spare_kernel_ends():
    process = warm.start_warm_process()
    eventually(lambda: len(spares(process)) == 1)
    [spare] = spares(process)
    process.process.kill()
    gone(spare.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_caller_ends_so_do_the_warm_process_and_its_kernels(number, tmp_path):
    told = tmp_path / "pid"
    endless = f"import os\nopen({str(told)!r}, 'w').write(str(os.getpid()))\nwhile True:\n    pass"
    path = written(tmp_path / "n.ipynb", endless)
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, path], stdout=subprocess.PIPE, text=True
    )
    with caller:
        warm_pid = int(caller.stdout.readline())
        while not told.exists() or not told.read_text():
            time.sleep(0.02)
        caller.send_signal(number)
    gone(warm_pid)
    gone(int(told.read_text()))


def test_a_kernel_of_another_python_is_left_to_the_stock_engine(tmp_path, monkeypatch, caplog):
    spec = tmp_path / "kernels" / "other"
    spec.mkdir(parents=True)
    argv = ["/usr/bin/python-of-old", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "other", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert kernels.unfit("other") == "the kernel other is not this Python"
    assert kernels.unfit("python3") == ""

    kernels._give_way.cache_clear()
    path = written(tmp_path / "n.ipynb", "1")
    for _ in range(2):
        with pytest.raises(Exception, match="python-of-old"):
            papermill.execute_notebook(
                path, None, engine_name="fork", kernel_name="other", progress_bar=False
            )
    lines = [r.message for r in caplog.records if "fork" in r.message]
    assert lines == [
        "Engine fork gives way to the stock engine: the kernel other is not this Python"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["os.fork", "socket.send_fds"])
def test_a_system_without_fork_uses_the_stock_engine(missing, tmp_path, monkeypatch, caplog):
    monkeypatch.delattr(missing)
    monkeypatch.setattr(warm.WarmProcess, "__init__", None)
    kernels._give_way.cache_clear()
    path = written(tmp_path / "n.ipynb", "1 + 1")
    notebook, error = executed(path, "fork", memory_bytes=1 << 30)
    assert error is None
    assert notebook.cells[0].outputs[0].data["text/plain"] == "2"
    said = "Engine fork gives way to the stock engine: this system cannot fork"
    assert [record.message for record in caplog.records if "gives way" in record.message] == [said]


def test_plain_papermill_finds_the_engine(tmp_path):
    path = written(tmp_path / "n.ipynb", "import os\nprint(os.environ['A'])")
    command = [sys.executable, "-m", "papermill", "--engine", "fork", path, tmp_path / "o.ipynb"]
    done = subprocess.run(
        command,
        env={**os.environ, "A": "from outside"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "gives way" not in done.stderr
    assert "from outside" in (tmp_path / "o.ipynb").read_text()


@pytest.mark.parametrize("first", ["papermill", "sendwarmth.run.kernels.engine"])
def test_the_engine_is_found_whichever_is_imported_first(first):
    code = textwrap.dedent(f"""
        import {first}
        from papermill.engines import papermill_engines
        from sendwarmth.run.kernels.engine import ForkEngine
        assert papermill_engines.get_engine("fork") is ForkEngine
    """)
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fork", "nbclient"])
def test_the_engine_works_from_inside_a_running_kernel(engine, tmp_path):
    inner = written(tmp_path / "inner.ipynb", "import os\nprint('inner', os.getpid())")
    run = f"import os, papermill\nnotebook = papermill.execute_notebook({str(inner)!r}, None, "
    run += "engine_name='fork', progress_bar=False)\nprint(notebook.cells[0].outputs[0].text)\n"
    run += "from sendwarmth.run.kernels import warm\nlen(warm._processes)"
    notebook, error = executed(written(tmp_path / "outer.ipynb", run), engine)
    assert error is None
    said = merged(notebook.cells[0].outputs)
    assert [out["text"].split()[0] for out in said if out.get("name") == "stdout"] == ["inner"]
    assert said[-1]["data"]["text/plain"] == "1"
