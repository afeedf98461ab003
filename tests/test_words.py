"""Every word there is, in both languages, and none that is not used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sendwarmth.model.allocation import allocate
from sendwarmth.model.figures import measure
from sendwarmth.model.findings import Finding, InputError, Place, SendWarmthError
from sendwarmth.model.scenario import HEAD, STATUSES, read_scenario
from sendwarmth.model.schema import FACTORS, FIELDS, RULE_NAMES
from sendwarmth.view.words import LOCALES, VARIABLE, words

LIBRARY = LOCALES.parents[1]
RAISERS = {"Finding", "wrong", "unknown", "_Refused", "_warn", "_wrong"}
CHINESE = re.compile("[\u3400-\u9fff]")
# The name of the other language, and words that a planner's own tables use.
QUOTING_CHINESE = {
    "panel.other_language",
    "finding.unit_unstated",
    "template.step.3",
    "template.step.4",
}
ENGLISH_WORDS = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def codes() -> Iterator[str]:
    """Yield every code that a finding anywhere in the library may carry; f-strings as patterns."""
    for path in sorted(LIBRARY.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in RAISERS:
                    yield from constants(node.args[0], tree)


def constants(node: ast.expr, tree: ast.Module) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body, tree)
        yield from constants(node.orelse, tree)
    elif isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
        yield "".join(map(str, parts))
    elif isinstance(node, ast.Name):
        for assigned in ast.walk(tree):
            targets = getattr(assigned, "targets", [])
            if any(isinstance(t, ast.Name) and t.id == node.id for t in targets):
                yield from constants(assigned.value, tree)


def repeated_keys(node: yaml.Node, path: str = "") -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        yield from (f"{path}.{key}" for key in set(keys) if keys.count(key) > 1)
        for key, value in node.value:
            yield from repeated_keys(value, f"{path}.{key.value}")


def test_both_languages_have_the_same_keys() -> None:
    assert set(words("zh").texts) == set(words("en").texts)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_key_stands_twice(language: str) -> None:
    text = (LOCALES / f"{language}.yaml").read_text(encoding="utf-8")
    assert list(repeated_keys(yaml.compose(text))) == []


def test_a_key_that_stands_twice_is_seen() -> None:
    assert list(repeated_keys(yaml.compose("a: {b: 1, c: 2, b: 3}"))) == [".a.b"]


def test_english_has_no_chinese_left_in_it() -> None:
    left = {key for key, text in words("en").texts.items() if CHINESE.search(text)}
    assert left == QUOTING_CHINESE


def test_chinese_has_no_english_sentence_left_in_it() -> None:
    left = {k: t for k, t in words("zh").texts.items() if ENGLISH_WORDS.search(t)}
    assert left == {}


def test_every_text_names_the_same_facts_in_both_languages() -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"(?<!\{)\{(\w+)", text))

    zh, en = words("zh").texts, words("en").texts
    differing = {key for key in zh if named(zh[key]) != named(en[key])}
    assert {key: (zh[key], en[key]) for key in differing} == {}


def test_every_finding_has_a_sentence() -> None:
    known = words("zh").below("finding")
    missing = [c for c in set(codes()) if not any(re.fullmatch(c, key) for key in known)]
    assert missing == []


def test_every_sentence_has_a_finding() -> None:
    raised = set(codes())
    known = set(words("zh").below("finding")) - {"other"}
    source = "".join(p.read_text(encoding="utf-8") for p in LIBRARY.rglob("*.py"))
    unused = [k for k in known if not any(re.fullmatch(c, k) for c in raised)]
    named = [k for k in unused if f'"{k}"' not in source]
    built = [k for k in named if f'"{k.partition("_")[2]}"' not in source]
    assert [k for k in built if f'_{k.rpartition("_")[2]}"' not in source] == []


@pytest.mark.parametrize("name", [*FIELDS, *HEAD])
def test_every_field_has_a_label_and_help(name: str) -> None:
    for language in ("zh", "en"):
        assert words(language).say(f"field.{name}.label")
        assert words(language).say(f"field.{name}.help")


def test_every_choice_has_a_word() -> None:
    wanted = [f"choice.rule.{rule}" for rule in RULE_NAMES]
    wanted += [f"choice.factor.{factor}" for factor in FACTORS]
    wanted += [f"choice.status.{status}" for status in STATUSES]
    assert [key for key in wanted if not words("zh").knows(key)] == []


def test_every_measure_is_named_and_explained(baseline) -> None:
    for name in measure(baseline)["measure"].unique():
        assert words("zh").say(f"measure.{name}.label") != words("en").say(f"measure.{name}.label")
        assert words("zh").say(f"measure.{name}.help")


def test_a_sentence_says_where_what_and_the_nearest_name() -> None:
    place = Place(file="a.yaml", row=3, field="values.bugdet_yuan")
    facts = {"value": "bugdet_yuan", "nearest": "budget_yuan", "allowed": "budget_yuan, unit_yuan"}
    said = words("zh").sentence(Finding("unknown_key", "error", place, facts))
    assert said == (
        "a.yaml 第 3 行 values.bugdet_yuan：没有“bugdet_yuan”这一项。"
        "最接近的是“budget_yuan”。可用：budget_yuan, unit_yuan。"
    )


def test_a_fact_that_is_not_known_is_left_out_or_shown_as_a_dash() -> None:
    said = words("en").sentence(Finding("unknown_scenario", facts={"value": "x", "nearest": ""}))
    assert said == "There is no scenario called “x”. Scenarios: —."


def test_a_code_without_a_sentence_is_told_by_its_code() -> None:
    assert "no_such_code" in words("en").sentence(Finding("no_such_code"))


def test_braces_in_a_value_are_text() -> None:
    said = words("zh").sentence(Finding("not_a_text", facts={"value": "{0} {x!r} %s"}))
    assert "{0} {x!r} %s" in said


def test_names_replace_ids_where_they_are_known() -> None:
    finding = Finding("rounded_to_nothing", facts={"cell": "a/b"})
    assert words("en").sentence(finding, {"a/b": "A, B"}.__getitem__).startswith("A, B has")


def test_an_error_speaks_the_language_of_the_environment(monkeypatch) -> None:
    error = InputError([Finding("cell_blank")])
    monkeypatch.setenv(VARIABLE, "en")
    assert str(error) == "The cell is blank; it must be filled in."
    monkeypatch.setenv(VARIABLE, "zh")
    assert str(error) == "此格为空，须填写。"
    monkeypatch.setenv(VARIABLE, "klingon")
    assert str(error) == "此格为空，须填写。"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        words("fr")


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"unit\.yuan"):
        words("zh").say("unit.yaun")


@given(st.integers(0, 10**12), st.sampled_from(["zh", "en"]))
def test_an_amount_in_the_large_unit_reads_back_to_the_nearest_of_its_last_digit(
    yuan: int, language: str
) -> None:
    said = words(language).large(yuan)
    scale = int(words(language).say("unit.large_yuan"))
    digits = len(said.partition(".")[2])
    off = abs(round(float(said.replace(",", "")) * scale) - yuan)
    assert off <= scale / 10**digits / 2
    if yuan % 100 == 0:
        assert off == 0


def test_the_locales_are_read_as_text_so_that_yaml_guesses_nothing() -> None:
    assert all(isinstance(text, str) for text in words("zh").texts.values())
    assert Path(LOCALES, "zh.yaml").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "values",
    [
        {"region_floor_yuan": 8_000_000},
        {"region_floor_yuan": 8_000_000, "per_head_max": {}},
        {"unit_yuan": 1_000_000},
        {"reserve": {"yuan": 100_000_000}},
        {"budget_yuan": -1},
        {"budget_yuan": "92m"},
        {"bugdet_yuan": 1},
        {"group_share": {"a": 0.5, "b": 0.6}},
        {"locks": [{"region": "nowhere", "group": "nobody", "yuan": 1_500}]},
        {"limits": [{"name": "x", "regions": "all", "groups": "all", "floor_yuan": 99_000_000}]},
        {"change_band": [-0.1, 0.1]},
        {"factor_weight": {"default": {"execution": 1}}},
    ],
    ids=range(12),
)
def test_no_fact_is_missing_from_the_sentences_of_an_error(
    inputs, baseline, values, language
) -> None:
    raw = {**baseline.scenario.raw, **values}
    with pytest.raises(SendWarmthError) as caught:
        allocate(inputs, read_scenario({"values": raw}, "a"))
    for finding in caught.value.findings:
        said = words(language).sentence(finding)
        assert "—" not in said
        assert "{" not in said
        assert said.count("“") == said.count("”")


def test_a_clash_says_how_many_how_much_and_what_would_do(inputs, baseline) -> None:
    raw = {**baseline.scenario.raw, "region_floor_yuan": 8_000_000, "per_head_max": {}}
    with pytest.raises(SendWarmthError) as caught:
        allocate(inputs, read_scenario({"values": raw}, "a"))
    first, *repairs = (words("en").sentence(finding) for finding in caught.value.findings)
    assert "Base amount in 13 places (8,000,000 yuan each), at least 104,000,000 yuan" in first
    assert "87,400,000 yuan to share in all" in first
    for before in ("8,000,000", "92,000,000"):
        change = rf"Changed from {before} to [\d,]+ \([+−][\d,]+\)"
        assert any(re.search(change, said) for said in repairs)
