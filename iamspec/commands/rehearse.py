"""`iamspec rehearse`: runs a plan in a copy of the account, and touches nothing of the account itself.

The copy is the sandbox on loopback, filled from one reading of the
account. It answers to a key of this run alone. No sink is used, no
journal written.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from iamspec.apply import run as calls
from iamspec.apply.run import Outcome, Status
from iamspec.commands.options import Options
from iamspec.commands.plan import plan
from iamspec.commands.snapshot import take_snapshot
from iamspec.errors import IamspecError
from iamspec.iam import Reader, Writer
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.live.connection import Connection
from iamspec.live.observe import Live
from iamspec.live.snapshot import SnapshotReader
from iamspec.plan.model import Change
from iamspec.plan.secrets import deferred, secrets_of
from iamspec.review.model import Review

STACK = re.compile(r"the CloudFormation stack (\S+) owns it")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsed plan: the review of the account itself, every outcome in the copy, and what was left to do there.

    `waiting` are users whose new passwords and keys were left out.
    """

    review: Review
    outcomes: tuple[Outcome, ...] = ()
    left: tuple[Change, ...] = ()
    waiting: tuple[Address, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.status is not Status.DONE)

    @property
    def passed(self) -> bool:
        """Whether the plan is not refused, every call succeeded, and nothing was left to do."""
        return not (self.review.refused or self.failed or self.left)


def rehearse(
    paths: Sequence[str],
    reader: Reader,
    options: Options,
    *,
    parallelism: int = 8,
    done: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Plans for the account, copies it, and runs the plan in the copy.

    A refused plan is not run. `done` hears of each call in the
    copy: the number of calls so far, and of all calls.
    """
    try:
        from iamspec import sandbox  # noqa: PLC0415 - moto is an extra
    except ImportError as error:
        raise IamspecError(
            f"rehearse needs the extra `sandbox` of iamspec; in a clone of the repository: pip install '.[sandbox]' ({error})"
        ) from error
    review = plan(paths, reader, options)
    waiting = tuple(sorted(secrets_of(review.plan)))
    if review.refused or not review.changes:
        return Rehearsal(review, waiting=waiting)
    saved = reader.snapshot if isinstance(reader, SnapshotReader) else take_snapshot(reader)
    key, secret = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
    with sandbox.running(account_id=saved.account.id, snapshot=saved, key=key) as copy:
        for address, owner in _owners(review.live):
            copy.own(address, owner)
        writer = _writer(copy.endpoint, (key, secret), parallelism)
        lifted = replace(options, defer=True, facts=False)
        made = plan(paths, writer, lifted)
        wanted, outcomes = deferred(made.plan), []
        for outcome in calls.run(wanted, writer, parallelism=parallelism):
            outcomes.append(outcome)
            if done is not None:
                done(len(outcomes), len(wanted.steps))
        left = deferred(plan(paths, writer, lifted).plan).changes
    return Rehearsal(review, tuple(outcomes), left, waiting)


def _writer(endpoint: str, keys: tuple[str, str], parallelism: int) -> Writer:
    from iamspec.live.aws import AwsWriter  # noqa: PLC0415 - only a rehearsal that has something to run needs boto3

    return AwsWriter(Connection(endpoint_url=endpoint, keys=keys, parallelism=parallelism))


def _owners(live: Live) -> list[tuple[str, str]]:
    """The physical ids that CloudFormation stacks own, or may own, with the names of the stacks."""
    found = []
    for address, reason in sorted(live.owners.items()):
        if (entity := live.resources.get(address)) is not None:
            named = STACK.search(reason)
            found.append((KINDS[address.kind].physical_id(entity), named[1] if named else "unknown"))
    return found
