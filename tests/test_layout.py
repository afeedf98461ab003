"""The rooms hold: what may import what, and what may not be where.

Every rule is a function from a tree of files to sentences about what breaks it; each is held to the
repository, and to a small sample that it has to refuse.
"""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = "lib/sendwarmth"
MOST_LINES = 300
TOP_FOLDERS = {".ci", "docs", "lib", "notebooks", "outputs", "params", "tests"}

# A room may import itself and the rooms before it.
ROOMS = ("model", "view", "run")
# These know arrays and frames only, and so does all that they stand on; what a planner's fields and
# tables mean is for the others to say.
ARRAY_MODULES = ("fit", "measures", "rounding", "targets")
MEANING = {"allocation", "inputs", "problem", "scenario", "schema", "tables", "values"}
ARRAY_PACKAGES = {"numpy", "pandas", "scipy", *sys.stdlib_module_names}
# Files, processes, clocks, chance, pictures and languages: none of them the model's business.
IMPURE_MODULES = {
    *("anywidget", "ipywidgets", "jinja2", "nbclient", "nbconvert", "papermill", "plotly", "tqdm"),
    *("glob", "io", "openpyxl", "os", "pathlib", "pyarrow", "shutil", "tempfile", "yaml"),
    *("asyncio", "multiprocessing", "psutil", "socket", "subprocess", "sys", "threading", "time"),
    *("gettext", "locale", "logging", "random", "secrets", "uuid"),
}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "globals"}
IMPURE_ENDINGS = re.compile(
    r"(datetime|date)\.(now|utcnow|today)$|\.(read_(csv|excel|json|parquet)|to_(excel|parquet))$"
    r"|^np\.(load|save|savez|loadtxt|savetxt|genfromtxt)$"
    r"|^(np|numpy)\.random\.(?!(Generator|default_rng|SeedSequence|PCG64)\b)\w+$"
)
CONTENT_HOSTS = re.compile(
    r"\bcdn[.-]\w|\bunpkg\b|jsdelivr|cdnjs|cloudflare|googleapis|gstatic|bootcdn", re.IGNORECASE
)
COMMENTS = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*|<!--.*?-->|\{#.*?#\}", re.DOTALL)
CHINESE_WORD = re.compile("[\u4e00-\u9fff]{2}")
SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
SKIPPING = {"skip", "skipif", "xfail", "importorskip"}


def modules(root: Path, folder: str = LIBRARY) -> Iterator[tuple[str, ast.Module]]:
    """Yield every module below a folder with its path from the root."""
    for path in sorted((root / folder).rglob("*.py")):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every import anywhere in a module, at the top or inside a function, as a full name."""
    package = Path(name).relative_to("lib").parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            parts = [*base, *(node.module.split(".") if node.module else ())]
            yield from ((node.lineno, ".".join([*parts, alias.name])) for alias in node.names)


def docstrings(tree: ast.Module) -> set[int]:
    """Return the identities of the nodes that are docstrings, of variables too."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the strings a module uses, docstrings left out."""
    left_out = docstrings(tree)
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    yield from (c for c in constants if isinstance(c.value, str) and id(c) not in left_out)


def room_of(name: str) -> str:
    """Return the room of a module, empty for the package's own front door."""
    parts = Path(name).relative_to(LIBRARY).parts
    return parts[0] if len(parts) > 1 else ""


def wrong_way_imports(root: Path) -> Iterator[str]:
    for name, tree in modules(root):
        room = room_of(name)
        allowed = ROOMS[: ROOMS.index(room) + 1] if room else ROOMS
        for line, full in imports(name, tree):
            package, _, rest = full.partition(".")
            if room and package == "sendwarmth" and rest.split(".")[0] not in allowed:
                yield f"{name}:{line} imports {full}; {room} may import {', '.join(allowed)}"


def array_modules_that_know_more(root: Path) -> Iterator[str]:
    found = modules(root, f"{LIBRARY}/model")
    trees = {name[4:-3].replace("/", "."): (name, tree) for name, tree in found}
    known = (f"sendwarmth.model.{stem}" for stem in ARRAY_MODULES)
    waiting = [module for module in known if module in trees]
    for module in waiting:
        name, tree = trees[module]
        for line, full in imports(name, tree):
            first, *rest = full.split(".")
            known_more = first == "sendwarmth" and MEANING & set(rest[1:])
            if known_more or first not in ARRAY_PACKAGES | {"sendwarmth"}:
                yield f"{name}:{line} imports {full}; it may know arrays and frames only"
            own = {full, full.rpartition(".")[0]} & set(trees) - set(waiting)
            waiting.extend(sorted(own))


def generic_solvers_in_the_fit(root: Path) -> Iterator[str]:
    for name, tree in modules(root, f"{LIBRARY}/model"):
        for line, full in imports(name, tree):
            solver = full.startswith("scipy.optimize") and full != "scipy.optimize.linprog"
            if solver and Path(name).stem.startswith(("fit", "newton")):
                yield f"{name}:{line} imports {full}; only clashes are for a programme to decide"


def impure_model(root: Path) -> Iterator[str]:
    for name, tree in modules(root, f"{LIBRARY}/model"):
        for line, full in imports(name, tree):
            if full.split(".")[0] in IMPURE_MODULES:
                yield f"{name}:{line} imports {full}; the model is pure"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in IMPURE_CALLS:
                yield f"{name}:{node.lineno} calls {ast.unparse(node.func)}; the model is pure"
            if isinstance(node, ast.Attribute) and IMPURE_ENDINGS.search(ast.unparse(node)):
                yield f"{name}:{node.lineno} uses {ast.unparse(node)}; the model is pure"
            if isinstance(node, ast.Call) and ast.unparse(node).endswith("default_rng()"):
                yield f"{name}:{node.lineno} draws without a seed; take a Generator"


def long_modules(root: Path) -> Iterator[str]:
    for path in sorted((root / LIBRARY).rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            yield f"{path.relative_to(root)} has {lines} lines; at most {MOST_LINES}"


def shapeless_modules(root: Path) -> Iterator[str]:
    for path in sorted((root / LIBRARY).rglob("*")):
        if path.stem.strip("_") in SHAPELESS:
            yield f"{path.relative_to(root)} has a name that says nothing"


def content_hosts(root: Path) -> Iterator[str]:
    for path in sorted(p for folder in ("lib", "notebooks") for p in (root / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            for found in CONTENT_HOSTS.finditer(path.read_text(encoding="utf-8", errors="replace")):
                yield f"{path.relative_to(root)} names {found[0]}; pages must open offline"


def chinese_in_code(root: Path) -> Iterator[str]:
    for name, tree in modules(root):
        for text in texts(tree):
            if CHINESE_WORD.search(str(text.value)):
                yield f"{name}:{text.lineno} says {text.value!r}; words live in view/locales"
    for path in sorted((root / LIBRARY).rglob("*")):
        if path.suffix in {".js", ".css", ".html", ".j2"}:
            for word in CHINESE_WORD.finditer(COMMENTS.sub("", path.read_text(encoding="utf-8"))):
                yield f"{path.relative_to(root)} says {word[0]}; words live in view/locales"


def ids_in_code(root: Path) -> Iterator[str]:
    data = root / "params" / "data"
    known = {
        row[column]
        for table, column in (("regions.csv", "region_id"), ("groups.csv", "group_id"))
        for row in csv.DictReader((data / table).read_text(encoding="utf-8").splitlines())
    }
    for name, tree in modules(root):
        for text in texts(tree):
            if text.value in known:
                yield f"{name}:{text.lineno} knows the id {text.value!r}; ids live in params/"


def skipped_tests(root: Path) -> Iterator[str]:
    for name, tree in modules(root, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in SKIPPING:
                yield f"{name}:{node.lineno} uses {node.attr}; a test runs or does not exist"


SAMPLES: list[tuple[Callable[[Path], Iterator[str]], str, str]] = [
    (wrong_way_imports, "model/a.py", "from sendwarmth.view import words"),
    (wrong_way_imports, "model/a.py", "def f():\n    from ..run import cli"),
    (wrong_way_imports, "view/a.py", "import sendwarmth.run.cli"),
    (wrong_way_imports, "view/a.py", "from sendwarmth import allocate"),
    (wrong_way_imports, "view/a.py", "import sendwarmth as sw"),
    (
        array_modules_that_know_more,
        "model/fit.py",
        "from sendwarmth.model.scenario import Scenario",
    ),
    (array_modules_that_know_more, "model/measures.py", "from . import tables"),
    (array_modules_that_know_more, "model/rounding.py", "import cvxpy"),
    (generic_solvers_in_the_fit, "model/fit.py", "from scipy.optimize import minimize"),
    (impure_model, "model/a.py", "def f():\n    from pathlib import Path"),
    (impure_model, "model/a.py", "import random"),
    (impure_model, "model/a.py", "import plotly.graph_objects as go"),
    (impure_model, "model/a.py", "rows = open('regions.csv')"),
    (impure_model, "model/a.py", "from datetime import date\nday = date.today()"),
    (impure_model, "model/a.py", "import numpy as np\nx = np.random.rand(3)"),
    (impure_model, "model/a.py", "import numpy as np\nx = np.random.default_rng().random(3)"),
    (impure_model, "model/a.py", "import pandas as pd\nx = pd.read_csv('regions.csv')"),
    (long_modules, "view/a.py", "x = 1\n" * (MOST_LINES + 1)),
    (shapeless_modules, "run/utils.py", ""),
    (content_hosts, "view/page.html.j2", "<script src='https://cdn.example/plotly.js'>"),
    (content_hosts, "view/page.js", "import 'https://UNPKG.example/x.js'"),
    (chinese_in_code, "view/a.py", "title = f'{1} 全部地区'"),
    (chinese_in_code, "view/page.js", "/* 全部地区 */ const title = '全部'; // 地区"),
    (ids_in_code, "view/a.py", "big = ['xian']"),
    (skipped_tests, "../../tests/test_a.py", "import pytest\n@pytest.mark.skip\ndef test_a(): ..."),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in SAMPLES))

GOOD = '''
"""A module of 全部地区 that keeps every rule: names in docstrings are welcome."""
from datetime import date
import numpy as np
from sendwarmth.model.findings import Finding
from ..model import limits
SEEDED = np.random.default_rng(20191220)
DAY = date.fromisoformat("2019-12-20")
UNIT = "元"
'''


def build(root: Path, file: str, source: str) -> Path:
    """Write a repository of one module, with the tables that name the ids."""
    for table, column, name in (
        ("regions", "region_id", "xian"),
        ("groups", "group_id", "migrant"),
    ):
        path = root / "params" / "data" / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{column}\n{name}\n", encoding="utf-8")
    path = (root / LIBRARY).joinpath(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.resolve().parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule: Callable[[Path], Iterator[str]]) -> None:
    assert list(rule(ROOT)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_good_module_is_not_refused(rule, tmp_path: Path) -> None:
    assert list(rule(build(tmp_path, "model/limits.py", GOOD))) == []


@pytest.mark.parametrize(("rule", "file", "source"), SAMPLES, ids=range(len(SAMPLES)))
def test_a_sample_that_breaks_the_rule_is_refused(rule, file, source, tmp_path: Path) -> None:
    assert len(list(rule(build(tmp_path, file, source)))) == 1


def test_no_other_folder_stands_at_the_top() -> None:
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    assert {name.split("/")[0] for name in listed if "/" in name} <= TOP_FOLDERS


def test_array_modules_answer_for_what_they_stand_on(tmp_path: Path) -> None:
    build(tmp_path, "model/fit.py", "from sendwarmth.model.fitting.newton import solve")
    build(tmp_path, "model/fitting/newton.py", "from sendwarmth.model import schema")
    (said,) = array_modules_that_know_more(tmp_path)
    assert said.startswith("lib/sendwarmth/model/fitting/newton.py:1 imports sendwarmth.model.sch")
