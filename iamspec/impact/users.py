"""Which users gain or lose what."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iamspec.impact.effect import Effect, effect
from iamspec.impact.outcome import outcome
from iamspec.kind import Address
from iamspec.meaning import Grants, Verdict
from iamspec.plan import Change, Plan
from iamspec.principals import Held, Powers, all_powers

if TYPE_CHECKING:
    from iamspec.actions import Catalogue

GRANTING = {"document", "groups", "inline_policies", "members", "permissions_boundary", "policies"}


def needed(plan: Plan, before: Mapping[Address, Any]) -> set[str]:
    """The ARNs of the AWS-managed policies whose documents it takes to say what happens to whom."""
    old, new = all_powers(before, plan.account, {}), all_powers(outcome(plan, before), plan.account, {})
    renamed = _old_names(plan)
    pairs = [(old.get(renamed.get(address, address)), new.get(address)) for address in _users(old, new, renamed)]
    return {arn for pair in pairs if _differ(*pair) for one in pair if one is not None for arn in one.unknown_arns}


def _users(
    old: Mapping[Address, Powers], new: Mapping[Address, Powers], renamed: Mapping[Address, Address]
) -> list[Address]:
    """Everybody there was or will be, by the address that they will have."""
    earlier = set(renamed.values())
    return sorted({*new, *(address for address in old if address not in earlier)})


def _old_names(plan: Plan) -> dict[Address, Address]:
    """New addresses of users that are renamed, with the old ones."""
    pairs = ((change.address, change.before) for change in plan.changes if change.before and change.after)
    return {address: Address("user", before.name) for address, before in pairs if address.kind == "user"}


def principals(
    plan: Plan, old: Mapping[Address, Powers], new: Mapping[Address, Powers], catalogue: "Catalogue"
) -> Iterator[Effect]:
    """Whose access changes; a policy that comes another way, or under another name, changes nothing."""
    renamed = _old_names(plan)
    known: dict[Any, Effect] = {}
    touched = {change.address for change in plan.changes if _grants_otherwise(change)}
    for address in _users(old, new, renamed):
        was, becomes = old.get(renamed.get(address, address)), new.get(address)
        if not _differ(was, becomes):
            continue
        key = (_signature(was), _signature(becomes))
        if key not in known:
            known[key] = effect(address, "", (_grants(was, becomes), _grants(becomes, was)), catalogue)
        if known[key].verdict is not Verdict.COSMETIC or _unread(was) != _unread(becomes):
            labels = {label for one in (was, becomes) if one is not None for label in one.unknown}
            causes = _causes(was, becomes, touched)
            yield replace(known[key], address=address, causes=causes, unknown=tuple(sorted(labels)))


def _grants_otherwise(change: Change) -> bool:
    """Whether a change is one of what somebody may do, and not of a path or a tag."""
    return change.blocked is None and any(one.field in GRANTING for one in change.differences)


def _differ(was: Powers | None, becomes: Powers | None) -> bool:
    return bool(_signature(was) != _signature(becomes))


def _signature(powers: Powers | None) -> Any:
    """What decides what a user may do, cheap to compare: users of the same groups share it."""
    if powers is None:
        return None
    return frozenset(map(_text, powers.policies)), _text(powers.boundary) if powers.boundary else None


def _unread(powers: Powers | None) -> frozenset[str]:
    """The policies whose documents nobody could read."""
    if powers is None:
        return frozenset()
    held = (*powers.policies, *((powers.boundary,) if powers.boundary else ()))
    return frozenset(_text(one) for one in held if one.document is None)


def _text(held: Held) -> str:
    return held.document.signature if held.document is not None else held.arn or held.label


def _grants(powers: Powers | None, other: Powers | None) -> Grants:
    """What a user has; who is not there before or after has nothing, within the boundary that the other has."""
    bounds = powers.boundary if powers else other.boundary if other else None
    known = tuple(held.document for held in powers.policies if held.document is not None) if powers else ()
    return Grants(known, bounds.document if bounds else None)


def _causes(was: Powers | None, becomes: Powers | None, touched: set[Address]) -> tuple[Address, ...]:
    """The changed entities that this user's access comes from."""
    found: set[Address] = set()
    for powers in (was, becomes):
        if powers is not None:
            found.add(powers.address)
            for held in (*powers.policies, *((powers.boundary,) if powers.boundary else ())):
                found |= {held.owner} | ({held.through} if held.through else set())
    return tuple(sorted(found & touched))
