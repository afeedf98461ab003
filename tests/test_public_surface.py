"""The names and signatures that others build on, and what they make of corner cases."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pytest
import sendwarmth as sw

RULES = sorted(sw.model.targets.RULES)
INDICES = {
    "gini": sw.model.measures.gini,
    "theil": sw.model.measures.theil,
    "atkinson": lambda values, weights=None: sw.model.measures.atkinson(values, 0.5, weights),
    "hoover": sw.model.measures.hoover,
}


def arguments(call) -> list[str]:
    return list(signature(call).parameters)


def test_the_public_names_are_there_with_their_arguments():
    assert set(sw.__all__) >= {"load_inputs", "load_scenario", "allocate", "explain", "measure"}
    assert set(sw.__all__) >= {"compare", "InputError", "Infeasible"}
    assert arguments(sw.allocate) == ["inputs", "scenario"]
    assert arguments(sw.model.fit.fit) == ["target", "lower", "upper", "limits", "total"]
    assert arguments(sw.model.limits.Limit) == ["name", "mask", "floor", "cap"]
    assert arguments(sw.model.limits.Family) == ["names", "labels", "floor", "cap"]
    rounded = arguments(sw.model.rounding.round_table)
    assert rounded[:6] == ["values", "unit", "total", "lower", "upper", "limits"]
    assert arguments(sw.model.measures.atkinson) == ["values", "epsilon", "weights"]
    for rule in sw.model.targets.RULES.values():
        assert arguments(rule) == ["total", "claims", "weights"]


def test_a_plan_explains_and_measures_itself_in_frames(baseline):
    steps = sw.explain(baseline)
    assert {"region_id", "group_id", "step", "yuan"} <= set(steps.columns)
    assert list(sw.measure(baseline).columns) == ["measure", "scope", "value", "unit"]
    assert len(sw.compare({"a": baseline, "b": baseline})) > 0
    assert baseline.table.index.name == "region_id"
    assert baseline.table.columns.name == "group_id"
    assert baseline.multipliers.index.is_unique


def test_a_fit_takes_lists_and_leaves_out_bounds():
    found = sw.model.fit.fit([[1, 2]], None, None, [], 9)
    np.testing.assert_allclose(found.amounts, [[3, 6]], rtol=1e-12)
    capped = sw.model.limits.Limit("first", [[True, False]], None, 2)
    np.testing.assert_allclose(
        sw.model.fit.fit([[1, 2]], 0, [[9, 9]], [capped], 9).amounts, [[2, 7]]
    )


def test_one_cell_nothing_to_share_and_limits_over_no_cell_have_an_answer():
    fit, limit = sw.model.fit.fit, sw.model.limits.Limit
    assert fit([[5]], 0, np.inf, [], 7).amounts.tolist() == [[7]]
    assert fit([[1, 2]], 0, np.inf, [], 0).amounts.tolist() == [[0, 0]]
    nowhere = limit("nowhere", np.zeros((1, 2), bool), None, 1)
    assert fit([[1, 2]], 0, np.inf, [nowhere], 3).amounts == pytest.approx(np.array([[1, 2]]))
    assert fit([[0, 0]], 0, np.inf, [], 7).status == "infeasible"


def test_a_batch_may_vary_in_the_total_or_in_one_limit_only():
    fit, limit = sw.model.fit.fit, sw.model.limits.Limit
    totals = fit([[1, 2]], 0, np.inf, [], [3, 6])
    np.testing.assert_allclose(totals.amounts, [[[1, 2]], [[2, 4]]])
    floors = limit("first", np.array([[True, False]]), [0, 2], None)
    found = fit([[1, 2]], 0, np.inf, [floors], 3)
    np.testing.assert_allclose(found.amounts, [[[1, 2]], [[2, 1]]])
    np.testing.assert_allclose(found.multipliers, [[1], [4]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": [1, 2]},
        {"target": [[-1, 2]]},
        {"target": [[np.nan, 2]]},
        {"target": np.ones((0, 1, 2))},
        {"total": -1},
        {"limits": [sw.model.limits.Limit("a", np.ones((2, 2), bool), 1, None)]},
        {"limits": [sw.model.limits.Limit("a", np.ones((1, 2), bool), np.nan, None)]},
    ],
)
def test_what_a_fit_cannot_take_is_refused_in_a_sentence(wrong):
    given = {"target": [[1, 2]], "lower": 0, "upper": np.inf, "limits": [], "total": 3}
    with pytest.raises(ValueError, match=r"must be|not a number|cells of shape"):
        sw.model.fit.fit(**given | wrong)


def test_a_table_is_rounded_to_integers_whatever_numbers_are_given():
    round_table = sw.model.rounding.round_table
    rounded = round_table([[1_400.0, 1_600.0], [2_700.0, 1_300.0]], 1_000.0, 7_000.0)
    assert rounded.dtype == np.int64
    assert rounded.sum() == 7_000
    assert round_table([[500, 1_500]], 1_000, 2_000, [[1_000, 0]], [[1_000, 1_000]]).tolist() == [
        [1_000, 1_000]
    ]
    for unit in (0, -5, 0.5):
        with pytest.raises(ValueError, match="whole number of yuan"):
            round_table([[1, 2]], unit, 3)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_takes_nothing_one_and_many(rule):
    awards = sw.model.targets.RULES[rule]
    assert awards(100, [0, 0]).tolist() == [0, 0]
    assert awards(0, [3, 1]).tolist() == [0, 0]
    assert awards(5, [10]).tolist() == [5]
    assert awards(5, []).tolist() == []
    # Beyond all claims, what is left goes in proportion to them.
    np.testing.assert_allclose(awards(900, [100, 200, 0]), [300, 600, 0])
    both = awards([100, 2], [[100, 200, 300], [1, 2, 3]])
    np.testing.assert_allclose(both.sum(axis=1), [100, 2])
    for wrong in ((-1, [1]), (1, [-1]), (np.nan, [1]), (1, [np.inf])):
        with pytest.raises(ValueError, match="must be finite"):
            awards(*wrong)


@pytest.mark.parametrize("index", sorted(INDICES))
def test_every_index_is_nought_where_all_get_the_same_and_refuses_what_is_no_amount(index):
    of = INDICES[index]
    assert of([5]) == of([0, 0]) == of([2, 2, 2]) == 0
    assert of([1, 9], [1, 0]) == 0
    assert of([1, 2, 2]) == pytest.approx(of([1, 2], [1, 2]))
    for values, weights in (([], None), ([-1, 1], None), ([1, 2], [0, 0]), ([1, 2], [1])):
        with pytest.raises(ValueError, match=r"must be|needs at least"):
            of(values, weights)
