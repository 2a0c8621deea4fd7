"""The command that makes live entities official: accept."""

from typing import Any

import click

from iamspec.cli.completing import addresses as known_addresses
from iamspec.cli.options import ACCOUNT, paths_of, port_of
from iamspec.cli.output import OK, say, show
from iamspec.errors import IamspecError

DANGERS = ("administrator", "escalation", "trust", "suspended", "credentials")  # as in commands/accept.py


def _dangers(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The dangers out of lists such as `administrator,credentials`."""
    found = tuple(one.strip() for text in given for one in text.split(","))
    for one in found:
        if one not in DANGERS:
            raise IamspecError(f'--even-if: there is no danger "{one}"; there are {", ".join(DANGERS)}')
    return found


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDRESS...", shell_complete=known_addresses)
@click.option("--spec", "paths", multiple=True, metavar="PATH", help="The spec to write into; repeatable. [default: .]")
@click.option(
    "--even-if",
    "even_if",
    multiple=True,
    metavar="DANGER,...",
    callback=_dangers,
    help="Accept what is dangerous: administrator, escalation, trust, suspended, credentials.",
)
@ACCOUNT
@click.pass_context
def accept(
    context: click.Context, /, names: tuple[str, ...], paths: tuple[str, ...], even_if: tuple[str, ...], **options: Any
) -> int:
    """Write what is live into the spec, with its comments and its order.

    It first prints what becomes official. It refuses administrators, users who can become one, outside trust, suspended users and credentials, unless --even-if names them.
    """
    from iamspec.commands.accept import acceptance, carry_out  # noqa: PLC0415 - each command loads what it needs
    from iamspec.render.accepting import official  # noqa: PLC0415

    port = port_of(context, options)
    made = acceptance(names, paths_of(paths), port, even_if)
    show(official(made.officials))
    for file in carry_out(made, port):
        say(f"wrote {file}")
    say(f"the plan for {', '.join(str(one.address) for one in made.officials)} is empty")
    return OK
