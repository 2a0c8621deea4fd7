"""What a plan does to access: what each changed document grants more or less, and which users gain or lose what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamspec.document import Document
from iamspec.kind import Address, Phase, Step
from iamspec.meaning import Grants, Meaning, Verdict, compare
from iamspec.plan import Change, Plan
from iamspec.principals import Powers, all_powers

if TYPE_CHECKING:
    from iamspec.actions import Catalogue


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
        found: dict[str, dict[str, int]] = {}
        for name in self.names:
            levels = found.setdefault(name.partition(":")[0], {})
            level = self.catalogue.level(name)
            levels[level] = levels.get(level, 0) + 1
        return found

    @property
    def is_everything(self) -> bool:
        return self.mask == self.catalogue.all


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one document or one user: the verdict, and the actions it gives and takes."""

    address: Address
    field: str
    verdict: Verdict
    gained: Actions
    lost: Actions
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
            after[change.address] = change.after
    for change in plan.changes:
        for step in change.steps if change.address.kind == "group" else ():
            _follow(after, change, step)
    return after


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
            meaning = compare(Grants((old,) if old else ()), Grants((new,) if new else ()), catalogue)
            yield _effect(change.address, field, meaning, catalogue)


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


def _effect(address: Address, field: str, meaning: Meaning, catalogue: "Catalogue", **more: Any) -> Effect:
    gained, lost = Actions(meaning.gained, catalogue), Actions(meaning.lost, catalogue)
    return Effect(address, field, meaning.verdict, gained, lost, **more)


# Users


def _old_names(plan: Plan) -> dict[Address, Address]:
    """New addresses of users that are renamed, with the old ones."""
    pairs = ((change.address, change.before) for change in plan.changes if change.before and change.after)
    return {address: Address("user", before.name) for address, before in pairs if address.kind == "user"}


def _principals(
    plan: Plan, old: Mapping[Address, Powers], new: Mapping[Address, Powers], catalogue: "Catalogue"
) -> Iterator[Effect]:
    renamed = _old_names(plan)
    meanings: dict[Any, Meaning] = {}
    touched = {change.address for change in plan.changes}
    for address in _users(old, new, renamed):
        was, becomes = old.get(renamed.get(address, address)), new.get(address)
        if not _differ(was, becomes):
            continue
        key = (_signature(was), _signature(becomes))
        if key not in meanings:
            meanings[key] = compare(_grants(was, becomes), _grants(becomes, was), catalogue)
        unknown = sorted({label for one in (was, becomes) if one for label in one.unknown})
        causes = _causes(was, becomes, touched)
        yield _effect(address, "", meanings[key], catalogue, causes=causes, unknown=tuple(unknown))


def _differ(was: Powers | None, becomes: Powers | None) -> bool:
    return bool(_signature(was) != _signature(becomes))


def _signature(powers: Powers | None) -> Any:
    """What decides what a user may do, cheap to compare: users of the same groups share it."""
    if powers is None:
        return None
    bounds = (powers.boundary,) if powers.boundary else ()
    return tuple(
        tuple((held.label, held.document and held.document.signature) for held in one)
        for one in (powers.policies, bounds)
    )


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
