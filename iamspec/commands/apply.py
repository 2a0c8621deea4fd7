"""`iamspec apply PATH`: makes the calls of a plan, and shows that nothing is left to do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

from iamspec.apply import run as calls
from iamspec.apply.run import Outcome, Witness
from iamspec.commands.options import Options
from iamspec.commands.plan import plan
from iamspec.iam import Writer
from iamspec.kinds.contract import Address
from iamspec.plan.secrets import deferred
from iamspec.review.model import Review


def run(
    review: Review, writer: Writer, *, parallelism: int, stop: Event, witness: Witness | None = None
) -> Iterator[Outcome]:
    """Makes the calls of a plan and yields the outcome of each.

    The witness hears of each call as it happens.
    """
    return calls.run(review.plan, writer, parallelism=parallelism, stop=stop, witness=witness)


def changed(review: Review) -> frozenset[Address]:
    """The entities of a plan.

    Of these no credential report counts that was made before the
    apply.
    """
    return frozenset(one.address for one in review.changes)


def remainder(paths: Sequence[str], writer: Writer, options: Options, *, waits: bool) -> Review:
    """The plan after an apply, made again until IAM should be consistent.

    Where secrets wait for a later apply, it lacks the steps that
    make them.
    """
    left = None
    for _ in writer.looks():
        left = plan(paths, writer, replace(options, facts=False))
        left = replace(left, plan=deferred(left.plan)) if waits else left
        if not left.changes:
            break
    assert left is not None  # noqa: S101 - a writer looks at least once
    return left
