"""What the page on robustness says of frames made by hand: what tips, who loses, what clashes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sendwarmth.model.findings import Finding
from sendwarmth.model.robust.ladder import Ladder
from sendwarmth.model.robust.seek import Answer
from sendwarmth.model.robust.trials import Trials
from sendwarmth.view.masking import MASKED
from sendwarmth.view.robust import draws, frontier, goals, ladder, tornado
from sendwarmth.view.robust.naming import Naming
from sendwarmth.view.robust.story import Robustness
from sendwarmth.view.robust.tipping import Turning
from sendwarmth.view.sections import Section, outputs_of
from sendwarmth.view.words import words

LANGUAGES = ("zh", "en")
CHINESE = re.compile("[\u3400-\u9fff]")
CLASHED = "per_head_min/hardship + region_floor_yuan"
SECTIONS = ("tornado", "tipping", "ladder", "draws", "frontier", "goals", "experiments")

LEVERS = pd.DataFrame(
    {
        "lever": ["heads/xian", "budget_yuan", "region_floor_yuan", "per_head_max.migrant"],
        "low": [0.85, 83_000_000, 400_000, 900],
        "high": [1.15, 101_000_000, 9_000_000, 1_100],
        "at_low": [0.95, 0.9, 1.0, 1.0],
        "at_high": [1.05, np.nan, np.nan, 1.0],
        "base": 1.0,
        "state_low": "done",
        "state_high": ["done", "refused", "clash", "done"],
        "clash_low": "",
        "clash_high": ["", "nobody_to_pay", CLASHED, ""],
    }
)
NOTHING = {"value": np.nan, "beyond": np.nan, "share": np.nan, "who": "", "confirmed": False}
TURNING = pd.DataFrame(
    [
        {
            "input": "heads/xian",
            "event": "loses",
            "direction": "down",
            "now": 1.0,
            "value": 0.8,
            "beyond": 0.79,
            "share": -0.21,
            "who": "xian ankang",
            "confirmed": True,
            "end": 0.0,
            "state": "tips",
        },
        {
            "input": "budget_yuan",
            "event": "order",
            "direction": "up",
            "now": 92e6,
            "value": 96e6,
            "beyond": 96.6e6,
            "share": 0.05,
            "who": "other",
            "confirmed": True,
            "end": 110e6,
            "state": "tips",
        },
        {
            "input": "region_floor_yuan",
            "event": "clash",
            "direction": "up",
            "now": 500_000,
            "value": 700_000,
            "beyond": 701_000,
            "share": 0.402,
            "who": CLASHED,
            "confirmed": False,
            "end": 3e6,
            "state": "tips",
        },
        NOTHING
        | {"input": "reserve", "event": "loses", "direction": "up", "now": 0.05}
        | {"end": 0.2, "state": "free"},
    ]
)


@pytest.fixture(scope="module")
def rungs(baseline) -> Ladder:
    funds = [70e6, 80e6, 92e6, 110e6]
    total = baseline.table.sum(axis=1).to_numpy(float)
    amounts = pd.DataFrame(
        [total * np.nan, total * 0.8, total, total * 1.2], funds, baseline.table.index
    )
    amounts.iloc[1, 0] = total[0]
    return Ladder(
        amounts=amounts,
        knots=pd.DataFrame({"fund_yuan": [80e6], "limit": ["x"], "change": ["starts"]}),
        bound=pd.DataFrame(
            {"limit": ["region_floor_yuan/yangling"], "low_yuan": [80e6], "high_yuan": [92e6]}
        ),
        falls=pd.DataFrame(
            {
                "region": ["xian"],
                "group": [""],
                "low_yuan": [80e6],
                "high_yuan": [92e6],
                "yuan": [1234.0],
                "why": [CLASHED],
            }
        ),
        rounded_falls=pd.DataFrame({"region": ["ankang"], "times": [2], "of": [40], "yuan": [1]}),
        clashes=pd.DataFrame({"low_yuan": [70e6], "high_yuan": [79e6], "clash": [CLASHED]}),
        unit_yuan=1_000,
        scan_yuan=100_000.0,
    )


TRIED = pd.DataFrame(
    {
        "point": [0, 1, 2, 3],
        "scenario": ["baseline", "other", "", ""],
        "priority.hardship": [np.nan, np.nan, 1.2, 0.8],
        "status": ["done", "clash", "done", "clash"],
        "clash": ["", CLASHED, "", CLASHED],
        "coverage": [0.9, np.nan, 1.1, np.nan],
        "gini": [0.2, np.nan, 0.1, np.nan],
        "change": [0.0, np.nan, 0.03, np.nan],
        "change_from": "baseline",
        "on_frontier": [False, False, True, False],
        "dominated_by": ["2", "", "", ""],
        "on_frontier_change": [True, False, True, False],
        "dominated_by_change": "",
        "seed": 7,
    }
)


@pytest.fixture(scope="module")
def trials(baseline, rungs) -> Trials:
    """Frames made by hand; only the draws are real, and few."""
    other = replace(baseline, scenario=replace(baseline.scenario, name="other"))
    made = Trials(baseline, {"other": other}, seed=7, draws=100)
    unknown = Finding(
        "goal_behind_clash",
        "note",
        facts={
            "lever": "region_floor_yuan",
            "figure": "money/yangling",
            "aim": 9e6,
            "value": 700_000,
            "beyond": 701_000,
            "reached": 7e5,
            "clash": CLASHED,
        },
    )
    vars(made).update(
        tornadoes=dict.fromkeys(made.figures, LEVERS),
        tipping=TURNING,
        ladder=rungs,
        frontier=TRIED,
        answers=(
            Answer("reserve", "money/yangling", 6e5, 0.05, 5e5, 0.04, 6e5, also=(0.2,)),
            Answer("region_floor_yuan", "money/yangling", 9e6, 5e5, 5e5, finding=unknown),
        ),
    )
    return made


def naming_of(plan, language="zh") -> Naming:
    return Naming.of(plan.inputs, words(language))


def text_of(section: Section) -> str:
    """Return what a section shows, without its markup."""
    shown = (data.get("text/html", "") for data, _ in outputs_of(section))
    return re.sub(r"<[^>]+>", " ", " ".join(shown))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["conclusions", *SECTIONS, "sealed"])
def test_every_section_is_said_whole_in_both_languages(trials, key, language) -> None:
    story = Robustness(trials, language, {"broken": [Finding("cell_blank")]})
    said = text_of(getattr(story, key)())
    assert len(said) > 100
    assert not re.search(r"\{\w|\bnan\b|None", said)
    if language == "en" and key not in ("sealed",):
        assert not CHINESE.search(said.replace(baseline_titles(trials), ""))


def baseline_titles(trials: Trials) -> str:
    return trials.scenario.title["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figure_by_chance_stands_without_its_seed_and_number_of_draws(trials, language) -> None:
    story = Robustness(trials, language)
    for key in ("draws", "frontier", "experiments", "conclusions"):
        assert re.search(r"\b7\b", text_of(getattr(story, key)())), key
    assert "100" in text_of(story.draws())
    assert "7" in story.opening().value["meta"][2]
    error = words(language).say("robust.column.paid_se", way="").split()[0].strip("：,")
    assert error in text_of(story.draws())


def test_an_end_without_a_plan_says_what_clashes_in_place_of_a_figure(baseline) -> None:
    chart = tornado.part(LEVERS, "gini", naming_of(baseline))
    rows = {row[0]: row for row in chart.table.rows}
    assert "单位保底" in rows["单位保底"][4]
    assert "限额冲突" in rows["单位保底"][4]
    assert rows["资金总额"][4] == words("zh").say("robust.state.refused")
    assert rows["西安市人数"][1:] == ("−15.0%", 0.95, "+15.0%", 1.05)


def test_what_moves_nothing_is_named_below_and_drawn_nowhere(baseline) -> None:
    chart = tornado.part(LEVERS, "gini", naming_of(baseline))
    assert len(chart.table.rows) == 3
    assert "农民工" in chart.table.notes[1]


def turning(baseline, language="zh", frame=TURNING) -> Turning:
    return Turning(frame, "gini", "other", {"other": "B"}, naming_of(baseline, language))


def test_the_nearest_turning_point_comes_first_whatever_its_sign(baseline) -> None:
    assert turning(baseline).near()["input"].tolist() == [
        "budget_yuan",
        "heads/xian",
        "region_floor_yuan",
    ]
    assert turning(baseline).fact()[1] == "资金总额 +5.0%"


def test_each_event_is_told_with_who_and_by_how_much(baseline) -> None:
    loses, order, clash = turning(baseline).first_of_each()
    assert "现值的80.00%" in loses
    assert "西安市、安康市" in loses
    assert "“B”" in order
    assert "9,600万元" in order
    assert "+40.2%" in clash
    assert "限额冲突" in clash


def test_what_does_not_tip_is_counted_and_named_and_an_unconfirmed_point_says_so(baseline) -> None:
    table = turning(baseline).chart().table
    assert any("1 项次" in note for note in table.notes)
    assert any("省总预备" in note for note in table.notes)
    assert {row[-1] for row in table.rows} == set(words("zh").below("robust.confirmed").values())


def test_an_event_that_never_comes_is_said_not_to_come(baseline) -> None:
    none = TURNING.assign(state="free", share=np.nan)
    told = list(turning(baseline, frame=none).first_of_each())
    assert len(told) == 3
    assert all("不会" in line for line in told)
    assert turning(baseline, frame=none).chart().figure["data"]


def test_a_smaller_fund_tells_who_loses_most_and_who_is_spared(baseline, rungs) -> None:
    first, spared = ladder.smaller(rungs, 92e6, 80 / 92, naming_of(baseline))
    name = baseline.inputs.regions["name_zh"].iloc[0]
    assert "−20.0%" in first
    assert name in first
    assert name in spared


def test_a_fund_without_a_plan_is_told_as_one(baseline, rungs) -> None:
    (said,) = ladder.smaller(rungs, 92e6, 75 / 92, naming_of(baseline))
    assert "排不出" in said
    assert ladder.fact(rungs, 92e6, naming_of(baseline))[1] == "8,000万元"
    chart, *_ = ladder.parts(rungs, 92e6, naming_of(baseline))
    assert "排不出方案" in chart.table.rows[0]


def test_who_gets_less_by_more_money_is_told_with_the_reason(baseline, rungs) -> None:
    fall, rounded = ladder.falls(rungs, naming_of(baseline))
    assert "西安市" in fall
    assert "1,234元" in fall
    assert "单位保底" in fall
    assert "安康市" in rounded


def few_turning(region: str) -> pd.DataFrame:
    """Return a turning point of a unit's heads, and one of the fund."""
    return TURNING.iloc[:2].assign(input=[f"heads/{region}", "budget_yuan"])


