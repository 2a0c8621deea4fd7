"""All grants of each user and group: own grants, closed groups, and copied grants."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from iamspec.desired.load import Spec
from iamspec.desired.tree import plain
from iamspec.desired.validation import did_you_mean, worth_guessing
from iamspec.errors import Issue
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Declared, Given, Granted
from iamspec.kinds.fields import Grant
from iamspec.policy.expiry import ended, ending
from iamspec.policy.remembered import Remembered, Results

MOST_COPIED = 50  # copied items. IAM takes 20 policies, 10 groups and 2048 characters


def all_granted(spec: Spec, issues: list[Issue], now: datetime | None = None) -> Mapping[Address, Granted]:
    """All grants of each user and group.

    Without a time, no grant has ended. Where none ends and nothing
    is wrong, the grants of a spec are the same at every time.
    """
    if (known := _lasting.known(spec)) is not None:
        return known
    told = len(issues)
    work = _Granting(spec, now, issues, _closed(spec))
    for kind in KINDS.values():
        for declared in spec.of(kind.name) if kind.scoped else ():
            work.add(declared)
    if len(issues) == told and not any(one.ends for one in work.granted.values()):
        _lasting.keep(spec, work.granted)
    return work.granted


_lasting: Results[Spec, Mapping[Address, Granted]] = Results()


def _closed(spec: Spec) -> dict[Address, list[tuple[Declared[Any], Grant]]]:
    """The closed groups that list a user, each with how it does."""
    closed: dict[Address, list[tuple[Declared[Any], Grant]]] = {}
    for declared in spec.entities.values():
        for member in given(declared).members or ():
            closed.setdefault(Address("user", member.name), []).append((declared, member))
    return closed


@dataclass(slots=True)
class _Granting:
    """The data for adding up grants, and the errors found so far."""

    spec: Spec
    now: datetime | None
    issues: list[Issue]
    closed: Mapping[Address, list[tuple[Declared[Any], Grant]]]
    granted: dict[Address, Granted] = field(default_factory=dict)

    def add(self, declared: Declared[Any]) -> None:
        """Adds the grants of an entity, after all entities that it copies, however long that chain is."""
        chain: dict[Address, Declared[Any]] = {}
        sources: dict[Address, Declared[Any]] = {}
        one: Declared[Any] | None = declared
        while one is not None and one.address not in self.granted:
            chain[one.address] = one
            source = _named(self.spec, one, chain, self.issues)
            if source is not None:
                sources[one.address] = source
            one = source
        for address in reversed(chain):
            own = self._own(chain[address])
            if source := sources.get(address):
                own = _copied(own, self.granted[source.address], source.address)
            self.issues += _listed(self.spec, chain[address], own)
            self.granted[address] = own

    def _own(self, declared: Declared[Any]) -> Granted:
        own = given(declared)
        ends = dict(_ends(own))
        return Granted(
            groups=tuple(self._groups(declared, ends)),
            policies=tuple(one.name for one in self._lasting(own.policies)),
            inline_policies=self._inline(own),
            boundary=own.boundary,
            boundary_written=own.boundary_written,
            members=tuple(self._members(own)),
            ends=ends,
        )

    def _members(self, own: Given) -> Iterator[str]:
        """The external members. A declared user has the membership as its own."""
        for member in self._lasting(own.members or ()):
            user = self.spec.entities.get(Address("user", member.name))
            if user is not None and user.shape.external:
                yield user.address.name

    def _groups(self, declared: Declared[Any], ends: dict[tuple[str, str], datetime]) -> Iterator[str]:
        """The groups of a user that has named them.

        A closed group must list the user too, so that an end in
        either place ends both.
        """
        written = [(Address("group", one.name), one) for one in given(declared).groups]
        written += [(group.address, member) for group, member in self.closed.get(declared.address, ())]
        last: dict[Address, datetime | None] = {}
        for address, one in written:
            known = [when for when in (last.get(address), one.expires) if when is not None]
            last[address] = min(known, default=None)
        for address, when in last.items():
            name = self.spec.entities[address].address.name if address in self.spec.entities else address.name
            if when is not None:
                if address.name != name:
                    ends.pop(("groups", address.name), None)
                ends["groups", name] = when
            if not self._over(when):
                yield name

    def _lasting(self, grants: Iterable[Grant]) -> list[Grant]:
        return [one for one in grants if not self._over(one.expires)]

    def _over(self, expires: datetime | None) -> bool:
        return self.now is not None and expires is not None and expires <= self.now

    def _inline(self, own: Given) -> dict[str, Any]:
        """The documents to send.

        Grants that end carry a condition on the time. Ended grants
        keep their Deny statements.
        """
        found = {}
        for name, one in own.inline_policies.items():
            document = one.document
            if one.expires is not None:
                document = plain(document)
                document = ended(document) if self._over(one.expires) else ending(document, one.expires)
            if document is not None:
                found[name] = document
        return found


@Remembered
def given(declared: Declared[Any]) -> Given:
    """The grants that an entity has by its own lines."""
    return KINDS[declared.address.kind].given(declared.shape)


def documents(declared: Declared[Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The documents that grant, each with its place."""
    kind = KINDS[declared.address.kind]
    for path in (place.path for place in kind.places if place.grants and len(place.path) == 1):
        if (document := getattr(declared.shape, path[0])) is not None:
            yield path, document
    for name, one in given(declared).inline_policies.items():
        yield ("inline_policies", name, *one.inner), one.document


