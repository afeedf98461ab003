"""The sizes that pages promise are measured, and kept."""

from __future__ import annotations

import pytest
from sendwarmth.run.bench_pages import measure_pages


@pytest.mark.slow
def test_a_page_and_a_folder_of_twenty_are_as_small_as_promised() -> None:
    told = measure_pages("same-standard")
    assert told["page_kB"]["met"]
    assert told["page_kB"]["goal"] == 2_200
    assert told["folder_20_MB"]["met"]
    assert told["folder_20_MB"]["goal"] == 10
    assert told["nbconvert_kB"]["value"] > 100
