"""Many accounts on the command line: the commands that change nothing."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import click

from iamspec.cli.choices import OneOf
from iamspec.cli.completing import frameworks, guards
from iamspec.cli.interrupts import interruptible
from iamspec.cli.options import format_of, options_of
from iamspec.cli.output import CHANGES, ERROR, INTERRUPTED, OK, counted, is_terminal, say, show
from iamspec.cli.wrapping import width
from iamspec.errors import IamspecError

FORMATS = ("text", "json", "markdown", "html")
FILE = click.argument("file", default="fleet.yaml", metavar="[FLEET.yaml]")
REACH = options_of(
    click.option("--profile", metavar="NAME", help="A profile of the AWS configuration."),
    click.option("--endpoint-url", metavar="URL", help="Where AWS answers, if not at its own addresses."),
)
ENGINE = options_of(
    click.option(
        "--executor",
        default="threads",
        show_default=True,
        metavar="NAME",
        help="Where the accounts run: threads, sync, dask://HOST:PORT on this machine, dask+tls://HOST:PORT elsewhere.",
    ),
    click.option(
        "--parallelism", default=16, show_default=True, type=click.IntRange(1, 256), help="Accounts at one time."
    ),
)
ALLOW = click.option(
    "--allow",
    multiple=True,
    metavar="GUARD[:ADDRESS]",
    help="Lift this complaint of a guard, in every account; repeatable.",
    shell_complete=guards,
)
SHARD = click.option("--shard", metavar="I/N", help="Only this part of the accounts, by a hash of their ids.")
OUT = click.option("--out", metavar="DIR", help="Leave the result of each account, and fleet.json, in a new folder.")


@click.group()
def fleet() -> None:
    """Run iamspec over many accounts, and report once.

    FLEET.yaml has the accounts, their PATHs and the role to
    assume. Exit codes are those for a single account. An account
    in error makes it 1.
    """


@fleet.command("validate")
@FILE
@ENGINE
@SHARD
def validate(file: str, executor: str, parallelism: int, shard: str | None) -> int:
    """Check fleet.yaml and the spec of each account, offline."""
    from iamspec.fleet.checking import check  # noqa: PLC0415 - each command loads what it needs
    from iamspec.fleet.file import read  # noqa: PLC0415

    part = _part(shard)
    found = read(file)
    with _engine(executor, None, parallelism) as engine:
        checked = check(found, engine, part)
    for line in checked.lines:
        say(line)
    number = counted(checked.accounts, "account", "accounts")
    if checked.errors:
        say(f"{counted(checked.errors, 'account', 'accounts')} of {number} with errors")
        return ERROR
    show(f"ok: {number}")
    return OK


@fleet.command("plan")
@FILE
@REACH
@ENGINE
@SHARD
@OUT
@format_of(*FORMATS)
@ALLOW
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.pass_context
def plan(context: click.Context, /, detailed_exitcode: bool, allow: tuple[str, ...], **options: Any) -> int:
    """Show what apply would change in each account.

    Nothing is changed. Equal changes are shown once.
    """
    from iamspec.review.guard import check_names  # noqa: PLC0415

    check_names(allow)
    report, code = _run(context, "plan", options, allow=list(allow))
    if code:
        return code
    if report.too_many or report.refused:
        say(f"refused: {report.too_many or 'apply would not run some of these plans'}")
        return ERROR
    return CHANGES if detailed_exitcode and report.changed else OK


@fleet.command("drift")
@FILE
@REACH
@ENGINE
@SHARD
@OUT
@format_of(*FORMATS)
@click.pass_context
def drift(context: click.Context, /, **options: Any) -> int:
    """Show how each account differs from its spec.

    Undeclared entities are included. Equal differences are shown
    once.
    """
    report, code = _run(context, "drift", options)
    return code or (CHANGES if report.drifted else OK)


@fleet.command("status")
@FILE
@REACH
@ENGINE
@SHARD
@OUT
@format_of(*FORMATS)
@click.option(
    "--framework",
    default="iamspec",
    show_default=True,
    metavar="NAME",
    help="The checks of a framework.",
    shell_complete=frameworks,
)
@click.option(
    "--fail-on",
    "level",
    type=OneOf(["critical", "high", "medium", "low"]),
    help="Exit with 2 if a check at or above this fails somewhere.",
)
@click.pass_context
def status(context: click.Context, /, framework: str, level: str | None, **options: Any) -> int:
    """Show the security status of all accounts.

    Each failing check stands once, with the accounts that fail it.
    """
    from iamspec.commands.status import check_framework  # noqa: PLC0415

    check_framework(framework)
    report, code = _run(context, "status", options, framework=framework)
    if code or level is None:
        return int(code)
    fails, unknown = report.failing(level)
    return CHANGES if fails else ERROR if unknown else OK


@fleet.command("report")
@click.argument("folders", nargs=-1, required=True, metavar="DIR...")
@click.option("--out", metavar="DIR", help="Leave the results of all shards in a new folder, for fleet apply.")
@format_of(*FORMATS)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if a plan has changes.")
def report(folders: tuple[str, ...], out: str | None, format_name: str, detailed_exitcode: bool) -> int:
    """Merge the folders of all shards into one report.

    Exit codes are those of the command that wrote them.
    """
    from iamspec.fleet.merging import merge  # noqa: PLC0415

    found = merge([Path(one) for one in folders], Path(out) if out else None)
    _show(found, format_name)
    if found.errors or found.too_many or (found.index.command == "plan" and found.refused):
        return ERROR
    if found.index.command == "drift" and found.drifted:
        return CHANGES
    return CHANGES if found.index.command == "plan" and detailed_exitcode and found.changed else OK


def _part(shard: str | None) -> Any:
    from iamspec.fleet.index import Shard  # noqa: PLC0415

    return Shard.of(shard) if shard is not None else None


@contextmanager
def _engine(name: str, connect: Any, parallelism: int) -> Iterator[Any]:
    from iamspec.fleet.engines import engine  # noqa: PLC0415

    with engine(name, connect, parallelism) as found:
        yield found


@contextmanager
def _folder(out: str | None) -> Iterator[Any]:
    """The folder of the results: the folder that was named, or a private folder that is removed in the end."""
    from iamspec.fleet.folder import Folder  # noqa: PLC0415

    if out is not None:
        yield Folder.made(Path(out))
        return
    with tempfile.TemporaryDirectory(prefix="iamspec-fleet-") as name:
        yield Folder(Path(name))


def _run(context: click.Context, command: str, options: dict[str, Any], **asked: Any) -> tuple[Any, int]:
    """Runs a command over a fleet and shows the report.

    The exit code is 0 if no account is in error.
    """
    from iamspec.fleet import running  # noqa: PLC0415
    from iamspec.fleet.file import read  # noqa: PLC0415
    from iamspec.fleet.report import report as reported  # noqa: PLC0415
    from iamspec.fleet.tasks import Asked, Reach  # noqa: PLC0415

    part = _part(options["shard"])
    found = read(options["file"])
    reach = Reach(profile=options["profile"], endpoint_url=options["endpoint_url"])
    question: Any = running.Question(command, part, reach, Asked(**asked))  # type: ignore[arg-type] # of the choices
    rows = running.resolved(found, _reader(context, found, options))
    say(f"{counted(len(rows), 'account', 'accounts')} in {options['file']}" + (f", shard {part}" if part else ""))
    stop = Event()
    with (
        _folder(options["out"]) as folder,
        _engine(options["executor"], context.obj, options["parallelism"]) as engine,
        interruptible(stop),
    ):
        index = running.run(found, rows, question, engine, folder, _heard, stop.is_set)
        made = reported(folder, index, engine.remarks())
    _show(made, options["format_name"])
    return made, INTERRUPTED if stop.is_set() else ERROR if made.errors else OK


def _reader(context: click.Context, found: Any, options: dict[str, Any]) -> Any:
    """The account that runs the fleet, if it is to be asked for the organization or the partition."""
    from iamspec.live.connection import Connection  # noqa: PLC0415

    role = found.spec.assume_role
    if found.spec.organization is None and (role is None or "${iamspec:partition}" not in f"{role.arn}{role.read_arn}"):
        return _Nobody()
    connection = Connection(profile=options["profile"], endpoint_url=options["endpoint_url"], many=True)
    return context.obj(connection, write=False)


class _Nobody:
    """The reader of a fleet that asks nothing."""

    def caller(self) -> Any:
        raise IamspecError("this fleet asks nothing of the account that runs it")


def _heard(row: Any, result: Any) -> None:
    if is_terminal(sys.stderr) or result.error is not None:
        say(f"{row.label}: {(result.error or 'done').splitlines()[0]}")


def _show(made: Any, format_name: str) -> None:
    from iamspec.fleet.formats import FLEET_FORMATS  # noqa: PLC0415

    formatted: Callable[..., str] = FLEET_FORMATS[format_name]
    show(formatted(made, colour=format_name == "text" and is_terminal(sys.stdout), width=width()), format_name)
