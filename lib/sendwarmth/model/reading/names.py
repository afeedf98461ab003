"""Which row of a table a name means: an id, a name in either language, with or without 市."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sendwarmth.model.findings import nearest
from sendwarmth.model.reading.sheet import Vocabulary, key
from sendwarmth.model.table_reader import Refused

NAMED_BY = (
    *("name_zh", "name_en", "short_zh", "short_en"),
    *("label_zh", "label_en", "label_alt_zh", "label_alt_en"),
)


class Names:
    """The names of the rows of every table read so far."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self._ids: dict[str, dict[str, set[str]]] = {}
        self._exact: dict[str, set[str]] = {}

    def learn(self, table: str, id_column: str, frame: pd.DataFrame) -> None:
        """Learn the ids of a table and every name its rows go by."""
        columns = [name for name in (id_column, *NAMED_BY) if name in frame]
        ids, exact = self._ids.setdefault(table, {}), self._exact.setdefault(table, set())
        for values in frame[columns].itertuples(index=False):
            for name in values if values[0] else ():
                for word in {key(name), self._bare(name)} - {""}:
                    ids.setdefault(word, set()).add(values[0])
                exact.add(name)

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
        close = nearest(key(text), known)
        near = next((name for name in written if key(name) == close), close)
        raise Refused("cell_unknown_id", nearest=near, allowed=self._shown(table))

    def _shown(self, table: str) -> str:
        """Return one name a row, the ids: the words that are certain."""
        return ", ".join(
            dict.fromkeys(id_ for ids in self._ids.get(table, {}).values() for id_ in ids)
        )

    def _bare(self, text: str) -> str:
        """Return a name without the kind of place or union it ends in."""
        word = key(text)
        for ending in self.words.suffixes:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                return word.removesuffix(ending)
        return word
