"""What planners call the units, groups and limits of their tables, by language."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import normpath

from sendwarmth.model.allocation import Plan
from sendwarmth.model.inputs import Inputs
from sendwarmth.view.words import Words

CELL = "/"


@dataclass(frozen=True)
class Names:
    """Names from the tables, for one language.

    Parameters
    ----------
    regions, short, groups, blocs, units, sources
        Id to name; ``short`` is for charts, ``units`` the unit of a group's heads.
    words
        The language's texts.
    """

    words: Words
    regions: Mapping[str, str]
    short: Mapping[str, str]
    groups: Mapping[str, str]
    blocs: Mapping[str, str]
    units: Mapping[str, str]
    sources: Mapping[str, str]

    @classmethod
    def of(cls, inputs: Inputs, words: Words) -> Names:
        """Return the names in a set of tables."""
        language, regions, groups = words.language, inputs.regions, inputs.groups
        sources, blocs = (
            inputs.sources,
            list(zip(regions["bloc"], regions[f"bloc_{language}"], strict=True)),
        )
        return cls(
            words=words,
            regions=regions[f"name_{language}"].to_dict(),
            short=regions[f"short_{language}"].to_dict(),
            groups=groups[f"name_{language}"].to_dict(),
            # The first unit of a bloc names it.
            blocs=dict(reversed(blocs)),
            units={key: words.label(f"unit.{unit}", unit) for key, unit in groups["unit"].items()},
            sources=dict(zip(sources["source_id"], sources[f"label_{language}"], strict=True)),
        )

    @classmethod
    def across(cls, plans: Iterable[Plan], words: Words) -> Names:
        """Return the names in the tables of several plans; the first to use an id has its name."""
        each = [cls.of(plan.inputs, words) for plan in plans]
        parts = ("regions", "short", "groups", "blocs", "units", "sources")
        merged = {
            part: dict(ChainMap(*(dict(getattr(names, part)) for names in each))) for part in parts
        }
        return cls(words=words, **merged)

    def of_id(self, word: str) -> str:
        """Return the name of a unit, a group, or a cell written ``unit/group``; else the word."""
        if CELL in word:
            region, _, group = word.partition(CELL)
            parts = {"region": self.of_id(region), "group": self.of_id(group)}
            return self.words.say("limit.cell", **parts)
        return self.regions.get(word) or self.groups.get(word) or word

    def limit(self, name: str) -> str:
        """Return what planners call a limit: ``region_floor_yuan/xian``, ``limits/NAME``.

        A limit without a member, or of a field that has no text of its own, is called by its label.
        """
        field, _, member = name.partition(CELL)
        if not member:
            return self.words.label(
                f"limit.{field}", self.words.label(f"field.{field}.label", field)
            )
        said = self._members(member) if field == "sources" else self.of_id(member)
        if field == "limits":
            return member
        key = f"limit.{field}"
        return self.words.say(key, member=said) if self.words.knows(key) else f"{field} {said}"

    def _members(self, joined: str) -> str:
        names = [self.sources.get(part, part) for part in joined.split("+")]
        return self.words.say("limit.list").join(names)


def origin(inputs: Inputs) -> str:
    """Return where tables were read from as a reader elsewhere may see it: no path of a machine."""
    parts = normpath(inputs.origin.replace("\\", "/")).split("/")
    return "/".join(parts[-2:])
