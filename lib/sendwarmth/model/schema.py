"""Every field of a scenario, described once: kind, unit, range, step and default.

Checking a file, drawing the sliders, ``--help`` and ``docs/parameters.md`` all read ``FIELDS``;
labels and help texts are in the locales under ``field.NAME``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sendwarmth.model.findings import Finding, Place, nearest

RULE_NAMES = ("factor", "proportional", "equal_awards", "equal_losses", "talmud")
FACTORS = ("claim", "fiscal_weakness", "execution")
EVERY = "default"
UNCERTAIN = ("heads", *FACTORS[1:])
"""What may be uncertain, besides the heads of one group."""


@dataclass(frozen=True)
class Field:
    """One field under ``values``.

    Parameters
    ----------
    name
        Key in the file.
    kind
        Which parser of ``KINDS`` reads it.
    unit
        ``yuan``, ``yuan_a_head``, ``share``, ``weight`` or empty.
    default
        What holds when the file is silent.
    lowest, highest
        Range of each number in it, inclusive.
    step
        What a repair of it is rounded to.
    slider
        Lowest, highest and step of its lever; None where the field has no lever.
    choices
        Allowed words.
    optional
        Whether ``null`` is allowed.
    """

    name: str
    kind: str
    unit: str = ""
    default: Any = None
    lowest: float = 0
    highest: float = math.inf
    step: float = 1
    slider: tuple[float, float, float] | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False


YUAN_MOST = 10**12
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("budget_yuan", "number", "yuan", 92_000_000, 0, YUAN_MOST, 1_000, (70e6, 110e6, 5e5)),
        Field("unit_yuan", "number", "yuan", 1_000, 1, 10**8),
        Field("reserve", "reserve", "share", 0.05, 0, 1, 0.001, (0, 0.2, 0.005)),
        Field("reserve_release", "release", optional=True),
        Field("standard", "by_group", "yuan_a_head", {}, 0, 10**6, 100, (0, 5_000, 100)),
        Field("rule", "choice", default="factor", choices=RULE_NAMES),
        Field("factor_weight", "factors", "share", {EVERY: {"claim": 1}}, 0, 1, 0.01, (0, 1, 0.05)),
        Field("group_share", "shares", "share", None, 0, 1, 0.001, optional=True),
        Field("envelopes_yuan", "envelopes", "yuan", None, 0, YUAN_MOST, 1_000, optional=True),
        Field("priority", "by_group", "weight", {}, 0, 10**9, 0.01, (0, 3, 0.1)),
        Field("per_head_min", "by_group", "yuan_a_head", {}, 0, 10**6, 10, (0, 5_000, 50)),
        Field("per_head_max", "by_group", "yuan_a_head", {}, 0, 10**6, 10, (0, 5_000, 50)),
        Field("region_floor_yuan", "number", "yuan", 0, 0, YUAN_MOST, 1_000, (0, 3e6, 1e5)),
        Field(
            "region_cap_share", "number", "share", None, 0, 1, 0.001, (0, 1, 0.01), optional=True
        ),
        Field("change_band", "band", "share", None, -1, 100, 0.01, optional=True),
        Field("change_band_base", "choice", default="scaled", choices=("scaled", "yuan")),
        Field("locks", "locks", "yuan", (), 0, YUAN_MOST, 1_000),
        Field("limits", "limits", "yuan", (), 0, YUAN_MOST, 1_000),
        Field("uncertainty", "uncertainty", default={}),
    )
}


class Reader:
    """Reads raw values and collects what is wrong, so that nothing is reported one at a time."""

    def __init__(self, file: str = "", lines: Mapping[str, int] | None = None) -> None:
        self.file = file
        self.lines = lines or {}
        self.findings: list[Finding] = []

    def place(self, path: str) -> Place:
        """Return where a dotted path stands in the file."""
        known = path
        while known and known not in self.lines:
            known = re.sub(r"(\.[^.\[]*|\[\d+\])$", "", known) if re.search(r"[.\[]", known) else ""
        return Place(file=self.file, row=self.lines.get(known), field=path)

    def wrong(self, code: str, path: str, value: Any, **facts: Any) -> None:
        """Note a finding at a path; ``value`` is what was found there."""
        shown = value if isinstance(value, int | float) else str(value)[:80]
        self.findings.append(Finding(code, "error", self.place(path), {"value": shown, **facts}))

    def number(self, field: Field, path: str, raw: Any) -> float | None:
        """Read one number of a field; money comes back as int."""
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
            self.wrong("not_a_number", path, raw)
            return None
        value = float(raw) if not isinstance(raw, int) else raw
        allowed = {"lowest": field.lowest, "highest": field.highest}
        if not math.isfinite(value) or not field.lowest <= value <= field.highest:
            self.wrong("out_of_range", path, value, **allowed)
            return None
        if field.unit.startswith("yuan") and value != int(value):
            self.wrong("not_whole_yuan", path, value)
            return None
        if field.unit == "share" and Decimal(repr(value)) % Decimal("0.000001"):
            self.wrong("too_fine", path, value)
            return None
        return int(value) if field.unit.startswith("yuan") else value

    def mapping(self, path: str, raw: Any, known: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
        """Yield the items of a mapping, noting keys that are not known."""
        if not isinstance(raw, Mapping):
            self.wrong("not_a_mapping", path, raw)
            return
        for key, value in raw.items():
            if known and key not in known:
                self.unknown("unknown_key", f"{path}.{key}", key, known)
            else:
                yield str(key), value

    def unknown(self, code: str, path: str, word: Any, known: Sequence[str]) -> None:
        """Note a word that is not one of the known ones, with the nearest of them."""
        self.wrong(code, path, word, nearest=nearest(str(word), known), allowed=", ".join(known))

    def text(self, path: str, raw: Any) -> str:
        """Read a text; numbers, dates and truth values are refused, since YAML guessed them."""
        if raw is None:
            return ""
        if not isinstance(raw, str):
            self.wrong("not_a_text", path, raw)
            return ""
        return raw

    def day(self, path: str, raw: Any) -> str:
        """Read a date written as YYYY-MM-DD."""
        text = raw.isoformat() if isinstance(raw, date) else self.text(path, raw)
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            self.wrong("not_a_date", path, text)
            return ""
