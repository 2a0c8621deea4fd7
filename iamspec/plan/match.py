"""The live entity of each declared entity, by name or old name.

Entities out of scope are refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from iamspec.desired.granted import given
from iamspec.desired.partitions import foreign_resources
from iamspec.desired.resources import Desired
from iamspec.desired.trusts import foreign_sign_ins
from iamspec.desired.validation import did_you_mean
from iamspec.errors import InvalidSpec, Issue
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, AnyDeclared, Holding, Principal, Resource, held_policies, mentions
from iamspec.kinds.group import Group
from iamspec.kinds.role.shape import Role
from iamspec.kinds.role.trusting import others
from iamspec.live.observe import REQUESTED, Live
from iamspec.policy.limits import ARN
from iamspec.policy.managed import suggestion

REQUESTED_KINDS = frozenset(kind.name for kind in REQUESTED)


@dataclass(frozen=True, slots=True)
class Match:
    """A declared entity and the live entity for it, perhaps under the `old` name.

    The live entity is None for an entity to create.
    """

    address: Address
    desired: Resource
    live: Resource | None = None
    old: Address | None = None

    @property
    def listed(self) -> frozenset[str]:
        """The members that a closed group lists."""
        return self.desired.members if isinstance(self.desired, Group) else frozenset()


@dataclass(frozen=True, slots=True)
class Matches:
    """All declared entities with their live entities.

    `claimed` are the live addresses of these. `names` has the
    future name of live entities by their present address.
    `members` has the users of each live group. `foreign` says why
    a live user is out of scope.
    """

    pairs: tuple[Match, ...]
    notes: tuple[str, ...] = ()
    claimed: frozenset[Address] = frozenset()
    closed: frozenset[Address] = frozenset()
    names: Mapping[Address, str] = field(default_factory=dict)
    members: Mapping[Address, Sequence[Address]] = field(default_factory=dict)
    foreign: Mapping[Address, str] = field(default_factory=dict)

    def refreshed(self, live: Live) -> "Matches":
        """The same pairs after more has been read about some of the live entities."""

        def again(pair: Match) -> Match:
            found = live.resources.get(pair.old or pair.address)
            return pair if pair.live is None or found is pair.live else replace(pair, live=found)

        return replace(self, pairs=tuple(map(again, self.pairs)))

    def name_of(self, address: Address) -> str:
        """The name that a live entity will have."""
        return self.names.get(address, address.name)

    def members_of(self, match: Match) -> Sequence[Address]:
        """The users that are now in a declared group."""
        return self.members.get(match.old or match.address, ())


def match(desired: Desired, live: Live) -> Matches:
    """Declared entities with their live entities.

    Raises InvalidSpec where a declared entity would take over an
    entity out of scope.
    """
    issues: list[Issue] = []
    notes: list[str] = []
    pairs = _pairs(desired, live, issues, notes)
    issues += _externals(desired, live)
    issues += _arns(desired, live)
    issues += _trusted(desired, live)
    issues += foreign_resources(desired.spec, live.account.partition)
    issues += foreign_sign_ins(desired.spec, live.account.partition)
    if issues:
        raise InvalidSpec(issues)
    scope = desired.spec.scope
    principals = [(address, one) for address, one in live.resources.items() if isinstance(one, Principal)]
    refusals = {address: scope.refusal(address.kind, one.path, one.name) for address, one in principals}
    declared = desired.spec.entities.values()
    closed = {one.address for one in declared if given(one).members is not None}
    return Matches(
        pairs=tuple(pairs),
        notes=tuple(notes),
        claimed=frozenset(one.old or one.address for one in pairs if one.live is not None),
        closed=frozenset(closed),
        names=_names(desired, live, pairs),
        members=live.members,
        foreign={address: reason for address, reason in refusals.items() if reason},
    )


def _names(desired: Desired, live: Live, pairs: Sequence[Match]) -> dict[Address, str]:
    """The names of live entities in the spec.

    With these a rename does not make memberships differ.
    """
    names = {one.old or one.address: one.address.name for one in pairs if one.live}
    return names | {address: address.name for address in desired.external if address in live.resources}


def _pairs(desired: Desired, live: Live, issues: list[Issue], notes: list[str]) -> list[Match]:
    old = {address: _old(desired, address, live, issues, notes) for address in desired.resources}
    leaving = {one for one in old.values() if one is not None}
    scope = desired.spec.scope
    pairs = []
    for address, resource in desired.resources.items():
        source = old[address] or (address if address not in leaving else None)
        found = live.resources.get(source) if source else None
        if found is not None and KINDS[address.kind].scoped:
            refusal = scope.refusal(address.kind, found.path, found.name, declared=True)
            if refusal:
                message = (
                    f"{address.kind}/{found.name} is live at {found.path} and out of scope: {refusal}; "
                    "write {external: true} to refer to it, or change the scope to take it over"
                )
                issues.append(desired.spec.entities[address].issue(message))
        pairs.append(Match(address, resource, found, old[address]))
    return pairs


def _old(desired: Desired, address: Address, live: Live, issues: list[Issue], notes: list[str]) -> Address | None:
    """The old address of an entity that is to be renamed.

    A `renamed_from` without effect is a note. An ambiguous
    `renamed_from` is an issue.
    """
    declared = desired.spec.entities[address]
    wanted = vars(declared.shape).get("renamed_from")
    if wanted is None:
        return None
    old, new = Address(address.kind, wanted.name), address
    before = live.resources.get(old)
    after = live.resources.get(new)
    if wanted.id is not None and before is not None and before.facts.id != wanted.id:
        before = None  # somebody else has taken the old name
    if old == new and after is not None:  # a change of case: there is nobody to be confused with
        before, after = (before, None) if after.name != address.name else (None, after)
    if before is None:
        if after is not None:
            notes.append(f"{address}: renamed_from {wanted.name} is spent; take the line out")
        elif wanted.id is not None:
            issues.append(
                declared.issue(f"no live {address.kind} {wanted.name} has the id {wanted.id}", "renamed_from")
            )
        elif hint := did_you_mean(wanted.name, list(_undeclared(desired, live, address.kind))):
            issues.append(declared.issue(f"no {address.kind} {wanted.name} is live{hint}", "renamed_from"))
        else:
            notes.append(f"{address}: no {address.kind} {wanted.name} is live, so it is made anew")
        return None
    if after is not None:
        both = " and ".join(f"{one.name} ({one.facts.id}, created {_day(one)})" for one in (before, after))
        message = f"both are live: {both}; delete one of them, or take the line out"
        issues.append(declared.issue(message, "renamed_from"))
        return None
    return Address(address.kind, before.name)


def _undeclared(desired: Desired, live: Live, kind: str) -> Iterator[str]:
    """Live names that an old name may be a typing error of."""
    return (one.name for one in live.resources if one.kind == kind and one not in desired.spec.entities)


def _day(resource: Resource) -> str:
    created = resource.facts.created
    return str(created.date()) if created else "at an unknown time"


def _externals(desired: Desired, live: Live) -> Iterator[Issue]:
    for address in sorted(desired.external):
        if address not in live.resources:
            hint = did_you_mean(address.name, [one.name for one in live.resources if one.kind == address.kind])
            yield desired.spec.entities[address].issue(f"external, but not live in account {live.account.id}{hint}")


def _arns(desired: Desired, live: Live) -> Iterator[Issue]:
    """Policies that are named by ARN, or belong to AWS, must exist.

    Otherwise an apply would fail half-way.
    """
    known = {arn for address, arn in _own_arns(desired, live)}
    named = {arn for resource in desired.resources.values() for arn in _named_arns(resource)}
    problems = {arn: problem for arn in named if (problem := _arn_problem(arn, known, live))}
    faulty = [
        one for one, resource in desired.resources.items() if problems and problems.keys() & _named_arns(resource)
    ]
    for address in sorted(faulty):
        declared = desired.spec.entities[address]
        places = _places(declared, desired)
        for arn in sorted(problems.keys() & _named_arns(desired.resources[address])):
            yield declared.issue(problems[arn], *places.get(arn, ("copy_permissions_from",)))


def _trusted(desired: Desired, live: Live) -> Iterator[Issue]:
    """Users, roles and identity providers that a trust policy names must be there: IAM refuses others."""
    there = {*desired.resources, *desired.external, *live.resources}
    roles = [(address, one) for address, one in desired.resources.items() if isinstance(one, Role)]
    for address, resource in sorted(roles, key=lambda role: role[0]):
        before = live.resources.get(address)
        trusted = others(before.trust, live.account) if isinstance(before, Role) else ()
        for one in sorted(set(others(resource.trust, desired.world.account)) - set(trusted)):
            if one not in there and (one.kind in live.listed or one.kind not in REQUESTED_KINDS):
                hint = did_you_mean(one.name, [other.name for other in there if other.kind == one.kind])
                message = f"trusts {one}, which is neither declared nor live{hint}"
                yield desired.spec.entities[address].issue(message, "trust")


def _places(declared: AnyDeclared, desired: Desired) -> dict[str, tuple[str | int, ...]]:
    """The places where an entity names each policy itself.

    Copied policies have no place.
    """
    places: dict[str, tuple[str | int, ...]] = {}
    for one in mentions(given(declared)):
        if one.kind == "policy":
            places.setdefault(desired.world.policy_arn(one.written), one.path)
    return places


def _named_arns(resource: Resource) -> set[str]:
    """The ARNs of the policies that a desired entity names."""
    return {arn for arn, _ in held_policies(resource)} if isinstance(resource, Holding) else set()


def _own_arns(desired: Desired, live: Live) -> Iterator[tuple[Address, str]]:
    for address in (*desired.resources, *desired.external, *live.resources):
        if address.kind == "policy":
            yield address, desired.world.policy_arn(address.name)


def _arn_problem(arn: str, known: set[str], live: Live) -> str | None:
    found = ARN.fullmatch(arn)
    if found and found["account"] == "aws":
        if found["partition"] != live.account.partition:
            return f"{arn} is of another partition; this account is in {live.account.partition}"
        return _aws_problem(f"{found['path'][1:]}{found['name']}", arn, live)
    return None if arn in known else f"{arn} does not exist in account {live.account.id}"


def _aws_problem(name: str, arn: str, live: Live) -> str | None:
    if arn in live.unattachable:
        return f"AWS allows no entity to attach its policy {name}"
    if arn not in live.missing:
        return None
    last = f"/{name.rpartition('/')[2]}"
    elsewhere = [other.partition(":policy/")[2] for other in sorted(live.aws) if other.endswith(last)]
    near = next(iter(elsewhere), None) or suggestion(name)
    return f"AWS has no policy {name}" + (f"; did you mean aws:{near}?" if near else "")


def aws_policies(desired: Desired) -> set[str]:
    """The AWS-managed policies that the spec names."""
    named = {arn for resource in desired.resources.values() for arn in _named_arns(resource)}
    return {arn for arn in named if arn.split(":")[4:5] == ["aws"]}
