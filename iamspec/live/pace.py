"""The pace of calls to an account, which all threads share: full speed until IAM throttles, then as much as it takes.

After "Error retries and exponential backoff" and "Adaptive mode"
of the AWS SDKs: a bucket of turns whose rate falls when a call is
throttled and rises with each answer.
"""

from collections import deque
from collections.abc import Callable
from threading import Lock

LEAST = 2.0  # calls a second, however often calls are throttled
FIRST = 10.0  # calls a second, at least, after the first throttled call
WINDOW = 1.0  # seconds in which the first rate is measured
FALL = 0.85  # what is left of the rate after a throttled call
REST = 0.25  # seconds between two falls: calls in flight are throttled together
RISE = 0.5  # calls a second more, each second, near the rate at which calls were throttled
RETURN = 0.1  # calls a second more, with each answer, far below that rate
NEAR = 0.8


class Pace:
    """Turns of calls. `clock` returns seconds, `wait` waits for some."""

    def __init__(self, clock: Callable[[], float], wait: Callable[[float], None]) -> None:
        self._clock, self._wait = clock, wait
        self._rate: float | None = None  # None until a call is throttled
        self._limit = float("inf")  # the rate at which calls were throttled last
        self._next = self._fell = 0.0
        self._answers: deque[float] = deque(maxlen=1000)
        self._lock = Lock()

    def turn(self) -> None:
        """Waits until the next call may be made."""
        with self._lock:
            if self._rate is None:
                return
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + 1 / self._rate
        if turn > now:
            self._wait(turn - now)

    def answered(self) -> None:
        """Notes a call that was not throttled."""
        with self._lock:
            if self._rate is None:
                self._answers.append(self._clock())
            else:
                self._rate += RETURN if self._rate < NEAR * self._limit else RISE / self._rate

    def throttled(self) -> None:
        """Notes a throttled call.

        The first rate is that of the answers so far.
        """
        with self._lock:
            now = self._clock()
            if self._rate is None:
                self._rate = max(FIRST, sum(one > now - WINDOW for one in self._answers) / WINDOW)
            elif now - self._fell < REST:
                return
            else:
                self._limit = self._rate
                self._rate = max(LEAST, self._rate * FALL)
            self._fell = now
