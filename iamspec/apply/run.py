"""Runs a plan's steps through a Writer: phase by phase, entities side by side, and never past a failure it depends on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from threading import Event, Lock
from typing import Any, Protocol, TypeVar

from iamspec.errors import IamError, IamspecError
from iamspec.iam import Writer
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.kinds.operation import Verb
from iamspec.kinds.operations import OPERATIONS, SIGNING
from iamspec.live.retry import BROKEN, RETRIED
from iamspec.plan.model import Plan
from iamspec.plan.steps import order

T = TypeVar("T")


class Status(StrEnum):
    DONE = "done"
    FAILED = "failed"
    HELD = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step; `reason` is IAM's own error, why the step was not tried, or what it took.

    `unclear` is a failure that says nothing of whether the call was carried out; `made` the unique id of a new entity.
    """

    step: Step
    status: Status
    reason: str = ""
    request_id: str = ""
    unclear: bool = False
    made: str = ""


class Witness(Protocol):
    """Called before and after each step, in the thread that makes the call. An IamspecError of it stops the run."""

    def trying(self, step: Step) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...


@dataclass(slots=True)
class _Progress:
    """What has happened so far, in so far as later steps depend on it. The lock guards what threads write."""

    connections: Mapping[Address, frozenset[Address]]
    deleted_users: frozenset[Address]
    fresh: set[Address] = field(default_factory=set)  # made or renamed in this run: IAM may not know them everywhere
    unmade: set[Address] = field(default_factory=set)  # should have been
    stopped: set[Address] = field(default_factory=set)  # failed themselves
    undone: set[Address] = field(default_factory=set)  # failed themselves, or were not tried
    ungranted: set[Address] = field(default_factory=set)  # did not get all that they should have
    clinging: set[Address] = field(default_factory=set)  # something that holds them was not taken away
    lock: Lock = field(default_factory=Lock)

    def obstacle(self, step: Step) -> str | None:
        """Why a step must not be tried."""
        if step.address in self.stopped and not _locks_out(step):
            return "an earlier call for it failed"
        if unmade := sorted({step.address, *step.others} & self.unmade):
            return f"{unmade[0]} could not be made"
        if undone := sorted(set(step.after) & self.undone):
            return f"{undone[0]} is not yet as it must be, or this would give somebody more for a while"
        if step.phase < Phase.REVOKE or step.address in self.deleted_users:
            return None
        waits_for = {step.address, *step.others, *self.connections.get(step.address, ())}
        if ungranted := sorted(waits_for & self.ungranted):
            return f"{ungranted[0]} did not get what it should have"
        if step.phase is Phase.DELETE and step.address in self.clinging:
            return "it is still held"
        return None

    def record(self, outcome: Outcome) -> None:
        step = outcome.step
        with self.lock:
            made = step.phase in {Phase.RENAME, Phase.CREATE}
            if outcome.status is Status.DONE:
                self.fresh |= {step.address} if made else set()
                return
            self.undone.add(step.address)
            self.unmade |= {step.address} if made else set()
            if outcome.status is Status.FAILED:
                self.stopped.add(step.address)
            if step.phase in {Phase.CREATE, Phase.UPDATE, Phase.GRANT, Phase.RENAME}:
                self.ungranted |= {step.address}
            else:
                self.clinging |= set(step.others)


def run(
    plan: Plan, writer: Writer, *, parallelism: int = 8, stop: Event | None = None, witness: Witness | None = None
) -> Iterator[Outcome]:
    """Makes the calls of a plan and yields what became of each, as it happens.

    When `stop` is set, calls in flight are finished and all others are yielded as not tried. An error of the witness
    does the same, and is raised after the last outcome.
    """
    users = {one.address for one in plan.steps if _is_deletion(one) and KINDS[one.address.kind].is_principal}
    progress = _Progress(plan.connections, frozenset(users))
    runner = _Runner(writer, progress, stop or Event(), witness or _Nobody())
    with ThreadPoolExecutor(max_workers=max(1, parallelism)) as pool:
        for _, together in groupby(plan.steps, key=order):
            by_address: dict[Address, list[Step]] = {}
            for step in together:
                by_address.setdefault(step.address, []).append(step)
            futures: list[Future[list[Outcome]]] = [pool.submit(runner.entity, steps) for steps in by_address.values()]
            for future in as_completed(futures):
                yield from future.result()
    if runner.faults:
        raise runner.faults[0]


def _is_deletion(step: Step) -> bool:
    return OPERATIONS[step.call.operation].verb is Verb.DELETE


def _locks_out(step: Step) -> bool:
    """Whether a step takes away what somebody signs in with: each of them is tried, whatever became of the others."""
    return step.phase is Phase.LOCK_OUT and step.call.operation in SIGNING


class _Nobody:
    """The witness of a run that nobody watches."""

    def trying(self, step: Step) -> None:
        pass

    def ended(self, outcome: Outcome) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Runner:
    """What the threads of a run share."""

    writer: Writer
    progress: _Progress
    stop: Event
    witness: Witness
    faults: list[IamspecError] = field(default_factory=list)

    def entity(self, steps: Sequence[Step]) -> list[Outcome]:
        """The steps of one entity within a phase, in their order."""
        outcomes = []
        for step in steps:
            outcome = self._tried(step)
            self.progress.record(outcome)
            self._witnessed(self.witness.ended, outcome)
            outcomes.append(outcome)
        return outcomes

    def _witnessed(self, hear: Callable[[T], None], what: T) -> bool:
        try:
            hear(what)
        except IamspecError as error:
            self.faults.append(error)
        return not self.faults

    def _tried(self, step: Step) -> Outcome:
        if self.stop.is_set():
            return Outcome(step, Status.HELD, "interrupted")
        if obstacle := self.progress.obstacle(step):
            return Outcome(step, Status.HELD, obstacle)
        if self.faults or not self._witnessed(self.witness.trying, step):
            return Outcome(step, Status.HELD, "an error has stopped the run")
        patient = bool({step.address, *step.others} & self.progress.fresh)
        try:
            answer = self.writer.write(step.call, patient=patient)
        except IamError as error:
            if error.missing and OPERATIONS[step.call.operation].is_taking:
                return Outcome(step, Status.DONE, "was gone already", error.request_id)
            unclear = error.unclear or error.code in BROKEN
            return Outcome(step, Status.FAILED, str(error), error.request_id, unclear=unclear)
        request = answer.get("ResponseMetadata", {}).get("RequestId", "")
        return Outcome(step, Status.DONE, str(answer.get(RETRIED, "")), request_id=request, made=_id(answer))


def _id(answer: Mapping[str, Any]) -> str:
    """The unique id in the answer to a call that makes an entity or a key, such as `User.UserId`; or nothing."""
    made = (one.get(f"{noun}Id") for noun, one in answer.items() if isinstance(one, Mapping))
    return next((str(one) for one in made if one), "")
