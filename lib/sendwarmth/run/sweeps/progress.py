"""What a sweep says while it goes on: a bar, a line now and then, nothing, or JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from sendwarmth.model.findings import Finding
from sendwarmth.view.words import Words

EVERY_SECONDS = 5.0
OFTENEST = 3


class Silence:
    """Says nothing but what is wrong, on standard error."""

    def __init__(
        self,
        words: Words,
        out: TextIO | None = None,
        err: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.words = words
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.clock = clock
        self.name, self.total, self.before, self.done = "", 0, 0, 0
        self.began = clock()

    def start(self, name: str, total: int, before: int, found: Sequence[Finding] = ()) -> None:
        """Begin a sweep of so many points, some of them made before."""
        self.name, self.total, self.before, self.done = name, total, before, before
        self.began = self.clock()
        for finding in found:
            self.complain(finding)
        self._begin()

    def more(self, points: int) -> None:
        """Tell that so many more points are there."""
        self.done += points
        self._tell(points)

    def finish(self, **facts: Any) -> None:
        """Tell how it ended: ``state``, ``sweep``, and ``file``, ``counts``, ``clashes``."""

    def complain(self, finding: Finding) -> None:
        """Say what is wrong or doubtful."""
        self._complain(self.words.sentence(finding))

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return self.clock() - self.began

    @property
    def pace(self) -> float:
        """Points a second since it began."""
        return (self.done - self.before) / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds left at the pace so far, None where there is none yet."""
        return (self.total - self.done) / self.pace if self.pace else None

    def _begin(self) -> None:
        pass

    def _tell(self, points: int) -> None:
        pass

    def _complain(self, text: str) -> None:
        print(text, file=self.err, flush=True)


class Lines(Silence):
    """A line every few seconds, and what came out of it at the end."""

    _told = 0.0

    def _tell(self, points: int) -> None:
        if self.done < self.total and self.seconds < self._told + EVERY_SECONDS:
            return
        self._told = self.seconds
        line = self.words.say(
            "sweep.line",
            sweep=self.name,
            done=self.done,
            total=self.total,
            pace=self.pace,
            left=clock_time(self.left or 0),
        )
        print(line, file=self.out, flush=True)

    def finish(self, **facts: Any) -> None:
        """Tell how it ended, how many points have no plan and what stood in the way."""
        for line in self._ended(facts):
            print(line, file=self.out, flush=True)

    def _ended(self, facts: Mapping[str, Any]) -> list[str]:
        say = self.words.say
        state = say(f"run.state.{facts['state']}")
        lines = [f"{state}  {facts['sweep']}  {self.seconds:.2f} s"]
        if "file" not in facts:
            return [*lines, say("sweep.resumes")]
        counts = facts["counts"]
        parts = [say(f"sweep.status.{status}", count=n) for status, n in sorted(counts.items())]
        summary = say("run.join").join(parts)
        lines.append(say("sweep.ended", points=facts["points"], summary=summary))
        often = sorted(facts["clashes"].items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [say("sweep.clash", clash=clash, count=n) for clash, n in often[:OFTENEST]]
        if facts["seed"] is not None:
            lines.append(say("sweep.seed", seed=str(facts["seed"])))
        return [*lines, say("sweep.file", file=facts["file"])]


class Bar(Lines):
    """One bar over all points with the time left."""

    bar: Any = None

    def _begin(self) -> None:
        from tqdm import tqdm

        self.bar = tqdm(
            total=self.total,
            initial=self.before,
            desc=self.name,
            file=self.err,
            unit="",
            dynamic_ncols=True,
            leave=False,
        )

    def _tell(self, points: int) -> None:
        self.bar.update(points)

    def finish(self, **facts: Any) -> None:
        """Take the bar away and tell how it ended."""
        if self.bar is not None:
            self.bar.close()
        super().finish(**facts)


class Json(Silence):
    """One JSON object every few seconds, and one at the end."""

    def _tell(self, points: int) -> None:
        told = {"sweep": self.name, "points": self.done, "of": self.total, "left_s": self.left}
        told["points_a_second"] = round(self.pace, 1)
        self._line(told)

    def finish(self, **facts: Any) -> None:
        """Tell how it ended."""
        self._line({**facts, "seconds": round(self.seconds, 3)})

    def _line(self, told: Mapping[str, Any]) -> None:
        print(json.dumps(told, ensure_ascii=False), file=self.out, flush=True)


def teller(words: Words, *, quiet: bool, as_json: bool) -> Silence:
    """Return what suits the options and the terminal."""
    if as_json:
        return Json(words)
    if quiet:
        return Silence(words)
    return (Bar if sys.stderr.isatty() and sys.stdout.isatty() else Lines)(words)


def clock_time(seconds: float) -> str:
    """Return seconds as minutes and seconds, with hours where there are any.

    Examples
    --------
    >>> clock_time(75.4), clock_time(3_725)
    ('1:15', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
