"""The proof of a run without a spec: the account is as the calls should have made it."""

from typing import Any

from iamspec.iam import Reader, Writer
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.plan.diff import differences
from iamspec.plan.model import Action, Change, Plan
from iamspec.review.model import Review


def unmet(review: Review, writer: Writer) -> Review:
    """The differences between the account and the intended result of a plan.

    The account is read again until IAM should be consistent.
    """
    live, wanted = review.live, review.after.live
    addresses = {
        address
        for address in {*live.resources, *wanted.resources}
        if live.resources.get(address) is not wanted.resources.get(address)
    }
    changes: tuple[Change, ...] = ()
    for _ in writer.looks():
        changes = _unmet(addresses, wanted, _looked_at(writer, wanted, addresses))
        if not changes:
            break
    left = Plan(account=review.account, spec_digest=review.plan.spec_digest, changes=changes)
    return Review(left, before=review.after, after=review.after)


def _looked_at(reader: Reader, wanted: Live, addresses: set[Address]) -> Live:
    live = observe.read_named(reader, wanted.account, addresses)
    lacking = (
        address
        for address in addresses & live.resources.keys() & wanted.resources.keys()
        if KINDS[address.kind].compares(wanted.resources[address])
    )
    return observe.fill(reader, live, dict.fromkeys(lacking, Purpose.COMPARE))


def _unmet(addresses: set[Address], wanted: Live, live: Live) -> tuple[Change, ...]:
    found = []
    for address in sorted(addresses):
        kind = KINDS[address.kind]
        want: Any = wanted.resources.get(address)
        have: Any = live.resources.get(address)
        want, have = want and kind.with_hidden(want), have and kind.with_hidden(have)
        want = kind.with_live_ids(want, have) if want and have else want
        if want == have:
            continue
        action = Action.CREATE if have is None else Action.DELETE if want is None else Action.UPDATE
        found.append(Change(address, action, differences(kind, have, want, live.account), before=have, after=want))
    return tuple(found)
