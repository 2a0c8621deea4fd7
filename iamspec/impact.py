"""What a plan does to access: what each changed document grants more or less, and which users gain or lose what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamspec.document import Document
from iamspec.iam import Account
from iamspec.kind import Address
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


def assess(
    plan: Plan, before: Mapping[Address, Any], after: Mapping[Address, Any], aws: Mapping[str, Document]
) -> Impact:
    """What the plan does, from the account before and after it; `aws` are documents of AWS-managed policies by ARN."""
    from iamspec.actions import catalogue  # noqa: PLC0415 - 100 ms that a plan without changes need not wait for

    known = catalogue()
    documents = tuple(_documents(plan.changes, known))
    old, new = all_powers(before, plan.account, aws), all_powers(after, plan.account, aws)
    return Impact(documents, tuple(_principals(plan, old, new, known)))


def affected(plan: Plan, before: Mapping[Address, Any], after: Mapping[Address, Any], account: Account) -> set[str]:
    """The AWS-managed policies, as `aws:NAME`, whose documents it takes to say what happens to whom."""
    old, new = all_powers(before, account, {}), all_powers(after, account, {})
    renamed = _old_names(plan)
    changed = [
        (old.get(renamed.get(a, a)), new.get(a)) for a in {*new, *(one for one in old if one not in renamed.values())}
    ]
    labels = {label for pair in changed if _differ(*pair) for one in pair if one is not None for label in one.unknown}
    return {label.removeprefix("policy/").split(" ")[0] for label in labels if label.startswith("policy/aws:")}


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
    for address in sorted({*new, *(one for one in old if one not in renamed.values())}):
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
