"""What an apply of 1,000 users costs, from an empty account, at the pace of the network and under throttling."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.account import Size, declared
from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_as_imported
from tests.benchmarks.processes import calls, clean_environment, measured, serving
from tests.benchmarks.server import LATENCY

SIZE = Size(users=1000, groups=30, policies=100, tagged=0.0)
PARALLELISM = 8
RATE = 20
WRITES = re.compile(r"^(?:Add|Attach|Create|Put|Tag)")


def figures(folder: Path) -> Iterator[Figure]:
    """Both must end with exit code 0: every call made, and read back."""
    spec = folder / "apply"
    write_as_imported(declared(SIZE), spec)
    with serving(SIZE, "--from-nothing") as endpoint:
        wall, made, _ = _applied(folder, spec, endpoint)
        least = made * LATENCY / PARALLELISM
        name = "apply of 1,000 users, 30 ms: times calls x 30 ms / parallelism"
        yield Figure(name, wall / least, 1.3, f"{made} calls, {wall:.1f} s / {least:.1f} s")
    with serving(SIZE, "--from-nothing", "--rate", str(RATE)) as endpoint:
        wall, made, throttled = _applied(folder, spec, endpoint)
        name = f"apply of 1,000 users, {RATE} calls a second: times calls / {RATE}"
        yield Figure(name, wall * RATE / made, 1.1, f"{made} calls, {wall:.0f} s, {throttled} throttled")


def _applied(folder: Path, spec: Path, endpoint: str) -> tuple[float, int, int]:
    """Seconds of the whole run, and the calls that were made and throttled."""
    journal = folder / "journal.json"
    journal.unlink(missing_ok=True)
    options = ["--endpoint-url", endpoint, "--auto-approve", "--account", "123456789012", "--journal", str(journal)]
    cost = measured(["-m", "iamspec", "apply", str(spec), *options], clean_environment())
    counted = calls(endpoint)
    throttled = counted.pop("throttled", 0)
    return cost.wall, sum(counted.values()), throttled
