"""Which steps of a run are held back once earlier steps have failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import OPERATIONS, SIGNING


@dataclass(slots=True)
class Progress:
    """The history of a run, as far as it decides about later steps.

    It is not safe for threads.

    The revokes of an entity wait for the new grants of its
    `connections`.
    """

    connections: Mapping[Address, frozenset[Address]]
    deleted: frozenset[Address]
    fresh: set[Address] = field(default_factory=set)  # made or renamed in this run: IAM may not know them everywhere
    unmade: set[Address] = field(default_factory=set)  # could not be made or renamed
    stopped: set[Address] = field(default_factory=set)  # had a step that failed
    undone: set[Address] = field(default_factory=set)  # had a step that failed or was held back
    crowded: set[Address] = field(default_factory=set)  # have not made room
    ungranted: set[Address] = field(default_factory=set)  # lack a grant of this plan
    clinging: set[Address] = field(default_factory=set)  # are still held by an entity that should have let go

    def obstacle(self, step: Step) -> str | None:
        """The reason why a step must not be tried.

        None if it may be tried.
        """
        if step.address in self.stopped and not _locks_out(step):
            return "an earlier call for it failed"
        if self.unmade and (unmade := {step.address, *step.others} & self.unmade):
            return f"{min(unmade)} could not be made"
        if step.after and (undone := self.undone.intersection(step.after)):
            return f"{min(undone)} is not yet as it must be, or this would give somebody more for a while"
        if step.phase is Phase.GRANT and (crowded := self.crowded.intersection(step.others)):
            return f"{min(crowded)} has not made room for it"
        if step.phase < Phase.REVOKE or step.address in self.deleted:
            return None
        waits_for = {step.address, *step.others, *self.connections.get(step.address, ())}
        if ungranted := waits_for & self.ungranted:
            return f"{min(ungranted)} did not get what it should have"
        if step.phase is Phase.DELETE and step.address in self.clinging:
            return "it is still held"
        return None

    def done(self, step: Step) -> None:
        if step.phase in {Phase.RENAME, Phase.CREATE}:
            self.fresh.add(step.address)

    def failed(self, step: Step) -> None:
        self.stopped.add(step.address)
        self.held(step)

    def held(self, step: Step) -> None:
        """Notes a step that was not carried out."""
        self.undone.add(step.address)
        if step.phase in {Phase.RENAME, Phase.CREATE}:
            self.unmade.add(step.address)
        if step.phase is Phase.MAKE_ROOM:
            self.crowded.add(step.address)
        if step.phase in {Phase.CREATE, Phase.UPDATE, Phase.GRANT, Phase.RENAME}:
            self.ungranted.add(step.address)
        else:
            self.clinging |= set(step.others)


def deleted_principals(steps: Iterable[Step]) -> frozenset[Address]:
    """The principals that some steps delete.

    They wait for nothing once they are locked out.
    """
    return frozenset(
        step.address
        for step in steps
        if KINDS[step.address.kind].is_principal and OPERATIONS[step.call.operation].verb is Verb.DELETE
    )


def _locks_out(step: Step) -> bool:
    """Whether a step takes a credential away.

    Each such step is tried, whatever became of the other steps.
    """
    return step.phase is Phase.LOCK_OUT and step.call.operation in SIGNING
