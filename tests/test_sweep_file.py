"""What a sweep's file may state, and how what it may not is refused."""

import pytest
from samples import scenario
from sendwarmth.model.findings import InputError
from sendwarmth.model.robust.axes import Steps
from sendwarmth.model.robust.sweep_file import MOST_POINTS, read_sweep

BASE = scenario(
    standard={"a": 1000},
    limits=[{"name": "n", "floor_yuan": 1000}],
    locks=[{"region": "r0", "group": "a", "yuan": 500}],
)


def read(method="grid", **raw):
    return read_sweep({"method": method, **raw}, "trial", BASE)


def codes(method="grid", **raw):
    with pytest.raises(InputError) as raised:
        read(method, **raw)
    return [finding.code for finding in raised.value.findings]


def test_a_range_takes_every_step_of_a_grid():
    sweep = read(fields={"budget_yuan": {"low": 80_000, "high": 100_000, "step": 5_000}})
    assert [point["budget_yuan"] for point in sweep.points()] == list(range(80_000, 100_001, 5_000))


def test_a_list_fills_what_a_point_does_not_state_from_the_scenario():
    sweep = read("list", points=[{"budget_yuan": 90_000}, {"standard.a": 800}])
    assert list(sweep.points()) == [
        {"budget_yuan": 90_000, "standard.a": 1000},
        {"budget_yuan": 100_000, "standard.a": 800},
    ]


def test_a_hypercube_takes_the_fields_own_step_and_stays_in_its_range():
    fields = {"budget_yuan": {"low": 80_000, "high": 90_000}, "reserve": {"low": 0, "high": 0.1}}
    sweep = read("latin_hypercube", fields=fields, points=300, seed=4)
    points = list(sweep.points())
    assert sweep.number == len(points) == 300
    assert {point["budget_yuan"] for point in points} == set(range(80_000, 90_001, 1_000))
    reserves = {point["reserve"] for point in points}
    assert reserves <= set(Steps(0, 0.1, 0.001))
    assert (min(reserves), max(reserves)) == (0, 0.1)


def test_a_hypercube_over_words_takes_each_about_as_often():
    rules = ["factor", "proportional", "talmud"]
    sweep = read("latin_hypercube", fields={"rule": rules}, points=30, seed=4)
    taken = [point["rule"] for point in sweep.points()]
    assert {rule: taken.count(rule) for rule in rules} == dict.fromkeys(rules, 10)


def test_the_same_seed_gives_the_same_points_and_another_seed_others():
    def points(seed):
        fields = {"budget_yuan": {"low": 80_000, "high": 90_000, "step": 1}}
        return list(read("latin_hypercube", fields=fields, points=20, seed=seed).points())

    assert points(1) == points(1) != points(2)


def test_points_from_the_middle_are_those_of_the_whole():
    fields = {"budget_yuan": {"low": 80_000, "high": 90_000}, "rule": ["factor", "talmud"]}
    for sweep in (
        read("latin_hypercube", fields=fields, points=40, seed=1),
        read(fields={"budget_yuan": [1000, 2000, 3000], "rule": ["factor", "talmud"]}),
    ):
        assert list(sweep.points(2, 5)) == list(sweep.points())[2:5]
        assert list(sweep.points(4, 10**6)) == list(sweep.points())[4:]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"method": "gird"}, ["unknown_choice"]),
        ({"method": None}, ["missing_key"]),
        ({}, ["missing_key"]),
        ({"fields": {"budget_yuan": [1]}, "sed": 3}, ["unknown_key"]),
        ({"fields": {"budget_yuan": [1]}, "seed": 3}, ["unknown_key"]),
        ({"fields": {"bugdet_yuan": [1]}}, ["unknown_key"]),
        ({"fields": {"budget_yuan": 5}}, ["sweep_values"]),
        ({"fields": {"budget_yuan": []}}, ["sweep_values"]),
        ({"fields": {"budget_yuan": [1, "x", -5]}}, ["not_a_number", "out_of_range"]),
        ({"fields": {"budget_yuan": {"low": 1}}}, ["missing_key", "missing_key"]),
        (
            {"fields": {"budget_yuan": {"low": 1, "high": 9, "stpe": 1}}},
            ["unknown_key", "missing_key"],
        ),
        ({"fields": {"budget_yuan": {"low": 9, "high": 1, "step": 1}}}, ["sweep_range"]),
        ({"fields": {"budget_yuan": {"low": 1, "high": 9, "step": 0}}}, ["sweep_range"]),
        ({"fields": {"budget_yuan": {"low": 1, "high": 9, "step": 9}}}, ["sweep_range"]),
        ({"fields": {"budget_yuan": {"low": 1, "high": 9, "step": 0.5}}}, ["not_whole_yuan"]),
        ({"fields": {"budget_yuan": {"low": "1", "high": 9, "step": 1}}}, ["not_a_number"]),
        ({"fields": {"budget_yuan.x": [1]}}, ["sweep_path"]),
        ({"fields": {"standard.a.b": [1]}}, ["sweep_path"]),
        ({"fields": {"limits[1].floor_yuan": [1]}}, ["sweep_path"]),
        ({"fields": {"change_band[0]": [0.1]}}, ["sweep_path"]),
        ({"fields": {"limits[0].flor_yuan": [1000]}}, ["unknown_key"]),
        ({"fields": {"rule": ["factor", "talmund"]}}, ["unknown_choice"]),
        ({"fields": {"uncertainty": [{}]}}, ["sweep_idle"]),
        ({"fields": {"reserve_release": [None]}}, ["sweep_idle"]),
        ({"fields": {"factor_weight.a.claim": [0.5]}}, ["sweep_rest"]),
        ({"fields": {"standard": [{"a": 1}], "standard.a": [1]}}, ["sweep_twice"]),
        (
            {"fields": {"budget_yuan": {"low": 0, "high": MOST_POINTS, "step": 1}}},
            ["sweep_too_large"],
        ),
        ({"title": 5, "fields": {"budget_yuan": [1]}}, ["not_a_mapping"]),
        ({"title": {"fr": "x"}, "fields": {"budget_yuan": [1]}}, ["unknown_key"]),
        ({"method": "list", "points": []}, ["not_a_list"]),
        ({"method": "list", "points": [{"bugdet_yuan": 3}]}, ["unknown_key"]),
        (
            {"method": "list", "points": [{"budget_yuan": "x"}, {"reserve": 2}]},
            ["not_a_number", "out_of_range"],
        ),
        ({"method": "latin_hypercube", "fields": {"rule": ["factor"]}}, ["missing_key"] * 2),
        (
            {"method": "latin_hypercube", "fields": {"rule": ["factor"]}, "points": 0, "seed": 1},
            ["out_of_range"],
        ),
        (
            {"method": "latin_hypercube", "fields": {"rule": ["factor"]}, "points": 5, "seed": "x"},
            ["not_a_number"],
        ),
    ],
)
def test_what_is_wrong_is_refused_all_at_once(raw, expected):
    assert codes(**{"method": "grid", **raw}) == expected


def test_a_misspelt_field_comes_with_the_nearest():
    with pytest.raises(InputError) as raised:
        read(fields={"bugdet_yuan": [1]})
    assert raised.value.findings[0].facts["nearest"] == "budget_yuan"


def test_a_wrong_value_is_shown_where_it_stands():
    with pytest.raises(InputError) as raised:
        read(fields={"reserve": [0.1, 7]})
    assert raised.value.findings[0].place.field == "fields.reserve[1]"
