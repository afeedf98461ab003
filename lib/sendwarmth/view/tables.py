"""The tables of a plan as planners read them: frames and plans in, tables of words out."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sendwarmth.model.allocation import Plan
from sendwarmth.model.scenario import standards
from sendwarmth.view.masking import Mask
from sendwarmth.view.names import Names
from sendwarmth.view.sections import Column, Table


def allocation(plan: Plan, names: Names) -> Table:
    """Return the plan: a row a unit, a column a group, then totals, reserve and fund."""
    words, table = names.words, plan.table
    rows = [
        (names.regions[region], *map(int, cells), int(cells.sum()))
        for region, cells in table.iterrows()
    ]
    blank = (None,) * len(table.columns)
    shared = int(table.to_numpy().sum())
    totals = [
        (words.say("table.total"), *map(int, table.sum()), shared),
        (words.say("field.reserve.label"), *blank, plan.reserve),
        (words.say("table.fund"), *blank, shared + plan.reserve),
    ]
    money = [Column(names.groups[group], "money") for group in table.columns]
    return Table(
        words.say("table.allocation"),
        (Column(words.say("table.region")), *money, Column(words.say("table.sum"), "exact")),
        tuple(rows),
        tuple(totals),
        digits=words.digits([*table.to_numpy().ravel(), plan.reserve]),
    )


def blocs(plan: Plan, names: Names) -> Table | None:
    """Return the money by bloc, with each bloc's share of heads and money."""
    words = names.words
    of = plan.inputs.regions["bloc"].reindex(plan.table.index)
    if (of == "").all() or of.nunique() < 2:
        return None
    frame = pd.DataFrame(
        {"units": 1, "heads": plan.heads.sum(axis=1), "yuan": plan.table.sum(axis=1)}
    )
    sums = frame.groupby(of, sort=False).sum()
    rows = [
        (
            names.blocs.get(bloc) or words.say("table.no_bloc"),
            int(row.units),
            int(row.yuan),
            row.yuan / sums.yuan.sum(),
            row.heads / sums.heads.sum(),
        )
        for bloc, row in sums.iterrows()
    ]
    columns = (
        Column(words.say("table.bloc")),
        Column(words.say("table.units"), "count"),
        Column(words.say("table.sum"), "exact"),
        Column(words.say("table.share_of_money"), "percent"),
        Column(words.say("table.share_of_heads"), "percent"),
    )
    digits = words.digits(sums.yuan)
    return Table(words.say("table.blocs"), columns, tuple(rows), digits=digits)


def uses(plan: Plan, names: Names, mask: Mask) -> Table:
    """Return what the fund is used for: a row a group, then the reserve."""
    words, table = names.words, plan.table
    heads = mask.shown_totals(_counts(plan).sum())
    fund = int(table.to_numpy().sum()) + plan.reserve
    rows = [
        (
            names.groups[group],
            heads[group],
            names.units[group],
            int(table[group].sum()),
            table[group].sum() / fund if fund else None,
        )
        for group in table.columns
    ]
    kept = (
        words.say("field.reserve.label"),
        None,
        "",
        plan.reserve,
        plan.reserve / fund if fund else None,
    )
    columns = (
        Column(words.say("table.group")),
        Column(words.say("table.heads"), "count"),
        Column(words.say("table.unit")),
        Column(words.say("table.amount"), "exact"),
        Column(words.say("table.share_of_fund"), "percent"),
    )
    total = (words.say("table.fund"), None, "", fund, 1.0 if fund else None)
    digits = words.digits([*(row[3] for row in rows), plan.reserve])
    return Table(words.say("table.uses"), columns, (*rows, kept), (total,), digits=digits)


def sources(plan: Plan, names: Names) -> Table:
    """Return where the money comes from and whom it may serve; lines not filled in stay blank."""
    words, language = names.words, names.words.language
    text = "source" if language == "zh" else "source_en"
    rows = []
    for row in plan.inputs.sources.itertuples():
        served = str(row.groups).split()
        groups = [names.groups.get(group, words.say("table.all_groups")) for group in served]
        yuan = None if pd.isna(row.yuan) else int(row.yuan)
        status = words.say(f"choice.standing.{row.status}") if yuan is not None else ""
        said = words.say("limit.list").join(groups)
        rows.append((getattr(row, f"label_{language}"), yuan, said, status, getattr(row, text)))
    columns = (
        Column(words.say("table.source")),
        Column(words.say("table.amount"), "exact"),
        Column(words.say("table.serves")),
        Column(words.say("table.standing")),
        Column(words.say("table.where_from")),
    )
    known = sum(row[1] for row in rows if row[1] is not None)
    total = (words.say("table.total"), known, "", "", "")
    return Table(words.say("table.sources"), columns, tuple(rows), (total,))


