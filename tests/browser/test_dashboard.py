"""The dashboard by itself, before a model the test plays: what it shows, asks and remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sendwarmth as sw
from browser.panel_page import PanelPage
from conftest import PARAMS
from playwright.sync_api import Browser, Route, expect
from sendwarmth.view.answers import Answers, payload
from sendwarmth.view.live import module_text, style_text

pytestmark = pytest.mark.browser

ADDRESS = "http://panel.test/"
MOUNT = """async ([text, traits]) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const handlers = {};
  window.asked = [];
  window.model = {
    get: (name) => traits[name],
    set(name, value) {
      if (JSON.stringify(traits[name]) === JSON.stringify(value)) return;
      traits[name] = value;
      (handlers[`change:${name}`] ?? []).forEach((handler) => handler());
    },
    on: (event, handler) => (handlers[event] ??= []).push(handler),
    off: (event, handler) => (handlers[event] = handlers[event].filter((h) => h !== handler)),
    save_changes: () => window.asked.push(structuredClone(traits.settled)),
  };
  window.close = widget.render({ model, el: document.body });
}"""


class Dashboard(PanelPage):
    """A dashboard whose kernel is the test."""

    def __init__(self, page: Any, answers: Answers, traits: dict[str, Any]) -> None:
        super().__init__(page)
        self.answers = answers
        page.route("**", self._serve)
        page.goto(ADDRESS)
        page.evaluate(MOUNT, [module_text(), traits])

    @staticmethod
    def _serve(route: Route) -> None:
        body = f"<!doctype html><html lang=zh><style>{style_text()}</style><body></body></html>"
        route.fulfill(body=body, content_type="text/html; charset=utf-8")

    def set(self, **traits: Any) -> None:
        """Move levers as linked sliders do: one after the other, within one task."""
        each = "traits => Object.entries(traits).forEach(([name, value]) => model.set(name, value))"
        self.page.evaluate(each, traits)

    def get(self, name: str) -> Any:
        return self.page.evaluate("name => model.get(name)", name)

    def asked(self, count: int) -> dict[str, Any]:
        """Wait for so many questions; return the last."""
        self.page.wait_for_function(f"() => asked.length >= {count}", timeout=5_000)
        assert self.page.evaluate("asked.length") == count
        return self.page.evaluate("asked.at(-1)")

    def answer(self, told: dict[str, Any], **other: Any) -> None:
        found, _ = self.answers.answer(told["serial"], told["position"])
        self.set(answer={**found, **other})


@pytest.fixture(scope="module")
def answers(inputs) -> Answers:
    return Answers(inputs, sw.load_scenario(PARAMS / "scenarios" / "baseline.yaml"))


@pytest.fixture
def dashboard(browser: Browser, answers: Answers) -> Iterator[Dashboard]:
    traits = {**payload(answers, answers.plan), "language": "zh", "kernel": True}
    context = browser.new_context(viewport={"width": 1_000, "height": 1_200})
    page = Dashboard(context.new_page(), answers, json.loads(json.dumps(traits)))
    yield page
    assert page.errors == []
    context.close()


def test_it_opens_exact_having_checked_the_plan_it_was_given(dashboard: Dashboard) -> None:
    dashboard.phase("exact")
    assert dashboard.totals()[0] == pytest.approx(2_582.5)
    assert dashboard.page.evaluate("asked.length") == 0


def test_levers_at_rest_are_one_question(dashboard: Dashboard) -> None:
    dashboard.set(budget_yuan=93_000_000)
    dashboard.set(budget_yuan=94_000_000)
    dashboard.phase("preview")
    told = dashboard.asked(1)
    assert told["position"]["budget_yuan"] == 94_000_000
    dashboard.answer(told)
    dashboard.phase("exact")


def test_one_question_at_a_time_and_then_the_newest(dashboard: Dashboard) -> None:
    dashboard.set(budget_yuan=93_000_000)
    first = dashboard.asked(1)
    for budget in (94_000_000, 95_000_000):
        dashboard.set(budget_yuan=budget)
        dashboard.page.wait_for_timeout(300)
    dashboard.asked(1)
    dashboard.answer(first)
    dashboard.phase("preview")
    last = dashboard.asked(2)
    assert last["position"]["budget_yuan"] == 95_000_000
    dashboard.answer(last)
    dashboard.phase("exact")


def test_a_stale_answer_is_dropped(dashboard: Dashboard) -> None:
    dashboard.set(budget_yuan=93_000_000)
    told = dashboard.asked(1)
    dashboard.set(answer={**dashboard.get("answer"), "serial": told["serial"] - 1, "table": []})
    dashboard.page.wait_for_timeout(100)
    dashboard.phase("preview")


def test_a_kernel_that_disagrees_is_shown(dashboard: Dashboard) -> None:
    dashboard.set(budget_yuan=93_000_000)
    told = dashboard.asked(1)
    exact, _ = dashboard.answers.answer(told["serial"], told["position"])
    off = [exact["exact"][0] + 1_000, *exact["exact"][1:]]
    table = [exact["table"][0] + 1_000_000, *exact["table"][1:]]
    dashboard.answer(told, exact=off, table=table)
    dashboard.phase("disagree")
    assert dashboard.amount(0, 0) == pytest.approx(table[0] / 10_000)
    expect(dashboard.page.locator(".sw-notice")).to_contain_text("不一致")


def test_a_kernel_that_is_silent_is_told_and_can_be_asked_again(dashboard: Dashboard) -> None:
    dashboard.set(budget_yuan=93_000_000)
    dashboard.asked(1)
    notice = dashboard.page.locator(".sw-notice")
    expect(notice).to_contain_text("未连接", timeout=8_000)
    notice.get_by_role("button", name="重新核算").click()
    dashboard.answer(dashboard.asked(2))
    dashboard.phase("exact")
    expect(notice).to_be_hidden()


def test_a_clash_keeps_the_last_plan_on_screen_and_names_what_it_is_about(
    dashboard: Dashboard,
) -> None:
    before = dashboard.totals()
    dashboard.set(region_floor_yuan=3_000_000)
    dashboard.phase("clash")
    assert dashboard.totals() == before
    expect(dashboard.page.locator(".sw-notice")).to_contain_text("杨凌示范区保底")


def test_values_that_are_refused_say_why_before_the_kernel_does(dashboard: Dashboard) -> None:
    dashboard.set(per_head_min__hardship=4_000)
    dashboard.phase("refused")
    expect(dashboard.page.locator(".sw-notice")).to_contain_text("下限高于上限")


def test_moving_a_lever_switches_on_what_it_is_part_of(dashboard: Dashboard) -> None:
    dashboard.set(region_cap_share=0.25)
    assert dashboard.get("region_cap_share__on") is True
    dashboard.set(reserve__yuan=5_000_000)
    assert dashboard.asked(1)["position"]["reserve__form"] == "yuan"
    dashboard.set(reserve=0.1)
    assert dashboard.get("reserve__form") == 0


def test_shares_of_one_whole_go_on_adding_to_one(dashboard: Dashboard, answers: Answers) -> None:
    names = [lever.name for lever in answers.levers if lever.field == "group_share"]
    shares = [name for name in names if not name.endswith("__on")]
    for part in (0.6, 0.017, 1.0, 0.0):
        dashboard.set(**{shares[1]: part})
        assert sum(dashboard.get(name) for name in shares) == pytest.approx(1, abs=1e-9)
        assert dashboard.get(shares[1]) == part


def test_the_joint_lever_moves_its_groups_and_follows_them_when_they_agree(
    dashboard: Dashboard, answers: Answers
) -> None:
    (joint,) = (lever for lever in answers.levers if lever.joins)
    dashboard.set(**{joint.name: 0.5})
    assert [dashboard.get(name) for name in joint.joins] == [0.5, 0.5]
    dashboard.set(**{joint.joins[0]: 0.3})
    assert dashboard.get(joint.name) == 0.5
    dashboard.set(**{joint.joins[1]: 0.3})
    assert dashboard.get(joint.name) == 0.3


def test_what_a_slider_rounds_in_floating_point_is_no_move(dashboard: Dashboard) -> None:
    dashboard.set(group_share__migrant=dashboard.get("group_share__migrant") + 3e-17)
    dashboard.page.wait_for_timeout(400)
    assert dashboard.page.evaluate("asked.length") == 0
    assert dashboard.get("group_share__on") is False


def test_what_was_not_saved_is_offered_again(dashboard: Dashboard, answers: Answers) -> None:
    dashboard.set(budget_yuan=93_500_000)
    dashboard.asked(1)
    traits = {**payload(answers, answers.plan), "language": "zh", "kernel": True}
    dashboard.page.evaluate("() => { close(); }")
    dashboard.page.evaluate(MOUNT, [module_text(), json.loads(json.dumps(traits))])
    notice = dashboard.page.locator(".sw-notice")
    expect(notice).to_contain_text("未保存")
    notice.get_by_role("button", name="恢复这些调整").click()
    assert dashboard.get("budget_yuan") == 93_500_000
    expect(notice).not_to_contain_text("未保存")


def test_a_view_that_is_closed_leaves_nothing_behind(dashboard: Dashboard) -> None:
    dashboard.page.evaluate("() => { close(); }")
    assert dashboard.page.locator(".sw").count() == 0
    dashboard.set(budget_yuan=93_000_000)
    dashboard.page.wait_for_timeout(400)
    assert dashboard.page.evaluate("asked.length") == 0


def test_names_from_tables_are_shown_as_text(browser: Browser, answers: Answers) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    traits = {**payload(answers, answers.plan), "language": "zh", "kernel": True}
    text = json.dumps(traits).replace(json.dumps("韩城")[1:-1], nasty)
    page = Dashboard(browser.new_page(), answers, json.loads(text))
    page.phase("exact")
    assert page.page.locator("img").count() == 0
    assert nasty in page.page.locator(".sw-table").inner_text()
    page.page.close()
