"""Levers: the scalar handles of a scenario's fields, made from the schema and the tables at hand.

A *position* holds the value of every lever by name, with the lists ``locks`` and ``limits``. The
names are the panel's traits and the shared page's inputs (``standard__GROUP``). `position_of` reads
a position off a scenario, `changes` turns a moved position back into values for
``Scenario.with_values``; the browser does the same in ``dashboard/problem.js``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.problem import FACTOR_DATA
from sendwarmth.model.scenario import Scenario
from sendwarmth.model.schema import EVERY, FACTORS, FIELDS, Field

Kind = Literal["number", "choice", "switch", "joint"]
Position = Mapping[str, Any]
UNITS = (1, 10, 100, 1_000, 10_000)
RESERVE_FORMS = ("share", "yuan", "rest")
MAIN_FIELDS = ("budget_yuan", "reserve", "region_floor_yuan")
MAIN_STANDARDS, MAIN_MINIMA = 3, 1
LISTS = ("locks", "limits")
GIVEN_FROM_ABOVE = ("budget_yuan", "reserve", "group_share", "priority")


@dataclass(frozen=True)
class Lever:
    """One handle.

    Parameters
    ----------
    name
        Trait name: field and members joined by two underscores.
    field
        The schema's field it belongs to.
    path
        Where its value stands in the browser's values; empty for levers that hold no value there.
    kind
        ``number`` and ``choice`` hold a value, a ``switch`` says whether others count, a ``joint``
        lever moves others together.
    member
        The group it is for, or empty.
    part
        What it is of its field (a factor, ``low``, ``form``), or empty.
    unit, lowest, highest, step, choices
        As in the schema, the range narrowed to what the tables make likely.
    switch
        The switch that must be on for this one to count, or empty.
    joins
        Names of the levers a joint lever moves.
    main
        Whether it is among the few of the beginner's view.
    """

    name: str
    field: str
    path: tuple[str, ...] = ()
    kind: Kind = "number"
    member: str = ""
    part: str = ""
    unit: str = ""
    lowest: float = 0
    highest: float = 1
    step: float = 1
    choices: tuple[str | int, ...] = ()
    switch: str = ""
    joins: tuple[str, ...] = ()
    main: bool = False

    def reaching(self, value: Any) -> Lever:
        """Return the lever with range, step and choices widened to hold a value as it stands.

        Examples
        --------
        >>> lever = Lever("budget_yuan", "budget_yuan", unit="yuan", highest=100, step=5)
        >>> lever.reaching(120).highest, lever.reaching(97).step, lever.reaching(95) == lever
        (120, 1, True)
        """
        if self.kind == "choice" and value not in self.choices:
            return replace(self, choices=(*self.choices, value))
        if self.kind not in ("number", "joint") or value is None:
            return self
        steps = (self.step, FIELDS[self.field].step, 1 if self.unit.startswith("yuan") else 1e-6)
        step = next((s for s in steps if not Decimal(repr(value)) % Decimal(repr(s))), steps[-1])
        low, high = min(self.lowest, value), max(self.highest, value)
        return replace(self, lowest=low, highest=high, step=step)

    def holds(self, value: Any) -> bool:
        """Whether a value is within the lever's own range and choices."""
        if self.kind == "choice":
            return value in self.choices
        return self.kind == "switch" or self.lowest <= value <= self.highest

    def plain(self) -> dict[str, Any]:
        """Return it as plain data for the browser, without what is empty."""
        known = asdict(self).items()
        kept = {key: value for key, value in known if value not in ("", ()) and value is not False}
        lists = {key: list(kept.get(key, ())) for key in ("path", "choices", "joins")}
        return {**kept, **lists}


