"""The run of an account: a pure function from the text of a task to the text of a result.

Every engine carries this function to the workers. It reads the
account, and files below the folder of the fleet. It writes to the
account and to a journal, and to nothing else.
"""

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from iamspec.commands import drift as drifting, plan as planning, status as watching
from iamspec.commands.options import Options
from iamspec.commands.validate import validate
from iamspec.desired.variables import ForAccount
from iamspec.errors import IamspecError, Location
from iamspec.fleet import tasks
from iamspec.fleet.applying import Recording, applied
from iamspec.fleet.session import session_policy
from iamspec.fleet.specs import spec_of
from iamspec.fleet.tasks import Result, Task
from iamspec.live.connection import Connection
from iamspec.plan.model import Change
from iamspec.review.model import Review
from iamspec.saved.plan_document import plan_text

Connect = Callable[..., Any]  # of a Connection and `write`
ROUND = 32  # runs after which what they left is collected
_runs = count(1)


def run(text: str, connect: Connect | None = None, record: Recording | None = None) -> str:
    """The result of a task, which may be an error.

    Programming errors alone are raised. `record` keeps the journal
    of an apply, where the file of the journal is on another
    machine.
    """
    asked = tasks.task(text)
    try:
        found = (
            _apply(asked, connect or connected, record)
            if asked.command == "apply"
            else _read(asked, connect or connected)
        )
    except (IamspecError, OSError) as error:
        found = tasks.failed(asked, relative(_reason(error), asked.folder))
    if next(_runs) % ROUND == 0:
        gc.collect()  # clients of boto3 refer to themselves, and `iamspec` hardly ever looks for such garbage
    return tasks.text(found)


def _read(asked: Task, connect: Connect) -> Result:
    return COMMANDS[asked.command](asked, connect)


def connected(connection: Connection, *, write: bool) -> Any:
    from iamspec.live.aws import Aws, AwsWriter  # noqa: PLC0415 - an offline run must not wait for boto3

    return AwsWriter(connection) if write else Aws(connection)


@contextmanager
def reaching(asked: Task, connect: Connect, *, write: bool = False) -> Iterator[Any]:
    """The account of a task. IamspecError if the credentials lead into another account."""
    given = asked.reach
    connection = Connection(
        profile=given.profile,
        endpoint_url=given.endpoint_url,
        assume_role=given.assume_role,
        external_id=given.external_id,
        parallelism=given.parallelism,
        session_name=given.session_name,
        session_policy=session_policy(asked) if given.assume_role else None,
        many=True,
    )
    port = connect(connection, write=write)
    try:
        caller = port.caller()
        if caller.account != asked.account:
            raise IamspecError(
                f"the credentials are for account {caller.account}, and not for {asked.account}; nothing was read"
            )
        yield Known(port, caller)
    finally:
        if hasattr(port, "close"):
            port.close()


class Known:
    """A port that remembers the caller, so that STS is asked once."""

    def __init__(self, port: Any, caller: Any) -> None:
        self._port, self._caller = port, caller

    def caller(self) -> Any:
        return self._caller

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def relative(text: str, folder: str) -> str:
    """A text with the files of the fleet as the fleet names them, wherever a worker keeps them."""
    return text.replace(f"{folder}/", "")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _paths(asked: Task) -> list[str]:
    return [str(Path(asked.folder) / path) for path in asked.paths]


def _account(asked: Task) -> ForAccount:
    return ForAccount(asked.account, asked.variables, keeps_undeclared=asked.partial)


def _validate(asked: Task, _: Connect) -> Result:
    spec, warnings = validate(_paths(asked), datetime.now(UTC).date(), _account(asked))
    counts: dict[str, int] = {}
    for one in spec.entities:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    found = {"warnings": [relative(str(one), asked.folder) for one in warnings], "counts": counts}
    return Result(command=asked.command, account=asked.account, document=json.dumps(found))


def _plan(asked: Task, connect: Connect) -> Result:
    """The plan, or the drift, which is the plan that would remove it."""
    spec = spec_of(_paths(asked), _account(asked))
    options = Options(allow=tuple(asked.asked.allow), defer=asked.asked.defer, account=_account(asked), spec=spec)
    make = planning.plan if asked.command == "plan" else drifting.drift
    with reaching(asked, connect) as reader:
        made = make(_paths(asked), reader, options)
    if asked.command == "drift" and (why := _unknown(made)):
        raise IamspecError(why)
    return Result(command=asked.command, account=asked.account, document=plan_text(_at_home(made, asked.folder)))


def _unknown(made: Review) -> str:
    """Why the absence of drift is not certain. Empty if it is certain."""
    from iamspec.render.verdict import unasked_sentence  # noqa: PLC0415 - only drift needs it

    if made.plan.unasked:
        return unasked_sentence(made.plan)
    if made.held_back and not made.plan.drifted:
        return f"held back: {', '.join(map(str, made.held_back))} (guard copy-ended)"
    return ""


def _at_home(made: Review, folder: str) -> Review:
    """The review with places as the fleet names its files, so that it is the same on every machine."""

    def placed(change: Change) -> Change:
        source = change.source
        return change if source is None else replace(change, source=_below(source, folder))

    plan = made.plan
    notes = tuple(relative(one, folder) for one in plan.notes)
    accepted = tuple(replace(one, source=_below(one.source, folder)) if one.source else one for one in plan.accepted)
    return replace(made, plan=replace(plan, changes=tuple(map(placed, plan.changes)), notes=notes, accepted=accepted))


def _below(place: Location, folder: str) -> Location:
    return replace(place, file=relative(place.file, folder))


def _status(asked: Task, connect: Connect) -> Result:
    from iamspec.render.status_json import as_json  # noqa: PLC0415 - only a status needs it

    watching.check_framework(asked.asked.framework)
    question = watching.Question(asked.asked.framework, account=_account(asked))
    with reaching(asked, connect) as reader:
        found = watching.take(reader, _paths(asked), question)
    return Result(command=asked.command, account=asked.account, document=as_json(found))


def _apply(asked: Task, connect: Connect, record: Recording | None) -> Result:
    with reaching(asked, connect, write=True) as writer:
        return Result(command=asked.command, account=asked.account, applied=applied(asked, writer, record))


COMMANDS: Mapping[str, Callable[[Task, Connect], Result]] = {
    "validate": _validate,
    "plan": _plan,
    "drift": _plan,
    "status": _status,
}
