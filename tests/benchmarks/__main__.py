"""Measures iamspec on generated accounts and holds it to its targets; exit 1 if one is missed."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks import applies, fleets, offline, orders, plans, statuses
from tests.benchmarks.account import FULL, declared
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.meanings import costs
from tests.benchmarks.plot import svg

SIZES = (1000, 5000, 20_000)
MOST_MEANING = 0.5  # seconds of CPU
MOST_CHANGES = 0.35


def main() -> int:
    """Prints each figure beside its target."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs; medians count")
    parser.add_argument("--only", nargs="*", choices=sorted(PARTS), help="parts to measure; left out: all")
    parser.add_argument("--plot", type=Path, help="write the plot of cost against size into this SVG")
    options = parser.parse_args()
    chosen: Sequence[str] = options.only or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="iamspec-") as folder:
        figures = [one for name in chosen for one in _printed(PARTS[name](Path(folder), options))]
    print(f"\n{FULL.users} users, {FULL.groups} groups, {FULL.policies} policies; {options.rounds} rounds")
    print(table(figures))
    return int(any(one.is_missed for one in figures))


def _printed(figures: Iterator[Figure]) -> Iterator[Figure]:
    for one in figures:
        print(one.line, flush=True)
        yield one


def _sizes(folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    found = list(plans.of_sizes(folder, options.rounds, SIZES))
    yield plans.linear(found)
    if options.plot:
        lines = {
            name: [(float(size.users), median(one.cpu for one in getattr(turns, field))) for size, turns in found]
            for name, field in (("iamspec plan", "plans"), ("a script that only reads", "bares"))
        }
        options.plot.write_text(svg("CPU of a plan with nothing to do", lines), encoding="utf-8")


def _meanings(folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    for name, seconds in costs(declared()):
        most = MOST_CHANGES if "changes of AWS's" in name else MOST_MEANING
        yield Figure(f"{name}: s of CPU", seconds, most)


PARTS: dict[str, Callable[[Path, argparse.Namespace], Iterator[Figure]]] = {
    "plans": lambda folder, options: plans.of_the_full_account(folder, options.rounds),
    "kind": lambda folder, options: plans.of_the_kind_account(folder, options.rounds),
    "sign-in": lambda folder, options: plans.of_sign_in(folder, options.rounds),
    "sizes": _sizes,
    "applies": lambda folder, _: applies.figures(folder),
    "offline": lambda folder, options: offline.figures(folder, options.rounds),
    "meanings": _meanings,
    "fleets": lambda folder, _: fleets.figures(folder),
    "orders": lambda folder, _: orders.figures(folder),
    "status": lambda folder, options: statuses.figures(folder, options.rounds),
}


if __name__ == "__main__":
    sys.exit(main())
