"""Who gets what, before and after: users and roles, their groups, and the policies of both.

The page shows these tables as they are, and its script draws them
as three joined columns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iamspec.iam import Account
from iamspec.kinds.contract import Address, Holding, Principal, Resource
from iamspec.kinds.holdings import reference
from iamspec.review.dangers import DRIFT
from iamspec.review.model import Review

MOST = 1_200  # users and roles on a page; of more, those whose access changes
KEPT, NEW, GONE = "", "new", "gone"


@dataclass(frozen=True, slots=True)
class Link:
    """A membership or an attachment.

    The `state` is `new`, `gone`, or empty for no change.
    """

    name: str
    state: str = KEPT


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, role or group with its links.

    `fold` names the team or the path under which many holders are
    folded.
    """

    address: Address
    state: str
    fold: str
    groups: tuple[Link, ...]
    policies: tuple[Link, ...]

    @property
    def changes(self) -> bool:
        return bool(self.state) or any(one.state for one in (*self.groups, *self.policies))


@dataclass(frozen=True, slots=True)
class Who:
    """The tables of a page.

    `hidden` counts users and roles that are left out because
    nothing changes for them.
    """

    principals: tuple[Holder, ...]
    groups: tuple[Holder, ...]
    hidden: int = 0


def who(review: Review, mode: str) -> Who:
    """Everybody, or in a large account everybody with a change.

    Drift goes from the spec to live IAM.
    """
    old, new = review.before.live.resources, review.after.live.resources
    if mode == DRIFT:
        old, new = new, old
    holders = list(_holders(old, new, review.account))
    principals = [one for one in holders if one.address.kind != "group"]
    groups = [one for one in holders if one.address.kind == "group"]
    shown = principals if len(principals) <= MOST else _changing(principals, groups)
    named = {link.name for one in shown for link in one.groups}
    kept = [one for one in groups if len(shown) == len(principals) or one.changes or one.address.name in named]
    return Who(tuple(shown), tuple(kept), len(principals) - len(shown))


def _changing(principals: list[Holder], groups: list[Holder]) -> list[Holder]:
    """Whoever changes or is in a group that changes, as many as fit."""
    changed = {one.address.name for one in groups if one.changes}
    found = [one for one in principals if one.changes or any(link.name in changed for link in one.groups)]
    return found[:MOST]


def _holders(old: Mapping[Address, Resource], new: Mapping[Address, Resource], account: Account) -> Iterator[Holder]:
    for address in sorted({*old, *new}):
        before, after = (_holding(side.get(address)) for side in (old, new))
        one = after or before
        if one is not None:
            yield Holder(
                address,
                NEW if before is None else GONE if after is None else KEPT,
                _fold(one),
                _links(_groups(before), _groups(after)),
                _links(_policies(before, address, account), _policies(after, address, account)),
            )


def _holding(resource: Resource | None) -> Holding | None:
    return resource if isinstance(resource, Holding) else None


def _groups(one: Holding | None) -> set[str]:
    return set(one.groups) if isinstance(one, Principal) else set()


def _policies(one: Holding | None, address: Address, account: Account) -> set[str]:
    if one is None:
        return set()
    return {
        *(reference(arn, account) for arn in one.policies),
        *(f"inline {name} of {address}" for name in one.inline_policies),
    }


def _links(before: set[str], after: set[str]) -> tuple[Link, ...]:
    return tuple(
        Link(name, KEPT if name in before and name in after else NEW if name in after else GONE)
        for name in sorted({*before, *after})
    )


def _fold(one: Holding) -> str:
    """The team of a tag, or the path, or the first letter."""
    team = (getattr(one, "tags", None) or {}).get("team")
    return team or (one.path if one.path != "/" else one.name[:1].upper())
