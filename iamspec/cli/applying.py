"""Commands that change an account.

Each shows a plan, asks, runs it, and proves the result.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from iamspec.cli.options import (
    ACCOUNT,
    ALLOW,
    AUTO_APPROVE,
    CHOICE,
    DEFER,
    JOURNAL,
    account_id,
    choice_of,
    options_of,
    paths_of,
    port_of,
)
from iamspec.cli.output import ERROR, OK, is_terminal, rendered, show
from iamspec.cli.running import Run, reviewed
from iamspec.desired.writing import write
from iamspec.errors import IamspecError

OTHERWISE = ", or --expect FINGERPRINT"
SINK = click.option(
    "--credentials-out",
    metavar="SINK",
    help="Where new passwords and access keys go: DIR, age:RECIPIENT, secretsmanager:PREFIX or stdout.",
)
CREDENTIALS = options_of(SINK, DEFER)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH... | PLANFILE]")
@ACCOUNT
@CHOICE
@ALLOW
@AUTO_APPROVE
@click.option("--expect", metavar="FINGERPRINT", help="Run only the plan with this fingerprint.")
@click.option(
    "--account",
    metavar="ID",
    callback=account_id,
    help="Refuse credentials for any other account. --auto-approve needs it for a spec without account.id.",
)
@click.option("--only", metavar="REASON,...", help="Run only what time asks for: expiry, rotation.")
@CREDENTIALS
@JOURNAL
@click.pass_context
def apply(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    auto_approve: bool,
    expect: str | None,
    account: str | None,
    journal: str | None,
    credentials_out: str | None,
    **options: Any,
) -> int:
    """Make live IAM what the spec says: plan, ask, run, prove.

    PLANFILE is a plan that plan --out has written. Exactly its
    calls are run, and only if the account has not moved since.
    """
    from iamspec.commands import saved as saved_apply  # noqa: PLC0415
    from iamspec.commands.apply import changed, remainder  # noqa: PLC0415
    from iamspec.commands.plan import plan  # noqa: PLC0415
    from iamspec.commands.proof import unmet  # noqa: PLC0415
    from iamspec.commands.reading import check_only  # noqa: PLC0415

    due = _due(options.pop("only"), paths, credentials_out)
    choice = replace(choice_of(options), only=account, unasked=auto_approve, due=due)
    run = Run(options["parallelism"], auto_approve, journal, expect, credentials_out, choice.defer, otherwise=OTHERWISE)
    if saved_apply.is_plan_file(paths):
        saved_apply.refuse_part(choice.targets, choice.excluded)
        saved = saved_apply.load(paths[0])
        check_only(saved.told.account.id, account)
        writer = port_of(context, options, write=True)
        return reviewed(
            lambda: saved_apply.ready(saved, writer, choice.allow, approved=expect is not None, defer=choice.defer),
            lambda made, _: unmet(made, writer),
            writer,
            replace(run, saved=True),
        )
    writer = port_of(context, options, write=True)
    return reviewed(
        lambda: plan(paths_of(paths), writer, choice),
        lambda made, waits: remainder(paths_of(paths), writer, replace(choice, exactly=changed(made)), waits=waits),
        writer,
        run,
    )


def _due(only: str | None, paths: tuple[str, ...], sink: str | None) -> tuple[str, ...]:
    """The options of --only.

    A run without a terminal leaves no secrets on its screen or
    disk.
    """
    if only is None:
        return ()
    from iamspec.commands.saved import is_plan_file  # noqa: PLC0415
    from iamspec.plan.due import reasons  # noqa: PLC0415

    if is_plan_file(paths):
        raise IamspecError("--only is for the plan of a spec; a saved plan is run whole")
    if sink is not None and ":" not in sink and not is_terminal(sys.stdin):
        raise IamspecError(
            f"--only: without a terminal, --credentials-out {sink} would leave keys on this machine; take "
            "secretsmanager:PREFIX or age:RECIPIENT"
        )
    return reasons(only)


@click.command()
@click.argument("journal_file", metavar="JOURNAL")
@ACCOUNT
@ALLOW
@AUTO_APPROVE
@click.option("--out", metavar="FILE", help="Save the plan as JSON and run nothing; apply takes it.")
@JOURNAL
@click.pass_context
def undo(
    context: click.Context,
    /,
    journal_file: str,
    auto_approve: bool,
    out: str | None,
    journal: str | None,
    **options: Any,
) -> int:
    """Take an apply back: plan, show, ask, run, and read again.

    The plan also lists the losses that no undo brings back.
    """
    from iamspec.commands.proof import unmet  # noqa: PLC0415
    from iamspec.commands.undo import load_journal, undoing  # noqa: PLC0415

    choice, run = choice_of(options), Run(options["parallelism"], auto_approve, journal, mode="undo")
    past = load_journal(journal_file)
    port = port_of(context, options, write=out is None)
    if out is None:
        return reviewed(lambda: undoing(past, port, choice.allow), lambda made, _: unmet(made, port), port, run)
    made = undoing(past, port, choice.allow)
    show(rendered(made, "text", "undo"))
    write(Path(out), rendered(made, "json", "plan"))
    return ERROR if made.refused else OK
