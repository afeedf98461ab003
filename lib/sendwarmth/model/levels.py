"""From one level to the next: a unit's money, group by group, split again by the same model.

A province gives a city an amount for each group; the city splits those amounts over its counties
with tables, standards and limits of its own, and a county over its townships. What a level gives is
fixed for the level below: an envelope in whole yuan for each group, which no limit changes. So the
sums agree exactly at every level, by construction, and `assert_sums` holds every split to it.

What a unit does not state itself it takes from the level above: standards, least and most a head,
the rule and its weights, the rounding unit. What is about the units above is not handed down: base
amounts, caps, bands, locks and limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sendwarmth.model.allocation import Plan, allocate
from sendwarmth.model.findings import Finding, InputError, Place, errors
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.scenario import LANGUAGES, Origin, Scenario, merge, read_scenario

Path = tuple[str, ...]
"""Ids from the top to a unit; the top itself has none."""

HANDED_DOWN = (
    *("unit_yuan", "standard", "rule", "factor_weight"),
    *("per_head_min", "per_head_max", "uncertainty"),
)
"""Fields a unit takes from the level above where it states nothing itself."""
SET_ABOVE = ("budget_yuan", "reserve", "reserve_release", "group_share", "envelopes_yuan")
"""Fields the money from above decides; a unit that states one is refused."""


@dataclass(frozen=True)
class Given:
    """What the level above gives a unit to split.

    Parameters
    ----------
    path
        Ids from the top to the unit.
    yuan
        Whole yuan by group.
    heads
        People or households by group, as the level above counts them.
    name
        The unit's name by language.
    values
        Raw values of a scenario that are handed down.
    scenario
        Name of the scenario at the top.
    """

    path: Path
    yuan: Mapping[str, int]
    heads: Mapping[str, int]
    name: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    scenario: str = ""

    @property
    def total_yuan(self) -> int:
        """All groups together."""
        return sum(self.yuan.values())

    @property
    def label(self) -> str:
        """The scenario and the path, ``baseline/north/hill``."""
        return "/".join((self.scenario, *self.path))


def given_to(plan: Plan, region: str, above: Given | None = None) -> Given:
    """Return what a plan gives one of its units.

    Parameters
    ----------
    plan
        The plan of the level above.
    region
        Id of the unit.
    above
        What that level was given itself; None at the top.
    """
    handed = {name: plan.scenario.raw[name] for name in HANDED_DOWN if name in plan.scenario.raw}
    row = plan.inputs.regions.loc[region]
    name = {language: str(row.get(f"name_{language}", region)) for language in LANGUAGES}
    return Given(
        path=(*(above.path if above else ()), region),
        yuan={str(group): int(yuan) for group, yuan in plan.table.loc[region].items()},
        heads={str(group): int(heads) for group, heads in plan.heads.loc[region].items()},
        name=name,
        values=handed,
        scenario=above.scenario if above else plan.scenario.name,
    )


def scenario_of(
    given: Given, inputs: Inputs, own: Mapping[str, Any] | None = None, origin: Origin | None = None
) -> Scenario:
    """Return the scenario by which a unit splits what it was given.

    Parameters
    ----------
    given
        What it was given.
    inputs
        Its tables. Balances its units still hold are part of what was given.
    own
        What the unit's own scenario file states, as plain data; it may say what it likes but where
        the money comes from.
    origin
        Where that file was read.

    Raises
    ------
    InputError
        With every finding at once.
    """
    own = dict(own or {})
    stated = own.pop("values", None) or {}
    read = (origin or Origin()).reader()
    for key in ("extends", "data"):
        if own.pop(key, None) is not None:
            read.wrong("set_by_level_above", key, key)
    for name in SET_ABOVE if isinstance(stated, Mapping) else ():
        if name in stated:
            read.wrong("set_by_level_above", f"values.{name}", name)
    if read.findings:
        raise InputError(read.findings)
    held = inputs.extras.get("unspent")
    carried = 0 if held is None else int(held["yuan"].sum())
    money = {"budget_yuan": max(given.total_yuan - carried, 0), "reserve": {"yuan": 0}}
    values = merge(given.values, stated) if isinstance(stated, Mapping) else stated
    if isinstance(values, Mapping):
        values = {**values, **money, "envelopes_yuan": dict(given.yuan)}
    raw = {"title": dict(given.name), "purpose": dict(given.name), **own, "values": values}
    return read_scenario(raw, given.label, origin=origin)


def split(inputs: Inputs, scenario: Scenario, given: Given) -> Plan:
    """Return the plan of a unit for what it was given; group totals agree exactly.

    Parameters
    ----------
    inputs
        The unit's tables.
    scenario
        As `scenario_of` returns it.
    given
        What the level above gave it.

    Raises
    ------
    InputError
        The tables do not fit what was given; every finding at once.
    Infeasible
        The unit's own limits cannot all hold with what was given.
    """
    found = tuple(check_given(inputs, scenario, given))
    if errors(found):
        raise InputError(found)
    plan = allocate(inputs, scenario)
    assert_sums(plan, given)
    return plan


def check_given(inputs: Inputs, scenario: Scenario, given: Given) -> Iterator[Finding]:
    """Yield what keeps a unit's tables from taking what was given: groups, balances still held."""
    known = inputs.group_ids
    for group in (group for group in given.yuan if group not in known):
        facts = {"value": given.yuan[group], "group": group, "allowed": ", ".join(known)}
        yield Finding("given_group_missing", "error", Place(file=inputs.origin), facts)
    for group in (group for group in known if group not in given.yuan):
        facts = {"value": group, "allowed": ", ".join(given.yuan)}
        yield Finding("group_not_given", "error", Place(file=inputs.origin), facts)
    held = inputs.extras.get("unspent")
    balance = 0 if held is None else int(held["yuan"].sum())
    if balance > given.total_yuan:
        facts = {"value": balance, "allowed": given.total_yuan}
        yield Finding("unspent_above_given", "error", scenario.origin.reader().place(""), facts)


