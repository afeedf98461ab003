"""Write docs/parameters.md: every field of a scenario, as the schema and the locales describe it.

python docs/parameters.py            writes parameters.md beside this file
python docs/parameters.py --check    exits 1 if the file says something else
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from sendwarmth.model.schema import FACTORS, FIELDS, Field
from sendwarmth.view.words import LANGUAGES, Words, words

PAGE = Path(__file__).with_suffix(".md")
HEADS = {
    "zh": ("字段", "名称", "含义", "单位", "取值范围", "缺省"),
    "en": ("Field", "Name", "Meaning", "Unit", "Range", "Default"),
}
OPENINGS = {
    "zh": """## 中文

一个方案文件在 `values` 下写明这些字段；不写的取缺省值，写错的名称、单位或范围会被拒绝并提示。
`null` 只用于注明“可空”的字段。""",
    "en": """## English

A scenario file states these fields under `values`. What it leaves out takes the default; an
unknown name or a value out of its range is refused with a sentence. `null` is for fields marked
optional.""",
}
OPTIONAL = {"zh": "可空", "en": "optional"}
UNITS = {
    "zh": {"yuan": "元", "yuan_a_head": "元/人（户）", "share": "比例", "weight": "权重"},
    "en": {"yuan": "yuan", "yuan_a_head": "yuan a head", "share": "share", "weight": "weight"},
}


def page() -> str:
    """Return the text of the page, in both languages."""
    tables = (table(words(language)) for language in LANGUAGES)
    return "\n\n".join(["# Fields of a scenario | 方案字段", *tables]) + "\n"


def table(said: Words) -> str:
    """Return every field as a row, in one language."""
    rows = [HEADS[said.language], tuple("---" for _ in HEADS[said.language])]
    rows += [row(field, said) for field in FIELDS.values()]
    return "\n".join([OPENINGS[said.language], "", *(f"| {' | '.join(cells)} |" for cells in rows)])


def row(field: Field, said: Words) -> tuple[str, ...]:
    """Return one field's cells."""
    label, about = (said.say(f"field.{field.name}.{part}") for part in ("label", "help"))
    default = f"`{yaml.safe_dump(plain(field.default), default_flow_style=True).split(chr(10))[0]}`"
    optional = [OPTIONAL[said.language]] if field.optional else []
    unit = UNITS[said.language].get(field.unit, "")
    return (
        f"`{field.name}`",
        label,
        about,
        unit,
        "; ".join([*allowed(field, said), *optional]),
        default,
    )


def allowed(field: Field, said: Words) -> list[str]:
    """Return what a field may be: words, a range of numbers."""
    choices = FACTORS if field.kind == "factors" else field.choices
    kind = "factor" if field.kind == "factors" else field.name
    named = [
        f"`{choice}` {said.label(f'choice.{kind}.{choice}', '')}".strip() for choice in choices
    ]
    if field.unit:
        named.append(f"{field.lowest:,} – {field.highest:,}")
    return named


def plain(value: object) -> object:
    """Return a default as plain data."""
    return list(value) if isinstance(value, tuple) else value


def main() -> int:
    """Write the page, or with --check compare it."""
    if "--check" in sys.argv[1:]:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
        print(f"{PAGE.name}: {'as the schema has it' if same else 'differs from the schema'}")
        return 0 if same else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
