"""The access that each principal gains or loses."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from iamspec.access.administrators import rights
from iamspec.access.book import Book
from iamspec.access.principals import Held, Powers
from iamspec.kinds.contract import Address
from iamspec.plan.model import Change, Plan
from iamspec.policy.meaning import Grants, Verdict
from iamspec.review.impact.effect import Effect, effect
from iamspec.review.impact.personal import Asked, as_asked

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue

GRANTING = {"document", "groups", "inline_policies", "members", "permissions_boundary", "policies", "suspended"}


def concerns(
    plan: Plan, old: Mapping[Address, Powers], new: Mapping[Address, Powers]
) -> dict[Address, tuple[Powers | None, Powers | None]]:
    """The users who have other policies than before, or who are others to policies, by the address that they will have."""
    renamed = _old_names(plan)
    pairs = {
        address: as_asked(old.get(renamed.get(address, address)), new.get(address), plan.account.id)
        for address in _users(old, new, renamed)
    }
    return {address: pair for address, pair in pairs.items() if _differ(*pair)}


def _users(
    old: Mapping[Address, Powers], new: Mapping[Address, Powers], renamed: Mapping[Address, Address]
) -> list[Address]:
    """Everybody there was or will be, by the address that they will have."""
    earlier = set(renamed.values())
    return sorted({*new, *(address for address in old if address not in earlier)})


def _old_names(plan: Plan) -> dict[Address, Address]:
    """New addresses of users that are renamed, with the old ones."""
    pairs = ((change.address, change.before) for change in plan.changes if change.before and change.after)
    return {address: Address(address.kind, before.name) for address, before in pairs}


def principals(
    plan: Plan, concerned: Mapping[Address, tuple[Powers | None, Powers | None]], catalogue: "Catalogue"
) -> Iterator[Effect]:
    """The users with changed access, and users with changed policies but equal access.

    A policy that comes another way, or under another name, changes
    nothing.
    """
    known: dict[object, Effect] = {}
    touched = {change.address for change in plan.changes if grants_otherwise(change)}
    touched |= {address for address, pair in concerned.items() if any(isinstance(one, Asked) for one in pair)}
    for address, (was, becomes) in concerned.items():
        key = (_signature(was), _signature(becomes))
        if key not in known:
            known[key] = effect(address, "", (_grants(was), _grants(becomes)), catalogue)
        is_told = known[key].verdict is not Verdict.COSMETIC or _is_bound_otherwise(was, becomes)
        is_told = is_told or _unread(was) != _unread(becomes)
        if is_told or known[key].gives or known[key].takes:
            labels = {label for one in (was, becomes) if one is not None for label in one.unknown}
            causes = _causes(was, becomes, touched)
            found = replace(known[key], address=address, causes=causes, unknown=tuple(sorted(labels)))
            turn = _turn(found, was, becomes, plan.account.id)
            yield replace(found, administrator=turn, is_idle=not is_told)


def _turn(found: Effect, was: Powers | None, becomes: Powers | None, account: str) -> bool | None:
    """Whether administrator access comes or goes for this principal.

    Equal policies give different access: a Deny under a condition
    may hold for every request of one principal, because of a tag
    that is missing.
    """
    powers = becomes if found.administrator else was
    if found.administrator is None or powers is None or rights(powers, Book({}, account)) is None:
        return None
    return found.administrator


def grants_otherwise(change: Change) -> bool:
    """Whether a change is about access, not about a path or a tag."""
    return change.blocked is None and any(one.field in GRANTING for one in change.differences)


def _differ(was: Powers | None, becomes: Powers | None) -> bool:
    return was is not becomes and bool(_signature(was) != _signature(becomes))


def _signature(powers: Powers | None) -> object:
    """The policies of a user as a cheap key.

    Users of the same groups share a key.
    """
    if powers is None:
        return None
    return frozenset(map(_text, powers.policies)), _text(powers.boundary) if powers.boundary else None


def _unread(powers: Powers | None) -> frozenset[str]:
    """Policies with unread documents."""
    if powers is None:
        return frozenset()
    held = (*powers.policies, *((powers.boundary,) if powers.boundary else ()))
    return frozenset(_text(one) for one in held if one.document is None)


def _text(held: Held) -> str:
    return held.document.signature if held.document is not None else held.arn or held.label


def _grants(powers: Powers | None) -> Grants | None:
    """The policies of a user.

    Policies that could not be read may allow more.
    """
    if powers is None:
        return None
    known = tuple(held.document for held in powers.policies if held.document is not None)
    bounds = powers.boundary.document if powers.boundary else None
    return Grants(known, bounds, is_open=len(known) < len(powers.policies))


def _is_bound_otherwise(was: Powers | None, becomes: Powers | None) -> bool:
    """Whether a user who stays gets another boundary, loses it, or gets one."""
    if was is None or becomes is None:
        return False
    before, after = (one.boundary and one.boundary.owner for one in (was, becomes))
    return before != after


def _causes(was: Powers | None, becomes: Powers | None, touched: set[Address]) -> tuple[Address, ...]:
    """The changed entities that this user's access comes from."""
    found: set[Address] = set()
    for powers in (was, becomes):
        if powers is not None:
            found.add(powers.address)
            for held in (*powers.policies, *((powers.boundary,) if powers.boundary else ())):
                found |= {held.owner} | ({held.through} if held.through else set())
    return tuple(sorted(found & touched))
