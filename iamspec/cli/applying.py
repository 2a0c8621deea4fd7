"""Commands that change an account: each shows a plan, asks, runs it, and proves what it did."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import click

from iamspec.cli.options import ACCOUNT, ALLOW, CHOICE, choice_of, paths_of, port_of
from iamspec.cli.output import ERROR, INTERRUPTED, OK, is_terminal, rendered, say, show
from iamspec.errors import IamspecError

AUTO_APPROVE = click.option("--auto-approve", is_flag=True, help="Do not ask.")
JOURNAL = click.option(
    "--journal", metavar="FILE", help="Where the journal is written; by default a new file below .iamspec/."
)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH... | PLANFILE]")
@ACCOUNT
@CHOICE
@ALLOW
@AUTO_APPROVE
@click.option("--expect", metavar="FINGERPRINT", help="Run only the plan with this fingerprint.")
@JOURNAL
@click.pass_context
def apply(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    auto_approve: bool,
    expect: str | None,
    journal: str | None,
    **options: Any,
) -> int:
    """Make live IAM what the spec says: plan, show, ask, run, read again, and prove that nothing is left.

    PLANFILE is what plan --out has written: exactly its calls are run, if the account has not moved since.
    """
    from iamspec import commands, saved_apply  # noqa: PLC0415

    choice, run = choice_of(options), _Run(options["parallelism"], auto_approve, journal, expect)
    if saved_apply.is_plan_file(paths):
        saved_apply.refuse_part(choice.targets, choice.excluded)
        saved = saved_apply.load(paths[0])
        writer = port_of(context, options, write=True)
        return _reviewed(
            lambda: saved_apply.ready(saved, writer, choice.allow, approved=expect is not None),
            lambda made: saved_apply.unmet(made, writer),
            writer,
            run,
        )
    writer = port_of(context, options, write=True)
    return _reviewed(
        lambda: commands.plan(paths_of(paths), writer, choice),
        lambda _: commands.remainder(paths_of(paths), writer, choice),
        writer,
        run,
    )


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
    """Take an apply back, as far as it went: plan, show with what cannot come back, ask, run, and read again."""
    from iamspec import saved_apply  # noqa: PLC0415

    choice, run = choice_of(options), _Run(options["parallelism"], auto_approve, journal, mode="undo")
    past = saved_apply.load_journal(journal_file)
    port = port_of(context, options, write=out is None)
    if out is None:
        return _reviewed(
            lambda: saved_apply.undoing(past, port, choice.allow), lambda made: saved_apply.unmet(made, port), port, run
        )
    made = saved_apply.undoing(past, port, choice.allow)
    show(rendered(made, "text", "undo"))
    Path(out).write_text(rendered(made, "json", "plan"), encoding="utf-8")
    return ERROR if made.refused else OK


@dataclass(frozen=True)
class _Run:
    """How a plan is run: whether somebody is asked, and where it is written down."""

    parallelism: int
    auto_approve: bool
    journal: str | None
    expect: str | None = None
    mode: str = "plan"


def _reviewed(plan_now: Callable[[], Any], remainder: Callable[[Any], Any], writer: Any, run: _Run) -> int:
    """Shows a plan, asks, and runs it if the account still calls for the same one."""
    made = plan_now()
    show(rendered(made, "text", run.mode))
    if made.refused:
        say("refused: nothing was changed")
        return ERROR
    if run.expect is not None and run.expect != made.fingerprint:
        say(f"refused: this plan is not the one that was expected ({run.expect}); nothing was changed")
        return ERROR
    if not made.changes:
        return OK
    if not run.auto_approve:
        _ask()
        shown, made = made, plan_now()
        if made.fingerprint != shown.fingerprint or made.refused:
            say("refused: the account or the spec has changed since this plan was shown; nothing was changed")
            return ERROR
    return _execute(made, writer, run, lambda: remainder(made))


def _ask() -> None:
    if not sys.stdin.isatty():
        raise IamspecError("there is no terminal to ask on; pass --auto-approve, or --expect with it")
    answer = click.prompt('Apply this plan? Only "yes" is a yes', default="no", show_default=False, err=True)
    if answer.strip() != "yes":
        raise IamspecError("not applied; nothing was changed")


def _execute(made: Any, writer: Any, run: _Run, remainder: Callable[[], Any]) -> int:
    from iamspec import commands  # noqa: PLC0415
    from iamspec.apply import Status  # noqa: PLC0415
    from iamspec.journal import recording  # noqa: PLC0415
    from iamspec.render.text import outcomes, progress_line  # noqa: PLC0415

    stop, results = Event(), []
    with recording(made, writer.now, run.journal) as journal, _interruptible(stop):
        say(f"journal: {journal.path}")
        for outcome in commands.run(made, writer, parallelism=run.parallelism, stop=stop, witness=journal):
            results.append(outcome)
            say(progress_line(outcome))
    show(outcomes(made, results, colour=is_terminal(sys.stdout)))
    if stop.is_set():
        return INTERRUPTED
    if any(one.status is not Status.DONE for one in results):
        return ERROR
    left = remainder()
    if left.changes:
        show(rendered(left, "text", "plan"))
        say("error: every call succeeded, but this is still to be done: something else is changing this account")
        return ERROR
    say(f"proved: read again, and nothing is left to do for {made.account.id}")
    return OK


@contextlib.contextmanager
def _interruptible(stop: Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets calls in flight finish, the second leaves at once."""

    def on_signal(*_: Any) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
        say("stopping: calls in flight are finished first; once more to leave at once")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
