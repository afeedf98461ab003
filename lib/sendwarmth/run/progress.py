"""What a run says while it goes on: a bar, plain lines, nothing, or JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from sendwarmth.run.manifest import Record
from sendwarmth.view.words import Words


class Silence:
    """Says nothing but what is wrong, on standard error."""

    def __init__(self, words: Words, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.words = words
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.counts: Counter[str] = Counter()

    def start(self, total: int) -> None:
        """Begin a run of so many scenarios."""

    def ended(self, record: Record) -> None:
        """Tell how a scenario ended."""
        self.counts[record.state] += 1
        self._tell(record)
        for sentence in record.said:
            self._complain(f"  {record.scenario}: {sentence}")

    def wrote(self, page: str, seconds: float, reasons: Sequence[str] = ()) -> None:
        """Tell of a page that was written besides, or why it could not be made."""
        self._tell_page(page, seconds, "failed" if reasons else "done")
        for sentence in reasons:
            self._complain(f"  {page}: {sentence}")

    def finish(self, **facts: Any) -> None:
        """Tell how the run ended and where its results are."""

    def _tell_page(self, page: str, seconds: float, state: str) -> None:
        pass

    def _tell(self, record: Record) -> None:
        pass

    def _complain(self, text: str) -> None:
        print(text, file=self.err, flush=True)

    def _line(self, name: str, seconds: float, state: str) -> str:
        said = self.words.say(f"run.state.{state}")
        return self.words.say("run.line", state=said, scenario=name, seconds=f"{seconds:.2f}")

    def _summary(self) -> str:
        parts = [
            self.words.say("run.count", state=self.words.say(f"run.state.{state}"), count=count)
            for state, count in self.counts.items()
        ]
        return self.words.say("run.join").join(parts)


class Lines(Silence):
    """One line a scenario."""

    def _tell(self, record: Record) -> None:
        self._print(self._line(record.scenario, record.seconds, record.state))

    def _tell_page(self, page: str, seconds: float, state: str) -> None:
        self._print(self._line(page, seconds, state))

    def _print(self, line: str) -> None:
        print(line, file=self.out, flush=True)

    def finish(self, **facts: Any) -> None:
        """Tell how the run ended and where its results are."""
        said = self.words.say("run.finished", summary=self._summary(), **facts)
        print(said, file=self.out, flush=True)


class Bar(Lines):
    """One bar over all scenarios with counts and the time left, and one line a scenario above."""

    def start(self, total: int) -> None:
        """Draw the bar."""
        from tqdm import tqdm

        self.bar = tqdm(total=total, file=self.err, unit="", dynamic_ncols=True, leave=False)

    def _tell(self, record: Record) -> None:
        super()._tell(record)
        self.bar.set_postfix_str(self._summary(), refresh=False)
        self.bar.update(1)

    def _print(self, line: str) -> None:
        self.bar.write(line, file=self.out)

    def _complain(self, text: str) -> None:
        self.bar.write(text, file=self.err)

    def finish(self, **facts: Any) -> None:
        """Take the bar away and tell how the run ended."""
        self.bar.close()
        super().finish(**facts)


class Json(Silence):
    """One JSON object a scenario, and one for the run."""

    def _tell(self, record: Record) -> None:
        self._print(asdict(record))

    def _tell_page(self, page: str, seconds: float, state: str) -> None:
        self._print({"page": page, "state": state, "seconds": seconds})

    def _print(self, told: Mapping[str, Any]) -> None:
        print(json.dumps(told, ensure_ascii=False), file=self.out, flush=True)

    def _complain(self, text: str) -> None:
        pass

    def finish(self, **facts: Any) -> None:
        """Tell the counts and where the results are."""
        self._print({"counts": dict(self.counts), **facts})


def teller(words: Words, *, quiet: bool, as_json: bool) -> Silence:
    """Return what suits the options and the terminal."""
    kinds: dict[bool, Callable[[Words], Silence]] = {True: Bar, False: Lines}
    if as_json:
        return Json(words)
    if quiet:
        return Silence(words)
    return kinds[sys.stderr.isatty() and sys.stdout.isatty()](words)