def test_a_unit_whose_count_is_hidden_has_no_chances_in_a_shared_page(trials, baseline) -> None:
    heads = baseline.problem.heads.copy()
    heads[1, 0] = 3
    few = replace(baseline, problem=replace(baseline.problem, heads=heads))
    small = replace(trials, plan=few)
    vars(small).update(group=trials.group, refit=trials.refit, held=trials.held)
    region = few.table.index[1]
    assert region in Robustness(small).masked
    assert Robustness(small, internal=True).masked == set()
    naming = naming_of(baseline)
    vars(small).update(tornadoes=trials.tornadoes, tipping=few_turning(str(region)))
    assert Robustness(small).turning.frame["input"].tolist() == ["budget_yuan"]
    assert len(Robustness(small, internal=True).turning.frame) == 2
    assert "* " in text_of(Robustness(small).tornado())
    frames = trials.refit.coverage(), trials.held.coverage()
    chart = draws.covered(*frames, trials.group, {region}, naming)
    names = naming.names
    rows = {row[0]: row[1:] for row in chart.table.rows}
    assert set(rows[names.regions[region]]) == {MASKED}
    assert names.short[region] not in chart.figure["data"][0]["y"]


def test_a_scenario_without_a_plan_and_one_that_is_beaten_are_both_told(baseline) -> None:
    titles = {"baseline": "A", "other": "B"}
    beaten, without = frontier.scenarios(TRIED, titles, naming_of(baseline)).lines
    assert beaten.startswith("A")
    assert "2" in beaten
    assert "110.0%" in beaten
    assert without.startswith("B")
    assert "限额冲突" in without