def basis(plan: Plan, names: Names, mask: Mask) -> Table:
    """Return what the plan rests on, a row a group: heads, standards, bounds, factors, claims."""
    words, values = names.words, plan.scenario.values
    set_standard = standards(plan.scenario, plan.inputs)
    heads = mask.shown_totals(_counts(plan).sum())
    rows = [
        (
            names.groups[group],
            heads[group],
            names.units[group],
            set_standard[group],
            values["per_head_min"].get(group),
            values["per_head_max"].get(group),
            factors_of(plan, group, names),
            round(float(plan.claims[group].sum())),
            standing_of(plan, group, names),
        )
        for group in plan.table.columns
    ]
    columns = (
        Column(words.say("table.group")),
        Column(words.say("table.heads"), "count"),
        Column(words.say("table.unit")),
        Column(words.say("table.standard_set"), "yuan"),
        Column(words.say("table.least"), "yuan"),
        Column(words.say("table.most"), "yuan"),
        Column(words.say("table.factors")),
        Column(words.say("table.claim"), "money"),
        Column(words.say("table.standing")),
    )
    claims = round(float(plan.claims.to_numpy().sum()))
    total = (words.say("table.total"), None, "", None, None, None, "", claims, "")
    return Table(words.say("table.basis"), columns, tuple(rows), (total,))


def factors_of(plan: Plan, group: str, names: Names) -> str:
    """Return how a group's money is spread over the units, in words."""
    words, values = names.words, plan.scenario.values
    rule = words.say(f"choice.rule.{values['rule']}")
    if values["rule"] != "factor":
        return rule
    weights: Mapping[str, float] = values["factor_weight"].get(
        group, values["factor_weight"]["default"]
    )
    parts = [
        f"{words.say(f'choice.factor.{factor}')} {weight * 100:g}%"
        for factor, weight in weights.items()
        if weight
    ]
    return words.say("limit.list").join(parts)


def standing_of(plan: Plan, group: str, names: Names) -> str:
    """Return how sure a group's head counts are: the least sure of its cells."""
    order = ("assumed", "derived", "official")
    found = set(plan.inputs.status[group])
    return names.words.say(f"choice.standing.{next(s for s in order if s in found)}")


def _counts(plan: Plan) -> pd.DataFrame:
    return plan.heads.round().astype("int64")


def heads(counts: pd.DataFrame, names: Names, mask: Mask) -> Table:
    """Return head counts, those of ``mask`` hidden."""
    words = names.words
    rows = [(names.regions[region], *cells) for region, cells in mask.shown(counts).iterrows()]
    units = [
        words.say("table.with_unit", name=names.groups[group], unit=names.units[group])
        for group in counts.columns
    ]
    return Table(
        words.say("table.heads_by_unit"),
        (Column(words.say("table.region")), *(Column(unit, "count") for unit in units)),
        tuple(rows),
        ((words.say("table.total"), *mask.shown_totals(counts.sum())),),
        notes=(words.say("note.masked"),) if mask.any else (),
    )


def standards_out(plan: Plan, names: Names, mask: Mask) -> Table:
    """Return yuan a head as it comes out beside the standard set; hidden where heads are."""
    words, counts = names.words, plan.heads
    a_head = mask.shown(plan.table / counts.where(counts > 0))
    rows = [(names.regions[region], *cells) for region, cells in a_head.iterrows()]
    set_standard = standards(plan.scenario, plan.inputs)
    whole = mask.shown_totals(plan.table.sum() / counts.sum().where(counts.sum() > 0))
    groups = [Column(names.groups[group], "yuan") for group in counts.columns]
    return Table(
        words.say("table.standards_out"),
        (Column(words.say("table.region")), *groups),
        tuple(rows),
        (
            (words.say("table.whole"), *whole),
            (words.say("table.standard_set"), *(set_standard[group] for group in counts.columns)),
        ),
        notes=(words.say("note.masked"),) if mask.any else (),
    )


def last_year(plan: Plan, names: Names) -> Table | None:
    """Return this plan beside last year's amounts, None where there are none."""
    last = plan.inputs.extras.get("last_year")
    if last is None or last.empty:
        return None
    words = names.words
    before = last.groupby("region_id")["yuan"].sum().reindex(plan.table.index)
    now = plan.table.sum(axis=1)
    rows = [
        (
            names.regions[region],
            None if pd.isna(before[region]) else int(before[region]),
            int(now[region]),
            None if pd.isna(before[region]) else int(now[region] - before[region]),
            now[region] / before[region] - 1 if before[region] > 0 else None,
        )
        for region in now.index
    ]
    columns = (
        Column(words.say("table.region")),
        Column(words.say("table.last_year"), "money"),
        Column(words.say("table.this_year"), "money"),
        Column(words.say("table.change"), "signed"),
        Column(words.say("table.change_share"), "percent"),
    )
    total = (
        words.say("table.total"),
        int(before.sum()),
        int(now.sum()),
        int(now.sum() - before.sum()),
        now.sum() / before.sum() - 1 if before.sum() else None,
    )
    return Table(words.say("table.beside_last_year"), columns, tuple(rows), (total,))
