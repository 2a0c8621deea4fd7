"""A run over a fleet: from fleet.yaml to a folder with results, and the report over them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.errors import IamspecError
from iamspec.fleet import tasks
from iamspec.fleet.accounts import Member, members, paths_of, roles_of, waves_of
from iamspec.fleet.engine import Engine, results
from iamspec.fleet.file import Fleet
from iamspec.fleet.folder import Folder, now
from iamspec.fleet.index import AccountRow, Index, ResultRow, Settings, Shard, WaveRow
from iamspec.fleet.tasks import Asked, Command, Reach, Result, Task
from iamspec.iam import Reader

PARTITION = "aws"  # where nobody needs to know better


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a fleet: the command, the part, and options for each account."""

    command: Command
    shard: Shard | None = None
    reach: Reach = field(default_factory=Reach)
    asked: Asked = field(default_factory=Asked)


def resolved(fleet: Fleet, reader: Reader | None) -> list[AccountRow]:
    """All accounts of the fleet.

    An account that cannot be looked at says why. The reader is
    asked for the organization and, where a role needs it, for the
    partition. Offline there is none.
    """
    found = members(fleet, reader)
    role = fleet.spec.assume_role
    asks = reader is not None and role is not None and "${iamspec:partition}" in f"{role.arn}{role.read_arn}"
    partition = reader.caller().partition if asks and reader is not None else PARTITION
    return [row_of(fleet, one, partition) for one in found]


def row_of(fleet: Fleet, member: Member, partition: str) -> AccountRow:
    base: dict[str, Any] = {
        "id": member.id,
        "name": member.name,
        "organization_name": member.shown,
        "unit": member.unit,
        "variables": member.variables,
    }
    if member.trouble:
        return AccountRow(**base, trouble=member.trouble)
    try:
        paths, roles = paths_of(fleet, member), roles_of(fleet.spec, member, partition)
    except IamspecError as error:
        return AccountRow(**base, trouble=str(error))
    return AccountRow(**base, paths=list(paths.found), partial=paths.partial, role=roles[0], read_role=roles[1])


def settings_of(fleet: Fleet, rows: Sequence[AccountRow] | None) -> Settings:
    """The settings of fleet.yaml.

    Raises IamspecError if the waves do not fit the accounts.
    Without accounts there are no waves, which only the apply of a
    plan has.
    """
    role = fleet.spec.assume_role
    waves = [] if rows is None else waves_of(fleet.spec, [Member(row.id) for row in rows])
    return Settings(
        digest=fleet.digest,
        external_id=role.external_id if role else None,
        session_name=role.session_name if role else "iamspec",
        waves=[
            WaveRow(accounts=ids, max_concurrent=one.max_concurrent, failure_tolerance=one.failure_tolerance)
            for one, ids in zip(fleet.spec.waves, waves, strict=False)
        ],
        max_accounts_changed=fleet.spec.guards.max_accounts_changed,
    )


def task_of(row: AccountRow, folder: str, settings: Settings, question: Question, **more: Any) -> Task:
    reach = question.reach.model_copy(
        update={
            "assume_role": row.role if question.command == "apply" else row.read_role or row.role,
            "external_id": settings.external_id,
            "session_name": settings.session_name,
        }
    )
    return Task(
        command=question.command,
        account=row.id,
        variables=row.variables,
        folder=folder,
        paths=row.paths,
        partial=row.partial,
        reach=reach,
        **{"asked": question.asked, **more},
    )


def run(
    fleet: Fleet,
    rows: Sequence[AccountRow],
    question: Question,
    engine: Engine,
    folder: Folder,
    heard: Callable[[AccountRow, Result], None] = lambda _, __: None,
    stop: Callable[[], bool] = lambda: False,
) -> Index:
    """Runs a command over the accounts of a shard, keeps each result as it comes, and closes the folder."""
    settings = settings_of(fleet, rows if question.command == "plan" else None)
    by_id = {row.id: row for row in rows}
    mine = [row for row in rows if question.shard is None or question.shard.has(row.id)]
    home = str(fleet.folder)
    found: dict[str, ResultRow] = {}

    def asked() -> Iterator[Task]:
        return (task_of(row, home, settings, question) for row in mine if row.trouble is None)

    def keep(row: AccountRow, result: Result) -> None:
        found[row.id] = folder.keep(result, row)
        heard(row, result)

    for row in mine:
        if row.trouble is not None:
            keep(row, Result(command=question.command, account=row.id, error=row.trouble))
    for task, result in results(engine, asked(), stop=stop):
        keep(by_id[task.account], result)
    for row in mine:
        if row.id not in found:
            keep(row, tasks.failed(task_of(row, home, settings, question), "interrupted before this account"))
    kept: Any = question.command  # the index refuses those that leave no results
    index = Index(
        command=kept,
        made=now(),
        shard=str(question.shard) if question.shard else None,
        settings=settings,
        accounts=list(rows),
        results=dict(sorted(found.items())),
    )
    return folder.close(index)
