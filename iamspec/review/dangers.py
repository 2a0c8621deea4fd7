"""Power over the account that a change gives, or that live IAM has and the spec does not give, and trust in outsiders.

A plan is read forwards: who becomes an administrator, and who can
become one. Drift is read backwards, from the spec to live IAM: who
is an administrator though the spec does not say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import rights
from iamspec.access.book import Book
from iamspec.access.principals import Powers
from iamspec.kinds.contract import Address
from iamspec.kinds.role.shape import Role
from iamspec.plan.model import Change
from iamspec.policy import trust
from iamspec.policy.actions import catalogue, package_data
from iamspec.policy.actions.escalation import telling
from iamspec.review.direction import turned
from iamspec.review.impact import Effect
from iamspec.review.model import Review
from iamspec.review.undeclared import escalations

DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Danger:
    """A user or role with new power.

    An `administrator` has it all, anybody else can become one with
    `actions`. `through` are the policies that give the power by
    themselves, or else the changed entities that it comes from.
    """

    address: Address
    administrator: bool
    actions: tuple[str, ...] = ()
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A role that outsiders can assume and could not assume before.

    `who` names the outsiders in words.
    """

    address: Address
    who: tuple[str, ...]
    administrator: bool


@dataclass(frozen=True, slots=True)
class _Sides:
    """The side without the new power and the side with it.

    `names` has the other name of whoever is renamed.
    """

    without: AccountAccess
    having: AccountAccess
    names: Mapping[Address, Address]


def dangers(review: Review, mode: str) -> tuple[Danger, ...]:
    """The users and roles with new power, administrators first."""
    names = _other_names(review)
    sides = _Sides(review.after, review.before, {}) if mode == DRIFT else _Sides(review.before, review.after, names)
    found = [one for effect in review.impact.principals if (one := _danger(effect, sides, mode)) is not None]
    return tuple(sorted(found, key=lambda one: (not one.administrator, one.address)))


def opened(review: Review, mode: str) -> tuple[Opened, ...]:
    """The roles with new trust in outsiders, administrators first."""
    having = review.before if mode == DRIFT else review.after
    changes = map(turned, review.changes) if mode == DRIFT else review.changes
    found = [one for change in changes if (one := _opened(change, having)) is not None]
    return tuple(sorted(found, key=lambda one: (not one.administrator, one.address)))


def _opened(change: Change, having: AccountAccess) -> Opened | None:
    if not isinstance(change.after, Role):
        return None
    account = having.live.account.id
    before = change.before.trust if isinstance(change.before, Role) else None
    new = trust.newly_admitted(before, change.after.trust)
    who = tuple(sorted(trust.sentence(one, account) for one in new if one.is_outside(account)))
    powers = having.powers.get(change.address)
    administrator = powers is not None and rights(powers, Book({}, account)) is not None
    return Opened(change.address, who, administrator) if who else None


def _other_names(review: Review) -> dict[Address, Address]:
    pairs = ((one.address, one.before) for one in review.changes if one.before and one.after)
    return {address: Address(address.kind, before.name) for address, before in pairs if before.name != address.name}


def _danger(effect: Effect, sides: _Sides, mode: str) -> Danger | None:
    powers = sides.having.powers.get(effect.address)
    if powers is None:
        return None
    if effect.administrator is (mode != DRIFT):
        through = [one for one in _each(powers) if rights(one, Book({}, sides.having.live.account.id)) is not None]
        return Danger(effect.address, administrator=True, through=_labels(through, effect))
    if effect.administrator is not None or not _may_escalate(effect, mode):
        return None
    before = sides.without.powers.get(sides.names.get(effect.address, effect.address))
    added = set(escalations(powers, sides.having)) - set(escalations(before, sides.without) if before else ())
    if not added:
        return None
    through = [one for one in _each(powers) if added & set(escalations(one, sides.having))]
    return Danger(effect.address, administrator=False, actions=_actions(added), through=_labels(through, effect))


def _each(powers: Powers) -> list[Powers]:
    """The powers that each policy gives alone."""
    return [replace(powers, policies=(held,)) for held in powers.policies]


def _labels(found: list[Powers], effect: Effect) -> tuple[str, ...]:
    labels = sorted({held.label for one in found for held in one.policies})
    return tuple(labels or map(str, sorted(effect.causes)))


def _may_escalate(effect: Effect, mode: str) -> bool:
    """A cheap look first: few changes give an action that escalates."""
    if mode == DRIFT:
        given = effect.lost.mask | effect.narrower.mask | effect.denied.mask
    else:
        given = effect.risk.mask | effect.released.mask
    return bool(given & telling(catalogue()))


def _actions(ids: set[str]) -> tuple[str, ...]:
    """The actions of the shortest of these ways to become an administrator."""
    paths = {one["id"]: tuple(one["actions"]) for one in package_data("privilege-escalation-actions.json")["paths"]}
    return min((paths[one] for one in ids), key=lambda one: (len(one), one))
