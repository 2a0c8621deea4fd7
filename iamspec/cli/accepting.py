"""Commands for the time before a merge: accept makes live entities official, rehearse runs a plan in a copy."""

from typing import Any

import click

from iamspec.cli.completing import addresses as known_addresses
from iamspec.cli.options import ACCOUNT, ALLOW, CHOICE, PATHS, SNAPSHOT, choice_of, paths_of, port_of
from iamspec.cli.output import ERROR, OK, say, show
from iamspec.cli.progress import metered
from iamspec.errors import IamspecError

DANGERS = ("administrator", "escalation", "trust", "suspended", "credentials")  # as in commands/accept/refusals.py


def _dangers(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The dangers out of lists such as `administrator,credentials`."""
    found = tuple(one.strip() for text in given for one in text.split(","))
    for one in found:
        if one not in DANGERS:
            raise IamspecError(f'--even-if: there is no danger "{one}"; there are {", ".join(DANGERS)}')
    return found


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@ALLOW
@click.pass_context
def rehearse(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> int:
    """Run the plan in a copy of the account.

    The copy is a sandbox on this machine. The account is only
    read. No password or key is made, and no journal is written.
    """
    from iamspec.commands.rehearse import rehearse as command  # noqa: PLC0415
    from iamspec.render.rehearsal import rehearsal  # noqa: PLC0415

    choice, parallelism = choice_of(options), options["parallelism"]
    port = port_of(context, options)
    with metered("rehearsing in a copy") as meter:

        def done(calls: int, of: int) -> None:
            meter.advance(done=calls, total=of)

        found = command(paths_of(paths), port, choice, parallelism=parallelism, done=done)
    show(rehearsal(found))
    return OK if found.passed else ERROR


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
    """Write live entities into the files of the spec.

    Comments and the order of the entries stay. It first prints the
    entities that become official. It refuses
    administrators, users who can become administrator, outside
    trust, suspended users and credentials, unless --even-if names
    them.
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
