"""Every word the workbook says, by language: sentences of findings, labels, amounts.

The texts are in ``locales/zh.yaml`` and ``locales/en.yaml``, equal keys in both. A text names its
facts in braces, with a form after a colon: ``{value:yuan}`` is whole yuan, ``{value:money}`` the
language's large unit with the exact yuan beside it, ``{value:percent}`` a share, ``{value:count}``
a whole number, and ``{nearest:?最接近的是“%”。}`` stands there only where the fact is known.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from sendwarmth.model.findings import Finding, Place, nearest
from sendwarmth.view.clashes import COMPOSED

LANGUAGES = ("zh", "en")
VARIABLE = "SENDWARMTH_LANGUAGE"
# The one written in C is ten times faster, where it was built.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
LOCALES = Path(__file__).with_name("locales")
UNKNOWN = "—"
KINDS = frozenset(("kind", "personal"))
NAMED = ("cell", "region", "group", "group_a", "group_b", "paid_in")


class _Forms(Formatter):
    """Fills a text; a missing fact shows as a dash, so that one error never hides another."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("?"):
            known = value not in (None, "") and not (
                isinstance(value, float) and not math.isfinite(value)
            )
            return format_spec[1:].replace("%", self.words.plain(value)) if known else ""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return UNKNOWN
        forms = self.words.forms
        if format_spec in forms:
            return forms[format_spec](value) if _is_number(value) else str(value)
        return format(value, format_spec) if format_spec else self.words.plain(value)


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value)) and not isinstance(value, str)
    except (TypeError, ValueError):
        return False


