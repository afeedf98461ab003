"""The browser computes what Python computes: target, limits, verdict, amounts before rounding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import sendwarmth as sw
from chromium import chromium
from conftest import PARAMS
from playwright.sync_api import Page
from positions import cases, verdict
from sendwarmth.model.fit import fit
from sendwarmth.model.levels import given_to
from sendwarmth.model.limits import Limit
from sendwarmth.run.levels.unit import LevelJob, plan_of
from sendwarmth.view.live import module_text, plain_tables

COUNT = 1_000
LOAD = """async (text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.live = await import(url);
}"""
SOLVE = """([tables, levers, positions]) => positions.map((position) => {
  const before = performance.now();
  const { status, amounts, converged } = live.solve(tables, levers, position);
  const taken = performance.now() - before;
  return { status, converged, taken, amounts: amounts && Array.from(amounts) };
})"""
FIT = """(problems) => problems.map((p) => {
  const of = (list) => Float64Array.from(list, (x) => x ?? Infinity);
  const problem = { ...p, target: of(p.target), lower: of(p.lower), upper: of(p.upper) };
  const { status, amounts, converged } = live.fit(problem);
  return { status, converged, amounts: amounts && Array.from(amounts) };
})"""


class Pair(NamedTuple):
    """What Python and what the browser say about one position."""

    status: str
    amounts: np.ndarray | None
    there: dict[str, Any]
    budget: float

    @property
    def apart(self) -> float:
        """By how much they differ at worst, in shares of the budget."""
        assert self.amounts is not None
        return float(np.abs(self.amounts.ravel() - self.there["amounts"]).max() / self.budget)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page()
        page.evaluate(LOAD, module_text())
        yield page


@pytest.fixture(scope="module")
def pairs(page: Page, inputs: sw.Inputs) -> list[Pair]:
    baseline = sw.load_scenario(PARAMS / "scenarios" / "baseline.yaml")
    drawn = list(cases(inputs, baseline, COUNT))
    there: dict[int, dict[str, Any]] = {}
    for tables in {id(case.inputs): case for case in drawn}.values():
        own = [n for n, case in enumerate(drawn) if case.inputs is tables.inputs]
        levers = [lever.plain() for lever in tables.levers]
        plain = plain_tables(tables.inputs, baseline)
        said = page.evaluate(SOLVE, [plain, levers, [drawn[n].position for n in own]])
        there.update(zip(own, said, strict=True))
    return [
        Pair(*verdict(case), there[n], case.position["budget_yuan"]) for n, case in enumerate(drawn)
    ]


@pytest.mark.browser
@pytest.mark.slow
def test_the_verdict_is_the_same_at_every_position(pairs: list[Pair]) -> None:
    undecided = [pair for pair in pairs if pair.there["status"] == "undecided"]
    other = [p for p in pairs if p.there["status"] not in ("undecided", p.status)]
    assert [(p.status, p.there["status"]) for p in other] == []
    assert len(undecided) < COUNT / 1_000


@pytest.mark.browser
@pytest.mark.slow
def test_amounts_before_rounding_are_the_same(pairs: list[Pair]) -> None:
    both = [pair for pair in pairs if pair.status == pair.there["status"] == "done"]
    assert max(pair.apart for pair in both if pair.there["converged"]) < 1e-9
    assert max((pair.apart for pair in both), default=0.0) < 1e-8


@pytest.mark.browser
@pytest.mark.slow
def test_no_position_freezes_a_drag(pairs: list[Pair]) -> None:
    taken = [pair.there["taken"] for pair in pairs]
    assert np.median(taken) < 16
    # Once a thousand, on a machine that does other things besides.
    assert max(taken) < 1_000


@pytest.mark.browser
@pytest.mark.slow
def test_the_positions_try_every_verdict(pairs: list[Pair]) -> None:
    found = {status: sum(p.status == status for p in pairs) for status in {p.status for p in pairs}}
    assert set(found) == {"done", "infeasible", "refused"}
    assert min(found.values()) > COUNT / 20


@pytest.fixture(scope="module")
def city(baseline: sw.Plan) -> sw.Plan:
    """Return the plan of the shipped city that splits its money over its counties."""
    given = given_to(baseline, "shangluo")
    return plan_of(LevelJob(str(PARAMS.parent), "baseline", str(PARAMS / "data"), given))


@pytest.mark.browser
@pytest.mark.slow
def test_a_unit_that_is_given_its_envelopes_is_split_the_same(page: Page, city: sw.Plan) -> None:
    drawn = list(cases(city.inputs, city.scenario, 150, seed=3))
    assert not {lever.field for lever in drawn[0].levers} & {"budget_yuan", "reserve", "priority"}
    found = set()
    for tables in {id(case.inputs): case for case in drawn}.values():
        own = [case for case in drawn if case.inputs is tables.inputs]
        levers = [lever.plain() for lever in tables.levers]
        plain = plain_tables(tables.inputs, city.scenario)
        said = page.evaluate(SOLVE, [plain, levers, [case.position for case in own]])
        for case, there in zip(own, said, strict=True):
            pair = Pair(*verdict(case), there, city.scenario.values["budget_yuan"])
            found.add(pair.status)
            assert there["status"] == pair.status, case.position
            assert pair.status != "done" or pair.apart < 1e-9
    assert found == {"done", "infeasible", "refused"}


def hard_fits(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return problems with wide targets, many overlapping limits and fixed margins, many tight."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(count):
        shape = (13, 5)
        wide = 10.0 ** rng.uniform(0, [1, 4, 9][n % 3])
        target = np.exp(rng.normal(0, np.log(wide) / 2 + 0.1, shape))
        inside = np.exp(rng.normal(0, 1, shape))
        inside *= 1e7 / inside.sum()
        lower = np.where(rng.random(shape) < 0.4, inside * rng.uniform(0.3, 1, shape), 0.0)
        upper = np.where(rng.random(shape) < 0.4, inside * rng.uniform(1, 3, shape), np.inf)
        masks = rng.random((rng.integers(1, 30), 65)) < rng.uniform(0.1, 0.9)
        if n % 4 == 0:
            rows = np.kron(np.eye(13), np.ones(5)).astype(bool)
            masks = np.vstack([rows, np.kron(np.ones(13), np.eye(5)).astype(bool)])
        sums = masks @ inside.ravel()
        slack = rng.choice([0.0, 1e-6, 0.05]) if n % 5 else -0.2
        floors = np.where(rng.random(len(masks)) < 0.6, sums * (1 - slack), -np.inf)
        capped = (rng.random(len(masks)) < 0.6) & ((slack >= 0) | np.isinf(floors))
        caps = np.where(capped, sums * (1 + slack), np.inf)
        found.append({"target": target, "lower": lower, "upper": upper, "total": 1e7})
        found[-1]["limits"] = [
            Limit(f"limit {k}", mask.reshape(shape), floor, cap)
            for k, (mask, floor, cap) in enumerate(zip(masks, floors, caps, strict=True))
        ]
    return found


def for_browser(problem: dict[str, Any]) -> dict[str, Any]:
    def none(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    plain = {key: [none(x) for x in problem[key].ravel()] for key in ("target", "lower", "upper")}
    limits = [
        {"cells": np.flatnonzero(limit.mask).tolist()}
        | {"floor": none(limit.floor), "cap": none(limit.cap)}
        for limit in problem["limits"]
    ]
    return {**plain, "limits": limits, "total": problem["total"]}


def wide_fits(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return problems whose targets span many orders of magnitude, every limit just kept."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        shape = (13, 5)
        target = np.exp(rng.normal(0, np.log(10.0 ** rng.uniform(6, 12)) / 2, shape))
        inside = np.exp(rng.normal(0, 2, shape))
        inside *= 1e7 / inside.sum()
        lower = np.where(rng.random(shape) < 0.4, inside * rng.uniform(0.3, 1, shape), 0.0)
        upper = np.where(rng.random(shape) < 0.4, inside * rng.uniform(1, 3, shape), np.inf)
        masks = rng.random((rng.integers(5, 40), 65)) < rng.uniform(0.1, 0.9)
        sums = masks @ inside.ravel()
        floors = np.where(rng.random(len(masks)) < 0.6, sums, -np.inf)
        caps = np.where(rng.random(len(masks)) < 0.6, sums, np.inf)
        limits = [
            Limit(f"limit {k}", mask.reshape(shape), floor, cap)
            for k, (mask, floor, cap) in enumerate(zip(masks, floors, caps, strict=True))
        ]
        bounds = {"lower": lower, "upper": upper, "limits": limits}
        found.append({"target": target, "total": 1e7, **bounds})
    return found


@pytest.mark.browser
def test_hard_fits_end_alike(page: Page) -> None:
    problems = hard_fits(200)
    there = page.evaluate(FIT, [for_browser(problem) for problem in problems])
    here = [fit(**problem) for problem in problems]
    certain = [(a, b) for a, b in zip(here, there, strict=True) if b["status"] != "undecided"]
    assert [(a.status, b["status"]) for a, b in certain if a.status != b["status"]] == []
    apart = [
        float(np.abs(a.amounts.ravel() - b["amounts"]).max() / 1e7)
        for a, b in certain
        if a.status == "done" and b["converged"]
    ]
    assert len(apart) > 100
    assert max(apart) < 1e-9
    assert sum(b["status"] == "infeasible" for b in there) > 10


@pytest.mark.browser
def test_fits_where_newton_stalls_end_alike(page: Page) -> None:
    problems = wide_fits(100)
    there = page.evaluate(FIT, [for_browser(problem) for problem in problems])
    stalled = [n for n, said in enumerate(there) if not said["converged"]]
    assert len(stalled) > 3
    for n in stalled:
        here = fit(**problems[n])
        assert here.status == there[n]["status"] == "done"
        assert np.abs(here.amounts.ravel() - there[n]["amounts"]).max() < 1e-8 * 1e7