@dataclass(frozen=True)
class _Maker:
    """Makes the levers of one scenario on its tables."""

    inputs: Inputs
    scenario: Scenario

    def number(self, field: Field) -> Iterator[Lever]:
        if field.slider is None:
            units = tuple(unit for unit in UNITS if unit >= field.lowest)
            yield Lever(
                field.name, field.name, (field.name,), "choice", unit=field.unit, choices=units
            )
            return
        switch = (yield from self.switch(field)) if field.optional else ""
        yield self.slider(field, field.name, (field.name,), switch=switch)

    def choice(self, field: Field) -> Iterator[Lever]:
        if field.name != "change_band_base" or self.last_year():
            yield Lever(field.name, field.name, (field.name,), "choice", choices=field.choices)

    def reserve(self, field: Field) -> Iterator[Lever]:
        form = f"{field.name}__form"
        yield Lever(
            form, field.name, (field.name, "form"), "choice", part="form", choices=RESERVE_FORMS
        )
        yield self.slider(field, field.name, (field.name, "share"))
        most = 0.2 * (FIELDS["budget_yuan"].slider or (0, 0, 0))[1]
        money = replace(field, unit="yuan", slider=(0, most, 1e5))
        yield self.slider(money, f"{field.name}__yuan", (field.name, "yuan"), part="yuan")

    def by_group(self, field: Field) -> Iterator[Lever]:
        for group in self.inputs.group_ids:
            name, optional = f"{field.name}__{group}", field.name == "per_head_max"
            switch = (yield from self.switch(field, group)) if optional else ""
            lever = self.slider(field, name, (field.name, group), member=group, switch=switch)
            likely = 2 * float(self.inputs.groups.at[group, "most_yuan"])
            if field.unit == "yuan_a_head" and lever.step <= likely < lever.highest:
                lever = replace(lever, highest=int(likely // lever.step * lever.step))
            yield replace(lever, main=lever.name in self.main)

    def shares(self, field: Field) -> Iterator[Lever]:
        switch = yield from self.switch(field)
        whole = replace(field, slider=(0, 1, field.step))
        for group in self.inputs.group_ids:
            path = (field.name, group)
            yield self.slider(whole, f"{field.name}__{group}", path, member=group, switch=switch)

    def factors(self, field: Field) -> Iterator[Lever]:
        for factor in (f for f in FACTORS if f != "claim" and self.known(f)):
            names = {g: f"{field.name}__{g}__{factor}" for g in self.inputs.group_ids}
            tilted = self.tilted(factor)
            if tilted:
                joint = self.slider(field, f"{field.name}__{factor}", (), part=factor)
                joins = tuple(names[group] for group in tilted)
                yield replace(joint, kind="joint", joins=joins, main=True)
            for group, name in names.items():
                yield self.slider(
                    field, name, (field.name, group, factor), member=group, part=factor
                )

    def band(self, field: Field) -> Iterator[Lever]:
        if not self.last_year():
            return
        switch = yield from self.switch(field)
        wide = replace(field, slider=(-1, 1, field.step))
        for part in ("low", "high"):
            yield self.slider(
                wide, f"{field.name}__{part}", (field.name, part), part=part, switch=switch
            )

    def switch(self, field: Field, member: str = "") -> Any:
        name = "__".join(filter(None, (field.name, member, "on")))
        yield Lever(name, field.name, kind="switch", member=member, part="on")
        return name

    def slider(self, field: Field, name: str, path: tuple[str, ...], **more: Any) -> Lever:
        low, high, step = field.slider or (field.lowest, field.highest, field.step)
        if field.unit.startswith("yuan"):
            low, high, step = int(low), int(high), int(step)
        lever = Lever(name, field.name, path, "number", unit=field.unit, **more)
        main = lever.main or name in MAIN_FIELDS
        return replace(lever, lowest=low, highest=high, step=step, main=main)

    @cached_property
    def main(self) -> tuple[str, ...]:
        """Return the group levers of the beginner's view: those of the groups that ask for most."""
        claims = self.inputs.claims(dict(self.inputs.table_standard)).sum()
        order = list(claims.sort_values(ascending=False, kind="stable").index)
        standard = [f"standard__{group}" for group in order[:MAIN_STANDARDS]]
        return (*standard, *(f"per_head_min__{group}" for group in order[:MAIN_MINIMA]))

    def tilted(self, factor: str) -> tuple[str, ...]:
        """Return the groups whose weights the scenario states for a factor, 0 included."""
        weights = self.scenario.values["factor_weight"]
        groups = self.inputs.group_ids
        return tuple(g for g in groups if factor in weights.get(g, weights[EVERY]))

    def known(self, factor: str) -> bool:
        return not np.isnan(FACTOR_DATA[factor](self.inputs)).all()

    def last_year(self) -> bool:
        last = self.inputs.extras.get("last_year")
        return last is not None and bool(last["yuan"].sum() > 0)


MAKERS: Mapping[str, Callable[[_Maker, Field], Iterator[Lever]]] = {
    "number": _Maker.number,
    "choice": _Maker.choice,
    "reserve": _Maker.reserve,
    "by_group": _Maker.by_group,
    "shares": _Maker.shares,
    "factors": _Maker.factors,
    "band": _Maker.band,
}


def levers_of(inputs: Inputs, scenario: Scenario) -> tuple[Lever, ...]:
    """Return every lever of a scenario on its tables, in the order of the schema.

    Fields without a scalar handle (locks, limits, dates) have none; neither have factors and bands
    without their data, nor what the level above decides where it gives each group its envelope. The
    beginner's view has the fund, the reserve, the base amount, the tilt, the standards of the three
    groups that claim most and the minimum of the first of them.
    """
    maker = _Maker(inputs, scenario)
    given = GIVEN_FROM_ABOVE if scenario.values["envelopes_yuan"] is not None else ()
    fields = (field for field in FIELDS.values() if field.kind in MAKERS)
    made = (MAKERS[field.kind](maker, field) for field in fields if field.name not in given)
    return tuple(lever for levers in made for lever in levers)
