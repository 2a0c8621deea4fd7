"""The plan: every change to an account, down to each API call, as one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from iamspec.desired.guards import Guards
from iamspec.errors import Location
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Resource, Step
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Accepted, Copier, Ended, Excess, Kept, Reported, Uncompared, Window
from iamspec.plan.fingerprint import digest
from iamspec.plan.steps import order

PRUNED = "not declared, and prune is on"


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """The change of an entity and its calls.

    A `blocked` change has no calls. Its text says why, and the way
    out. `deliver_to` is the age recipient of new secrets. None
    stands for the person who applies.
    """

    address: Address
    action: Action
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...] = ()
    source: Location | None = None
    blocked: str | None = None
    reason: str = ""
    before: Resource | None = None
    after: Resource | None = None
    deliver_to: str | None = None


@dataclass(frozen=True)
class Plan:
    """All changes to an account, and everything that was seen and is left alone.

    The stage `plan` fills every field. No later stage adds
    anything. A field "survives the file" if a saved plan has it
    and `apply PLANFILE` reads it back. The other fields are worked
    out again over the account at that time.
    """

    account: Account
    """The account that was read. Everybody may rely on it. Survives the file; a plan for another account is refused."""

    spec_digest: str
    """A hash of the spec, or of the journal or command that the plan comes from. It is part of the fingerprint and of the
    journal, and nothing is decided by it. Survives the file."""

    changes: tuple[Change, ...] = ()
    """One change for each entity, in the order of kinds and addresses. Everybody may rely on them.

    Address, action, source, reason, blocked, recipient and calls survive the file. The states before and after, and
    their differences, are worked out again from the calls.
    """

    undeclared: tuple[Address, ...] = ()
    """Live entities in scope that the spec does not declare, sorted, if they may stay. For reports and the exit code of
    drift. Survives the file."""

    strays: tuple[tuple[Address, Address], ...] = ()
    """Undeclared users, each with a declared open group that the user is in. For reports. Survives the file."""

    kept: tuple[Kept, ...] = ()
    """Entities that the spec would delete or remove, but that stay, with the reason. For reports. Survives the file."""

    excess: tuple[Excess, ...] = ()
    """Credentials beyond the spec. For reports and the exit code of drift. Survives the file."""

    accepted: tuple[Accepted, ...] = ()
    """Entities whose drift `drift.accept` accepts. They are not undeclared, and prune does not delete them. For reports.
    Not in a saved plan, which has no drift."""

    sign_in: Reported | None = None
    """The users whose passwords and keys IAM's credential report tells. For the headline. Not in a saved plan, whose calls
    are about users who were asked about."""

    alarms: tuple[str, ...] = ()
    """Signs of an attack in the account. For reports. Worked out again from the account after the file was read."""

    notes: tuple[str, ...] = ()
    """Sentences for the reader. Nothing may be decided by them. Survives the file, with the notes of its review."""

    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """A hash of each live entity that the calls touch, with its holders. Part of the fingerprint. Survives the file, and
    `apply PLANFILE` runs nothing if one of them has changed."""

    connections: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    """For each entity that loses access or goes: the entities whose grants come first. Apply relies on them. Survives the
    file; a file whose connections differ from those of its changes is refused."""

    skipped: tuple[Address, ...] = ()
    """Addresses that `--target`, `--exclude` or `--only` left out. For reports. Survives the file."""

    guards: Guards = field(default=Guards())
    """The limits of the spec for the guards. Part of the fingerprint. Survives the file, but looser limits than those of
    iamspec count only for the approved fingerprint."""

    allow_places: tuple[Location | None, ...] = ()
    """The places of the entries of `guards.allow`. For reports. Not in a saved plan."""

    guard_places: Mapping[str, Location] = field(default_factory=dict)
    """The places of the limits that the settings write. For reports. Not in a saved plan."""

    held: tuple[Kept, ...] = ()
    """Tombstones of entities that other entities hold. The guard `in-use` relies on them. Survives the file."""

    undecided: frozenset[Address] = frozenset()
    """Users whose boundary the spec does not mention. The guard `boundary` relies on them. Part of the fingerprint.
    Survives the file, as `boundary_written` of the changes."""

    ended: tuple[Ended, ...] = ()
    """Memberships and attachments of the spec that have ended. The guard `ended-deny` relies on them. Survives the
    file."""

    copiers: tuple[Copier, ...] = ()
    """Users whose source of permissions is suspended or has ended. Their changes are held back unless the guard
    `copy-ended`, which relies on them, is lifted. Not in a saved plan, which has no change of them."""

    uncompared: tuple[Uncompared, ...] = ()
    """Live entities out of scope, sorted. For reports and the exit code of drift. Survives the file."""

    entered: tuple[str, ...] = ()
    """Sentences about the kinds that the spec has taken into scope or under prune, and about a prune that is only
    supposed. The first lines of a report. A saved plan has them among its notes."""

    windows: tuple[Window, ...] = ()
    """Moments of too much or too little access between two calls, as a simulation of the calls found them. For reports.
    Worked out again from the account after the file was read."""

    @property
    def drifted(self) -> bool:
        """Whether live IAM differs from the spec.

        An alarm is always drift. A kept entity is undeclared.
        """
        return bool(self.changes or self.undeclared or self.excess or self.alarms or self.exposed)

    @property
    def exposed(self) -> tuple[Uncompared, ...]:
        """Roles out of scope that outsiders may assume, or that are administrators or can become so."""
        return tuple(one for one in self.uncompared if one.is_exposed)

    @property
    def unasked(self) -> tuple[Address, ...]:
        """The entities that are kept because CloudFormation could not be asked for their owners."""
        return tuple(sorted(one.address for one in self.kept if one.unasked))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every call in the order of execution.

        Calls with the same `order` may run side by side.
        """
        return tuple(
            sorted(
                (step for change in self.changes for step in change.steps), key=lambda one: (order(one), one.address)
            )
        )

    @cached_property
    def fingerprint(self) -> str:
        """The hash that binds review and run.

        It contains no time and no file names. It covers account,
        steps, spec, the touched live entities, and the recipients
        of secrets. The settings that guards read stand beside the
        digest of the spec, because a holder of a plan file cannot
        check the digest.
        """
        steps = [[str(one.address), one.phase.label, one.call.operation, one.call.params] for one in self.steps]
        blocked = [str(one.address) for one in self.changes if one.blocked]
        whom = [[str(one.address), one.deliver_to] for one in self.changes if one.deliver_to is not None]
        spec = [self.spec_digest, self.guards.written(), sorted(map(str, self.undecided))]
        parts = [self.account.id, self.account.partition, spec, steps, blocked, dict(self.fingerprints)]
        return digest([*parts, whom] if whom else parts)

    @property
    def summary(self) -> dict[str, int]:
        counts = {action.value: 0 for action in Action} | {"blocked": 0}
        for change in self.changes:
            counts["blocked" if change.blocked else change.action] += 1
        return counts


def touched(changes: Iterable[Change]) -> set[Address]:
    """The entities of some changes and of their calls, under old and new names."""
    found = {address for change in changes for step in change.steps for address in (step.address, *step.others)}
    for change in changes:
        found.add(change.address)
        if change.before is not None:
            found.add(Address(change.address.kind, change.before.name))
    return found
