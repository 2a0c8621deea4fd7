"""What the order of calls and its judgement cost, without any network: a large change, and documents full of wildcards."""

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from iamspec.commands import plan as commands
from iamspec.live.snapshot import SnapshotReader, parse
from tests.benchmarks.account import Declared, Size, declared
from tests.benchmarks.answers import details
from tests.benchmarks.figures import Figure
from tests.benchmarks.files import write_as_imported

SIZE = Size(users=5000, groups=100, policies=300, tagged=None)
CHANGED = 1000
LONG = 2400  # characters of patterns; with the rest of a statement about 6 KB in a document


def figures(folder: Path) -> Iterator[Figure]:
    """Seconds of CPU."""
    before = _with_refusals(declared(SIZE))
    seconds, calls = _ordering(folder / "order", before, _moved(before))
    yield Figure("order of a change of 1,000 of 5,000 users: s of CPU", seconds, 2.0, f"{calls} calls")
    hard = declared(replace(SIZE, tagged=0.0))
    seconds, calls = _ordering(folder / "hard", hard, _with_refusals(_moved(hard)))
    yield Figure("the same with Deny in each document, 30 documents changed: s of CPU", seconds, 20.0, f"{calls} calls")
    seconds, calls = _ordering(folder / "wild", *_wild())
    yield Figure("order of two documents of 6 KB of wildcards: s of CPU", seconds, 0.1, f"{calls} calls")


def _moved(found: Declared) -> Declared:
    """The account with 1,000 users in two other groups each."""
    chance = Random(9)
    groups = list(found.groups)
    users = {
        name: {**one, "groups": chance.sample(groups, 2)} if number % (SIZE.users // CHANGED) == 0 else one
        for number, (name, one) in enumerate(found.users.items())
    }
    return Declared(users, found.groups, found.policies)


def _with_refusals(found: Declared) -> Declared:
    """The account with a Deny in each tenth policy."""
    refusal = {"Effect": "Deny", "Action": ["s3:DeleteBucket", "sqs:Delete*"], "Resource": "*"}
    policies = {
        name: _with(one, refusal) if number % 10 == 0 else one
        for number, (name, one) in enumerate(found.policies.items())
    }
    return Declared(found.users, found.groups, policies)


def _with(policy: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    document = policy["document"]
    found = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    return {**policy, "document": {**document, "Statement": [*found, statement]}}


def _wild() -> tuple[Declared, Declared]:
    """Two policies of one user swap an Allow and a Deny of long patterns."""
    chance = Random(6)

    def patterns() -> list[str]:
        return ["s3:" + "".join(chance.choice("a?*b") for _ in range(60)) for _ in range(LONG // 60)]

    def policy(effect: str) -> dict[str, Any]:
        statement = {"Effect": effect, "Action": patterns(), "Resource": "*"}
        return {"document": {"Version": "2012-10-17", "Statement": [statement]}}

    users = {
        f"user{number}": {"path": "/", "tags": {}, "groups": [], "policies": ["one", "other"]} for number in range(4)
    }
    return (
        Declared(users, {}, {"one": policy("Allow"), "other": policy("Deny")}),
        Declared(users, {}, {"one": policy("Deny"), "other": policy("Allow")}),
    )


def _ordering(folder: Path, before: Declared, after: Declared) -> tuple[float, int]:
    """Seconds of CPU that ordering and judging the calls take, and how many calls there are."""
    write_as_imported(after, folder)
    reader = SnapshotReader(parse(json.dumps(details(before)), "account"))
    spent = []
    ordered = commands.ordered

    def timed(*arguments: Any) -> Any:
        start = process_time()
        found = ordered(*arguments)
        spent.append(process_time() - start)
        return found

    gc.freeze()
    gc.set_threshold(20_000_000, 50, 50)  # as the program does
    try:
        commands.ordered = timed
        made = commands.plan([str(folder)], reader)
    finally:
        commands.ordered = ordered
    return sum(spent), len(made.steps)
