"""What a plan does to access: what each changed document grants more or less, and which users gain or lose what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamspec.document import Document
from iamspec.kind import Address, Phase, Step
from iamspec.meaning import Grants, Meaning, Remark, Verdict, compare
from iamspec.plan import Change, Plan
from iamspec.principals import Held, Powers, all_powers

if TYPE_CHECKING:
    from iamspec.actions import Catalogue

GRANTING = {"document", "groups", "inline_policies", "members", "permissions_boundary", "policies"}


@dataclass(frozen=True)
class Actions:
    """A set of actions, sorted, and how it is made up: by service and access level, and by class of risk."""

    mask: int
    catalogue: "Catalogue"

    def __len__(self) -> int:
        return self.mask.bit_count()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.catalogue.names(self.mask))

    @cached_property
    def levels(self) -> dict[str, int]:
        """How many there are of each access level that occurs."""
        counts = {level: (self.mask & members).bit_count() for level, members in self.catalogue.levels.items()}
        return {level: count for level, count in counts.items() if count}

    @cached_property
    def risks(self) -> dict[str, int]:
        """How many there are of each class of risk that occurs."""
        return {name: mask.bit_count() for name, mask in self.catalogue.risks(self.mask).items()}

    @cached_property
    def services(self) -> dict[str, dict[str, int]]:
        """How many there are by service and access level."""
        found = {}
        for service in sorted({name.partition(":")[0] for name in self.names}):
            mask = self.mask & self.catalogue.mask(f"{service}:*")
            levels = {level: (mask & members).bit_count() for level, members in self.catalogue.levels.items()}
            found[service] = {level: count for level, count in levels.items() if count}
        return found

    @property
    def is_everything(self) -> bool:
        return self.mask == self.catalogue.all


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one document or one user: the verdict, and the actions it gives and takes.

    `denied` and `released` are those that are now, and no longer, denied on every resource without a condition;
    `remark` says what changes where no action is given or taken, `unlisted` which patterns match no known action;
    `administrator` is whether this turns into administrator access, False if it ceases to be, None if neither.
    """

    address: Address
    field: str
    verdict: Verdict
    gained: Actions
    lost: Actions
    denied: Actions
    released: Actions
    remark: Remark = Remark.NONE
    unlisted: tuple[str, ...] = ()
    administrator: bool | None = None
    causes: tuple[Address, ...] = ()
    unknown: tuple[str, ...] = ()  # policies of the user whose documents nobody could read


@dataclass(frozen=True, slots=True)
class Impact:
    """The access change of a plan: by document, and by user."""

    documents: tuple[Effect, ...]
    principals: tuple[Effect, ...]


def assess(plan: Plan, before: Mapping[Address, Any], aws: Mapping[str, Document]) -> Impact:
    """What the plan does to an account; `aws` are the documents of AWS-managed policies by ARN, as far as known."""
    from iamspec.actions import catalogue  # noqa: PLC0415 - 100 ms that a plan without changes need not wait for

    known = catalogue()
    documents = tuple(_documents(plan.changes, known))
    old, new = all_powers(before, plan.account, aws), all_powers(outcome(plan, before), plan.account, aws)
    return Impact(documents, tuple(_principals(plan, old, new, known)))


def needed(plan: Plan, before: Mapping[Address, Any]) -> set[str]:
    """The ARNs of the AWS-managed policies whose documents it takes to say what happens to whom."""
    old, new = all_powers(before, plan.account, {}), all_powers(outcome(plan, before), plan.account, {})
    renamed = _old_names(plan)
    pairs = [(old.get(renamed.get(address, address)), new.get(address)) for address in _users(old, new, renamed)]
    return {arn for pair in pairs if _differ(*pair) for one in pair if one is not None for arn in one.unknown_arns}


def outcome(plan: Plan, before: Mapping[Address, Any]) -> dict[Address, Any]:
    """The entities as they are when every call of the plan has been made."""
    after = dict(before)
    for change in plan.changes:
        old: Any = change.before
        if change.blocked is None and old is not None:
            after.pop(Address(change.address.kind, old.name), None)
    for change in plan.changes:
        if change.blocked is None and change.after is not None:
            after[change.address] = _with_facts(change)
    for change in plan.changes:
        for step in change.steps if change.address.kind == "group" else ():
            _follow(after, change, step)
    return after


