"""The browser computes what Python computes: target, limits, verdict and amounts before rounding."""

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
from sendwarmth.model.limits import Limit
from sendwarmth.view.live import module_text, plain_tables

COUNT = 1_000
LOAD = """async (text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  window.live = await import(url);
}"""
SOLVE = """([tables, levers, positions]) => positions.map((position) => {
  const { status, amounts, converged } = live.solve(tables, levers, position);
  return { status, converged, amounts: amounts && Array.from(amounts) };
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
def test_the_positions_try_every_verdict(pairs: list[Pair]) -> None:
    found = {status: sum(p.status == status for p in pairs) for status in {p.status for p in pairs}}
    assert set(found) == {"done", "infeasible", "refused"}
    assert min(found.values()) > COUNT / 20
