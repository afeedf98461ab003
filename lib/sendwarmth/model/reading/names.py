"""Which row of a table a name means: an id, a name in either language, with or without 市."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sendwarmth.model.findings import nearest
from sendwarmth.model.reading.sheet import Vocabulary, key
from sendwarmth.model.reading.table_reader import Refused
from sendwarmth.model.tables import REFUSED

NAMED_BY = (
    *("name_zh", "name_en", "short_zh", "short_en"),
    *("label_zh", "label_en", "label_alt_zh", "label_alt_en"),
)

# Looking for the nearest name takes a while; a table that is wrong all over is not helped by it.
MOST_SUGGESTIONS = 500


class Names:
    """The names of the rows of every table read so far."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self._missed = 0
        self.counted: dict[str, str] = {}
        self._ids: dict[str, dict[str, set[str]]] = {}
        self._exact: dict[str, set[str]] = {}
        self._shown: dict[str, dict[str, dict[str, str]]] = {}

    def learn(self, table: str, id_column: str, frame: pd.DataFrame) -> None:
        """Learn the ids of a table and every name its rows go by."""
        columns = [name for name in (id_column, *NAMED_BY) if name in frame]
        ids, exact = self._ids.setdefault(table, {}), self._exact.setdefault(table, set())
        shown = self._shown.setdefault(table, {})
        if "unit" in frame:
            self.counted |= dict(zip(frame[id_column], frame["unit"], strict=True))
        for values in frame[columns].itertuples(index=False):
            for name in values if values[0] not in ("", REFUSED) else ():
                for word in {key(name), self._bare(name)} - {""}:
                    ids.setdefault(word, set()).add(values[0])
                exact.add(name)
            by_column = dict(zip(columns, values, strict=True))
            shown[values[0]] = {
                language: by_column.get(f"name_{language}")
                or by_column.get(f"label_{language}", "")
                for language in ("zh", "en")
            }

    def shown(self, table: str, id_: str, language: str) -> str:
        """Return what a row is called in a language, its id where it has no name."""
        return self._shown.get(table, {}).get(id_, {}).get(language) or id_

    def knows(self, table: str) -> bool:
        """Return whether the table was read."""
        return table in self._ids

    def words_of(self, table: str) -> Mapping[str, set[str]]:
        """Return every word that means rows of a table, with the ids of those rows."""
        return self._ids.get(table, {})

    def find(self, table: str, text: str) -> tuple[str, bool]:
        """Return the id a text means, and whether that had to be interpreted.

        Raises
        ------
        Refused
            No row goes by that name, or several do.
        """
        known = self._ids.get(table, {})
        found = known.get(key(text)) or known.get(self._bare(text)) or set()
        if len(found) == 1:
            return next(iter(found)), text not in self._exact[table]
        if found:
            raise Refused("name_ambiguous", allowed=", ".join(sorted(found)))
        written = [name for name in self._exact.get(table, ()) if name]
        self._missed += 1
        close = nearest(key(text), known) if self._missed <= MOST_SUGGESTIONS else ""
        near = next((name for name in written if key(name) == close), close) if close else ""
        raise Refused("cell_unknown_id", nearest=near, allowed=self._every(table))

    def said(self, table: str, id_: str) -> dict[str, str]:
        """Return what a row is called, by language."""
        return {language: self.shown(table, id_, language) for language in ("zh", "en")}

    def _every(self, table: str) -> dict[str, str]:
        """Return what every row is called, by language."""
        rows = self._shown.get(table, {})
        return {
            language: between.join(self.shown(table, id_, language) for id_ in rows)
            for language, between in (("zh", "、"), ("en", ", "))
        }

    def _bare(self, text: str) -> str:
        """Return a name without the kind of place or union it ends in."""
        word = key(text)
        for ending in self.words.suffixes:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                return word.removesuffix(ending)
        return word
