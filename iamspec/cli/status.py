"""The security status of an account on the command line."""

import sys
from typing import Any

import click

from iamspec.cli.choices import OneOf
from iamspec.cli.completing import frameworks
from iamspec.cli.options import ACCOUNT, CONFIDENTIAL_FORMATS, PATHS, SNAPSHOT, format_of, port_of
from iamspec.cli.output import CHANGES, ERROR, OK, is_terminal, say, show
from iamspec.cli.wrapping import width

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github")
LEVELS = ("critical", "high", "medium", "low")


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@format_of(*FORMATS)
@click.option(
    "--framework",
    default="iamspec",
    show_default=True,
    metavar="NAME",
    help="The checks of a framework.",
    shell_complete=frameworks,
)
@click.option("--fail-on", "level", type=OneOf(LEVELS), help="Exit with 2 if a check at or above this fails.")
@click.option("--all", "everything", is_flag=True, help="List the checks that passed, too.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="Look for an analyzer there; repeatable.")
@click.option("--organization", is_flag=True, help="Ask about the organization, from its management account.")
@click.option("--strict", is_flag=True, help="Take accepted failures that ended or fit nothing for errors.")
@click.pass_context
def status(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    format_name: str,
    level: str | None,
    everything: bool,
    strict: bool,
    **options: Any,
) -> int:
    """Show the security status of an account, and the cures.

    Each failure says who fails, why it matters, and how to cure
    it.

    The settings of the spec in PATH say which failures are
    accepted. Without PATH the settings in the current folder
    count, if there are any. The frameworks are console, cis-1.2 to
    cis-7.0, fsbp and iamspec (everything).

    With --fail-on the exit code is 2 where such a check fails, and
    1 where its verdict is unknown.
    """
    from iamspec.commands.status import Question, check_framework, take  # noqa: PLC0415 - only this command needs it
    from iamspec.render.status import STATUS_FORMATS  # noqa: PLC0415

    check_framework(options["framework"])
    question = Question(
        options.pop("framework"),
        options.pop("regions"),
        options.pop("organization"),
        offline=options["snapshot"] is not None,
    )
    found = take(port_of(context, options), paths, question, say)
    colour = is_terminal(sys.stdout)
    shown = STATUS_FORMATS[format_name](found, colour=colour, everything=everything, width=width())
    show(shown, format_name, confidential=format_name in CONFIDENTIAL_FORMATS)
    return ERROR if strict and found.notes else _code(found, level)


def _code(found: Any, level: str | None) -> int:
    from iamspec.status.assess import worst  # noqa: PLC0415
    from iamspec.status.model import Severity, Verdict  # noqa: PLC0415

    if level is None:
        return OK
    return {Verdict.FAIL: CHANGES, Verdict.CANNOT_TELL: ERROR}.get(worst(found, Severity[level.upper()]), OK)
