"""Set-up: one lock behind pip, uv and conda, and a Makefile that says what is missing."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
REGISTRIES = re.compile(
    r"\bpypi\.\w|pythonhosted|npmjs\.|anaconda\.(org|com)|prefix\.dev|--(extra-)?index-url\s+\S|"
    r"--find-links\s+\S|(tuna\.tsinghua|aliyun|ustc)\S*/(simple|anaconda)",
    re.IGNORECASE,
)
LEFT_OUT = ("rfc3987-syntax", "lark")
# Counted by this test: 778 modules on Python 3.11, 783 on 3.13; the package left out has 26 more.
MOST_MODULES = 795


def pins(lock: str) -> dict[str, Requirement]:
    """Return the pinned requirements of a lock by name, markers included."""
    entries = re.findall(r"^([a-z0-9][^\\\n]*?) *\\?$", lock, re.MULTILINE)
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, entries)}


def version(pin: Requirement) -> str:
    """Return the one version a pin allows."""
    (only,) = pin.specifier
    assert only.operator == "=="
    return only.version


def entries_without_hash(lock: str) -> Iterator[str]:
    for entry in re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", lock, flags=re.MULTILINE)):
        if not re.search(r"--hash=sha256:[0-9a-f]{64}(\s|$)", entry):
            yield entry.split("\n")[0]


def asked_for() -> dict[str, Requirement]:
    """Return everything pyproject.toml asks for: to run, on a cluster, to test."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    extras = project["optional-dependencies"].values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    wanted = map(Requirement, [*texts, *groups["dev"]])
    return {canonicalize_name(each.name): each for each in wanted}


def conda_versions() -> dict[str, str]:
    """Return what environment.yml installs by conda and by pip, without Python itself."""
    by_conda = [text for text in ENVIRONMENT["dependencies"] if isinstance(text, str)]
    (by_pip,) = [part["pip"] for part in ENVIRONMENT["dependencies"] if not isinstance(part, str)]
    pinned = [re.split("=+", text) for text in [*by_conda, *by_pip] if "=" in text]
    return {canonicalize_name(name): number for name, number in pinned if name != "python"}


def test_every_pin_of_the_lock_has_a_hash() -> None:
    assert list(entries_without_hash(LOCK)) == []
    assert list(entries_without_hash("a==1 \\\n    --hash=sha256:12\nb==2\n    # via a\n")) == [
        "a==1 \\",
        "b==2",
    ]


def test_the_lock_pins_what_the_project_asks_for() -> None:
    locked = pins(LOCK)
    wrong = [
        str(wanted)
        for name, wanted in asked_for().items()
        if name not in locked or version(locked[name]) not in wanted.specifier
    ]
    assert wrong == []


def test_conda_users_get_the_same_packages_in_the_same_versions() -> None:
    locked = pins(LOCK)
    assert conda_versions() == {name: version(locked[name]) for name in asked_for()}


def test_conda_takes_a_python_the_project_supports_and_the_project_itself() -> None:
    (python,) = [text for text in ENVIRONMENT["dependencies"] if str(text).startswith("python=")]
    assert (
        python.split("=")[1] in Requirement(f"x{PROJECT['project']['requires-python']}").specifier
    )
    assert ENVIRONMENT["dependencies"][-1]["pip"][-1] == "-e ."
    assert ENVIRONMENT["channels"] == ["conda-forge"]


def test_no_file_names_the_address_of_a_registry() -> None:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    files = [ROOT / name for name in listed.split("\0") if name]
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in files
        if path.is_file() and path != Path(__file__)
        if (match := REGISTRIES.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}
    assert REGISTRIES.search("--index-url https://mirror.example/simple")


def test_what_is_installed_is_what_the_lock_pins() -> None:
    wrong = {
        name: metadata.version(name)
        for name, pin in pins(LOCK).items()
        if pin.marker is None or pin.marker.evaluate()
        if metadata.version(name) != version(pin)
    }
    assert wrong == {}


def test_every_requirement_of_an_installed_package_is_met() -> None:
    installed = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
    unmet = [
        f"{package.name} needs {need}"
        for package in metadata.distributions()
        for need in map(Requirement, package.requires or ())
        if need.marker is None or need.marker.evaluate({"extra": ""})
        if installed.get(canonicalize_name(need.name), "0") not in need.specifier
    ]
    assert unmet == []


