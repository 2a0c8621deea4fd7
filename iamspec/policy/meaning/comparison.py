"""A comparison of two sets of policies: the direction of the change, and its actions as sets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Lot, Named, Saying
from iamspec.policy.meaning.grants import Grants, decided
from iamspec.policy.meaning.relevance import Side, of_boundary, of_denies, of_policies
from iamspec.policy.meaning.scopes import Scope, scopes
from iamspec.policy.meaning.shift import Shift, shift

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue

NO_BOUNDARY = Document(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)  # what a missing boundary allows


class Verdict(StrEnum):
    """One word for a change of documents."""

    WIDENS = "widens"
    NARROWS = "narrows"
    BOTH = "both widens and narrows"
    OTHER = "same actions, other resources or conditions"
    COSMETIC = "cosmetic"


class Remark(StrEnum):
    """What changes where no action is given or taken."""

    NONE = ""
    SAME = "same actions, other resources or conditions"
    FUTURE = "the same of all actions that are known"
    DENIES = "by what is denied"
    IDLE = "no change of access"
    NOTHING = "may do nothing any more"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a change of policies: the direction, and actions as sets.

    `denied` and `released` are the actions that are now, and no
    longer, denied on every resource without a condition. `more`
    and `less` are the pieces in which access is given and taken.
    `wider` and `narrower` are the actions in them that both sides
    allow somewhere. `unlisted` are the patterns in the change that
    match no known action. `gives` and `takes` are the actions of
    the changed statements, even if other statements make them
    idle.
    """

    widens: bool = False
    narrows: bool = False
    gained: int = 0
    lost: int = 0
    wider: int = 0
    narrower: int = 0
    denied: int = 0
    released: int = 0
    remark: Remark = Remark.NONE
    more: tuple[Scope, ...] = ()
    less: tuple[Scope, ...] = ()
    gives: bool = False
    takes: bool = False
    unlisted: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.widens and self.narrows:
            return Verdict.OTHER if self.remark is Remark.SAME else Verdict.BOTH
        if self.widens:
            return Verdict.WIDENS
        return Verdict.NARROWS if self.narrows else Verdict.COSMETIC


@dataclass(frozen=True)
class _Change:
    """The shifts of policies and boundary, and everything that both sides say."""

    policies: Shift
    bound: Shift
    before: Side
    after: Side

    @property
    def more(self) -> list[Lot]:
        """The pieces in which access is given."""
        come, bound = _allows(self.policies.come), _allows(self.bound.come)
        found = [
            *of_policies(come, self.after, self.before),
            *of_boundary(bound, self.after, self.before),
            *of_denies(_denies((*self.policies.gone, *self.bound.gone)), self.after),
        ]
        return [lot for lot in found if lot[1]]

    @property
    def gives(self) -> bool:
        """Whether a statement gives something, whatever other statements say."""
        come, gone = (*self.policies.come, *self.bound.come), (*self.policies.gone, *self.bound.gone)
        return bool(_allows(come) or _denies(gone))

    @property
    def less(self) -> list[Lot]:
        """The pieces in which access is taken: those that the opposite change would give."""
        return self.opposite.more

    @property
    def without(self) -> list[Saying]:
        """The restrictions of the given pieces: old allowances and new denials."""
        return [
            *(one for one in self.said if one.effect == "Allow"),
            *(one for one in self.opposite.said if one.effect != "Allow"),
        ]

    @property
    def said(self) -> tuple[Saying, ...]:
        """The statements of the old side about the changed actions."""
        shifted = (*self.policies.old, *self.policies.shared, *self.bound.old, *self.bound.shared)
        return shifted if self.policies.come or self.policies.gone else (*shifted, *self.before.allows)

    @cached_property
    def opposite(self) -> "_Change":
        return _Change(_turned(self.policies), _turned(self.bound), self.after, self.before)


def _turned(one: Shift) -> Shift:
    return Shift(one.gone, one.come, one.new, one.old, one.shared)


def _allows(lots: Iterable[Lot]) -> list[Lot]:
    return [lot for lot in lots if lot[0].effect == "Allow"]


def _denies(lots: Iterable[Lot]) -> list[Lot]:
    return [lot for lot in lots if lot[0].effect != "Allow"]


