"""The plan that takes an apply back: touched entities as before, over the account of today.

Later changes by other people stay and are named. Losses are listed
before the question.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from iamspec.desired.resources import live_names
from iamspec.errors import IamspecError
from iamspec.kinds import KINDS, SCOPED, AnyKind
from iamspec.kinds.calls import entities
from iamspec.kinds.contract import Address, Holding, How, Purpose, Reference
from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.parts import Parts, moving, owned
from iamspec.kinds.policy.shape import Policy
from iamspec.kinds.spelling import respelled
from iamspec.live.observe import Live
from iamspec.plan.complete import ordered
from iamspec.plan.diff import differences
from iamspec.plan.fingerprint import digest, signing_in
from iamspec.plan.model import Action, Change, Plan
from iamspec.plan.steps import transition
from iamspec.policy.limits import belongs_to_aws
from iamspec.saved.journal_reader import Journal
from iamspec.saved.undo.losses import lost
from iamspec.saved.undo.three_way import merged
from iamspec.saved.undo.traces import Trace, renamed, traces


def needs(journal: Journal, live: Live) -> dict[Address, Purpose]:
    """The reads beyond the sweep that an undo needs: credentials and tags."""
    named = {one for entry in journal.entries for one in entities(entry.call, journal.account)}
    touched = {*journal.before, *named, *(entry.address for entry in journal.entries)} & live.resources.keys()
    wanted = dict.fromkeys((one for one in touched if not KINDS[one.kind].listed_whole), Purpose.COMPARE)
    made = {one.address for one in journal.entries if OPERATIONS[one.call.operation].verb is Verb.CREATE}
    signing = signing_in(entry.call for entry in journal.entries) & live.resources.keys()
    return wanted | dict.fromkeys(signing, Purpose.COMPARE) | dict.fromkeys(made & touched, Purpose.DELETE)


def undo(journal: Journal, live: Live) -> Plan:
    """The plan that takes back all changes of a journal's calls, as far as possible."""
    if journal.account.id != live.account.id:
        message = f"the journal is of account {journal.account.id}, but the credentials are for {live.account.id}"
        raise IamspecError(f"{journal.name}: {message}")
    work = _Undoing(live)
    for trace in _named_as_before(traces(journal, live), live):
        work.decide(trace)
    work.keep_what_is_held()
    work.drop_what_is_gone()
    changes = tuple(work.changes())
    plan = Plan(
        account=live.account,
        spec_digest=digest(["undo", journal.fingerprint, journal.started.isoformat()]),
        changes=tuple(replace(one, reason=f"undo of {journal.name}") for one in changes),
        notes=(*work.notes, *lost(journal, changes)),
        guards=journal.guards.model_copy(update={"allow": []}),  # they were about other changes
    )
    return ordered(plan, live)


def _named_as_before(found: list[Trace], live: Live) -> list[Trace]:
    """The traces after renamed entities are called as before.

    References use the old names.
    """
    names: dict[Address, str] = {}
    for one in found:
        if one.was is not None and one.now is not None and not one.others:
            entities = [entity for entity in (one.was, one.now, *one.left) if entity is not None]
            final = one.now.name if _is_taken(one, live) else one.was.name
            names |= {Address(one.address.kind, entity.name): final for entity in entities}
    return list(renamed(found, names))


def _is_taken(trace: Trace, live: Live) -> bool:
    """Whether something else has the name that an entity had."""
    other = live.resources.get(Address(trace.address.kind, trace.was.name))
    return other is not None and other.name != trace.now.name


