"""Pages made without a kernel: what a notebook would have displayed, as its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sendwarmth.view.contrast import Contrast
from sendwarmth.view.robust.story import Robustness
from sendwarmth.view.sections import Data, Section, outputs_of
from sendwarmth.view.story import Story


def notebook_of(*parts: Section | Data, prose: Iterable[str] = ()) -> NotebookNode:
    """Return an executed notebook, a cell a part; prose cells come first."""
    cells: list[Any] = [new_markdown_cell(text) for text in prose]
    for part in parts:
        shown = [
            new_output("display_data", data=data, metadata=about)
            for data, about in outputs_of(part)
        ]
        cells.append(new_code_cell("secret_code()", outputs=shown))
    return new_notebook(cells=cells)


def report_notebook(story: Story) -> NotebookNode:
    """Return the notebook of one scenario."""
    return notebook_of(
        story.opening(),
        story.request(),
        story.sources(),
        story.basis(),
        story.allocation(),
        story.live(),
        story.options(),
        story.units(),
        story.last_year(),
        story.ledger(),
        story.open_items(),
        story.signatures(),
        story.fairness(),
        story.sealed(),
    )


def comparison_notebook(contrast: Contrast) -> NotebookNode:
    """Return the notebook that compares scenarios."""
    return notebook_of(
        contrast.opening(),
        contrast.difference(),
        contrast.gainers(),
        contrast.measures(),
        contrast.bound(),
        contrast.changes(),
    )


def robustness_notebook(story: Robustness) -> NotebookNode:
    """Return the notebook on how robust a plan is."""
    return notebook_of(
        story.opening(),
        story.conclusions(),
        story.tornado(),
        story.tipping(),
        story.ladder(),
        story.draws(),
        story.frontier(),
        story.goals(),
        story.experiments(),
        story.sealed(),
    )
