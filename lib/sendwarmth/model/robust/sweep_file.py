"""Reading what a sweep's file states, strictly: every finding at once, with the nearest names.

What a field may be is the scenario's own affair: every value is tried on the scenario and refused
by the scenario's own readers, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from sendwarmth.model.findings import InputError
from sendwarmth.model.robust.axes import Axis, Keys, Point, Steps, keys_of, moved, value_at
from sendwarmth.model.robust.sweep import Sweep
from sendwarmth.model.scenario import LANGUAGES, Origin, Scenario
from sendwarmth.model.schema import FACTORS, FIELDS, Field, Reader

HEAD = ("title", "purpose", "scenario", "method")
METHODS: Mapping[str, tuple[str, ...]] = {
    "grid": ("fields",),
    "list": ("points",),
    "latin_hypercube": ("fields", "points", "seed"),
}
RANGE = ("low", "high", "step")
MOST_POINTS = 10_000_000
MOST_SEED = 2**63
IDLE = ("reserve_release", "uncertainty")
"""Fields that no amount depends on."""
# What may follow the name of a field of a kind.
INSIDE: Mapping[str, tuple[tuple[Any, ...], ...]] = {
    "by_group": ((str,),),
    "shares": ((str,),),
    "factors": ((str,), (str, str)),
    "reserve": ((str,),),
    "band": ((int,),),
    "locks": ((int, str),),
    "limits": ((int, str),),
}


def read_sweep(
    raw: Mapping[str, Any], name: str, scenario: Scenario, origin: Origin | None = None
) -> Sweep:
    """Read a sweep from the plain data of its file.

    Parameters
    ----------
    raw
        The file's data: ``title``, ``purpose``, ``scenario``, ``method``, and what the method asks
        for (``fields``, ``points``, ``seed``).
    name
        Its name.
    scenario
        The scenario it names, already read.
    origin
        Where it was read.

    Raises
    ------
    InputError
        With every finding at once: unknown keys and fields, values that the scenario refuses.

    Examples
    --------
    >>> from sendwarmth.model.scenario import read_scenario
    >>> base = read_scenario({"values": {"budget_yuan": 100}}, "base")
    >>> raw = {"method": "grid", "fields": {"budget_yuan": [90, 110], "reserve": [0, 0.1]}}
    >>> sweep = read_sweep(raw, "small", base)
    >>> sweep.number, list(sweep.points(2))
    (4, [{'budget_yuan': 110, 'reserve': 0}, {'budget_yuan': 110, 'reserve': 0.1}])
    """
    return _File(raw, scenario, origin or Origin()).sweep(name)


class _File:
    """Reads one file; what is wrong is collected in ``read``."""

    def __init__(self, raw: Mapping[str, Any], scenario: Scenario, origin: Origin) -> None:
        self.raw, self.scenario, self.origin = raw, scenario, origin
        self.read: Reader = origin.reader()

    def sweep(self, name: str) -> Sweep:
        method = self.method()
        keys = METHODS.get(method, ())
        for key in self.raw:
            if keys and key not in (*HEAD, *keys):
                self.read.unknown("unknown_key", str(key), key, (*HEAD, *keys))
        for key in keys:
            if self.raw.get(key) is None:
                self.read.wrong("missing_key", key, "")
        title, purpose = (self.words(key, name) for key in ("title", "purpose"))
        rows: tuple[Point, ...] = ()
        if method == "list":
            rows = tuple(self.rows())
            axes = self.axes_of(rows)
        else:
            axes = tuple(self.axes(method))
        self.refuse_twice(axes)
        number = self.number(method, axes, rows)
        drawn = method == "latin_hypercube"
        seed = self.whole("seed", 0, MOST_SEED) if drawn else None
        if self.read.findings:
            raise InputError(self.read.findings)
        return Sweep(
            name, title, purpose, self.scenario, method, axes, rows, number, seed, self.origin
        )

    def method(self) -> str:
        method = self.raw.get("method")
        if method is None:
            self.read.wrong("missing_key", "method", "")
        elif method not in METHODS:
            self.read.unknown("unknown_choice", "method", method, tuple(METHODS))
        return str(method)

    def words(self, key: str, name: str) -> dict[str, str]:
        raw = self.raw.get(key)
        if raw is None or isinstance(raw, str):
            return dict.fromkeys(LANGUAGES, raw or name)
        items = self.read.mapping(key, raw, LANGUAGES)
        texts = {language: self.read.text(f"{key}.{language}", text) for language, text in items}
        first = next((text for text in texts.values() if text), name)
        return {language: texts.get(language) or first for language in LANGUAGES}

    def whole(self, key: str, least: int, most: int) -> int:
        value = self.raw.get(key)
        if value is None:
            return least
        whole = Field(key, "number", "yuan", None, least, most)
        return int(self.read.number(whole, key, value) or least)

    def axes(self, method: str) -> Iterator[Axis]:
        """Yield every axis of ``fields``."""
        if self.raw.get("fields") is None:
            return
        for name, raw in self.read.mapping("fields", self.raw["fields"]):
            at = f"fields.{name}"
            if not self.known(at, name):
                continue
            axis = self.axis(name, at, raw, method)
            if axis is not None:
                yield axis

    def axis(self, name: str, at: str, raw: Any, method: str) -> Axis | None:
        if isinstance(raw, Mapping):
            return self.range(name, at, raw, method)
        if not isinstance(raw, list | tuple) or not raw:
            self.read.wrong("sweep_values", at, raw)
            return None
        axis = Axis(name, tuple(raw))
        for i, value in enumerate(raw):
            self.tried(axis, value, f"{at}[{i}]")
        return axis

    def range(self, name: str, at: str, raw: Mapping[str, Any], method: str) -> Axis | None:
        """Read a range; in a hypercube its step is the field's own unless one is stated."""
        found = len(self.read.findings)
        parts = dict(self.read.mapping(at, raw, RANGE))
        own = FIELDS[str(keys_of(name.partition("+")[0].strip())[0])].step
        if method == "latin_hypercube":
            parts = {"step": int(own) if own >= 1 else own, **parts}
        for key in RANGE:
            if parts.get(key) is None:
                self.read.wrong("missing_key", f"{at}.{key}", "")
            elif isinstance(parts[key], bool) or not isinstance(parts[key], int | float):
                self.read.wrong("not_a_number", f"{at}.{key}", parts[key])
        if len(self.read.findings) > found:
            return None
        steps = Steps(**parts)
        if not 0 < steps.step <= steps.high - steps.low:
            self.read.wrong("sweep_range", at, f"{steps.low} - {steps.high}", step=steps.step)
            return None
        axis = Axis(name, steps)
        for key, value in (("low", steps[0]), ("step", steps[1]), ("high", steps[len(steps) - 1])):
            self.tried(axis, value, f"{at}.{key}")
        return axis

    def rows(self) -> Iterator[Point]:
        """Yield the points of a list; each states some fields."""
        stated = self.raw.get("points")
        if stated is None:
            return
        if not isinstance(stated, list | tuple) or not stated:
            self.read.wrong("not_a_list", "points", stated)
            return
        for i, raw in enumerate(stated):
            row = {}
            for name, value in self.read.mapping(f"points[{i}]", raw):
                at = f"points[{i}].{name}"
                if self.known(at, name):
                    self.tried(Axis(name, (value,)), value, at)
                    row[name] = value
            yield row

    def axes_of(self, rows: tuple[Point, ...]) -> tuple[Axis, ...]:
        """Return the axes of a list; where a point is silent, the scenario's own value holds."""
        names = dict.fromkeys(name for row in rows for name in row)
        axes = []
        for name in names:
            own = value_at(self.scenario.values, Axis(name, ()).paths[0])
            values = [row.get(name, own) for row in rows]
            axes.append(Axis(name, tuple(v for i, v in enumerate(values) if v not in values[:i])))
        return tuple(axes)

    def number(self, method: str, axes: tuple[Axis, ...], rows: tuple[Point, ...]) -> int:
        if method == "latin_hypercube":
            return self.whole("points", 1, MOST_POINTS)
        number = len(rows) if method == "list" else prod(len(axis.values) for axis in axes)
        if number > MOST_POINTS:
            self.read.wrong("sweep_too_large", "fields", number, allowed=MOST_POINTS)
        return number

    def refuse_twice(self, axes: tuple[Axis, ...]) -> None:
        """Refuse two axes that move the same thing: one of them would not be seen."""
        seen: dict[Keys, str] = {}
        for axis in axes:
            for keys in axis.paths:
                clash = next((name for old, name in seen.items() if _within(keys, old)), "")
                if clash:
                    self.read.wrong("sweep_twice", "fields", axis.name, first=clash)
                seen[keys] = axis.name

    def known(self, at: str, name: str) -> bool:
        """Return whether all paths of an axis are known; say so of each that is not."""
        known = [self.movable(at, path) for path in name.split("+")]
        return all(known)

    def movable(self, at: str, path: str) -> bool:
        """Return whether a path is that of a field amounts depend on; say so where it is not."""
        keys = keys_of(path.strip())
        name, rest = (str(keys[0]), keys[1:]) if keys else (path.strip(), ())
        movable = [field for field in FIELDS if field not in IDLE]
        if name in IDLE:
            self.read.wrong("sweep_idle", at, name)
        elif name not in FIELDS:
            self.read.unknown("unknown_key", at, name, movable)
        elif rest and not self.fits(name, rest):
            self.read.wrong("sweep_path", at, path.strip(), name=name)
        elif name == "factor_weight" and len(rest) == 2 and rest[1] == FACTORS[0]:
            self.read.wrong("sweep_rest", at, path.strip(), allowed=", ".join(FACTORS[1:]))
        else:
            return True
        return False

    def fits(self, name: str, rest: Keys) -> bool:
        """Return whether something stands at a path inside a field, or may."""
        shapes = INSIDE.get(FIELDS[name].kind, ())
        kinds = tuple(type(key) for key in rest)
        if kinds not in shapes or (name == "reserve" and rest != ("yuan",)):
            return False
        if not isinstance(rest[0], int):
            return True
        return value_at(self.scenario.values, (name, rest[0])) is not None

    def tried(self, axis: Axis, value: Any, at: str) -> None:
        """Try a value on the scenario and take over what its readers have to say."""
        try:
            moved(self.scenario, dict.fromkeys(axis.paths, value))
        except InputError as error:
            place = self.read.place(at)
            self.read.findings += [replace(found, place=place) for found in error.findings]


def _within(one: Keys, other: Keys) -> bool:
    """Return whether two paths are the same or one is inside the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
