"""A plan made again: beside what is paid out, still held unspent, and in force."""

from __future__ import annotations

import pandas as pd

from sendwarmth.model.allocation import Plan

KNOWN = ("paid", "unspent", "in_force")


def follow_up(plan: Plan) -> pd.DataFrame | None:
    """Return what a plan means for money already under way, None where there is none.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    pandas.DataFrame or None
        Int yuan, a row a cell (index region_id, group_id), column ``plan`` and, for the tables that
        are there: ``paid`` and ``left`` (plan less paid: what may still be paid out), ``unspent``
        and ``send`` (plan less unspent: what is sent down), ``in_force`` and ``change`` (plan less
        the plan in force; what is below zero comes back to the pot).
    """
    there = [name for name in KNOWN if name in plan.inputs.extras]
    if not there:
        return None
    frame = pd.DataFrame({"plan": plan.table.stack()})
    for name in there:
        rows = plan.inputs.extras[name]
        sums = rows.groupby(["region_id", "group_id"])["yuan"].sum()
        frame[name] = sums.reindex(frame.index, fill_value=0).astype("int64")
        frame[REST[name]] = frame["plan"] - frame[name]
    return frame


REST = {"paid": "left", "unspent": "send", "in_force": "change"}
