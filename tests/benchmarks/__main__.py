"""Measures plan and validate on a generated account and holds them to their targets; exit 1 if one is missed."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.account import GROUPS, POLICIES, TAGGED_POLICIES, USERS, declared
from tests.benchmarks.files import write
from tests.benchmarks.meanings import costs
from tests.benchmarks.processes import Cost, calls, clean_environment, measured, serving
from tests.benchmarks.server import LATENCY, PAGE

PAGES = -(-(USERS + GROUPS + POLICIES) // PAGE)
BARE = str(Path(__file__).with_name("bare.py"))
MOST_TIMES_BARE, MOST_MEMORY, MOST_CPU = 2.0, 300.0, 2.0  # of a plan: times the bare script, MiB; of validate: seconds
MOST_MEANING = 0.5  # seconds of CPU


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and the most that it may be."""

    name: str
    found: float
    target: float
    remark: str = ""

    @property
    def line(self) -> str:
        verdict = "ok" if self.found <= self.target else "MISSED"
        return f"{self.name:<43}{self.found:>9.2f}{self.target:>9.2f}  {verdict:<8}{self.remark}"


def main() -> int:
    """Prints each figure beside its target."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs; medians count")
    rounds: int = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="iamspec-") as folder, serving() as endpoint:
        write(declared(), Path(folder))
        print(f"{USERS} users, {GROUPS} groups, {POLICIES} policies; {LATENCY * 1000:.0f} ms a call; {rounds} rounds")
        figures = [*_plan(folder, endpoint, rounds), *_validate(folder, rounds), *_meanings()]
    print(f"{'':<43}{'found':>9}{'target':>9}")
    print("\n".join(one.line for one in figures))
    return int(any(one.found > one.target for one in figures))


def _plan(folder: str, endpoint: str, rounds: int) -> Iterator[Figure]:
    """The plan, which must be empty, and the bare script in turns, so that both meet the same machine."""
    environment = clean_environment()
    command = ["-m", "iamspec", "plan", folder, "--endpoint-url", endpoint, "--detailed-exitcode"]
    plans, bares, made = [], [], []
    for _ in range(rounds):
        calls(endpoint)
        plans.append(measured(command, environment))
        made.append(calls(endpoint))
        bares.append(measured([BARE, endpoint], environment))
    allowed = PAGES + 3 + TAGGED_POLICIES
    yield Figure("plan: calls", max(sum(one.values()) for one in made), allowed, _told(made[0]))
    wall, bare = median(one.wall for one in plans), median(one.wall for one in bares)
    yield Figure("plan: time, times the bare script's", wall / bare, MOST_TIMES_BARE, f"{wall:.2f} s / {bare:.2f} s")
    yield Figure("plan: peak memory in MiB", max(one.peak for one in plans), MOST_MEMORY, _of(plans, bares))


def _told(made: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in made.items())


def _of(plans: Sequence[Cost], bares: Sequence[Cost]) -> str:
    """What explains the other figures: CPU of both, and the memory of the bare script."""
    cpu = [median(one.cpu for one in costs) for costs in (plans, bares)]
    return f"bare: {max(one.peak for one in bares):.0f} MiB; CPU {cpu[0]:.2f} s / {cpu[1]:.2f} s"


def _validate(folder: str, rounds: int) -> Iterator[Figure]:
    costs = [measured(["-m", "iamspec", "validate", folder], clean_environment()) for _ in range(rounds)]
    wall = f"{median(one.wall for one in costs):.2f} s by the clock, {max(one.peak for one in costs):.0f} MiB"
    yield Figure("validate: seconds of CPU", median(one.cpu for one in costs), MOST_CPU, wall)


def _meanings() -> Iterator[Figure]:
    return (Figure(f"{name}: s", seconds, MOST_MEANING) for name, seconds in costs(declared()))


if __name__ == "__main__":
    sys.exit(main())