def _ends(own: Given) -> Iterator[tuple[tuple[str, str], datetime]]:
    """When what is given to an entity ends, by field and item."""
    for name, grants in (("groups", own.groups), ("policies", own.policies), ("members", own.members or ())):
        for one in grants:
            if one.expires is not None:
                yield (name, one.name), one.expires
    for item, inline in own.inline_policies.items():
        if inline.expires is not None:
            yield ("inline_policies", item), inline.expires


def _named(
    spec: Spec, declared: Declared[Any], asking: Collection[Address], issues: list[Issue]
) -> Declared[Any] | None:
    name = given(declared).copies
    if name is None:
        return None
    target = Address(declared.address.kind, name)
    if target in asking:
        others = list(asking)
        circle = " → ".join(map(str, (*others[others.index(target) :], target)))
        issues.append(declared.issue(f"copies in a circle: {circle}", "copy_permissions_from"))
        return None
    problems = list(reference_issues(spec, declared, target, "copy_permissions_from", told=len(issues)))
    source = spec.entities.get(target)
    if source is not None and source.shape.external:
        message = f"{target} is external, so what it may do is not known here"
        problems.append(declared.issue(message, "copy_permissions_from"))
    issues += problems
    return None if problems else source


def _copied(own: Granted, copied: Granted, source: Address) -> Granted:
    """The copied grants with the own grants.

    Own lists add to the copied lists. An own boundary and an own
    inline policy of the same name win. Lists far beyond IAM's
    limits are not copied on, so that long chains take little time.
    """
    groups = [name for name in copied.groups[:MOST_COPIED] if name not in own.groups]
    folded = {one.casefold() for one in own.policies}
    policies = [one for one in copied.policies[:MOST_COPIED] if one.casefold() not in folded]
    documents = islice(copied.inline_policies.items(), MOST_COPIED)
    embedded = {name.casefold() for name in own.inline_policies}
    inline = {name: data for name, data in documents if name.casefold() not in embedded}
    takes_boundary = not own.boundary_written and copied.boundary_written
    new = [("groups", name) for name in groups] + [("policies", one) for one in policies]
    new += [("inline_policies", name) for name in inline]
    if takes_boundary and copied.boundary:
        new.append(("permissions_boundary", copied.boundary))
    mine = {"groups": {one.casefold() for one in own.groups}, "policies": folded, "inline_policies": embedded}
    over = [
        key for key in copied.ends if key not in new and key[1].casefold() not in mine.get(key[0], {key[1].casefold()})
    ]
    return replace(
        own,
        groups=(*own.groups, *groups),
        policies=(*own.policies, *policies),
        inline_policies={**own.inline_policies, **inline},
        boundary=copied.boundary if takes_boundary else own.boundary,
        boundary_written=own.boundary_written or takes_boundary,
        via=dict.fromkeys((*new, *over), source),
        ends={**{key: when for key, when in copied.ends.items() if key in {*new, *over}}, **own.ends},
    )


def _listed(spec: Spec, declared: Declared[Any], granted: Granted) -> Iterator[Issue]:
    """A closed group decides who is in it."""
    own = [one.name.casefold() for one in given(declared).groups]
    for name in granted.groups:
        group = spec.entities.get(Address("group", name))
        members = None if group is None else given(group).members
        if group is None or members is None or declared.address.folded in {one.name.casefold() for one in members}:
            continue
        path = ("groups", own.index(name.casefold())) if name.casefold() in own else ("copy_permissions_from",)
        place = group.locate(("members",))
        yield declared.issue(
            f"{group.address} is closed and its members at {place} do not list {declared.address.name}", *path
        )


def reference_issues(
    spec: Spec, declared: Declared[Any], target: Address, *path: str | int, told: int = 0
) -> Iterator[Issue]:
    """The faults in the name of another entity.

    `told` is the number of earlier issues: guessing a name takes
    time.
    """
    if target in spec.entities or target in spec.broken:
        return
    if target in spec.absent:
        yield declared.issue(f'{target.kind} "{target.name}" is absent', *path)
        return
    hint = ""
    if worth_guessing(told, len(spec.entities) + len(spec.broken)):
        names = [address.name for address in (*spec.entities, *spec.broken) if address.kind == target.kind]
        hint = did_you_mean(target.name, names)
    where = "" if spec.whole else " in the files that could be read"
    yield declared.issue(f'no {target.kind} "{target.name}" is declared{where}{hint}', *path)
