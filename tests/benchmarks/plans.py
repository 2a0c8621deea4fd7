"""What a plan costs beside a bare script that only reads the pages, both in turns, so that both meet the same machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

from tests.benchmarks.account import FULL, KIND, Declared, Size, declared
from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_as_imported, write_by_team
from tests.benchmarks.processes import Cost, calls, clean_environment, measured, serving
from tests.benchmarks.server import PAGE

BARE = str(Path(__file__).with_name("bare.py"))
TAG_PAGE = 100
SWEEPS = 4  # each may end with a page that is not full
EXACT = 20  # users whose sign-in is asked exactly
CHANGED = 100  # one user in so many


@dataclass(frozen=True, slots=True)
class Turns:
    """The costs of plans and of bare scripts, each as often."""

    plans: Sequence[Cost]
    bares: Sequence[Cost]
    made: Mapping[str, int]

    @property
    def ratio(self) -> float:
        return median(one.wall for one in self.plans) / median(one.wall for one in self.bares)

    @property
    def remark(self) -> str:
        """What explains the ratio."""
        return _remark(self.plans, self.bares)


def _remark(some: Sequence[Cost], others: Sequence[Cost]) -> str:
    walls, cpus = (
        [median(getattr(one, name) for one in costs) for costs in (some, others)] for name in ("wall", "cpu")
    )
    return f"{' / '.join(f'{one:.2f}' for one in walls)} s; CPU {' / '.join(f'{one:.2f}' for one in cpus)} s"


def in_turns(folder: Path, endpoint: str, rounds: int, *options: str) -> Turns:
    """A plan and a bare script, some times over."""
    plans, bares, made = [], [], {}
    for _ in range(rounds):
        cost, made = _plan(folder, endpoint, options)
        plans.append(cost)
        bares.append(measured([BARE, endpoint], clean_environment()))
    return Turns(plans, bares, made)


def _plan(folder: Path, endpoint: str, options: Sequence[str]) -> tuple[Cost, dict[str, int]]:
    """What a plan costs, and its calls."""
    calls(endpoint)
    command = ["-m", "iamspec", "plan", str(folder), "--endpoint-url", endpoint, *options]
    return measured(command, clean_environment()), calls(endpoint)


def of_the_full_account(folder: Path, rounds: int) -> Iterator[Figure]:
    """All tags, one file a policy, documents of many shapes."""
    spec = folder / "full"
    write_as_imported(declared(FULL), spec)
    with serving(FULL) as endpoint:
        found = in_turns(spec, endpoint, rounds, "--detailed-exitcode")
        pages = sum(ceil(one / PAGE) for one in (FULL.users, FULL.groups, FULL.policies)) + 1
        most = pages + SWEEPS + ceil(FULL.policies / TAG_PAGE) + 6
        yield Figure("plan, nothing to do, 30 ms: calls", sum(found.made.values()), most, _told(found.made))
        yield Figure("plan, nothing to do, 30 ms: times the bare script", found.ratio, 1.0, found.remark)
    with serving(FULL, "--latency", "0") as endpoint:
        found = in_turns(spec, endpoint, rounds, "--detailed-exitcode")
        yield Figure("plan, nothing to do, 0 ms: times the bare script", found.ratio, 1.2, found.remark)
        peak = max(one.peak for one in found.plans)
        yield Figure("plan, nothing to do: peak memory in MiB", peak, 200, f"bare: {found.bares[0].peak:.0f}")
        changed = folder / "changed"
        write_as_imported(with_changes(declared(FULL)), changed)
        found, least = _beside(changed, spec, endpoint, rounds, "--allow", "mass-delete")
        name = "plan, 1 % of the users changed, 0 ms: times the empty plan"
        yield Figure(name, _times(found, least), 1.5, _remark(found.plans, least.plans))


def with_changes(found: Declared) -> Declared:
    """The account with one user in a hundred in one group less."""
    users = {
        name: {**one, "groups": one["groups"][1:]} if number % CHANGED == 0 else one
        for number, (name, one) in enumerate(found.users.items())
    }
    return Declared(users, found.groups, found.policies)


def of_sign_in(folder: Path, rounds: int) -> Iterator[Figure]:
    """The sign-in of all users compared, beside a plan that compares everything else."""
    size = Size(sign_in=True)
    spec, without = folder / "sign-in", folder / "without-sign-in"
    write_as_imported(declared(size), spec)
    write_as_imported(_without_sign_in(declared(size)), without)
    for latency in ("0.03", "0"):
        with serving(size, "--latency", latency) as endpoint:
            found, least = _beside(spec, without, endpoint, rounds, "--detailed-exitcode")
        if latency != "0":
            asked = sum(found.made.values()) - sum(least.made.values())
            yield Figure("plan, sign-in of all users compared: calls for it", asked, 3 + 3 * EXACT, _told(found.made))
        name = f"plan, sign-in of all users compared, {float(latency) * 1000:.0f} ms: times the plan without"
        yield Figure(name, _times(found, least), 1.2, _remark(found.plans, least.plans))


def _beside(some: Path, other: Path, endpoint: str, rounds: int, *options: str) -> tuple[Turns, Turns]:
    """Plans of two specs in turns, as often."""
    found = [[_plan(one, endpoint, options) for one in (some, other)] for _ in range(rounds)]
    first, second = (Turns([cost for cost, _ in runs], [], runs[-1][1]) for runs in zip(*found, strict=True))
    return first, second


def _times(some: Turns, other: Turns) -> float:
    return median(one.wall for one in some.plans) / median(one.wall for one in other.plans)


def _without_sign_in(found: Declared) -> Declared:
    users = {
        name: {key: value for key, value in one.items() if key not in {"console", "access_keys"}}
        for name, one in found.users.items()
    }
    return Declared(users, found.groups, found.policies)


def of_the_kind_account(folder: Path, rounds: int) -> Iterator[Figure]:
    """Twenty policies with tags, 22 files: the account of earlier benchmarks."""
    spec = folder / "kind"
    write_by_team(declared(KIND), spec)
    with serving(KIND) as endpoint:
        found = in_turns(spec, endpoint, rounds, "--detailed-exitcode")
    yield Figure("plan of a kind account, 30 ms: times the bare script", found.ratio, 1.0, found.remark)


def of_sizes(folder: Path, rounds: int, sizes: Sequence[int]) -> Iterator[tuple[Size, Turns]]:
    """Plans of accounts of several sizes."""
    for users in sizes:
        size = FULL.of(users)
        spec = folder / f"of-{users}"
        write_as_imported(declared(size), spec)
        with serving(size, "--latency", "0") as endpoint:
            yield size, in_turns(spec, endpoint, rounds)


def linear(found: Sequence[tuple[Size, Turns]]) -> Figure:
    """How much more CPU a user of the largest account takes than the sizes in between promise."""
    users = [size.users for size, _ in found]
    cpu = [median(one.cpu for one in turns.plans) for _, turns in found]
    slope = (cpu[1] - cpu[0]) / (users[1] - users[0])
    expected = cpu[1] + slope * (users[2] - users[1])
    told = ", ".join(f"{size}: {one:.2f} s" for size, one in zip(users, cpu, strict=True))
    return Figure("plan at 1,000, 5,000, 20,000 users: CPU over linear growth", cpu[2] / expected, 1.15, told)


def _told(made: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in made.items())