def _with_facts(change: Change) -> Any:
    """The entity with what the spec does not see of it, such as inline policies of iamspec's own; its ARN may be another."""
    before: Any = change.before
    after: Any = change.after
    if change.address.kind not in {"user", "group"} or before is None:
        return after
    return replace(after, facts=replace(before.facts, arn=""))


def _follow(after: dict[Address, Any], change: Change, step: Step) -> None:
    """Memberships that a group changes, and its new name, as its users see it."""
    old: Any = change.before
    if step.phase is Phase.RENAME:
        for address, user in list(after.items()):
            if address.kind == "user" and old.name in user.groups:
                after[address] = replace(user, groups=user.groups - {old.name} | {change.address.name})
    elif step.call.operation in {"AddUserToGroup", "RemoveUserFromGroup"}:
        address = Address("user", step.call.params["UserName"])
        if user := after.get(address):
            one = {change.address.name}
            groups = user.groups | one if step.call.operation == "AddUserToGroup" else user.groups - one
            after[address] = replace(user, groups=groups)


def _users(
    old: Mapping[Address, Powers], new: Mapping[Address, Powers], renamed: Mapping[Address, Address]
) -> list[Address]:
    """Everybody there was or will be, by the address that they will have."""
    return sorted({*new, *(address for address in old if address not in renamed.values())})


# Documents


def _documents(changes: Iterable[Change], catalogue: "Catalogue") -> Iterator[Effect]:
    for change in changes:
        for field, old, new in _document_pairs(change):
            yield _effect(change.address, field, (Grants(_known(old)), Grants(_known(new))), catalogue)


def _known(document: Document | None) -> tuple[Document, ...]:
    return () if document is None else (document,)


def _document_pairs(change: Change) -> Iterator[tuple[str, Document | None, Document | None]]:
    """The documents of an entity that are new, gone or other."""
    before: Any = change.before
    after: Any = change.after
    if change.address.kind == "policy":
        pair = (getattr(before, "document", None), getattr(after, "document", None))
        if pair[0] != pair[1]:
            yield "document", *pair
        return
    old, new = getattr(before, "inline_policies", {}), getattr(after, "inline_policies", {})
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"inline_policies.{name}", old.get(name), new.get(name)


def _effect(address: Address, field: str, grants: tuple[Grants, Grants], catalogue: "Catalogue") -> Effect:
    before, after = grants
    found = compare(before, after, catalogue)
    return Effect(
        address=address,
        field=field,
        verdict=found.verdict,
        gained=Actions(found.gained, catalogue),
        lost=Actions(found.lost, catalogue),
        denied=Actions(found.denied, catalogue),
        released=Actions(found.released, catalogue),
        remark=found.remark,
        unlisted=found.unlisted,
        administrator=_turn(before, after, found, catalogue),
    )


def _turn(before: Grants, after: Grants, meaning: Meaning, catalogue: "Catalogue") -> bool | None:
    """Whether administrator access comes or goes; without a change of meaning neither does."""
    if meaning.verdict is Verdict.COSMETIC:
        return None
    was, becomes = before.is_everything(catalogue), after.is_everything(catalogue)
    return None if was == becomes else becomes


# Users


def _old_names(plan: Plan) -> dict[Address, Address]:
    """New addresses of users that are renamed, with the old ones."""
    pairs = ((change.address, change.before) for change in plan.changes if change.before and change.after)
    return {address: Address("user", before.name) for address, before in pairs if address.kind == "user"}


def _principals(
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
            known[key] = _effect(address, "", (_grants(was, becomes), _grants(becomes, was)), catalogue)
        unknown = [tuple(one.unknown if one else ()) for one in (was, becomes)]
        if known[key].verdict is not Verdict.COSMETIC or unknown[0] != unknown[1]:
            causes, labels = _causes(was, becomes, touched), tuple(sorted({*unknown[0], *unknown[1]}))
            yield replace(known[key], address=address, causes=causes, unknown=labels)


def _grants_otherwise(change: Change) -> bool:
    """Whether a change is one of what somebody may do, and not of a path or a tag."""
    return change.blocked is None and any(one.field in GRANTING for one in change.differences)


def _differ(was: Powers | None, becomes: Powers | None) -> bool:
    return bool(_signature(was) != _signature(becomes))


def _signature(powers: Powers | None) -> Any:
    """What decides what a user may do, cheap to compare: users of the same groups share it."""
    if powers is None:
        return None
    bounds = _text(powers.boundary) if powers.boundary else None
    return frozenset(map(_text, powers.policies)), bounds


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