def compare(before: Grants | None, after: Grants | None, catalogue: "Catalogue") -> Meaning:
    """The change when `after` replaces `before`.

    None is an absent principal, without gain or loss.
    """
    old, new = (
        before or Grants((), after.boundary if after else None),
        after or Grants((), before.boundary if before else None),
    )
    shifts = shift(old.policies, new.policies, narrow=_is_narrow(old, new)), _bound(old.boundary, new.boundary)
    if not any(one.come or one.gone for one in shifts):
        return Meaning()
    change = _Change(*shifts, Side(old), Side(new))
    more, less = change.more if after else [], change.less if before else []
    found = _meaning(change, (old, new), (more, less), catalogue) if more or less else Meaning(remark=Remark.IDLE)
    return replace(found, gives=after is not None and change.gives, takes=before is not None and change.opposite.gives)


def _is_narrow(*grants: Grants) -> bool:
    """Whether only the services of the pieces matter: boundaries make pieces of what stays, and new users have only pieces."""
    return all(one.policies and one.boundary is None for one in grants)


def _bound(before: Document | None, after: Document | None) -> Shift:
    """The shift of the boundary. A missing boundary allows everything."""
    return Shift() if before is after else shift([before or NO_BOUNDARY], [after or NO_BOUNDARY])


def _meaning(
    change: _Change,
    grants: tuple[Grants, Grants],
    lots: tuple[Sequence[Lot], Sequence[Lot]],
    catalogue: "Catalogue",
) -> Meaning:
    more, less = lots
    (was, denied_before), (becomes, denied_after) = _decided(change.policies, grants, catalogue)
    is_idle = bool(change.bound.gone) and change.after.is_idle and not change.before.is_idle
    becomes = 0 if is_idle else becomes
    gained, lost = becomes & ~was if more else 0, was & ~becomes if less else 0
    given = scopes(more, change.without, catalogue) if more else ()
    taken = scopes(less, change.opposite.without, catalogue) if less else ()
    return Meaning(
        widens=bool(more),
        narrows=bool(less),
        gained=gained,
        lost=lost,
        wider=_masks(given) & was & becomes,
        narrower=_masks(taken) & was & becomes,
        denied=denied_after & ~denied_before if less else 0,
        released=denied_before & ~denied_after if more else 0,
        remark=Remark.NOTHING if is_idle else Remark.NONE if gained or lost else _remark(change, (*given, *taken)),
        more=given,
        less=taken,
        unlisted=_unlisted((*more, *less), catalogue),
    )


def _decided(policies: Shift, grants: tuple[Grants, Grants], catalogue: "Catalogue") -> list[tuple[int, int]]:
    """The actions that each side allows, and those that it always denies.

    If only the services of the pieces matter, actions of other
    services are left out: they are the same on both sides.
    """
    if _is_narrow(*grants):
        return [decided((*some, *policies.shared), catalogue) for some in (policies.old, policies.new)]
    return [(one.allowed(catalogue), one.denied(catalogue)) for one in grants]


def _masks(found: Iterable[Scope]) -> int:
    mask = 0
    for one in found:
        mask |= one.mask
    return mask


def _remark(change: _Change, found: Sequence[Scope]) -> Remark:
    if change.policies.patterns_stay and change.bound.patterns_stay:
        return Remark.SAME
    allows = [one for one in found if one.effect == "Allow"]
    if not allows:
        return Remark.DENIES
    return Remark.NONE if any(one.mask for one in allows) else Remark.FUTURE


def _unlisted(changed: Iterable[Lot], catalogue: "Catalogue") -> tuple[str, ...]:
    """The patterns that match no known action.

    Users share most of their patterns. So each pattern is looked up
    once.
    """
    listed = _listed(catalogue)
    found = set[Named]().union(*(names for _, names in changed)) - listed
    texts = {name for named in found for name in ([named] if isinstance(named, str) else named)}
    listed |= {name for name in texts if catalogue.mask(name)}
    return tuple(sorted(texts - listed))


@cache
def _listed(_catalogue: "Catalogue") -> set[Named]:
    """The patterns that are known to match an action."""
    return set()
