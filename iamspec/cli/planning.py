"""Commands that change nothing: plan, drift, permissions."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamspec.cli.choices import OneOf
from iamspec.cli.onward import onward
from iamspec.cli.options import (
    ACCOUNT,
    ALLOW,
    CHOICE,
    CONFIDENTIAL_FORMATS,
    DEFER,
    FORMAT,
    PATHS,
    SNAPSHOT,
    choice_of,
    paths_of,
    port_of,
)
from iamspec.cli.output import CHANGES, ERROR, OK, held_back, rendered, reported, say, show
from iamspec.cli.running import say_unanswered
from iamspec.desired.writing import write
from iamspec.errors import IamspecError


def base_of(link_base: str | None) -> str | None:
    """The address below which the files of the spec can be read.

    IamspecError if it is none.
    """
    from iamspec.render.links import checked_base  # noqa: PLC0415

    return checked_base(link_base)


def asked_port_of(context: click.Context, /, options: dict[str, Any]) -> Any:
    """The account in the options.

    For a live account it first reports open ends of earlier runs.
    """
    saved = options.get("snapshot") is not None
    port = port_of(context, options)
    if not saved:
        say_unanswered(port)
    return port


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@ALLOW
@DEFER
@FORMAT
@click.option("--out", metavar="FILE", help="Save the plan as JSON.")
@click.option("--base", metavar="REF", help="List what the spec loosens since this git revision.")
@click.option(
    "--what-if-prune",
    "supposed",
    is_flag=True,
    help="Show the deletions if prune named every kind in scope.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.pass_context
def plan(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    format_name: str,
    link_base: str | None,
    out: str | None,
    detailed_exitcode: bool,
    **options: Any,
) -> int:
    """Show every call that apply would make. Change nothing."""
    from iamspec.commands import plan as command  # noqa: PLC0415

    supposed, revision = options.pop("supposed"), options.pop("base")
    if supposed and out is not None:
        raise IamspecError("--what-if-prune: this is no plan that apply runs, so there is nothing for --out to save")
    choice, links = replace(choice_of(options), supposed_prune=supposed, base=revision), base_of(link_base)
    with reported("plan", format_name):
        made = command.plan(paths_of(paths), asked_port_of(context, options), choice)
    show(rendered(made, format_name, "plan", links), format_name, confidential=format_name in CONFIDENTIAL_FORMATS)
    if out is not None:
        write(Path(out), rendered(made, "json", "plan"))
    if made.refused:
        say("refused: apply would not run this plan")
        return ERROR
    if made.held_back:
        say(held_back(made))
        return ERROR
    if not supposed and sys.stderr is not None and sys.stderr.isatty() and (command_line := onward(context, made, out)):
        say(f"Next\n  {command_line}")  # in a line of its own, to be copied
    return CHANGES if detailed_exitcode and made.changes else OK


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@FORMAT
@click.option("--blame", is_flag=True, help="Ask CloudTrail who changed it (cloudtrail:LookupEvents).")
@click.pass_context
def drift(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    format_name: str,
    link_base: str | None,
    blame: bool,
    **options: Any,
) -> int:
    """Show how live IAM differs from the spec."""
    from iamspec.commands import drift as command  # noqa: PLC0415
    from iamspec.render.verdict import unasked_sentence  # noqa: PLC0415

    if blame and options["snapshot"] is not None:
        raise click.UsageError("--blame asks CloudTrail, and a snapshot has no events")
    choice, base = choice_of(options), base_of(link_base)
    with reported("drift", format_name):
        port = asked_port_of(context, options)
        made = command.drift(paths_of(paths), port, choice)
    if blame:
        from iamspec.commands.blame import with_blame  # noqa: PLC0415

        made, unknown = with_blame(made, port)
        if unknown:
            say(f"note: {unknown}")
    show(rendered(made, format_name, "drift", base), format_name, confidential=format_name in CONFIDENTIAL_FORMATS)
    if made.plan.unasked:
        say(f"error: {unasked_sentence(made.plan)}")
        return ERROR
    if command.drifted(made) or not made.held_back:
        return CHANGES if command.drifted(made) else OK
    say(held_back(made))
    return ERROR


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH... | PLANFILE]")
@ACCOUNT
@SNAPSHOT
@CHOICE
@click.option(
    "--for",
    "purpose",
    type=OneOf(["plan", "credentials", "status", "repair", "apply", "clock", "any"]),
    help="To read; to see credentials; for the security status; for reset-password, replace-key, deactivate-key and remove-mfa; to apply what is planned now; for apply --only; to apply anything later. [default: apply with a PATH, else plan]",
)
@click.pass_context
def permissions(context: click.Context, /, paths: tuple[str, ...], purpose: str | None, **options: Any) -> int:
    """Print the least IAM policy that a command needs.

    That is a policy to read an account, or to apply exactly the
    plan for a spec. PLANFILE is a plan that plan --out has
    written.
    """
    from iamspec.commands.permissions import to_apply, without_plan  # noqa: PLC0415

    purpose = purpose or ("apply" if paths else "plan")
    if purpose == "apply":
        choice = choice_of(options)
        found, review = to_apply(paths_of(paths), lambda: port_of(context, options), choice)
        if review.refused:
            say("note: apply would refuse this plan; `iamspec plan` shows why")
    else:
        found = without_plan(purpose, paths)
    for note in found.notes:
        say(f"note: {note}")
    show(json.dumps(found.document, indent=2, ensure_ascii=False), "json")
    return OK
