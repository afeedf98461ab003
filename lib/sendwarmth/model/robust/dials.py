"""What can be moved: numbers of a scenario, and head counts and data of the tables.

A dial is one number with the range it is moved by and the furthest it may go. Paths are those of
findings (``per_head_min.GROUP``, ``limits[0].floor_yuan``); what is of the tables is written with a
slash and moves as a multiple of what they say: ``heads/REGION``, ``heads/GROUP``,
``heads/GROUP/TIER`` where the tables have tiers, ``gdp/REGION``, ``execution/REGION``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sendwarmth.model.findings import Finding, InputError, nearest
from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import FACTOR_DATA
from sendwarmth.model.robust.axes import keys_of, moved
from sendwarmth.model.robust.stack import Stack, posed, refusal, stacked
from sendwarmth.model.scenario import Scenario, standards
from sendwarmth.model.schema import EVERY, FIELDS
from sendwarmth.model.setting import Floats

HEADS, GDP, EXECUTION = "heads", "gdp", "execution"
OF_TABLES = (HEADS, GDP, EXECUTION)
DATA_OF = {GDP: "fiscal_weakness", EXECUTION: "execution"}
"""The factor that each of the tables' data is for."""
USUAL = 0.1
"""By how much of itself a number is moved where the scenario states no range."""
MOST_TIMES = 2.0
"""How many times its amount in the tables a count or a datum may become."""
HALF = 0.5
"""A number outside the range of its slider may be halved or doubled."""
LEAST_DATUM = 0.1
"""What part of itself a datum keeps: without any, its unit takes the claim's share."""
GRAINS = {"yuan_a_head": 1.0, "share": 0.0001, "weight": 0.001, "multiple": 0.0001}
FINEST = {"yuan_a_head": 1.0, "share": 1e-6, "weight": 1e-6, "multiple": 1e-6}
UNCERTAINTY, SCHEMA = "uncertainty", "schema"


@dataclass(frozen=True)
class Dial:
    """One number that can be moved.

    Parameters
    ----------
    path
        What it is.
    now
        Its value now; 1 for what moves as a multiple of the tables.
    low, high
        The range it is moved by.
    stated
        Where that range is from: ``uncertainty`` of the scenario (one coefficient of variation
        either way, or the range), or ``schema``: a tenth of the value, in whole steps of its slider
        and at least one.
    lowest, highest
        The furthest it may go.
    grain
        The smallest change that is told apart; values are ``now`` and whole grains from there.
    unit
        ``yuan``, ``yuan_a_head``, ``share``, ``weight``, or ``multiple`` of the tables.
    """

    path: str
    now: float
    low: float
    high: float
    stated: str
    lowest: float
    highest: float
    grain: float
    unit: str

    @property
    def of_tables(self) -> bool:
        """Whether it is of the tables, not of the scenario."""
        return self.path.partition("/")[0] in OF_TABLES

    def value(self, steps: int) -> float:
        """Return the value so many grains from now, within the range; yuan are whole."""
        value = min(max(self.now + steps * self.grain, self.lowest), self.highest)
        return round(value) if self.unit.startswith("yuan") else round(value, 6)

    @cached_property
    def reach(self) -> tuple[int, int]:
        """How many grains down, at most 0, and up lead to the ends of the range."""
        down = math.ceil((self.now - self.lowest) / self.grain - 1e-9)
        return -down, math.ceil((self.highest - self.now) / self.grain - 1e-9)

    def finer(self, unit_yuan: int) -> Dial:
        """Return the dial with the smallest grain a scenario can hold; yuan in whole units."""
        return replace(self, grain=FINEST.get(self.unit, float(unit_yuan)))

    def at(self, inputs: Inputs, scenario: Scenario, value: float) -> tuple[Inputs, Scenario]:
        """Return tables and scenario with the number at a value.

        Raises
        ------
        InputError
            The scenario cannot hold that value.
        """
        kind, _, member = self.path.partition("/")
        if kind == HEADS:
            return inputs.with_heads(self._rows(inputs, value)[0]), scenario
        if kind == GDP:
            gdp = inputs.regions["gdp_100m_yuan"].astype(float)
            gdp = gdp.where(gdp.index != member, gdp * value)
            return inputs.like(regions=inputs.regions.assign(gdp_100m_yuan=gdp)), scenario
        if kind == EXECUTION:
            rows = inputs.extras[EXECUTION]
            rate = rows["rate"].where(rows["region_id"] != member, rows["rate"] * value)
            extras = dict(inputs.extras) | {EXECUTION: rows.assign(rate=rate)}
            return inputs.like(extras=extras), scenario
        return inputs, moved(scenario, {keys_of(self.path): value})

    def pose(self, inputs: Inputs, scenario: Scenario, value: float) -> Stack:
        """Return the problem with the number at a value; refused where it cannot be posed."""
        try:
            if self.path.startswith(f"{HEADS}/"):
                return stacked(inputs, scenario, self._rows(inputs, value))
            return posed(*self.at(inputs, scenario, value))
        except InputError as error:
            return refusal(inputs, error.findings[0].code)

    def _rows(self, inputs: Inputs, multiple: float) -> Floats:
        """Return heads by row, whole, (1, rows); where somebody is listed somebody stays."""
        heads = inputs.eligible["heads"].to_numpy(float)
        _, *members = self.path.split("/")
        words = {"region_id": inputs.region_ids, "group_id": inputs.group_ids}
        some = np.ones(len(heads), bool)
        for member in members:
            column = next((c for c, ids in words.items() if member in ids), "tier_id")
            some &= (inputs.eligible[column] == member).to_numpy(bool)
        new = np.maximum(np.rint(heads * multiple), heads > 0)
        return np.where(some, new, heads)[None]


