"""Runs the steps of a plan through a Writer: phase by phase, entities side by side.

A step that depends on a failed step is not tried.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any, Protocol, TypeVar

from iamspec.errors import IamError, IamspecError
from iamspec.iam import Writer
from iamspec.kinds.contract import Address, Step
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.operations import marks_new_key
from iamspec.live.retry import BROKEN, EXISTS, RETRIED, look_up
from iamspec.plan.model import Plan
from iamspec.plan.order.progress import Progress, deleted_principals
from iamspec.plan.steps import order

T = TypeVar("T")


class Status(StrEnum):
    DONE = "done"
    FAILED = "failed"
    HELD = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a step.

    `reason` is IAM's error, the obstacle, or a note about several
    tries.

    After an `unclear` failure the call may have been carried out.
    `made` is the unique id of a new entity.
    """

    step: Step
    status: Status
    reason: str = ""
    request_id: str = ""
    unclear: bool = False
    made: str = ""


class Witness(Protocol):
    """Called before and after each step, in the thread that makes the call.

    An IamspecError stops the run.
    """

    def trying(self, step: Step) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...


def run(
    plan: Plan, writer: Writer, *, parallelism: int = 8, stop: Event | None = None, witness: Witness | None = None
) -> Iterator[Outcome]:
    """Makes the calls of a plan and yields each outcome as it happens.

    When `stop` is set, calls in flight are finished and all other
    calls are yielded as not tried. An error of the witness does
    the same, and is raised after the last outcome.
    """
    progress = Progress(plan.connections, deleted_principals(plan.steps))
    runner = _Runner(writer, progress, stop or Event(), witness or _Nobody())
    with ThreadPoolExecutor(max_workers=max(1, parallelism)) as pool:
        for _, together in groupby(plan.steps, key=order):
            by_address: dict[Address, list[Step]] = {}
            for step in together:
                by_address.setdefault(step.address, []).append(step)
            ended: SimpleQueue[Future[list[Outcome]]] = SimpleQueue()
            for steps in by_address.values():
                pool.submit(runner.entity, steps).add_done_callback(ended.put)
            for _ in by_address:
                yield from ended.get().result()
    if runner.faults:
        raise runner.faults[0]


class _Nobody:
    """The witness of a run without a witness."""

    def trying(self, step: Step) -> None:
        pass

    def ended(self, outcome: Outcome) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Runner:
    """The state that the threads of a run share."""

    writer: Writer
    progress: Progress
    stop: Event
    witness: Witness
    lock: Lock = field(default_factory=Lock)  # guards the progress, which threads write
    faults: list[IamspecError] = field(default_factory=list)

    def entity(self, steps: Sequence[Step]) -> list[Outcome]:
        """The steps of one entity within a phase, in their order."""
        outcomes = []
        for step in steps:
            outcome = self._tried(step)
            self._record(outcome)
            self._witnessed(self.witness.ended, outcome)
            outcomes.append(outcome)
        return outcomes

    def _record(self, outcome: Outcome) -> None:
        note = {
            Status.DONE: self.progress.done,
            Status.FAILED: self.progress.failed,
            Status.HELD: self.progress.held,
        }
        with self.lock:
            note[outcome.status](outcome.step)

    def _witnessed(self, hear: Callable[[T], None], what: T) -> bool:
        try:
            hear(what)
        except IamspecError as error:
            self.faults.append(error)
        return not self.faults

    def _tried(self, step: Step) -> Outcome:
        if self.stop.is_set() and not marks_new_key(step.call):  # the key before it has been delivered
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
            if error.code == EXISTS and self._is_adopted(step):
                return Outcome(step, Status.DONE, "was there already", error.request_id)
            unclear = error.unclear or error.code in BROKEN
            return Outcome(step, Status.FAILED, str(error), error.request_id, unclear=unclear)
        request = answer.get("ResponseMetadata", {}).get("RequestId", "")
        return Outcome(step, Status.DONE, str(answer.get(RETRIED, "")), request_id=request, made=_id(answer))

    def _is_adopted(self, step: Step) -> bool:
        """Whether an empty thing of the name is there, as a run leaves it that ends in between."""
        if not OPERATIONS[step.call.operation].adopts:
            return False
        try:
            return look_up(step.call, self.writer.pages) is True
        except IamError:
            return False


def _id(answer: Mapping[str, Any]) -> str:
    """The unique id in the answer to a call that makes an entity or a key, such as `User.UserId`.

    Else "".
    """
    made = (one.get(f"{noun}Id") for noun, one in answer.items() if isinstance(one, Mapping))
    return next((str(one) for one in made if one), "")