def test_importing_papermill_stays_light() -> None:
    program = (
        "import json, sys, importlib.util as find, papermill; "
        "print(json.dumps([len(sys.modules), "
        "[name for name in ('rfc3987_syntax', 'lark') if find.find_spec(name)]]))"
    )
    count, heavy = json.loads(subprocess.check_output([sys.executable, "-c", program], text=True))
    assert heavy == []
    assert set(LEFT_OUT) & set(pins(LOCK)) == set()
    assert count <= MOST_MODULES


def test_jupyterlab_starts_without_the_package_left_out(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    options = ["--no-browser", "--allow-root", f"--port={port}", "--port-retries=0"]
    options += [
        "--ip=127.0.0.1",
        "--IdentityProvider.token=warm",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    log = tmp_path / "log"
    with log.open("wb") as out:
        lab = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            stdout=out,
            stderr=out,
            env=os.environ | home,
        )
        try:
            page = _page(f"http://127.0.0.1:{port}/lab?token=warm", until=time.monotonic() + 60)
        finally:
            lab.terminate()
            lab.wait(30)
    assert "<title>JupyterLab</title>" in page, log.read_text(encoding="utf-8")


def _page(address: str, until: float) -> str:
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    return ""


DRAW = """character => {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
    pen.font = '32px sans-serif';
    pen.fillText(character, 0, 40);
    return canvas.toDataURL();
}"""


@pytest.mark.browser
def test_the_browser_draws_chinese_and_finds_what_a_screen_reader_cannot_read() -> None:
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.set_content("<img src='data:,'>")
        boxes_would_be_equal = [page.evaluate(DRAW, character) for character in "温暖"]
        violations = Axe().run(page).response["violations"]
        chromium.close()
    assert boxes_would_be_equal[0] != boxes_would_be_equal[1]
    assert "image-alt" in {violation["id"] for violation in violations}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Make a folder with the Makefile and, on a PATH of its own, only what make itself needs."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for name in ("make", "awk", "rm", "touch"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def command(bare: Path, name: str, script: str) -> None:
    """Put a shell script on the bare PATH."""
    path = bare / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(bare: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    search = {"PATH": str(bare / "bin")}
    return subprocess.run(
        arguments, cwd=bare, env=search, text=True, capture_output=True, check=False
    )


def test_make_alone_lists_every_target_and_installs_nothing(bare: Path) -> None:
    listed = run(bare, "make")
    phony = re.search(r"^\.PHONY: (.*)$", (bare / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony is not None
    assert re.findall(r"^make (\w+)", listed.stdout, re.M) == phony[1].split()
    assert not (bare / ".venv").exists()


@pytest.mark.parametrize("target", ["run", "test", "lab", "app", "bench", "check", "setup"])
def test_any_target_refuses_an_old_python_in_a_sentence(bare: Path, target: str) -> None:
    pretend = "import sys; sys.version_info = (3, 10, 14); exec(sys.argv[1])"
    command(bare, "python3", f'exec "{sys.executable}" -c "{pretend}" "$2"')
    command(bare, "python3.11", "exit 1")
    refused = run(bare, "make", target)
    assert refused.returncode == 2
    assert "Python 3.11 or newer is needed and was not found" in refused.stderr
    assert "需要 Python 3.11 或更高版本" in refused.stderr


def test_a_newer_python_is_found_beside_an_old_one(bare: Path) -> None:
    command(bare, "python3", "exit 1")
    command(bare, "python3.12", f'exec "{sys.executable}" "$@"')
    assert run(bare, "make", ".venv/bin/python").returncode == 0
    assert (bare / ".venv" / "bin" / "python").exists()


def test_a_python_without_ensurepip_says_what_to_install(bare: Path) -> None:
    command(
        bare, "python3", f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'
    )
    refused = run(bare, "make", "setup")
    assert refused.returncode == 2
    assert "apt install python3-venv" in refused.stderr
    assert not (bare / ".venv").exists()


@pytest.mark.parametrize(
    ("failing", "code"), [("neither", 0), ("check", 1), ("test", 1), (r"check|test", 1)]
)
def test_continuous_integration_fails_when_checks_or_tests_fail(
    bare: Path, failing: str, code: int
) -> None:
    shutil.copytree(ROOT / ".ci", bare / ".ci")
    (bare / "bin" / "make").unlink()
    command(bare, "make", f'echo "make $1"; case "$1" in {failing}) exit 2;; esac')
    command(bare, "dpkg-query", "printf installed")
    command(bare, "python3", "exit 0")
    (bare / "bin" / "dirname").symlink_to(str(shutil.which("dirname")))
    done = run(bare, str(shutil.which("bash")), ".ci/run")
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines() == ["make check", "make test"]


def test_continuous_integration_may_be_called_as_a_program() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