def dials(inputs: Inputs, scenario: Scenario) -> tuple[Dial, ...]:
    """Return every number that can be moved and may change the plan, in the order of the schema.

    Parameters
    ----------
    inputs, scenario
        The tables and the scenario.

    Examples
    --------
    ``{dial.path: (dial.low, dial.high) for dial in dials(inputs, scenario)}``
    """
    return (*_of_scenario(inputs, scenario), *_of_tables(inputs, scenario))


def dial_of(inputs: Inputs, scenario: Scenario, path: str) -> Dial:
    """Return one dial by its path.

    Raises
    ------
    InputError
        There is none, or the scenario leaves nothing to move there.
    """
    known = {dial.path: dial for dial in dials(inputs, scenario)}
    if path not in known:
        facts = {"value": path, "nearest": nearest(path, known), "allowed": ", ".join(known)}
        raise InputError([Finding("unknown_dial", "error", facts=facts)])
    return known[path]


def _of_scenario(inputs: Inputs, scenario: Scenario) -> Iterator[Dial]:
    values = scenario.values
    for path, now in _numbers(inputs, scenario):
        field = FIELDS[str(keys_of(path)[0])]
        unit = "yuan" if path == "reserve.yuan" else field.unit
        low, high, step = field.slider or (field.lowest, field.highest, field.step)
        if unit == "yuan" and (field.slider is None or path == "reserve.yuan"):
            low, high, step = 0, values["budget_yuan"], FIELDS["locks"].step
        if not low <= now <= high and now > 0:
            low, high, step = HALF * now, now / HALF, field.step
        by = max(round(USUAL * abs(now) / step), 1) * step
        lowest, highest = min(low, now), max(high, now + by if now < field.highest else now)
        if field.name == "change_band":
            lowest, highest = _within_band(path, values["change_band"])
        span = max(now - by, lowest), min(now + by, highest)
        grain = GRAINS.get(unit, float(values["unit_yuan"]))
        low, high = (round(end) if unit.startswith("yuan") else round(end, 6) for end in span)
        yield Dial(path, now, low, high, SCHEMA, lowest, highest, grain, unit)


def _within_band(path: str, band: tuple[float, float]) -> tuple[float, float]:
    return (-1.0, band[1]) if path.endswith("[0]") else (band[0], max(1.0, band[1]))


