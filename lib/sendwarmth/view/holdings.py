"""What the tables hold: units, groups, heads, how sure each figure is and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from sendwarmth.model.findings import Finding
from sendwarmth.model.inputs import STANDINGS, Inputs
from sendwarmth.model.tables import Table as Description
from sendwarmth.view import tables
from sendwarmth.view.findings_table import findings_shown
from sendwarmth.view.masking import MASKED, hidden, smallest_shown
from sendwarmth.view.names import Names, origin
from sendwarmth.view.sections import Column, Data, Section, Table
from sendwarmth.view.words import Words, words

KINDS: Mapping[str, str] = {"integer": "count", "number": "number"}


@dataclass(frozen=True)
class Holdings:
    """What there is to say about a set of tables.

    Parameters
    ----------
    inputs
        The tables.
    described
        What each table and column is called.
    language
        ``zh`` or ``en``.
    internal
        Whether small head counts are shown.
    """

    inputs: Inputs
    described: Mapping[str, Description]
    language: str = "zh"
    internal: bool = False

    @property
    def words(self) -> Words:
        """Return the texts of its language."""
        return words(self.language)

    @cached_property
    def names(self) -> Names:
        """Return the names in the tables."""
        return Names.of(self.inputs, self.words)

    @property
    def _smallest(self) -> int:
        return smallest_shown(self.internal)

    def opening(self) -> Data:
        """Return what the page says about itself."""
        say = self.words.say
        assumed = float((self.inputs.status == "assumed").to_numpy().mean())
        banner = say("page.banner_heads", share=assumed)
        facts = {
            "title": say("page.inputs_title"),
            "language": self.language,
            "assumed": assumed,
            "banner": banner,
            "meta": (say("page.meta", label=say("provenance.tables"), value=origin(self.inputs)),),
        }
        return Data("page", facts, f"{say('page.banner')}: {banner}")

    def heads(self) -> Section:
        """Return the head counts by unit and group, small ones hidden."""
        counts = self.inputs.heads
        table = tables.heads(counts, self.names, hidden(counts, self._smallest))
        return Section("heads", [table], self.words)

    def tables(self) -> Section:
        """Return every table but the heads, with the labels of its columns."""
        return Section("tables", list(self._tables()), self.words)

    def _tables(self) -> Iterator[Table]:
        frames = {
            "regions": self.inputs.regions.reset_index(),
            "groups": self.inputs.groups.reset_index(),
            "standards": self.inputs.standards,
            "sources": self.inputs.sources,
            **self.inputs.extras,
        }
        for name, frame in frames.items():
            if name in self.described and not frame.empty:
                yield self._table(self.described[name], frame)

    def _table(self, described: Description, frame: pd.DataFrame) -> Table:
        other = "_en" if self.language == "zh" else "_zh"
        shown = [
            column
            for name, column in described.columns.items()
            if name in frame
            and not name.endswith(other)
            and name != self._unread
            and not (frame[name].isna() | (frame[name] == "")).all()
        ]
        shown.sort(key=lambda column: not column.name.startswith(("name_", "label_")))
        rows = [
            tuple(self._cell(row[column.name], column) for column in shown)
            for _, row in frame.iterrows()
        ]
        columns = tuple(Column(c.label[self.language], KINDS.get(c.type, "text")) for c in shown)
        return Table(described.label[self.language], columns, tuple(rows))

    @property
    def _unread(self) -> str:
        """Return the column that another language reads in place of its own."""
        return "source_en" if self.language == "zh" else "source"

    def _cell(self, value: Any, column: Any) -> Any:
        if pd.isna(value):
            return None
        if isinstance(value, bool):
            value = str(value).lower()
        if column.words:
            return column.words.get(value, {}).get(self.language, value)
        if column.type in ("ref", "refs"):
            said = [self.names.of_id(word) for word in str(value).split()]
            return self.words.say("limit.list").join(said)
        if column.type == "number":
            return self.words.number(float(value))
        return int(value) if column.type == "integer" else value

    def quality(self) -> Section:
        """Return how many cells and heads are official, derived or assumed, by group."""
        say, status, heads = self.words.say, self.inputs.status, self.inputs.heads
        counts = pd.DataFrame(
            {
                standing: heads.where(status == standing, 0).sum().astype("int64")
                for standing in STANDINGS
            }
        )
        shown = hidden(counts, self._smallest).shown(counts)
        sums = hidden(heads, self._smallest).shown_totals(heads.sum())
        rows = [(name, *shown.loc[group], sums[group]) for group, name in self.names.groups.items()]
        columns = [Column(say(f"choice.standing.{standing}"), "count") for standing in STANDINGS]
        table = Table(
            say("table.quality"),
            (Column(say("table.group")), *columns, Column(say("table.sum"), "count")),
            tuple(rows),
        )
        noted = [self._unquoted(finding) for finding in self.inputs.findings]
        notes = [findings_shown(noted, self.words, self.names.of_id)] if noted else []
        return Section("quality", [table, *notes], self.words)

    def _unquoted(self, finding: Finding) -> Finding:
        """Return a finding without the figures it quotes, where small head counts are hidden."""
        quoted = {name: MASKED for name in ("value", "meant") if name in finding.facts}
        if self.internal or finding.code != "read_number":
            return finding
        return replace(finding, facts={**finding.facts, **quoted})

    def where_from(self) -> Section:
        """Return every source the head counts name, with the heads that rest on it."""
        say = self.words.say
        text = "source" if self.language == "zh" else "source_en"
        rows = self.inputs.eligible
        sums = rows.groupby([rows["group_id"], rows[text]], sort=False)["heads"].sum()
        counts = sums.unstack(fill_value=0)
        shown = hidden(counts, self._smallest).shown(counts)
        told = [
            (self.names.groups[str(group)], said, shown.loc[group, said])
            for group, said in sums.index
        ]
        columns = (
            Column(say("table.group")),
            Column(say("table.where_from")),
            Column(say("table.heads"), "count"),
        )
        return Section(
            "where_from", [Table(say("table.origins"), columns, tuple(told))], self.words
        )

    def summary(self) -> str:
        """Return what the tables hold, one line."""
        heads = self.inputs.heads
        facts = {
            "regions": len(heads),
            "groups": len(heads.columns),
            "heads": int(heads.sum().sum()),
        }
        return self.words.say("page.inputs_summary", **facts)
