"""Every number of the worked examples on the page about the method is computed again."""

from __future__ import annotations

import doctest
from pathlib import Path

METHOD = Path(__file__).parents[1] / "docs" / "method.md"


def outcome(text: str) -> doctest.TestResults:
    example = doctest.DocTestParser().get_doctest(text, {}, METHOD.name, METHOD.name, 0)
    return doctest.DocTestRunner(verbose=False).run(example, out=lambda said: None)


def test_the_worked_examples_come_out_as_printed():
    done = outcome(METHOD.read_text(encoding="utf-8").replace("\n```\n", "\n\n"))
    assert done.attempted > 12
    assert done.failed == 0


def test_a_wrong_number_on_the_page_would_be_noticed():
    text = METHOD.read_text(encoding="utf-8").replace("\n```\n", "\n\n")
    assert outcome(text.replace("[55.0, 29.0, 16.0]", "[55.0, 30.0, 15.0]")).failed == 1