@dataclass(frozen=True)
class Words:
    """The texts of one language.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    texts
        Dotted key to text.
    """

    language: str
    texts: Mapping[str, str] = field(repr=False)

    @property
    def forms(self) -> Mapping[str, Any]:
        """What may stand after the colon of a fact."""
        return {
            "yuan": self.yuan,
            "money": self.money,
            "large": self.large,
            "percent": self.percent,
            "count": self.count,
            "number": self.number,
        }

    def say(self, key: str, /, **facts: Any) -> str:
        """Return the text of a key with its facts filled in.

        Examples
        --------
        >>> words("en").say("unit.yuan")
        'yuan'
        """
        if key not in self.texts:
            raise KeyError(
                f"{key} is not in {self.language}.yaml; near: {nearest(key, self.texts)}"
            )
        text = self.texts[key]
        return _Forms(self).vformat(text, (), facts) if "{" in text or "}" in text else text

    def knows(self, key: str) -> bool:
        """Return whether there is a text for a key."""
        return key in self.texts

    def label(self, key: str, otherwise: str) -> str:
        """Return the text of a key, or another text where there is none."""
        return self.texts.get(key, otherwise)

    def below(self, prefix: str) -> Mapping[str, str]:
        """Return the texts under a key, by the rest of their keys."""
        start = prefix + "."
        found = self.texts.items()
        return {key[len(start) :]: text for key, text in found if key.startswith(start)}

    def sentence(
        self, finding: Finding, name: Callable[[str], str] = str, paths: bool = True
    ) -> str:
        """Return a finding as a sentence: where, what, the value, what is allowed, what to do.

        Parameters
        ----------
        finding
            The finding.
        name
            Turns the id of a unit, group or cell into its name; without it the id is said.
        paths
            Whether a field is called by its path, for who mends it, or by its label alone.
        """
        facts: dict[str, Any] = {"field": finding.place.field, "file": finding.place.file}
        compose = COMPOSED.get(finding.code)
        found = compose(self, finding.facts, name) if compose else finding.facts
        for key, value in found.items():
            facts[key] = name(value) if key in NAMED and isinstance(value, str) else value
            if isinstance(value, Mapping):
                facts[key] = value[self.language]
        if facts.get("kind") in NAMED:
            facts["name"] = name(str(facts["name"]))
        for key in KINDS & facts.keys():
            facts[key] = self.label(f"{key}.{facts[key]}", facts[key])
        key = f"finding.{finding.code}"
        said = self.say(key if self.knows(key) else "finding.other", code=finding.code, **facts)
        where = self.where(finding.place, paths)
        return self.say("place.sentence", where=where, said=said) if where else said

    def where(self, place: Place, paths: bool = True) -> str:
        """Return a place in words, empty where nothing of it is known."""
        parts = {
            "file": place.file,
            "sheet": place.sheet,
            "row": place.row,
            "field": self._field(place.field, paths),
        }
        said = [self.say(f"place.{part}", value=value) for part, value in parts.items() if value]
        return self.say("place.join").join(said)

    def _field(self, path: str, paths: bool) -> str:
        name = path.removeprefix("values.").split(".")[0].split("[")[0]
        label = self.texts.get(f"field.{name}.label", "") if path else ""
        if not paths:
            return label
        return self.say("place.labelled", path=path, label=label) if label else path

    def plain(self, value: Any) -> str:
        """Return a fact as text: whole numbers with separators, others as they are."""
        if isinstance(value, bool) or not _is_number(value):
            return str(value)
        return self.number(value)

    def yuan(self, value: float) -> str:
        """Return whole yuan with separators and unit."""
        return f"{value:,.0f}{self.texts['unit.space']}{self.texts['unit.yuan']}"

    def large(self, value: float, digits: int | None = None) -> str:
        """Return an amount in the language's large unit, without the unit: exact by default.

        Examples
        --------
        >>> words("zh").large(25_825_000), words("en").large(25_825_000)
        ('2,582.5', '25.825')
        """
        scale = int(self.texts["unit.large_yuan"])
        if digits is None:
            digits = self.digits([value])
        return f"{value / scale:,.{digits}f}"

    def digits(self, values: Iterable[float]) -> int:
        """Return the decimals that amounts in the large unit need to be exact, three more at most.

        Examples
        --------
        >>> words("zh").digits([25_825_000, 4_616_800]), words("en").digits([92_000_000])
        (2, 3)
        """
        scale = int(self.texts["unit.large_yuan"])
        least = int(self.texts["unit.large_digits"])
        more = range(least, least + 3)
        needed = (next((d for d in more if _fits(v, scale, d)), least + 3) for v in values)
        return max(needed, default=least)

    def money(self, value: float) -> str:
        """Return an amount in the large unit with the exact yuan beside it.

        Examples
        --------
        >>> words("zh").money(25_825_000)
        '2,582.5万元（25,825,000元）'
        """
        return self.say("unit.both", large=self.large(value), exact=self.yuan(value))

    def percent(self, value: float) -> str:
        """Return a share as a percentage."""
        return f"{value * 100:,.1f}%"

    def count(self, value: float) -> str:
        """Return a whole number with separators."""
        return f"{value:,.0f}"

    def number(self, value: float) -> str:
        """Return a number with separators and at most four decimals.

        Examples
        --------
        >>> words("zh").number(1234.5), words("zh").number(0.15)
        ('1,234.5', '0.15')
        """
        return f"{value:,.4f}".rstrip("0").rstrip(".")


def _fits(value: float, scale: int, digits: int) -> bool:
    step = scale / 10**digits
    return abs(value / step - round(value / step)) < 1e-9


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@cache
def _load(language: str) -> Words:
    text = (LOCALES / f"{language}.yaml").read_text(encoding="utf-8")
    return Words(language, dict(_flat(yaml.load(text, Loader=LOADER))))


def words(language: str | None = None) -> Words:
    """Return the words of a language; without one, those of `current_language`.

    Raises
    ------
    ValueError
        For a language there is no file of.
    """
    wanted = language or current_language()
    if wanted not in LANGUAGES:
        raise ValueError(f"language is {wanted!r}; it must be one of {', '.join(LANGUAGES)}")
    return _load(wanted)


def current_language() -> str:
    """Return the language of errors printed anywhere: the environment's, otherwise Chinese."""
    wanted = os.environ.get(VARIABLE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def choose_language(language: str) -> None:
    """Let errors printed anywhere in this process be in a language, if it is one of ours."""
    if language in LANGUAGES:
        os.environ[VARIABLE] = language


def sentence(finding: Finding, name: Callable[[str], str] = str) -> str:
    """Return a finding as a sentence of the current language; ``name`` as for `Words.sentence`."""
    return words().sentence(finding, name)
