"""What commands cost that reach no account: start-up, validate, faulty specs, questions."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.account import ACCOUNT_ID, FULL, declared
from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_as_imported
from tests.benchmarks.processes import ROOT, clean_environment, measured

ERRORS = 10_000
IN_FULL = 200
COUNT = re.compile(r"^([\d,]+) errors", re.MULTILINE)


def figures(folder: Path, rounds: int) -> Iterator[Figure]:
    """Seconds of CPU. The first validate finds nothing remembered of the spec, the others may."""
    spec = folder / "full"
    if not spec.exists():
        write_as_imported(declared(FULL), spec)
    costs = [measured(["-m", "iamspec", "validate", str(spec)], clean_environment()) for _ in range(rounds + 1)]
    yield Figure("validate, cold: s of CPU", costs[0].cpu, 1.2, f"{costs[0].wall:.2f} s by the clock")
    yield Figure("validate: s of CPU", median(one.cpu for one in costs[1:]), 0.8, f"{costs[1].peak:.0f} MiB")
    yield _cpu("iamspec --help: ms of CPU", ["--help"], rounds, 120)
    yield _cpu("validate examples/startup: ms of CPU", ["validate", str(ROOT / "examples/startup")], rounds, 350)
    asked = ["access", "--who", "s3:GetObject", "arn:aws:s3:::billing-0010/x", "--spec", str(spec)]
    yield _cpu("access --who over 5,000 users: ms of CPU", asked, rounds, 1000)
    yield _faulty(folder / "faulty", rounds)


def _cpu(name: str, arguments: Sequence[str], rounds: int, most: float) -> Figure:
    costs = [measured(["-m", "iamspec", *arguments], clean_environment()) for _ in range(rounds)]
    return Figure(name, median(one.cpu for one in costs) * 1000, most, f"{costs[0].peak:.0f} MiB")


def _faulty(folder: Path, rounds: int) -> Figure:
    """A spec in which each user names a group that is not declared."""
    folder.mkdir(exist_ok=True)
    users = "".join(f"  user{number}: {{groups: [group{number}]}}\n" for number in range(ERRORS))
    (folder / "iamspec.yaml").write_text(f'account: {{id: "{ACCOUNT_ID}"}}\nusers:\n{users}', encoding="utf-8")
    command = ["-m", "iamspec", "validate", str(folder)]
    costs = [measured(command, clean_environment(), ends_with=1) for _ in range(rounds)]
    found = COUNT.search(costs[0].said)
    assert found is not None
    assert int(found[1].replace(",", "")) == ERRORS, "all errors are counted"
    assert sum("no group" in line for line in costs[0].said.splitlines()) >= IN_FULL
    return Figure("a spec with 10,000 errors: s", median(one.wall for one in costs), 3.0)