def heads_apart(inputs: Inputs, given: Given) -> tuple[Finding, ...]:
    """Return, as warnings, the groups a unit counts otherwise than the level above does."""
    own = inputs.heads.sum()
    return tuple(
        Finding(
            "heads_off_level_above",
            "warning",
            Place(file="eligible"),
            {"value": int(own[group]), "allowed": heads, "group": group},
        )
        for group, heads in given.heads.items()
        if group in own.index and int(own[group]) != heads
    )


def assert_sums(plan: Plan, given: Given) -> None:
    """Assert that a plan spends exactly what was given, group by group, in integers."""
    spent = {str(group): int(yuan) for group, yuan in plan.table.sum().items()}
    if spent != dict(given.yuan):
        raise AssertionError(f"{given.label} splits {spent}, but was given {dict(given.yuan)}")


def repeated_ids(units: Iterable[tuple[Path, Sequence[str]]]) -> dict[Path, tuple[Finding, ...]]:
    """Return, for every table of units, the ids in it that stand in another table, too.

    Of tables that share an id, the one nearest to the top keeps it, if it is the only one on its
    level; all others are refused, whatever the order they are looked at in.

    Parameters
    ----------
    units
        For each table, the path of the unit it belongs to and the ids in it.

    Examples
    --------
    >>> found = repeated_ids([((), ["a", "b"]), (("a",), ["c", "b"]), (("b",), ["d"])])
    >>> {path: [finding.code for finding in some] for path, some in found.items()}
    {('a',): ['id_on_two_levels']}
    """
    first: dict[str, Path] = {}
    shared: dict[str, list[Path]] = {}
    for path, ids in units:
        for word in ids:
            if first.setdefault(word, path) is not path:
                shared.setdefault(word, [first[word]]).append(path)
    found: dict[Path, tuple[Finding, ...]] = {}
    for word, paths in sorted(shared.items()):
        ranked = sorted(paths, key=lambda path: (len(path), path))
        keeps = ranked[0] if len(ranked[0]) < len(ranked[1]) else None
        for path in (path for path in ranked if path != keeps):
            others = ", ".join("/".join(other) or "-" for other in ranked if other != path)
            place = Place(file="regions", field="region_id")
            facts = {"value": word, "allowed": others}
            finding = Finding("id_on_two_levels", "error", place, facts)
            found[path] = (*found.get(path, ()), finding)
    return found


@dataclass
class Totals:
    """Running sums over units, level by level, so that no plan has to be kept.

    Parameters
    ----------
    given, split, failed
        By level (the top is 0): units, and whole yuan by group, of what was given to units with
        tables, what their plans split, and what those that failed leave unsplit.
    """

    given: dict[int, dict[str, int]] = field(default_factory=dict)
    split: dict[int, dict[str, int]] = field(default_factory=dict)
    failed: dict[int, dict[str, int]] = field(default_factory=dict)

    def add(self, kind: str, level: int, yuan: Mapping[str, int]) -> None:
        """Add one unit's amounts to a level."""
        sums = getattr(self, kind).setdefault(level, dict.fromkeys(yuan, 0))
        for group, amount in yuan.items():
            sums[group] = sums.get(group, 0) + int(amount)

    def assert_agree(self) -> None:
        """Assert that on every level what was given is split or left by a unit that failed."""
        for level, given in self.given.items():
            parts = (self.split.get(level, {}), self.failed.get(level, {}))
            reached = {group: sum(part.get(group, 0) for part in parts) for group in given}
            if reached != given:
                raise AssertionError(f"level {level} was given {given}, but comes to {reached}")