@dataclass(slots=True)
class _Undoing:
    """Target state for each entity (None = delete) and its state before the undo."""

    live: Live
    before: dict[Address, Any] = field(default_factory=dict)
    targets: dict[Address, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def decide(self, trace: Trace) -> None:
        address = trace.address
        for entity in (trace.was, trace.now):
            if entity is not None and belongs_to_aws(address.kind, entity.path):
                self.notes.append(f"{address}: {entity.path} belongs to AWS; it stays as it is")
                return
        if trace.was is None:
            self._made(trace)
        elif trace.now is None or trace.others:
            self._gone(trace)
        else:
            self._changed(trace)

    def _made(self, trace: Trace) -> None:
        """Entities that the apply made are deleted, unless they changed since."""
        if trace.now is None:
            return
        address, now = trace.address, _whole(trace.address, trace.now)
        if trace.others:
            self.notes.append(f"{address}: the live entity is not the entity that the apply made; it stays as it is")
        elif trace.given:
            self.notes.append(f"{address}: was made by the apply, but others have given it credentials since; it stays")
        elif not any(one is not None and _whole(address, one) == now for one in trace.left):
            self.notes.append(f"{address}: was made by the apply, but others have changed it since; it stays as it is")
        else:
            self.before[address], self.targets[address] = now, None

    def _gone(self, trace: Trace) -> None:
        """An entity that the apply deleted is made anew, with all that it held."""
        address = trace.address
        if trace.others:
            self.notes.append(f"{address}: something else of that name is live by now; it is not made again")
        elif all(one is not None for one in trace.left):
            self.notes.append(f"{address}: others have deleted it since; it is not made again")
        else:
            self.targets[address] = KINDS[address.kind].as_new(_whole(address, trace.was))

    def _changed(self, trace: Trace) -> None:
        address, now = trace.address, _whole(trace.address, trace.now)
        was, *left = (_spelled(_whole(address, one), now) for one in (trace.was, *trace.left) if one is not None)
        values: dict[str, Any] = {}
        for one in fields(was):
            if one.compare and one.name != "members":
                lefts = [getattr(entity, one.name) for entity in left]
                value, conflicts = merged(getattr(was, one.name), lefts, getattr(now, one.name), one.name)
                values[one.name] = value
                self._told(address, conflicts)
        if "name" in values and values["name"] != now.name and _is_taken(trace, self.live):
            self.notes.append(f"{address}: something else has this name by now; it stays {now.name}")
            values["name"] = now.name
        target = KINDS[address.kind].without_new_secrets(replace(now, **values), now)
        new = KINDS[address.kind].address(target)
        self.before[new], self.targets[new] = now, target

    def _told(self, address: Address, conflicts: Iterable[str]) -> None:
        for place in conflicts:
            self.notes.append(f"{address}: others have changed {place} since; it stays as it is")

    # Entities that others hold, and entities that are gone

    def keep_what_is_held(self) -> None:
        """Deletions without entities that are still referred to. Holders come before policies."""
        for kind in SCOPED:
            going = sorted(one for one, target in self.targets.items() if one.kind == kind and target is None)
            referrers = replace(self.live, resources=self._final()).referrers if going else {}
            for address in going:
                if holders := sorted(str(one.address) for one in referrers.get(address, ())):
                    self.notes.append(f"{address}: was made by the apply, but {holders[0]} needs it now; it stays")
                    del self.targets[address]

    def _final(self) -> dict[Address, Any]:
        """The account after the undo.

        Live entities keep all that they hold, hidden or not.
        """
        final: dict[Address, Any] = dict(self.live.resources)
        for address, before in self.before.items():
            if address in self.targets:
                final.pop(Address(address.kind, before.name), None)
        for address, target in self.targets.items():
            if target is not None:
                final[address] = _shown(target)
        return final

    def drop_what_is_gone(self) -> None:
        """Grants of missing entities are dropped.

        A user never comes back without the old boundary.
        """
        final = self._final()
        there = {one.facts.arn for one in final.values()}
        there |= {_arn(self.live, one) for one in self.targets.values() if isinstance(one, Policy)}
        for address in sorted(self.targets):
            target = self.targets[address]
            if target is not None:
                self._drop(address, target, there, final)

    def _drop(self, address: Address, target: Any, policies: set[str], final: Mapping[Address, Any]) -> None:
        kind = KINDS[address.kind]
        gone = [one for one in kind.references(target) if self._is_gone(one, policies, final)]
        if boundary := next((one for one in gone if one.how is How.BOUNDED), None):
            self.notes.append(f"{address}: its boundary {boundary.arn} is gone, so it stays as it is")
            del self.targets[address]
            return
        for name in sorted(one.label for one in gone):
            self.notes.append(f"{address}: {name} is gone, and is not given back to it")
        self.targets[address] = kind.without(target, gone) if gone else target

    def _is_gone(self, reference: Reference, policies: set[str], final: Mapping[Address, Any]) -> bool:
        """Whether a reference is to an entity of the account that does not exist any more."""
        target = reference.within(self.live.account)
        if target is None or reference.how in {How.LISTS, How.TRUSTS}:
            return False
        return reference.arn not in policies if reference.arn else target not in final

    # The changes

    def changes(self) -> Iterator[Change]:
        resources = {**self.live.resources, **{address: one for address, one in self.targets.items() if one}}
        world = live_names(self.live.account, {a: _with_arn(self.live, one) for a, one in resources.items()})
        world = replace(world, parts=self._parts())
        for address in sorted(self.targets):
            kind, before, after = KINDS[address.kind], self.before.get(address), self.targets[address]
            if before == after:
                continue
            action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
            blocked = _blocked(kind, before, after)
            steps = () if blocked else tuple(transition(kind, before, after, world))
            told = differences(kind, before, after, self.live.account)
            yield Change(address, action, told, steps, blocked=blocked, before=before, after=after)

    def _parts(self) -> Parts:
        """What becomes of the parts of entities.

        A part that the apply made or deleted has a trace of its
        own.
        """
        final = self._final()
        known = frozenset({*self.live.resources, *self.targets})
        return Parts(
            found=known | {part for part, _ in owned(self.live.resources)},
            staying=known | {part for part, _ in owned(final)},
            moving=moving(self.live.resources, {address: one for address, one in final.items() if one is not None}),
        )


def _blocked(kind: AnyKind, before: Any, after: Any) -> str | None:
    """The reason why IAM cannot take an entity back to an earlier state."""
    if after is None:
        return None
    return kind.unmakable(after) if before is None else kind.blocked(before, after)


def _spelled(entity: Any, now: Any) -> Any:
    """An earlier state of an entity, with the spellings of inline policies that IAM keeps."""
    holds = isinstance(entity, Holding)
    if not holds:
        return entity
    return replace(entity, inline_policies=respelled(entity.inline_policies, now.inline_policies))


def _whole(address: Address, entity: Any) -> Any:
    return KINDS[address.kind].with_hidden(entity)


def _shown(target: Any) -> Any:
    """The target with `facts.attached` set, because `Live.referrers` reads attachments from there."""
    return target.attaching(target.policies) if isinstance(target, Holding) else target


def _arn(live: Live, policy: Any) -> str:
    return str(policy.facts.arn) or live.account.arn(f"policy{policy.path}{policy.name}")


def _with_arn(live: Live, entity: Any) -> Any:
    """A policy that is to be made has the ARN that it will have."""
    if not isinstance(entity, Policy):
        return entity
    return replace(entity, facts=replace(entity.facts, arn=_arn(live, entity)))
