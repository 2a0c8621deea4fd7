"""Guards of ends: copied users, and restrictions that give more access when they end."""

from collections.abc import Iterator

from iamspec.access.principals import Held
from iamspec.kinds.contract import Address
from iamspec.kinds.holdings import reference
from iamspec.plan.findings import Ended
from iamspec.policy.expiry import timestamp
from iamspec.policy.statement import statements
from iamspec.review.guard.view import View
from iamspec.review.guard.widening import gains
from iamspec.review.model import Complaint

MOST_NAMES = 5
WORDS = {"groups": "its membership of", "members": "the membership of", "policies": "the attachment of"}


def copy_ended(view: View) -> Iterator[Complaint]:
    """Complaints about copiers whose source has ended.

    Their changes wait, and all other changes run.
    """
    for one in view.plan.copiers:
        message = (
            f"copies {one.source}, which {one.why}: only the changes of this user are held back; "
            "name another user in copy_permissions_from"
        )
        yield Complaint("copy-ended", one.address, message, holds_back=True)


def ended_deny(view: View) -> Iterator[Complaint]:
    """The end of a Deny is a grant, which no date may make by itself."""
    gaining = sorted(address for address, _, effect in view.effects if gains(effect))
    for ended in view.plan.ended:
        if who := [user for user in gaining if any(_came_by(held, ended, user) for held in _lost_denies(view, user))]:
            message = (
                f"{WORDS[ended.field]} {_item(view, ended)} has ended at {timestamp(ended.at)}, and with it a Deny: "
                f"{_names(who)} would gain access; write a later end, or allow the grant"
            )
            yield Complaint("ended-deny", ended.address, message)


def _lost_denies(view: View, user: Address) -> Iterator[Held]:
    """The policies with a Deny that a user has before the plan and not after it.

    An unknown policy may have a Deny.
    """
    old = view.former.get(user, user)
    before, after = view.before.powers.get(old), view.after.powers.get(user)
    for held in before.policies if before else ():
        if (held.document is None or _denies(held)) and (after is None or held not in after.policies):
            yield held


def _denies(held: Held) -> bool:
    return held.document is not None and any(one.denies for one in statements(held.document.data))


def _came_by(held: Held, ended: Ended, user: Address) -> bool:
    """Whether a user had a policy by the grant that has ended."""
    if ended.field == "policies":
        return held.arn == ended.item and (held.through or user) == ended.address
    group, member = (ended.address, Address("user", ended.item)) if ended.field == "members" else (None, ended.address)
    return member == user and held.through == (group or Address("group", ended.item))


def _item(view: View, ended: Ended) -> str:
    return reference(ended.item, view.plan.account) if ended.field == "policies" else ended.item


def _names(users: list[Address]) -> str:
    more = f" and {len(users) - MOST_NAMES} more" if len(users) > MOST_NAMES else ""
    return ", ".join(map(str, users[:MOST_NAMES])) + more