def test_a_goal_has_its_answer_or_the_reason_with_names_and_units(trials, baseline) -> None:
    answered, reasoned = goals.table(trials.answers, naming_of(baseline)).rows
    assert answered[5].startswith("4.0%")
    assert "20.0%" in answered[5]
    assert "杨凌" in reasoned[5]
    assert "70.1万元" in reasoned[5]
    assert reasoned[6] is None


def test_points_without_a_plan_are_counted_not_dropped(trials) -> None:
    story = Robustness(trials)
    table = story.experiments().parts[0]
    counts = {row[0]: row[2:4] for row in table.rows}
    say = words("zh").say
    assert counts[say("section.tornado")] == (8, 2)
    assert counts[say("section.tipping")] == (4, 1)
    assert counts[say("section.frontier")] == (4, 2)
    assert counts[say("section.goals")] == (2, 1)
    assert counts[say("section.ladder")] == (4, 1)
    assert "种子 7" in story.summary()


def test_what_is_asked_for_and_not_there_is_refused_all_at_once(trials) -> None:
    asked = replace(trials, against="othr", region="xiann", draws=5, goals=[["reserve", 1]])
    found = asked.findings()
    codes = [finding.code for finding in found]
    assert codes == ["unknown_scenario", "unknown_region", "out_of_range", "bad_goal"]
    assert found[0].facts["nearest"] == "other"
    assert all("—" not in words(language).sentence(f) for f in found for language in LANGUAGES)
    assert trials.findings() == []
