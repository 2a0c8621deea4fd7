"""The ways on which policies reach users, and the calls that open and close these ways.

Ways are those before the plan, after it, and in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from iamspec.iam import Call
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, Step
from iamspec.kinds.holdings import boundary_policy
from iamspec.kinds.operation import Access, Part
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.policy.shape import Policy
from iamspec.live.observe import Live
from iamspec.policy.document import Document
from iamspec.policy.managed import managed_documents
from iamspec.policy.meaning import atoms
from iamspec.policy.meaning.overlap import Atoms, unknown

NOTHING: frozenset[int] = frozenset()
MANY = 2  # one call by itself opens no window


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a way.

    It opens once all steps in `opened` are done, and closes with
    the first step in `closed`.
    """

    opened: frozenset[int] = NOTHING
    closed: frozenset[int] = NOTHING

    def then(self, other: "Leg") -> "Leg":
        return Leg(self.opened | other.opened, self.closed | other.closed)

    @property
    def before(self) -> bool:
        return not self.opened

    @property
    def after(self) -> bool:
        return not self.closed

    @property
    def ghost(self) -> bool:
        """Whether it is open at most in between."""
        return bool(self.opened and self.closed)


ALWAYS = Leg()
Way = tuple[Leg, Atoms]


@dataclass(frozen=True, slots=True)
class Reach:
    """All ways by which policies reach a user, and the ways of boundary documents."""

    policies: tuple[Way, ...]
    boundaries: tuple[Way, ...] = ()

    @property
    def steps(self) -> frozenset[int]:
        return frozenset().union(*(leg.opened | leg.closed for leg, _ in (*self.policies, *self.boundaries)))


def part(call: Call) -> Part | None:
    """The access that a call opens or closes.

    None for a call that changes no access.
    """
    return OPERATIONS[call.operation].part(call)


@dataclass(slots=True)
class Ways:
    """The account before and after the calls of a plan.

    Each changed part has the number of the call that changes it.
    """

    before: Live
    after: Live
    calls: Mapping[Part, int]
    _documents: dict[tuple[bool, str], Atoms] = field(default_factory=dict)
    _holders: dict[Address, tuple[Way, ...]] = field(default_factory=dict)

    @classmethod
    def between(cls, before: Live, after: Live, steps: Iterable[tuple[int, Step]]) -> "Ways":
        found = ((part(step.call), number) for number, step in steps)
        return cls(before, after, {one: number for one, number in found if one is not None})

    def users(self) -> dict[Reach, list[Address]]:
        """Users affected by two or more calls, grouped by equal reach."""
        found: dict[Reach, list[Address]] = {}
        if len(self.calls) < MANY:
            return found
        touched = frozenset(name for one in self.calls for name in _changed(one))
        group = cache(partial(self._reaches_group, touched))
        for address in sorted(one for one in self.before.resources if KINDS[one.kind].is_principal):
            if not self._reaches_principal(touched, address) and not any(map(group, self._before(address).groups)):
                continue
            reach = self._reach(address)
            if len(reach.steps) >= MANY:
                found.setdefault(reach, []).append(address)
        return found

    def _reaches_principal(self, touched: frozenset[object], address: Address) -> bool:
        """Whether the names include a principal, or a policy or boundary of the principal."""
        found = self._before(address)
        return address in touched or found.permissions_boundary in touched or not touched.isdisjoint(found.policies)

    def _reaches_group(self, touched: frozenset[object], name: str) -> bool:
        group = Address("group", name)
        return group in touched or (
            group in self.before.resources and not touched.isdisjoint(self._before(group).policies)
        )

    def _before(self, address: Address) -> Holding:
        found: Holding = KINDS[address.kind].with_hidden(self.before.resources[address])
        return found

    def _pair(self, address: Address) -> tuple[Holding, Holding]:
        """A holder before and after, with all that it holds.

        A holder that is deleted stays until the very end.
        """
        whole = KINDS[address.kind].with_hidden
        return whole(self.before.resources[address]), whole(self.after.resources[address])

    def _reach(self, address: Address) -> Reach:
        before, after = self._pair(address)
        policies = list(self._held(address))
        for name in sorted(before.groups | after.groups):
            group = Address("group", name)
            leg = self._leg((Access.MEMBER, address, group), name in before.groups, name in after.groups)
            policies += [(leg.then(other), said) for other, said in self._held(group)]
        boundaries = []
        for arn in sorted({one for one in (before.permissions_boundary, after.permissions_boundary) if one}):
            leg = self._leg(
                (Access.BOUNDARY, address), arn == before.permissions_boundary, arn == after.permissions_boundary
            )
            boundaries += [(leg.then(other), said) for other, said in self._versions(arn)]
        return Reach(tuple(policies), tuple(boundaries))

    def _held(self, holder: Address) -> Sequence[Way]:
        if holder not in self._holders:
            known = holder in self.before.resources  # a capture of an account may be without its groups
            self._holders[holder] = tuple(self._own(holder)) if known else ()
        return self._holders[holder]

    def _own(self, holder: Address) -> Iterator[Way]:
        before, after = self._pair(holder)
        for arn in sorted(before.policies | after.policies):
            leg = self._leg((Access.ATTACHED, holder, arn), arn in before.policies, arn in after.policies)
            yield from ((leg.then(other), said) for other, said in self._versions(arn))
        for name in sorted({*before.inline_policies, *after.inline_policies}):
            old, new = before.inline_policies.get(name), after.inline_policies.get(name)
            yield from self._exchange((Access.INLINE, holder, name), _said(old, name), _said(new, name))

    def _leg(self, one: Part, before: bool, after: bool) -> Leg:
        if before == after:
            return ALWAYS
        step = frozenset({self.calls[one]})
        return Leg(closed=step) if before else Leg(opened=step)

    def _exchange(self, one: Part, old: Atoms | None, new: Atoms | None) -> Iterator[Way]:
        if old == new:
            yield ALWAYS, old or frozenset()
            return
        step = frozenset({self.calls[one]})
        if old is not None:
            yield Leg(closed=step), old
        if new is not None:
            yield Leg(opened=step), new

    def _versions(self, arn: str) -> Iterator[Way]:
        yield from self._exchange(
            (Access.DOCUMENT, arn), self._document(arn, self.before), self._document(arn, self.after)
        )

    def _document(self, arn: str, live: Live) -> Atoms:
        key = (live is self.before, arn)
        if key not in self._documents:
            address = boundary_policy(arn)
            policy = live.resources.get(address[0]) if address else None
            said = _said(policy.document, arn) if isinstance(policy, Policy) else _of_aws(arn)
            self._documents[key] = said or frozenset()
        return self._documents[key]


def _changed(one: Part) -> Part:
    """The names in a part whose holders the call concerns.

    A membership concerns its user alone, and not the other users of
    the group.
    """
    return one[1:2] if one[0] is Access.MEMBER else one[1:]


def _said(document: Document | None, label: str) -> Atoms | None:
    """The document's atoms. An unreadable document counts as an unknown Allow."""
    if document is None:
        return None
    if isinstance(document.data, Mapping):
        return atoms(document)
    return unknown("Allow", label)


@cache
def _of_aws(arn: str) -> Atoms:
    """The atoms of an AWS-managed policy, taken apart once in a process.

    A policy newer than the package may allow and may deny.
    """
    document = managed_documents(arn.split(":")[1]).get(arn)
    return atoms(document) if document else unknown("Allow", arn) | unknown("Deny", arn)
