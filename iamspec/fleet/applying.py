"""The apply of an account of a fleet: runs the saved plan once, and writes a journal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Event
from typing import Any

from iamspec.apply.delivery import Delivery, destination
from iamspec.apply.delivery.others import SERVICE
from iamspec.apply.run import Status
from iamspec.commands import apply, saved as saved_apply
from iamspec.commands.proof import unmet
from iamspec.errors import IamspecError
from iamspec.fleet.tasks import Applied, Task
from iamspec.plan.secrets import deferred, secrets_of
from iamspec.render.text import progress_line
from iamspec.review.model import Review
from iamspec.saved.journal import Recorder, recording
from iamspec.saved.plan import read_plan

Recording = Callable[[Review, Any], AbstractContextManager[Recorder]]  # of the review and the port, whose clock counts


def applied(asked: Task, writer: Any, record: Recording | None = None) -> Applied:
    """Runs the saved plan of a task, after all checks of `iamspec apply PLANFILE`, and proves it.

    IamspecError if nothing was done. Once calls are made, what
    became of each is the value.
    """
    options = asked.asked
    saved = read_plan(asked.plan or "", f"{asked.account}.plan.json")
    review = saved_apply.ready(saved, writer, options.allow, approved=options.approved, defer=options.defer)
    if review.refused:
        raise IamspecError(f"refused: {_objections(review)}")
    port, waiting = _port(review, writer, asked)
    if waiting:
        review = replace(review, plan=deferred(review.plan))
    if not review.changes:
        return Applied(done=0, failed=0, held=0, lines=[], proved=True, notes=waiting)
    if isinstance(port, Delivery):
        port.try_out()
    with (record or _local(asked))(review, port) as journal:
        made = apply.run(review, port, parallelism=asked.reach.parallelism, stop=Event(), witness=journal)
        outcomes = list(made)
    piles = {status: [one for one in outcomes if one.status is status] for status in Status}
    open_ = [progress_line(one) for one in outcomes if one.status is not Status.DONE]
    left = () if open_ else _left(review, writer)
    return Applied(
        done=len(piles[Status.DONE]),
        failed=len(piles[Status.FAILED]),
        held=len(piles[Status.HELD]),
        lines=[*open_, *left],
        proved=not open_ and not left,
        notes=[*waiting, *_places(port)],
    )


def _local(asked: Task) -> Recording:
    return lambda review, port: recording(review, port.now, asked.asked.journal, asked.asked.sink or "")


def _objections(review: Review) -> str:
    complaints = [f"{one.guard} {one.address or ''}: {one.message}" for one in review.complaints if not one.allowed]
    blocked = [f"{one.address} is blocked: {one.blocked}" for one in review.changes if one.blocked]
    return "; ".join([*complaints, *blocked])


def _port(review: Review, writer: Any, asked: Task) -> tuple[Any, list[str]]:
    """The writer with the sink for new secrets, and the users whose secrets wait.

    Raises IamspecError if secrets have no sink.
    """
    secrets = secrets_of(review.plan)
    names = [f"{address}: {', '.join(what)}" for address, what in sorted(secrets.items())]
    if not secrets:
        return writer, []
    if asked.asked.defer:
        return writer, [f"waits for credentials: {name}" for name in names]
    if asked.asked.sink is None:
        raise IamspecError(
            f"this plan makes secrets, and there is no place for them ({'; '.join(names)}): "
            f"pass --credentials-out (DIR or {SERVICE}:PREFIX), or --defer-credentials; nothing was changed"
        )
    return Delivery(writer, destination(asked.asked.sink, writer, _never_shown), review.plan, review.live), []


def _never_shown(_: str) -> None:
    raise IamspecError("a fleet shows no secret; use a folder or Secrets Manager")


def _places(port: Any) -> list[str]:
    if not isinstance(port, Delivery):
        return []
    return [f"credentials of user/{user}: {place}" for user, place in sorted(port.places.items())]


def _left(review: Review, writer: Any) -> list[str]:
    """The calls that are left to do although every call succeeded."""
    left = deferred(unmet(review, writer).plan).changes
    return [f"still to be done: {one.address}; something else is changing this account" for one in left]
