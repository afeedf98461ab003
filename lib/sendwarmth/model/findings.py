"""What the model has to say about its inputs: findings, and the errors that carry them.

A finding is a fact with a code, never a sentence: the sentences, in Chinese and English, are in
``view/locales``. The view registers its speaker here, so that an error printed anywhere reads as
sentences while the model itself knows no language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Place:
    """Where a finding is: any part may be empty.

    ``file`` is a name as the planner knows it, ``row`` the line or spreadsheet row counted from 1,
    ``field`` a column of a table or a dotted path in a scenario (``values.locks[0].region``).
    """

    file: str = ""
    sheet: str = ""
    row: int | None = None
    field: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, doubtful or worth knowing.

    Parameters
    ----------
    code
        Key of the sentence (``unknown_key``); every code has one in each language.
    severity
        ``error`` stops the plan, ``warning`` goes with it, ``note`` says how something was read.
    place
        Where it is.
    facts
        What the sentence needs: ``value`` (what was found), ``nearest``, ``allowed``, yuan.
    """

    code: str
    severity: Severity = "error"
    place: Place = Place()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def at(self, **parts: Any) -> Finding:
        """Return the same finding with parts of its place filled in."""
        return replace(self, place=replace(self.place, **parts))


def _plainly(finding: Finding, name: Callable[[str], str]) -> str:
    place = finding.place
    parts = [str(p) for p in (place.file, place.sheet, place.row, place.field) if p]
    facts = ", ".join(f"{key}={name(str(value))}" for key, value in finding.facts.items())
    return f"{finding.code} ({', '.join(parts)}): {facts}"


_speaker: Callable[[Finding, Callable[[str], str]], str] = _plainly


def speak_with(speaker: Callable[[Finding, Callable[[str], str]], str]) -> None:
    """Let ``str(error)`` use the view's sentences; called once, when the view is imported."""
    global _speaker  # noqa: PLW0603
    _speaker = speaker


class SendWarmthError(Exception):
    """An error a planner can act on; ``findings`` holds every reason, all at once.

    ``name`` turns the id of a unit, group or cell into its name, where who raises it on knows.
    """

    name: Callable[[str], str] = str

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        return "\n".join(_speaker(finding, self.name) for finding in self.findings)

    def _render_traceback_(self) -> list[str]:
        """Show a notebook the sentences alone; the way through the library helps no planner."""
        return str(self).splitlines()


class InputError(SendWarmthError):
    """Tables or a scenario that cannot be read as they stand.

    ``readable`` is what could be read of a scenario in spite of its findings, so that the rest of
    it can be checked in the same breath; it is never computed with.
    """

    def __init__(self, findings: Iterable[Finding], readable: Any = None) -> None:
        super().__init__(findings)
        self.readable = readable


class Infeasible(SendWarmthError):
    """Limits that cannot all hold; the first finding is a clash that cannot be made smaller."""


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stop a plan.

    Examples
    --------
    >>> [finding.code for finding in errors([Finding("a", "note"), Finding("b")])]
    ['b']
    """
    return tuple(finding for finding in findings if finding.severity == "error")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word nearest to a misspelt one, or an empty string.

    Examples
    --------
    >>> nearest("bugdet_yuan", ["budget_yuan", "unit_yuan"])
    'budget_yuan'
    """
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else ""
