"""Scenario files: strict YAML in, a resolved scenario or every finding out."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError, nearest
from sendwarmth.model.scenario import Origin, Scenario, read_scenario

# The one written in C is ten times faster, where it was built.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_BYTES = 1_000_000
DEEPEST = 20
_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)$")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9]+$")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
# What YAML 1.1 would quietly read as another number, a truth value or a time of day.
_TRAPS = re.compile(
    r"[-+]?0[0-9_]+$|0[xob][0-9a-fA-F_]+$|[-+]?[0-9.]+[eE][-+]?[0-9]+$"
    r"|[0-9]+(:[0-9]{1,2})+$|(yes|no|on|off|y|n)$|[-+]?\.(inf|nan)$",
    re.IGNORECASE,
)


class Document:
    """Turns YAML nodes into plain data, with the line of each path and every finding."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, int] = {}
        self.findings: list[Finding] = []

    def wrong(self, code: str, node: yaml.Node, path: str, value: Any, **facts: Any) -> None:
        """Note a finding at a node."""
        place = Place(file=self.file, row=node.start_mark.line + 1, field=path)
        shown = str(value)[:80]
        self.findings.append(Finding(code, "error", place, {"value": shown, **facts}))

    def data(self, node: yaml.Node, path: str = "", depth: int = 0) -> Any:
        """Return a node's plain data; what is refused reads as zero, nothing or an empty text."""
        if depth > DEEPEST:
            self.wrong("too_deep", node, path, path)
            return None
        self.lines[path] = node.start_mark.line + 1
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            self.wrong("tag_refused", node, path, node.tag)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.data(n, f"{path}[{i}]", depth + 1) for i, n in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            at = f"{path}.{key}" if path else key
            if key in found:
                self.wrong("duplicate_key", key_node, at, key)
            found[key] = self.data(value_node, at, depth + 1)
        return found

    def _scalar(self, node: yaml.Node, path: str) -> Any:
        text = str(node.value)
        if getattr(node, "style", None):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        if _TRAPS.match(text):
            self.wrong("yaml_trap", node, path, text)
            return 0 if text[0] in "+-.0123456789" else ""
        return text


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Read a YAML file as plain data, with the line of each dotted path.

    Raises
    ------
    InputError
        With every finding.
    """
    document, data = parse_yaml(path)
    if document.findings:
        raise InputError(document.findings)
    return data, document.lines


def parse_yaml(path: Path) -> tuple[Document, dict[str, Any]]:
    """Read a YAML file as plain data; what is refused in it is in the document's findings.

    Numbers are decimal integers (``92_000_000``) or decimals (``0.05``) and nothing else; what
    YAML would guess (``9.2e7``, ``012``, ``no``, ``12:30``, duplicate keys, tags, aliases) is
    refused.

    Raises
    ------
    InputError
        The file cannot be read as YAML at all.
    """
    file = path.name
    text = _text(path, file)
    try:
        _refuse_by_tokens(text, file)
        node = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place(file=file, row=mark.line + 1 if mark else None)
        problem = getattr(error, "problem", None) or type(error).__name__
        raise InputError([Finding("not_yaml", "error", place, {"value": problem})]) from None
    if not isinstance(node, yaml.MappingNode):
        code = "empty_file" if node is None else "not_a_mapping"
        raise InputError([Finding(code, "error", Place(file=file), {"value": file})])
    document = Document(file)
    return document, document.data(node)


def _refuse_by_tokens(text: str, file: str) -> None:
    """Refuse what must not reach the composer: aliases, and nesting too deep for its stack."""
    depth = 0
    for token in yaml.scan(text, Loader=LOADER):
        place = Place(file=file, row=token.start_mark.line + 1)
        if isinstance(token, yaml.AliasToken):
            raise InputError([Finding("alias_refused", "error", place)])
        depth += type(token).__name__.endswith("StartToken")
        depth -= type(token).__name__.endswith(
            ("SequenceEndToken", "MappingEndToken", "BlockEndToken")
        )
        if depth > 2 * DEEPEST:
            raise InputError([Finding("too_deep", "error", place, {"value": file})])


def _text(path: Path, file: str) -> str:
    place = Place(file=file)
    try:
        raw = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        known = sorted(other.name for other in path.parent.glob("*.yaml"))
        facts = {
            "value": str(path),
            "problem": error.strerror or "",
            "nearest": nearest(path.name, known),
            "allowed": ", ".join(known),
        }
        raise InputError([Finding("no_such_file", "error", place, facts)]) from None
    if raw is None:
        raise InputError([Finding("file_too_large", "error", place, {"allowed": MOST_BYTES})])
    if b"\x00" in raw:
        raise InputError([Finding("binary_file", "error", place, {"value": file})])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        finding = Finding("not_utf8", "error", Place(file=file, row=row), {"value": file})
        raise InputError([finding]) from None


def load_scenario(path: str | Path) -> Scenario:
    """Load a scenario file with the scenarios it extends.

    Parameters
    ----------
    path
        The YAML file.

    Raises
    ------
    InputError
        With every finding at once.
    """
    return _load(Path(path), ())


def _load(path: Path, children: tuple[str, ...]) -> Scenario:
    name = path.stem
    if name in children:
        chain = " -> ".join((*children, name))
        raise InputError(
            [Finding("extends_itself", "error", Place(file=path.name), {"value": chain})]
        )
    document, data = parse_yaml(path)
    lines, parent = document.lines, None
    wanted = data.get("extends")
    if isinstance(wanted, str):
        plain_name(wanted, Place(file=path.name, row=lines.get("extends"), field="extends"))
        parent = _load(path.with_name(f"{wanted}.yaml"), (*children, name))
    folder = parent.origin.folder if parent and not data.get("data") else str(path.parent)
    origin = Origin(path.name, folder, lines)
    return read_scenario(data, name, parent, origin, document.findings)


def plain_name(name: str, place: Place | None = None) -> None:
    """Refuse a scenario's name that is not that of a file in its folder.

    Raises
    ------
    InputError
        A path, a hidden file, or no name at all.
    """
    if not name or name != Path(name).name or "\\" in name or name.startswith("."):
        raise InputError([Finding("bad_scenario_name", "error", place or Place(), {"value": name})])


def find_scenario(name: str, folder: Path) -> Path:
    """Return the file of a scenario named on the command line.

    Raises
    ------
    InputError
        For a name that is a path out of the folder, or that no file has.
    """
    plain_name(name)
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = scenario_names(folder)
        facts = {"value": name, "nearest": nearest(name, known), "allowed": ", ".join(known)}
        raise InputError([Finding("unknown_scenario", "error", Place(), facts)])
    return path


def scenario_names(folder: Path) -> list[str]:
    """Return the names of all scenarios in a folder, in order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def tables_of(scenario: Scenario) -> Path:
    """Return where the tables of a scenario are: as the file says, from the file's own folder."""
    return Path(scenario.origin.folder or ".") / (scenario.data or "../data")


def parents_first(folder: Path) -> list[str]:
    """Return every name of a folder, those that other scenarios extend first."""
    names = scenario_names(folder)
    extended = Counter(_parent(name, folder) for name in names)
    return sorted(names, key=lambda name: -extended[name])


def _parent(name: str, folder: Path) -> str:
    try:
        return load_scenario(folder / f"{name}.yaml").extends
    except SendWarmthError:
        return ""