def _numbers(inputs: Inputs, scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Yield every number of a scenario that counts, with its path."""
    values = scenario.values
    yield "budget_yuan", values["budget_yuan"]
    reserve = values["reserve"]
    if isinstance(reserve, Mapping):
        yield "reserve.yuan", reserve["yuan"]
    elif reserve != "rest":
        yield "reserve", reserve
    yield from ((f"standard.{group}", yuan) for group, yuan in standards(scenario, inputs).items())
    yield from _weights(inputs, values)
    yield from _by_group(inputs, values)
    yield "region_floor_yuan", values["region_floor_yuan"]
    if values["region_cap_share"] is not None:
        yield "region_cap_share", values["region_cap_share"]
    yield from ((f"change_band[{k}]", end) for k, end in enumerate(values["change_band"] or ()))
    yield from ((f"locks[{n}].yuan", lock["yuan"]) for n, lock in enumerate(values["locks"]))
    for n, limit in enumerate(values["limits"]):
        stated = (key for key in ("floor_yuan", "cap_yuan") if limit[key] is not None)
        yield from ((f"limits[{n}].{key}", limit[key]) for key in stated)


def _by_group(inputs: Inputs, values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield what divides the money among groups, if there are several, and each one's bounds."""
    shares, several = values["group_share"], inputs.group_ids if len(inputs.group_ids) > 1 else ()
    for group in several:
        if shares is None:
            yield f"priority.{group}", values["priority"].get(group, 1)
        else:
            yield f"group_share.{group}", shares[group]
    for name in ("per_head_min", "per_head_max"):
        stated = [group for group in inputs.group_ids if values[name].get(group) is not None]
        yield from [(f"{name}.{group}", values[name][group]) for group in stated]


def _weights(inputs: Inputs, values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the weight of every factor with data, in every group; the claim takes the rest."""
    if values["rule"] != "factor" or len(inputs.region_ids) < 2:
        return
    known = [name for name, read in FACTOR_DATA.items() if np.isfinite(read(inputs)).any()]
    for group in inputs.group_ids:
        parts = values["factor_weight"].get(group, values["factor_weight"][EVERY])
        for name in known:
            yield f"factor_weight.{group}.{name}", parts.get(name, 0)


def _of_tables(inputs: Inputs, scenario: Scenario) -> Iterator[Dial]:
    stated = scenario.values["uncertainty"]
    listed = inputs.listed
    for region in inputs.region_ids:
        if listed.loc[region].sum():
            yield _multiple(f"{HEADS}/{region}", stated.get(HEADS))
    for group in inputs.group_ids:
        if listed[group].sum():
            yield _multiple(f"{HEADS}/{group}", stated.get(group, stated.get(HEADS)))
    tiers = inputs.eligible[(inputs.eligible["tier_id"] != "") & (inputs.eligible["heads"] > 0)]
    for group, tier in dict.fromkeys(zip(tiers["group_id"], tiers["tier_id"], strict=True)):
        yield _multiple(f"{HEADS}/{group}/{tier}", stated.get(group, stated.get(HEADS)))
    used = {
        name
        for group in inputs.group_ids
        for name, weight in _parts(scenario, group).items()
        if weight > 0 and scenario.values["rule"] == "factor"
    }
    for kind, factor in DATA_OF.items():
        if factor in used:
            data = FACTOR_DATA[factor](inputs)
            for region, datum in zip(inputs.region_ids, np.asarray(data), strict=True):
                if np.isfinite(datum):
                    yield _multiple(f"{kind}/{region}", stated.get(factor))


def _parts(scenario: Scenario, group: str) -> Mapping[str, float]:
    weights = scenario.values["factor_weight"]
    parts: Mapping[str, float] = weights.get(group, weights[EVERY])
    return parts


def _multiple(path: str, how: Mapping[str, float] | None) -> Dial:
    low, high = 1 - USUAL, 1 + USUAL
    if how and how.get("cv") is not None:
        low, high = max(1 - how["cv"], 0.0), 1 + how["cv"]
    elif how and how.get("low") is not None and how.get("high") is not None:
        low, high = how["low"], how["high"]
    stated = UNCERTAINTY if how else SCHEMA
    grain = GRAINS["multiple"]
    lowest = 0.0 if path.startswith(HEADS) else LEAST_DATUM
    lowest, highest = min(lowest, low), max(MOST_TIMES, high)
    return Dial(path, 1.0, low, high, stated, lowest, highest, grain, "multiple")
