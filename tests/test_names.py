"""Ids and limits in the planner's words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sendwarmth.view.names import Names, origin
from sendwarmth.view.words import words


@pytest.fixture(scope="module")
def zh(inputs) -> Names:
    return Names.of(inputs, words("zh"))


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("region_floor_yuan/xian", "西安市保底"),
        ("limits/陕南不少于", "陕南不少于"),
        ("per_head_min/xian/hardship", "西安市·困难职工人均（户均）下限"),
        ("locks/yulin/migrant", "榆林市·农民工指定金额"),
        ("sources/donations+national_union", "专款专用：社会捐助、全总补助"),
        ("group_share/migrant", "农民工切块额度"),
        ("budget_yuan", "资金总额"),
        ("never_heard_of/xian", "never_heard_of 西安市"),
    ],
)
def test_a_limit_is_called_what_planners_call_it(zh: Names, limit: str, said: str) -> None:
    assert zh.limit(limit) == said


def test_a_word_that_is_no_id_stays_as_it_is(zh: Names) -> None:
    assert zh.of_id("nowhere") == "nowhere"


def test_every_unit_and_group_has_a_name_in_both_languages(inputs) -> None:
    for language in ("zh", "en"):
        names = Names.of(inputs, words(language))
        assert set(names.regions) == set(names.short) == set(inputs.region_ids)
        assert set(names.groups) == set(names.units) == set(inputs.group_ids)
        assert all([*names.regions.values(), *names.short.values(), *names.groups.values()])


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/someone/params/scenarios/../data", "params/data"),
        ("C:\\x\\data.xlsx", "x/data.xlsx"),
    ],
)
def test_where_tables_were_read_names_no_folder_of_a_machine(inputs, path: str, shown: str) -> None:
    assert origin(replace(inputs, origin=path)) == shown
