"""Writing tables as a folder of CSV, to be read again as the same inputs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sendwarmth.model.inputs import Inputs
from sendwarmth.model.reading.plain import plain_tables
from sendwarmth.model.reading.sheet import escaped
from sendwarmth.run.inputs import described

FIGURES = ("number", "integer")


def write_folder(inputs: Inputs, folder: Path) -> None:
    """Write every table as CSV in UTF-8; reading the folder gives the same inputs.

    Parameters
    ----------
    inputs
        What to write.
    folder
        Where to; it is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in plain_tables(inputs, described()).items():
        columns = described()[name].columns
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False):
            cells = zip(row, columns.values(), strict=True)
            writer.writerow([text if c.type in FIGURES else escaped(text) for text, c in cells])
        (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
