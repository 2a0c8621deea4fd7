"""Commands that repair what a user signs in with: each is a plan that is shown, agreed to, run and proved."""

from collections.abc import Callable
from typing import Any

import click

from iamspec.cli import completing
from iamspec.cli.applying import SINK
from iamspec.cli.options import (
    ACCOUNT,
    ALLOW,
    AUTO_APPROVE,
    JOURNAL,
    choice_of,
    options_of,
    paths_of,
    port_of,
    user_name,
)
from iamspec.cli.running import Run, reviewed

USER = click.argument("user", metavar="USER", callback=user_name, shell_complete=completing.users)
SPEC = click.option(
    "--spec", "paths", multiple=True, metavar="PATH", help="The spec that declares the user; repeatable. [default: .]"
)
REPAIR = options_of(SPEC, ACCOUNT, ALLOW, AUTO_APPROVE, JOURNAL)


@click.command()
@USER
@REPAIR
@SINK
@click.pass_context
def reset_password(context: click.Context, /, user: str, **options: Any) -> int:
    """Give a user a new password, to be changed at the sign-in.

    Open sessions go on. The password goes to the sink of
    --credentials-out. For an administrator the name has to be typed.
    """
    from iamspec.commands.repair import resetting  # noqa: PLC0415 - each command loads what it needs

    return _repaired(context, "reset-password", options, lambda order, port: resetting(order, user, port))


@click.command()
@USER
@click.option("--leaked", is_flag=True, help="Make the old key inactive first, and at once.")
@REPAIR
@SINK
@click.pass_context
def replace_key(context: click.Context, /, user: str, leaked: bool, **options: Any) -> int:
    """Give a user a new access key beside the old one.

    The old key works for overlap_days more, unless it has leaked.
    The key goes to the sink of --credentials-out. For an
    administrator the name has to be typed.
    """
    from iamspec.commands.repair import replacing  # noqa: PLC0415

    return _repaired(context, "replace-key", options, lambda order, port: replacing(order, user, port, leaked=leaked))


@click.command()
@click.argument("key", metavar="AKIA...")
@REPAIR
@click.pass_context
def deactivate_key(context: click.Context, /, key: str, **options: Any) -> int:
    """Make an access key inactive, found by its id.

    For an administrator the name has to be typed.
    """
    from iamspec.commands.repair import deactivating  # noqa: PLC0415

    return _repaired(context, "deactivate-key", options, lambda order, port: deactivating(order, key, port))


@click.command()
@USER
@click.option(
    "--device", "devices", multiple=True, metavar="SERIAL", help="The lost device, if there are several; repeatable."
)
@REPAIR
@click.pass_context
def remove_mfa(context: click.Context, /, user: str, devices: tuple[str, ...], **options: Any) -> int:
    """Take a lost MFA device away from a user.

    For an administrator the name has to be typed.
    """
    from iamspec.commands.repair import removing_mfa  # noqa: PLC0415

    return _repaired(context, "remove-mfa", options, lambda order, port: removing_mfa(order, user, port, devices))


def _repaired(context: click.Context, verb: str, options: dict[str, Any], plan_now: Callable[[Any, Any], Any]) -> int:
    """Plans, asks, runs and proves a repair.

    One time counts for the plan that is shown and the plan that is
    run.
    """
    from iamspec.commands.repairing import Order, administrator, unmended  # noqa: PLC0415

    paths, choice = paths_of(options.pop("paths")), choice_of(options)
    run = Run(
        options["parallelism"],
        options.pop("auto_approve"),
        options.pop("journal"),
        sink=options.pop("credentials_out", None),
        deferrable=False,
        typed=administrator,
    )
    writer = port_of(context, options, write=True)
    order = Order(verb, paths, writer.now(), choice.allow)
    return reviewed(lambda: plan_now(order, writer), lambda made, _: unmended(made, writer), writer, run)
