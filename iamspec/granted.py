"""What each user and group is given in all: by itself, by closed groups, and by whom it copies."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamspec.errors import Issue
from iamspec.kind import Address, Declared, Granted
from iamspec.spec import Spec
from iamspec.validation import did_you_mean


def all_granted(spec: Spec, issues: list[Issue]) -> dict[Address, Granted]:
    """What each user and group gets by itself, by closed groups and by whom it copies."""
    closed = _closed(spec)
    granted: dict[Address, Granted] = {}
    for declared in spec.of("group"):
        granted[declared.address] = _group_grants(spec, declared)
    for declared in spec.of("user"):
        _user_grants(spec, declared, closed, granted, issues)
    return granted


def _closed(spec: Spec) -> dict[Address, list[Declared[Any]]]:
    """The closed groups that list a user."""
    closed: dict[Address, list[Declared[Any]]] = {}
    for group in spec.of("group"):
        for name in group.shape.members or ():
            closed.setdefault(Address("user", name), []).append(group)
    return closed


def _group_grants(spec: Spec, declared: Declared[Any]) -> Granted:
    """Memberships of declared users are theirs: what is left of `members` are the external ones."""
    shape = declared.shape
    members = []
    for name in shape.members or ():
        user = spec.entities.get(Address("user", name))
        if user is not None and user.shape.external:
            members.append(user.address.name)
    return Granted(policies=tuple(shape.policies), inline_policies=shape.inline_policies, members=tuple(members))


def _user_grants(
    spec: Spec,
    declared: Declared[Any],
    closed: Mapping[Address, list[Declared[Any]]],
    granted: dict[Address, Granted],
    issues: list[Issue],
) -> None:
    """Adds what a user is given, after all whom it copies in turn; however long that chain is."""
    chain: dict[Address, Declared[Any]] = {}
    sources: dict[Address, Declared[Any]] = {}
    one: Declared[Any] | None = declared
    while one is not None and one.address not in granted:
        chain[one.address] = one
        source = _source(spec, one, chain, issues)
        if source is not None:
            sources[one.address] = source
        one = source
    for address in reversed(chain):
        own = _own_grants(spec, chain[address], closed.get(address, []))
        if source := sources.get(address):
            own = _copied(own, granted[source.address], source.address)
        issues += _listed(spec, chain[address], own)
        granted[address] = own


def _own_grants(spec: Spec, declared: Declared[Any], closed: Iterable[Declared[Any]]) -> Granted:
    shape = declared.shape
    names = {Address("group", name): name for name in shape.groups} | {one.address: one.address.name for one in closed}
    groups = tuple(spec.entities[one].address.name if one in spec.entities else name for one, name in names.items())
    return Granted(
        groups=groups,
        policies=tuple(shape.policies),
        inline_policies=shape.inline_policies,
        boundary=shape.permissions_boundary,
        boundary_written="permissions_boundary" in shape.model_fields_set,
    )


def _source(
    spec: Spec, declared: Declared[Any], asking: Collection[Address], issues: list[Issue]
) -> Declared[Any] | None:
    """Whom a user copies, if that can be known."""
    name = declared.shape.copy_permissions_from
    if name is None:
        return None
    target = Address("user", name)
    if target in asking:
        others = list(asking)
        circle = " → ".join(map(str, (*others[others.index(target) :], target)))
        issues.append(declared.issue(f"copies in a circle: {circle}", "copy_permissions_from"))
        return None
    problems = list(reference_issues(spec, declared, target, "copy_permissions_from"))
    source = spec.entities.get(target)
    if source is not None and source.shape.external:
        message = f"{target} is external, so what it may do is not known here"
        problems.append(declared.issue(message, "copy_permissions_from"))
    issues += problems
    return None if problems else source


def _copied(own: Granted, copied: Granted, source: Address) -> Granted:
    """Own lists add to the copied ones; an own boundary and an own inline policy of the same name win."""
    groups = [name for name in copied.groups if name not in own.groups]
    folded = {one.casefold() for one in own.policies}
    policies = [one for one in copied.policies if one.casefold() not in folded]
    inline = {name: data for name, data in copied.inline_policies.items() if name not in own.inline_policies}
    takes_boundary = not own.boundary_written and copied.boundary_written
    new = [("groups", name) for name in groups] + [("policies", one) for one in policies]
    new += [("inline_policies", name) for name in inline]
    if takes_boundary and copied.boundary:
        new.append(("permissions_boundary", copied.boundary))
    return replace(
        own,
        groups=(*own.groups, *groups),
        policies=(*own.policies, *policies),
        inline_policies={**own.inline_policies, **inline},
        boundary=copied.boundary if takes_boundary else own.boundary,
        boundary_written=own.boundary_written or takes_boundary,
        via=dict.fromkeys(new, source),
    )


def _listed(spec: Spec, declared: Declared[Any], granted: Granted) -> Iterator[Issue]:
    """A closed group decides who is in it."""
    own = [name.casefold() for name in declared.shape.groups]
    for name in granted.groups:
        group = spec.entities.get(Address("group", name))
        if group is None or group.shape.members is None:
            continue
        if declared.address.folded in {one.casefold() for one in group.shape.members}:
            continue
        path = ("groups", own.index(name.casefold())) if name.casefold() in own else ("copy_permissions_from",)
        place = group.locate(("members",))
        yield declared.issue(
            f"{group.address} is closed and its members at {place} do not list {declared.address.name}", *path
        )


def reference_issues(spec: Spec, declared: Declared[Any], target: Address, *path: str | int) -> Iterator[Issue]:
    if target in spec.entities or target in spec.broken:
        return
    if target in spec.absent:
        yield declared.issue(f'{target.kind} "{target.name}" is absent', *path)
        return
    names = [address.name for address in (*spec.entities, *spec.broken) if address.kind == target.kind]
    hint = did_you_mean(target.name, names)
    where = "" if spec.whole else " in the files that could be read"
    yield declared.issue(f'no {target.kind} "{target.name}" is declared{where}{hint}', *path)
