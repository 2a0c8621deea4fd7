"""`iamspec fleet apply`: shows the saved plans of a fleet, asks, and runs them wave by wave."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import click

from iamspec.cli.applying import CREDENTIALS
from iamspec.cli.fleet import ALLOW, ENGINE, REACH
from iamspec.cli.interrupts import interruptible
from iamspec.cli.output import ERROR, INTERRUPTED, OK, Screen, is_terminal, say
from iamspec.cli.running import is_asked, typed_line
from iamspec.cli.wrapping import width
from iamspec.errors import IamspecError


@click.command("apply")
@click.argument("folder", metavar="DIR")
@REACH
@ENGINE
@click.option("--expect", metavar="FINGERPRINT", help="Run only the fleet with this fingerprint.")
@ALLOW
@CREDENTIALS
@click.pass_context
def apply(context: click.Context, /, folder: str, expect: str | None, **options: Any) -> int:
    """Run the saved plans in DIR, wave by wave.

    fleet plan --out has written them. Each plan is checked as
    apply PLANFILE does. A wave that has more failures than it
    tolerates is the last one. Run again, it goes on with the
    accounts that no journal in DIR names.
    """
    from iamspec.fleet.folder import Folder  # noqa: PLC0415 - each command loads what it needs
    from iamspec.fleet.formats import FLEET_FORMATS  # noqa: PLC0415
    from iamspec.fleet.waves import alone, ready  # noqa: PLC0415
    from iamspec.review.guard import check_names  # noqa: PLC0415

    _check_sink(options)
    check_names(options["allow"])
    place = Folder(Path(folder))
    place.index()
    if expect is None and not is_asked():
        raise IamspecError("without a terminal, fleet apply needs --expect FINGERPRINT; nothing was run")
    screen = Screen()
    with alone(place):
        found = ready(place, expect, datetime.now(UTC))
        screen.show(FLEET_FORMATS["text"](found.report, colour=is_terminal(sys.stdout), width=width()))
        if not found.pending:
            return _over(screen, list(found.ends.values()), [])
        if expect is None:
            _ask(found, screen)
        return _run(context, found, screen, expect, options)


def _check_sink(options: dict[str, Any]) -> None:
    sink = options["credentials_out"] or ""
    if sink and options["defer_credentials"]:
        raise IamspecError("--credentials-out and --defer-credentials exclude each other")
    remote = options["executor"].startswith("dask")
    if sink == "stdout" or sink.startswith("age:") or (remote and sink and not sink.startswith("secretsmanager:")):
        allowed = "secretsmanager:PREFIX" if remote else "DIR or secretsmanager:PREFIX"
        raise IamspecError(f"--credentials-out {sink}: secrets of a fleet go to {allowed}; nothing was run")


def _ask(found: Any, screen: Screen) -> None:
    if screen.fault:
        raise IamspecError(f"{screen.fault}; so nobody has seen these plans, and nothing was run")
    say(f'Apply to {found.pending} of {len(found.index.accounts)} accounts? Only "yes" is a yes:')
    if typed_line().strip() != "yes":
        raise IamspecError("not applied; nothing was run")


def _run(context: click.Context, found: Any, screen: Screen, expect: str | None, options: dict[str, Any]) -> int:
    from iamspec.fleet import waves  # noqa: PLC0415
    from iamspec.fleet.ends import line  # noqa: PLC0415
    from iamspec.fleet.engines import engine  # noqa: PLC0415
    from iamspec.fleet.running import Question  # noqa: PLC0415
    from iamspec.fleet.tasks import Asked, Reach  # noqa: PLC0415

    asked = Asked(
        allow=list(options["allow"]),
        defer=options["defer_credentials"],
        sink=options["credentials_out"],
        approved=expect is not None,
    )
    reach = Reach(profile=options["profile"], endpoint_url=options["endpoint_url"])
    question, stop = Question("apply", None, reach, asked), Event()
    with engine(options["executor"], context.obj, options["parallelism"]) as running, interruptible(stop):
        ends = waves.apply(found, question, running, lambda wave, end: say(f"wave {wave}: {line(end)}"), stop.is_set)
        remarks = running.remarks()
    return INTERRUPTED if _over(screen, ends, remarks) and stop.is_set() else _code(screen, ends)


def _over(screen: Screen, ends: list[Any], remarks: list[str]) -> int:
    from iamspec.fleet.ends import text  # noqa: PLC0415

    screen.show(text(ends, remarks, colour=is_terminal(sys.stdout)))
    return _code(screen, ends)


def _code(screen: Screen, ends: list[Any]) -> int:
    from iamspec.fleet.ends import succeeded  # noqa: PLC0415

    if screen.fault:
        say(f"error: {screen.fault}")
    return OK if succeeded(ends) and not screen.fault else ERROR
