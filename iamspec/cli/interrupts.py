"""Interrupts: Ctrl-C, SIGTERM and SIGHUP, the end of a terminal, mean the same everywhere."""

import contextlib
import os
import signal
from collections.abc import Iterator
from threading import Event
from typing import Any

from iamspec.cli.output import INTERRUPTED

STOPPING = b"stopping: calls in flight are finished first; once more to leave at once\n"
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on(*numbers: signal.Signals) -> None:
    """Lets signals do the same as Ctrl-C.

    A signal that the caller ignores, as nohup does with SIGHUP,
    stays ignored.
    """
    for number in _heard(numbers):
        signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def interruptible(stop: Event) -> Iterator[None]:
    """The first signal lets calls in flight finish, a second Ctrl-C leaves at once.

    Other signals do not leave at once: a closing terminal or a
    stopped service may send its signal twice.
    """

    def on_signal(number: int, _: Any) -> None:
        if stop.is_set():
            if number == signal.SIGINT:
                os._exit(INTERRUPTED)
            return
        stop.set()
        with contextlib.suppress(OSError):
            os.write(2, STOPPING)  # the stream may be in the middle of a line, and would refuse to be entered again

    before = {number: signal.signal(number, on_signal) for number in _heard(NUMBERS)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard(numbers: tuple[signal.Signals, ...]) -> list[signal.Signals]:
    return [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
