"""Findings as a table: one a row, with its place, as planners work through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pandas as pd

from sendwarmth.model.findings import Finding, Place
from sendwarmth.view.sections import Column, Section, Table
from sendwarmth.view.words import Words

COLUMNS = ("severity", "file", "sheet", "row", "field", "at", "said")
ORDER = ("error", "warning", "note")


def findings_table(
    findings: Iterable[Finding], words: Words, name: Callable[[str], str] = str
) -> pd.DataFrame:
    """Return findings as a frame, those that stop a plan first.

    Parameters
    ----------
    findings
        The findings.
    words
        The language.
    name
        Turns the id of a unit or group into its name.

    Returns
    -------
    pandas.DataFrame
        One row a finding; columns are how grave it is, file, sheet, row, column, cell and what is
        to be done, headed in the language.
    """
    rows = [
        (
            words.say(f"check.severity.{finding.severity}"),
            finding.place.file,
            finding.place.sheet,
            "" if finding.place.row is None else str(finding.place.row),
            finding.place.field,
            str(finding.facts.get("at", "")),
            words.sentence(replace(finding, place=Place()), name),
        )
        for finding in sorted(findings, key=lambda finding: ORDER.index(finding.severity))
    ]
    return pd.DataFrame(rows, columns=[words.say(f"check.column.{column}") for column in COLUMNS])


def findings_shown(
    findings: Iterable[Finding], words: Words, name: Callable[[str], str] = str
) -> Table:
    """Return findings as a table of a page; parameters as for `findings_table`."""
    frame = findings_table(findings, words, name)
    rows = tuple(tuple(row) for row in frame.itertuples(index=False))
    columns = tuple(Column(str(heading)) for heading in frame.columns)
    return Table(words.say("check.title"), columns, rows)


def findings_section(findings: Iterable[Finding], words: Words) -> Section:
    """Return findings as a section, which a notebook shows instead of what could not be read."""
    return Section("findings", [findings_shown(findings, words)], words)
