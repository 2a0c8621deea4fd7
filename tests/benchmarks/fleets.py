"""What a fleet costs: wall against a bare script with as many threads, memory, and both against the number of accounts."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.account import ACCOUNT_ID, FULL, declared
from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_by_team
from tests.benchmarks.processes import Cost, calls, clean_environment, measured, serving

SIZE = FULL.of(100)
ACCOUNTS, THREADS, FEW, MANY = 200, 16, 20, 500
MOST_TIMES_BARE, MOST_MEMORY, MOST_BENT = 1.3, 300.0, 1.2
RATE = 20.0  # calls a second and account, of the last figure
BARE = str(Path(__file__).with_name("bare_fleet.py"))


def figures(folder: Path) -> Iterator[Figure]:
    for count in (FEW, ACCOUNTS, MANY):
        _write(folder / str(count), count)
    with serving(SIZE, "--fleet") as endpoint:
        bare = measured([BARE, endpoint, str(ACCOUNTS), str(THREADS)], clean_environment())
        costs = {count: _plan(folder, endpoint, count) for count in (FEW, ACCOUNTS, MANY)}
        asked = calls(endpoint)
    cost = costs[ACCOUNTS]
    told = f"{cost.wall:.1f} s / {bare.wall:.1f} s; CPU {cost.cpu:.1f} s / {bare.cpu:.1f} s"
    yield Figure(f"fleet of {ACCOUNTS}: time, times the bare script's", cost.wall / bare.wall, MOST_TIMES_BARE, told)
    peaks = ", ".join(f"{count}: {one.peak:.0f}" for count, one in costs.items())
    yield Figure("fleet: peak memory in MiB", max(one.peak for one in costs.values()), MOST_MEMORY, peaks)
    each = {count: one.wall / count for count, one in costs.items()}
    bent = (costs[MANY].wall - costs[ACCOUNTS].wall) / (MANY - ACCOUNTS) / each[ACCOUNTS]
    yield Figure(f"fleet: time of one more account at {MANY}, times that at {ACCOUNTS}", bent, MOST_BENT)
    made = sum(asked.values()) / (FEW + ACCOUNTS * 2 + MANY)
    yield Figure("fleet: calls for each account", made, 8, ", ".join(f"{n} {name}" for name, n in asked.items()))
    with serving(SIZE, "--fleet", "--rate", str(RATE)) as endpoint:
        slow = _plan(folder, endpoint, FEW)
        throttled = calls(endpoint).get("throttled", 0)
    yield Figure(
        f"fleet at {RATE:.0f} calls a second: seconds for {FEW}", slow.wall, 60, f"{throttled} throttled, none failed"
    )


def _plan(folder: Path, endpoint: str, count: int) -> Cost:
    """The plan of a fleet with nothing to do."""
    command = ["-m", "iamspec", "fleet", "plan", str(folder / str(count) / "fleet.yaml"), "--endpoint-url", endpoint]
    cost = measured([*command, "--parallelism", str(THREADS), "--detailed-exitcode"], clean_environment())
    assert f"Nothing to do in {count} accounts." in cost.said, cost.said[-2000:]
    return cost


def _write(folder: Path, count: int) -> None:
    write_by_team(declared(SIZE), folder / "common")
    for path in (folder / "common").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(rf"^ +id: '{ACCOUNT_ID}'\n", "", text, flags=re.MULTILINE)
        path.write_text(text.replace(ACCOUNT_ID, "${iamspec:account_id}"), encoding="utf-8")
    accounts = "".join(f'  - {{id: "{200_000_000_000 + number}"}}\n' for number in range(count))
    role = 'assume_role: {arn: "arn:aws:iam::${iamspec:account_id}:role/iamspec"}\n'
    (folder / "fleet.yaml").write_text(f"accounts:\n{accounts}paths: [common]\n{role}", encoding="utf-8")
