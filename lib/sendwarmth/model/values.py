"""Readers of the kinds of scenario fields: raw values of a file in, checked plain data out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sendwarmth.model.schema import EVERY, FACTORS, FIELDS, YUAN_MOST, Field, Reader
from sendwarmth.model.targets import MILLION, millionths


def _number(read: Reader, field: Field, path: str, raw: Any) -> Any:
    return read.number(field, path, raw)


def _choice(read: Reader, field: Field, path: str, raw: Any) -> Any:
    if raw not in field.choices:
        read.unknown("unknown_choice", path, raw, field.choices)
    return raw


def _by_group(read: Reader, field: Field, path: str, raw: Any) -> Any:
    """Read a number a group; ``null`` takes back what a parent scenario states."""
    items = ((key, value) for key, value in read.mapping(path, raw) if value is not None)
    return {key: read.number(field, f"{path}.{key}", value) for key, value in items}


def _adds_to_one(read: Reader, path: str, parts: Mapping[str, float | None]) -> None:
    numbers = [part for part in parts.values() if part is not None]
    if len(numbers) == len(parts) and sum(map(millionths, numbers)) != MILLION:
        read.wrong("shares_do_not_add", path, float(sum(Decimal(repr(n)) for n in numbers)))


def _shares(read: Reader, field: Field, path: str, raw: Any) -> Any:
    shares = _by_group(read, field, path, raw)
    _adds_to_one(read, path, shares)
    return shares


def _factors(read: Reader, field: Field, path: str, raw: Any) -> Any:
    weights = {}
    share = Field(field.name, "number", "share", None, 0, 1)
    for group, parts in read.mapping(path, raw):
        at = f"{path}.{group}"
        items = read.mapping(at, parts, FACTORS)
        weights[group] = {key: read.number(share, f"{at}.{key}", value) for key, value in items}
        _adds_to_one(read, at, weights[group])
    return {EVERY: {"claim": 1}, **weights}


def _reserve(read: Reader, field: Field, path: str, raw: Any) -> Any:
    if raw == "rest":
        return raw
    if isinstance(raw, Mapping):
        amounts = dict(read.mapping(path, raw, ("yuan",)))
        money = Field("reserve", "number", "yuan", None, 0, YUAN_MOST, 1)
        return {"yuan": read.number(money, f"{path}.yuan", amounts.get("yuan"))}
    if isinstance(raw, str):
        read.wrong("bad_reserve", path, raw)
        return None
    return read.number(field, path, raw)


def _release(read: Reader, field: Field, path: str, raw: Any) -> Any:
    parts = dict(read.mapping(path, raw, ("until", "rule")))
    return {
        "until": read.day(f"{path}.until", parts.get("until")),
        "rule": read.text(f"{path}.rule", parts.get("rule")),
    }


def _band(read: Reader, field: Field, path: str, raw: Any) -> Any:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        read.wrong("bad_band", path, raw)
        return None
    low, high = (read.number(field, f"{path}[{i}]", value) for i, value in enumerate(raw))
    if low is not None and high is not None and low > high:
        read.wrong("bad_band", path, raw)
    return (low, high)


_LEDGER = ("who", "why", "until")


def _ledger(read: Reader, at: str, parts: Mapping[str, Any]) -> dict[str, str]:
    return {
        "who": read.text(f"{at}.who", parts.get("who")),
        "why": read.text(f"{at}.why", parts.get("why")),
        "until": read.day(f"{at}.until", parts.get("until")),
    }


def _rows(read: Reader, path: str, raw: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, dict]]:
    if not isinstance(raw, list | tuple):
        read.wrong("not_a_list", path, raw)
        return
    for i, item in enumerate(raw):
        at = f"{path}[{i}]"
        yield at, dict(read.mapping(at, item, (*keys, *_LEDGER)))


def _locks(read: Reader, field: Field, path: str, raw: Any) -> Any:
    locks = []
    for at, parts in _rows(read, path, raw, ("region", "group", "yuan")):
        lock: dict[str, Any] = {
            key: read.text(f"{at}.{key}", parts.get(key)) for key in ("region", "group")
        }
        for key in ("region", "group"):
            if not lock[key]:
                read.wrong("missing_key", f"{at}.{key}", "")
        lock["yuan"] = read.number(field, f"{at}.yuan", parts.get("yuan"))
        locks.append(lock | _ledger(read, at, parts))
    return tuple(locks)


def _ids(read: Reader, path: str, raw: Any) -> Any:
    if raw is None or raw == "all":
        return "all"
    if not isinstance(raw, list | tuple) or not raw:
        read.wrong("not_a_list", path, raw)
        return "all"
    return tuple(read.text(f"{path}[{i}]", word) for i, word in enumerate(raw))


def _limits(read: Reader, field: Field, path: str, raw: Any) -> Any:
    limits: list[dict[str, Any]] = []
    keys = ("name", "regions", "groups", "floor_yuan", "cap_yuan")
    for at, parts in _rows(read, path, raw, keys):
        limit: dict[str, Any] = {"name": read.text(f"{at}.name", parts.get("name"))}
        if not limit["name"] or limit["name"] in [other["name"] for other in limits]:
            read.wrong("limit_needs_its_own_name", f"{at}.name", limit["name"])
        for key in ("regions", "groups"):
            limit[key] = _ids(read, f"{at}.{key}", parts.get(key))
        for key in ("floor_yuan", "cap_yuan"):
            bound = parts.get(key)
            limit[key] = None if bound is None else read.number(field, f"{at}.{key}", bound)
        low, high = limit["floor_yuan"], limit["cap_yuan"]
        if low is None and high is None and not (parts.get("floor_yuan") or parts.get("cap_yuan")):
            read.wrong("limit_without_bound", at, limit["name"])
        if low is not None and high is not None and low > high:
            read.wrong("floor_above_cap", at, low, cap=high, name=limit["name"])
        limits.append(limit | _ledger(read, at, parts))
    return tuple(limits)


def _uncertainty(read: Reader, field: Field, path: str, raw: Any) -> Any:
    """Read how uncertain figures are: a coefficient of variation, or a range of multiples."""
    stated = ((key, parts) for key, parts in read.mapping(path, raw) if parts is not None)
    return {key: _spread(read, field, f"{path}.{key}", parts) for key, parts in stated}


def _spread(read: Reader, field: Field, path: str, raw: Any) -> dict[str, float | None]:
    correlation = Field(field.name, "number", "share", None, 0, 1)
    multiple = Field(field.name, "number", "share", None, 0, 10)
    items = read.mapping(path, raw, ("cv", "low", "high", "correlation"))
    parts = {
        key: read.number(correlation if key == "correlation" else multiple, f"{path}.{key}", value)
        for key, value in items
        if value is not None
    }
    low, high = parts.get("low"), parts.get("high")
    if set(parts) - {"correlation"} not in ({"cv"}, {"low", "high"}):
        read.wrong("bad_uncertainty", path, ", ".join(parts))
    elif low is not None and high is not None and low > high:
        read.wrong("bad_uncertainty", path, f"{low} - {high}")
    return parts


KINDS: Mapping[str, Callable[[Reader, Field, str, Any], Any]] = {
    "number": _number,
    "choice": _choice,
    "by_group": _by_group,
    "shares": _shares,
    "envelopes": _by_group,
    "factors": _factors,
    "reserve": _reserve,
    "release": _release,
    "band": _band,
    "locks": _locks,
    "limits": _limits,
    "uncertainty": _uncertainty,
}


def read_values(read: Reader, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field's value, the default where the file is silent; findings go to ``read``."""
    given = dict(read.mapping("values", raw, tuple(FIELDS)))
    values = {}
    for name, field in FIELDS.items():
        if name not in given or (given[name] is None and not field.optional):
            values[name] = field.default
        elif given[name] is None:
            values[name] = None
        else:
            values[name] = KINDS[field.kind](read, field, f"values.{name}", given[name])
    return values
