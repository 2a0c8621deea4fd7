"""Commands about users and their credentials, for emergencies and for the day after."""

import sys
from datetime import timedelta
from typing import Any

import click

from iamspec.cli import completing
from iamspec.cli.options import ACCOUNT, ALLOW, AUTO_APPROVE, JOURNAL, choice_of, format_of, port_of, user_name
from iamspec.cli.output import OK, is_terminal, show
from iamspec.cli.running import Run, reviewed

SERVING = "{} works for an AWS service, and what the service does with it stops"
USERS = click.argument(
    "users", nargs=-1, required=True, metavar="USER...", callback=user_name, shell_complete=completing.principals
)


@click.command()
@USERS
@ACCOUNT
@ALLOW
@AUTO_APPROVE
@JOURNAL
@click.pass_context
def suspend(
    context: click.Context, /, users: tuple[str, ...], auto_approve: bool, journal: str | None, **options: Any
) -> int:
    """Lock users and roles out: access, password and keys.

    No spec is needed. Groups and policies stay. A role is given as
    role/NAME. Its open sessions stop, too. No apply undoes it:
    `iamspec resume` does, or `suspended: false`.
    """
    from iamspec.commands.proof import unmet  # noqa: PLC0415
    from iamspec.commands.suspend import serving, suspending  # noqa: PLC0415

    choice = choice_of(options)
    run = Run(options["parallelism"], auto_approve, journal, typed=serving, why=SERVING, kind="role")
    writer = port_of(context, options, write=True)
    return reviewed(lambda: suspending(users, writer, choice.allow), lambda made, _: unmet(made, writer), writer, run)


@click.command()
@USERS
@click.option("--activate-keys", is_flag=True, help="Make their inactive access keys active again.")
@ACCOUNT
@ALLOW
@AUTO_APPROVE
@JOURNAL
@click.pass_context
def resume(
    context: click.Context,
    /,
    users: tuple[str, ...],
    activate_keys: bool,
    auto_approve: bool,
    journal: str | None,
    **options: Any,
) -> int:
    """Lift the suspension of users and roles.

    The password stays removed, and keys stay inactive unless asked
    for.
    """
    from iamspec.commands.proof import unmet  # noqa: PLC0415
    from iamspec.commands.suspend import resuming  # noqa: PLC0415

    choice, run = choice_of(options), Run(options["parallelism"], auto_approve, journal)
    writer = port_of(context, options, write=True)
    return reviewed(
        lambda: resuming(users, writer, choice.allow, keys=activate_keys),
        lambda made, _: unmet(made, writer),
        writer,
        run,
    )


@click.command()
@click.argument("users", nargs=-1, metavar="[USER]...", callback=user_name, shell_complete=completing.users)
@ACCOUNT
@click.option(
    "--spec", "paths", multiple=True, metavar="PATH", help="A spec that says when keys are rotated; repeatable."
)
@click.option(
    "--fresh",
    default=4.0,
    show_default=True,
    metavar="HOURS",
    type=click.FloatRange(0),
    help="How old IAM's credential report may be; if it is older, each user is asked about.",
)
@format_of("text", "json", "markdown", "csv")
@click.pass_context
def credentials(
    context: click.Context,
    /,
    users: tuple[str, ...],
    paths: tuple[str, ...],
    fresh: float,
    format_name: str,
    **options: Any,
) -> int:
    """Show passwords, MFA and keys, their age and next rotation.

    For all users the answer is IAM's credential report. For named
    users it is IAM as it is now.
    """
    from iamspec.commands.credentials import take  # noqa: PLC0415
    from iamspec.commands.validate import validate  # noqa: PLC0415
    from iamspec.render.credentials import CREDENTIAL_FORMATS  # noqa: PLC0415

    spec = validate(paths)[0] if paths else None
    found = take(port_of(context, options), users, timedelta(hours=fresh), spec)
    show(CREDENTIAL_FORMATS[format_name](found, colour=is_terminal(sys.stdout)), format_name)
    return OK
