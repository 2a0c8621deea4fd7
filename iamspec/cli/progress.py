"""Progress of long work on stderr: a bar on a terminal after a second, elsewhere a line every ten seconds.

Nothing is shown of work that takes less. What is shown never
reaches stdout.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from iamspec.cli.output import BEFORE, counted, is_terminal, say

SECOND = 1.0  # before anything is shown on a terminal
LINES = 10.0  # seconds between two lines elsewhere
CHUNK = 200  # calls after which the bar moves
Calls = Sequence[Any]


class Meter:
    """Counts what is done, and shows it. `clock` counts seconds."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock
        self._shown_at = self._started = clock()
        self._bar: Any = None
        self._task: Any = None
        self.pages = self.answers = 0

    def advance(
        self, *, pages: int = 0, answers: int = 0, done: int = 0, total: int | None = None, silent: bool = False
    ) -> None:
        """Adds to the counts.

        `done` of `total` is the progress of the present work.
        `silent` work writes no lines, because each of its calls
        has a line already.
        """
        self.pages += pages
        self.answers += answers
        now = self._clock()
        if now - self._started < SECOND:
            return
        if is_terminal(sys.stderr):
            self._draw(done, total)
        elif not silent and now - self._shown_at >= LINES:
            self._shown_at = now
            say(f"{self._sentence()}{f', {done} of {total}' if total else ''}")

    def _sentence(self) -> str:
        parts = [counted(self.pages, "page", "pages")] if self.pages else []
        parts += [counted(self.answers, "answer", "answers")] if self.answers else []
        return f"{self._what}: {', '.join(parts)}" if parts else self._what

    def _draw(self, done: int, total: int | None) -> None:
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task("", total=None)
            self._bar.start()
        self._bar.update(self._task, description=self._sentence(), completed=done, total=total)

    def pause(self) -> None:
        """Takes the bar off the terminal. It comes back after another second of work."""
        self._started = self._clock()
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.stop()


def _bar() -> Any:
    """A bar on stderr that goes when the work is done.

    Text of an account is never in it, so nothing is marked up.
    """
    from rich.console import Console  # noqa: PLC0415 - only work that takes a second on a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)


class Watched:
    """A port to an account that tells a meter what it reads.

    Everything else goes to the port as it is.
    """

    def __init__(self, port: Any, meter: Meter) -> None:
        self._port, self._meter = port, meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def pages(self, call: Any) -> Iterator[Mapping[str, Any]]:
        for page in self._port.pages(call):
            self._meter.advance(pages=1)
            yield page

    def read_each(self, calls: Calls) -> list[Any]:
        return self._in_chunks(self._port.read_each, calls)

    def attempt_each(self, calls: Calls) -> list[Any]:
        return self._in_chunks(self._port.attempt_each, calls)

    def _in_chunks(self, ask: Callable[[Calls], list[Any]], calls: Calls) -> list[Any]:
        """The answers in the order of the calls, a chunk after the other."""
        found: list[Any] = []
        for at in range(0, len(calls), CHUNK):
            found += ask(calls[at : at + CHUNK])
            self._meter.advance(answers=len(found) - at, done=len(found), total=len(calls))
        return found


@contextmanager
def metered(what: str) -> Iterator[Meter]:
    """A meter for single calls, such as the calls of an apply. Messages stand above its bar."""
    meter = Meter(what)
    try:
        yield meter
    finally:
        meter.pause()


@contextmanager
def _reading() -> Iterator[Meter]:
    """A meter for reads. Its bar is gone while anything else is written."""
    with metered("reading the account") as meter:
        BEFORE.append(meter.pause)
        try:
            yield meter
        finally:
            BEFORE.remove(meter.pause)


def watched(port: Any, context: Any) -> Watched:
    """The port with its reads shown as they come, for the rest of the command of this context."""
    return Watched(port, context.with_resource(_reading()))
