"""The pace of calls under throttling, against a bucket of tokens as AWS documents it, on a clock of its own."""

from itertools import repeat

import pytest

from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.live.pace import LEAST, Pace
from iamspec.live.retry import Repeating

LATENCY = 0.03


class Throttling:
    """An IAM that takes so many calls a second, and as many at once."""

    def __init__(self, rate):
        self.rate, self.tokens, self.time, self.filled, self.throttled = rate, rate, 0.0, 0.0, 0

    def wait(self, seconds):
        self.time += seconds

    def clock(self):
        return self.time

    def once(self, call):
        self.time += LATENCY / 8  # eight threads call side by side
        self.tokens = min(self.rate, self.tokens + (self.time - self.filled) * self.rate)
        self.filled = self.time
        if self.tokens < 1:
            self.throttled += 1
            raise IamError(call.operation, "Throttling", "Rate exceeded")
        self.tokens -= 1
        return {}


@pytest.mark.parametrize("rate", [5, 20, 60])
def test_many_calls_under_a_throttle_take_hardly_longer_than_the_throttle_allows(rate):
    """Kills: a pace that falls and does not come back, and calls that are throttled until they fail."""
    iam = Throttling(rate)
    repeating = Repeating(iam.once, lambda: repeat(0.2), iam.wait, iam.clock, Pace(iam.clock, iam.wait))
    calls = 100 * rate
    for number in range(calls):
        repeating.make(Call("CreateUser", {"UserName": f"u{number}"}))
    assert iam.time <= 1.1 * calls / rate
    assert iam.throttled <= calls / 8


def test_without_a_throttled_call_nothing_waits():
    """Kills: a pace that holds back an account that takes every call."""
    iam = Throttling(1_000_000)
    repeating = Repeating(iam.once, lambda: repeat(0.2), iam.wait, iam.clock, Pace(iam.clock, iam.wait))
    for _ in range(1000):
        repeating.make(Call("GetUser", {"UserName": "ana"}))
    assert iam.time == pytest.approx(1000 * LATENCY / 8)


def test_calls_that_are_throttled_together_slow_the_pace_once():
    """Kills: eight threads that are throttled at once and make the pace a quarter of what IAM takes."""
    now = [0.0]
    waited = []
    pace = Pace(lambda: now[0], waited.append)
    for _ in range(40):
        pace.answered()
    for _ in range(8):
        pace.throttled()
    pace.turn()
    pace.turn()
    assert waited == [pytest.approx(1 / 40)]


def test_the_pace_never_stands_still():
    now = [0.0]
    waited = []
    pace = Pace(lambda: now[0], waited.append)
    for _ in range(100):
        pace.throttled()
        now[0] += 1
    now[0] = 1000.0
    pace.turn()
    pace.turn()
    assert waited == [pytest.approx(1 / LEAST)]
