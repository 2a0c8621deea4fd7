"""The principals of a plan, each with the part of the account that decides about it, and the calls that change this part."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from iamspec.kinds import KINDS
from iamspec.kinds.calls import renames
from iamspec.kinds.contract import Address, Holding, Phase, Principal, Resource, Step
from iamspec.kinds.holdings import boundary_policy
from iamspec.kinds.operation import Access, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.credentials import ACTIVE
from iamspec.live.observe import Live
from iamspec.plan.order.scene import NO_TAGS, Scene, grants, own_documents, signs_in, tags_asked
from iamspec.plan.steps import in_wave
from iamspec.policy.document import Document

MANY = 2  # a single call goes from the state before to the state after


@dataclass
class Cast:
    """The scenes of a plan: every principal in an account before and after the plan."""

    live: Live
    late: Live  # once all steps but the deletions are done
    goal: Live
    steps: Sequence[Step]
    aws: Mapping[str, Document]
    _restricting: dict[str, bool] = field(default_factory=dict)
    _asking: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _groups: dict[str, Mapping[Address, None]] = field(default_factory=dict)

    def scenes(self, split: Collection[tuple[Address, ...]] = ()) -> list[Scene]:
        """The scenes for which the order of steps can matter, and the scenes of `split` principals.

        Principals with equal scenes share a scene.
        """
        found: dict[object, tuple[Scene, list[Address]]] = {}
        for names, _, is_delicate in self._concerned:
            if is_delicate or names in split:
                closure = self._closure(names)
                steps = self._concerning(names, closure)
                key = self._likeness(names, closure, steps.values())
                if key not in found:
                    found[key] = self._scene(names, closure, steps), []
                found[key][1].append(names[-1])
        return [replace(scene, alike=tuple(alike)) for scene, alike in found.values()]

    def split(self, placed: Sequence[Step]) -> frozenset[tuple[Address, ...]]:
        """The principals whose steps an order puts into several waves: there a revoke may precede a grant."""
        return frozenset(
            names for names, numbers, _ in self._concerned if len({placed[number].wave for number in numbers}) >= MANY
        )

    @cached_property
    def _concerned(self) -> list[tuple[tuple[Address, ...], tuple[int, ...], bool]]:
        """The principals with several steps, the steps, and whether the order of the steps matters in a wave."""
        found = []
        for names in self._principals() if len(self.steps) >= MANY else ():
            closure = self._closure(names)
            steps = self._concerning(names, closure)
            if len(steps) >= MANY:
                found.append((names, tuple(steps), self._is_delicate(closure, steps.values())))
        return found

    def touched(self, by: Callable[[Document], bool]) -> Iterator[Scene]:
        """The scenes of the principals that a step concerns and that have a document of some quality.

        Principals with equal scenes share a scene.
        """
        found: dict[object, Scene] = {}
        for names in self._principals():
            closure = self._closure(names)
            if not any(by(document) for one in closure for document in self._documents(one)):
                continue
            if steps := self._concerning(names, closure):
                key = self._likeness(names, closure, steps.values())
                if key not in found:
                    found[key] = self._scene(names, closure, steps)
        yield from found.values()

    def scene(self, names: tuple[Address, ...]) -> Scene:
        """The scene of a principal, given by the addresses before and after the plan."""
        closure = self._closure(names)
        return self._scene(names, closure, self._concerning(names, closure))

    def _concerning(self, names: tuple[Address, ...], closure: Iterable[Address]) -> dict[int, Step]:
        """The steps that concern a principal, in the order of one wave."""
        numbers = {number for one in closure for number in self._steps_of.get(one, ())}
        found = [(number, self.steps[number]) for number in numbers if self._concerns(self.steps[number], names)]
        return dict(sorted(found, key=lambda one: (in_wave(one[1]), one[1].address, one[0])))

    def _likeness(self, names: tuple[Address, ...], closure: Iterable[Address], steps: Iterable[Step]) -> object:
        """A key that is equal for unchanged principals with equal grants.

        For other principals it is their names.
        """
        own = any(_subject(step) in names for step in steps)
        entity = self._entity(self.live, names[0])
        if own or not isinstance(entity, Holding) or any(self._asks(one) for one in closure):
            return names
        return names[0].kind, entity.groups, grants(entity)

    def _principals(self) -> Iterator[tuple[Address, ...]]:
        """The addresses before and after of each user and role that a step may concern."""
        new = {old: now for now, old in self._old.items()}
        known = {one for one in (*self.live.resources, *self.goal.resources) if KINDS[one.kind].is_principal}
        for address in sorted(known):
            if address in self._old and self._old[address] != address:
                continue
            names = tuple(dict.fromkeys((address, new.get(address, address))))
            if names[-1] in self.goal.resources and self._can_be_used(names):  # a user who goes is locked out first
                yield names

    def _can_be_used(self, names: tuple[Address, ...]) -> bool:
        """Whether the principal can act at some moment. A new user without credentials cannot."""
        live, late = (self._entity(one, name) for one, name in ((self.live, names[0]), (self.late, names[-1])))
        return live is not None or not isinstance(late, Principal) or late.can_sign_in

    @cached_property
    def _old(self) -> Mapping[Address, Address]:
        """The old address of each renamed entity."""
        return renames(step.call for step in self.steps)

    @cached_property
    def _steps_of(self) -> Mapping[Address, list[int]]:
        found: dict[Address, list[int]] = {}
        for number, step in enumerate(self.steps):
            if _matters(step):
                found.setdefault(_subject(step), []).append(number)
        return found

    def _closure(self, names: Sequence[Address]) -> dict[Address, None]:
        """The principal with groups and policies, before and after the plan."""
        found: dict[Address, None] = dict.fromkeys(names)
        for live in (self.live, self.late):
            for entity in (self._entity(live, name) for name in names):
                found.update(dict.fromkeys(_policies(entity)))
                for group in entity.groups if isinstance(entity, Holding) else ():
                    found.update(self._of_group(group))
        return found

    def _of_group(self, name: str) -> Mapping[Address, None]:
        """A group under the old and the new name, with the policies before and after."""
        if name not in self._groups:
            address = Address("group", name)
            found = dict.fromkeys((address, self._old.get(address, address)))
            for one in list(found):
                for live in (self.live, self.late):
                    found.update(dict.fromkeys(_policies(self._entity(live, one))))
            self._groups[name] = found
        return self._groups[name]

    def _entity(self, live: Live, address: Address) -> Resource | None:
        found: Resource | None = live.resources.get(address)
        if found is None:
            return None
        whole: Resource = KINDS[address.kind].with_hidden(found)
        return whole

    def _concerns(self, step: Step, names: Sequence[Address]) -> bool:
        return _way(step) is not Access.MEMBER or _subject(step) in names

    def _scene(self, names: tuple[Address, ...], closure: Mapping[Address, None], steps: Mapping[int, Step]) -> Scene:
        resources: dict[Address, Resource] = {}
        for one in closure:
            if (found := self.live.resources.get(one)) is not None:
                resources[one] = found
        restricting = frozenset(number for number, step in steps.items() if not self._only_gives(step, closure))
        tags = [self._tags(one) for one in closure]
        asked = NO_TAGS.union(*(found for found in tags if found is not None))
        live = replace(self.live, resources=resources)
        return Scene(names, live, steps, self.aws, None in tags, asked, restricting)

    # Whether the order can matter

    def _is_delicate(self, closure: Mapping[Address, None], steps: Iterable[Step]) -> bool:
        found = list(steps)
        if any(_takes_early(step) or self._restricts(step, closure) for step in found):
            return True
        others = [step for step in found if not signs_in(step)]
        if any(map(_takes_credential, found)) and any(step.phase < Phase.REVOKE for step in others):
            return True  # until a credential is gone, it may be used for all that was given before
        gives = any(_gives_credential(step) for step in found)
        return gives and any(step.phase >= Phase.REVOKE or step.phase is Phase.UPDATE for step in found)

    def _only_gives(self, step: Step, closure: Mapping[Address, None]) -> bool:
        """Whether the principal has less access, or equal access, at each moment at which a step is missing."""
        return step.phase in {Phase.CREATE, Phase.GRANT} and not self._restricts(step, closure)

    def _restricts(self, step: Step, closure: Mapping[Address, None]) -> bool:
        """Whether a step changes a Deny, a boundary, or a fact that a statement asks for."""
        part = OPERATIONS[step.call.operation].part(step.call)
        if part is None:
            return _is_identity(step) and any(self._asks(one) for one in closure)
        way, *named = part
        if way is Access.BOUNDARY:
            return True
        if way is Access.MEMBER:
            group = named[1]
            return any(self._denies(one) for one in (group, self._old.get(group, group)))
        if way is Access.DOCUMENT:
            return self._denies(step.address) or self._bounds(named[0], closure)
        return self._arn_denies(named[1]) if way is Access.ATTACHED else self._denies(step.address)

    def _denies(self, address: Address) -> bool:
        """Whether an entity has, before or after, a document with a Deny, or an unknown one."""
        key = str(address)
        if key not in self._restricting:
            entities = [self._entity(live, address) for live in (self.live, self.late)]
            self._restricting[key] = any(self._entity_denies(one) for one in entities if one is not None)
        return self._restricting[key]

    def _entity_denies(self, entity: Resource) -> bool:
        attached = entity.policies if isinstance(entity, Holding) else ()
        return any(map(_has_deny, own_documents(entity))) or any(map(self._arn_denies, attached))

    def _arn_denies(self, arn: str) -> bool:
        if arn in self.aws:
            return _has_deny(self.aws[arn])
        addresses = boundary_policy(arn)
        return self._denies(addresses[0]) if addresses else True

    def _bounds(self, arn: str, closure: Iterable[Address]) -> bool:
        entities = [self._entity(live, one) for one in closure for live in (self.live, self.late)]
        return any(isinstance(one, Holding) and arn == one.permissions_boundary for one in entities)

    def _asks(self, address: Address) -> bool:
        """Whether a document of an entity asks who the principal is."""
        return self._tags(address) != NO_TAGS

    def _tags(self, address: Address) -> frozenset[str] | None:
        """The tags that the documents of an entity ask for, as in `tags_asked`."""
        key = str(address)
        if key not in self._asking:
            found = [tags_asked(document) for document in self._documents(address)]
            every = NO_TAGS.union(*(tags for tags in found if tags is not None))
            self._asking[key] = None if None in found else every
        return self._asking[key]

    def _documents(self, address: Address) -> Iterator[Document]:
        for live in (self.live, self.late):
            if (entity := self._entity(live, address)) is not None:
                yield from own_documents(entity)
                yield from (self.aws[arn] for arn in arns_of(entity) if arn in self.aws)


def _policies(entity: Resource | None) -> Iterator[Address]:
    for arn in arns_of(entity):
        yield from boundary_policy(arn)


def arns_of(entity: Resource | None) -> tuple[str, ...]:
    """The ARNs of the managed policies that an entity attaches or has as boundary."""
    return (*entity.policies, entity.permissions_boundary or "") if isinstance(entity, Holding) else ()


def _way(step: Step) -> Access | None:
    opens = OPERATIONS[step.call.operation].opens
    return opens[0] if opens else None


def _subject(step: Step) -> Address:
    """The entity that gains or loses access by a call.

    For a membership this is the user.
    """
    if _way(step) is Access.MEMBER:
        part = OPERATIONS[step.call.operation].part(step.call)
        return part[1] if part else step.address
    return step.address


def _matters(step: Step) -> bool:
    """Whether a call can change the access of a principal."""
    row = OPERATIONS[step.call.operation]
    makes = row.verb in {Verb.CREATE, Verb.RENAME, Verb.DELETE}
    return makes or row.opens is not None or row.signs_in or _is_identity(step)


def _is_identity(step: Step) -> bool:
    """Whether a call changes the name, path or tags of a principal."""
    row = OPERATIONS[step.call.operation]
    if not KINDS[step.address.kind].is_principal or row.opens is not None:
        return False
    return row.verb is Verb.RENAME or not (row.signs_in or row.takes or row.verb in {Verb.CREATE, Verb.DELETE})


def _gives_credential(step: Step) -> bool:
    row = OPERATIONS[step.call.operation]
    return row.signs_in and (row.verb is Verb.GRANT or step.call.params.get("Status") == ACTIVE)


def _takes_credential(step: Step) -> bool:
    return signs_in(step) and not _gives_credential(step)


def _takes_early(step: Step) -> bool:
    """Whether a step takes something away before the grants of the plan are made."""
    return step.phase is Phase.MAKE_ROOM or _way(step) is Access.DOCUMENT


def _has_deny(document: Document) -> bool:
    return '"Deny"' in document.text
