"""Commands that plan and change nothing: what apply would do, how live differs, and what that takes."""

import json
from pathlib import Path
from typing import Any

import click

from iamspec.cli.options import ACCOUNT, ALLOW, CHOICE, DEFER, FORMAT, PATHS, SNAPSHOT, choice_of, paths_of, port_of
from iamspec.cli.output import CHANGES, ERROR, OK, held_back, rendered, say, show
from iamspec.writing import write


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@ALLOW
@DEFER
@FORMAT
@click.option("--out", metavar="FILE", help="Save the plan as JSON.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.pass_context
def plan(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    format_name: str,
    out: str | None,
    detailed_exitcode: bool,
    **options: Any,
) -> int:
    """Show what apply would change, down to each call; change nothing."""
    from iamspec.commands import plan as commands  # noqa: PLC0415

    choice = choice_of(options)
    made = commands.plan(paths_of(paths), port_of(context, options), choice)
    show(rendered(made, format_name, "plan"))
    if out is not None:
        write(Path(out), rendered(made, "json", "plan"))
    if made.refused:
        say("refused: apply would not run this plan")
        return ERROR
    if made.held_back:
        say(held_back(made))
        return ERROR
    return CHANGES if detailed_exitcode and made.changes else OK


@click.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@FORMAT
@click.pass_context
def drift(context: click.Context, /, paths: tuple[str, ...], format_name: str, **options: Any) -> int:
    """Show how live IAM differs from the spec, undeclared entities included."""
    from iamspec.commands import plan as commands  # noqa: PLC0415

    choice = choice_of(options)
    made = commands.plan(paths_of(paths), port_of(context, options), choice)
    show(rendered(made, format_name, "drift"))
    if commands.drifted(made) or not made.held_back:
        return CHANGES if commands.drifted(made) else OK
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
    type=click.Choice(["plan", "credentials", "status", "apply", "any"]),
    help="To read; to see credentials; for the security status; to apply what is planned now; to apply anything later. [default: apply with a PATH, else plan]",
)
@click.pass_context
def permissions(context: click.Context, /, paths: tuple[str, ...], purpose: str | None, **options: Any) -> int:
    """Print the IAM policy that a command needs, and no more: to read, or to apply exactly the plan for a spec.

    Of a PLANFILE, which plan --out has written, it is the policy that apply PLANFILE needs.
    """
    from iamspec.commands import plan as commands, saved as saved_apply  # noqa: PLC0415
    from iamspec.iam import Account  # noqa: PLC0415
    from iamspec.review import permissions as needed  # noqa: PLC0415

    purpose = purpose or ("apply" if paths else "plan")
    saved = saved_apply.load(paths[0]) if saved_apply.is_plan_file(paths) else None
    if purpose == "apply":
        choice = choice_of(options)
        if saved:
            saved_apply.refuse_part(choice.targets, choice.excluded)
            made = saved_apply.ready(saved, port_of(context, options))
        else:
            made = commands.plan(paths_of(paths), port_of(context, options), choice)
        found = needed.applying(made)
        if made.refused:
            say("note: apply would refuse this plan; `iamspec plan` tells why")
    else:
        declared = commands.validate(paths)[0].settings.account if paths and not saved else None
        account = Account(declared.id) if declared and declared.id else needed.EVERYWHERE
        account = saved.told.account if saved else account
        wanted = {"plan": needed.reading, "credentials": needed.looking, "any": needed.managing}
        found = needed.watching() if purpose == "status" else wanted[purpose](account)
    for note in found.notes:
        say(f"note: {note}")
    show(json.dumps(found.document, indent=2, ensure_ascii=False))
    return OK
