"""The run of a plan: shown, agreed to, made call by call with a journal, and proved."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from iamspec.cli.interrupts import interruptible
from iamspec.cli.output import ERROR, INTERRUPTED, OK, Screen, held_back, is_terminal, rendered, say, show
from iamspec.cli.progress import metered
from iamspec.errors import IamspecError

Remainder = Callable[[Any, bool], Any]  # of a plan that was run, and of whether secrets wait
DEFERRING = ", or --defer-credentials to run all the rest"


@dataclass(frozen=True)
class Run:
    """Options of a run: whether to ask, the journal, and the sink of secrets."""

    parallelism: int
    auto_approve: bool
    journal: str | None
    expect: str | None = None
    sink: str | None = None
    defer: bool = False
    saved: bool = False
    mode: str = "plan"
    otherwise: str = ""  # how else to agree to it
    deferrable: bool = True  # whether secrets may wait
    typed: Callable[[Any], str] | None = None  # the name that has to be typed for a plan, if there is one
    why: str = "{} is an administrator"  # the reason to type it, with a place for the address
    kind: str = "user"  # of whom the name is

    @property
    def bound(self) -> bool:
        """Whether a person has seen the plan before.

        Then only a person at a terminal is asked again.
        """
        return self.saved or self.expect is not None


def say_unanswered(port: Any) -> None:
    """Reports what earlier runs from this folder have left open."""
    from iamspec.commands.unanswered import unanswered  # noqa: PLC0415 - validate must not wait for it

    for line in unanswered(port):
        say(line)


def reviewed(plan_now: Callable[[], Any], remainder: Remainder, writer: Any, run: Run) -> int:
    """Shows a plan, asks, and runs it if the account still calls for the same plan.

    If standard output fails after the answer, the plan is run all
    the same, and the exit code reports the failure.
    """
    screen = Screen()
    code = _reviewed(plan_now, remainder, writer, run, screen)
    if screen.fault:
        say(f"error: {screen.fault}")
    return code or (ERROR if screen.fault else OK)


def _reviewed(plan_now: Callable[[], Any], remainder: Remainder, writer: Any, run: Run, screen: Screen) -> int:
    from iamspec.apply.delivery import Delivery  # noqa: PLC0415 - only what changes an account loads it

    say_unanswered(writer)
    made = plan_now()
    screen.show(rendered(made, "text", run.mode))
    if made.refused:
        say("refused: nothing was changed")
        return ERROR
    if run.expect is not None and run.expect != made.fingerprint:
        say(f"refused: this plan is not the one that was expected ({run.expect}); nothing was changed")
        return ERROR
    if not made.changes:
        return _with_held_back(made, OK)
    port = _delivering(made, writer, run)
    name = run.typed(made) if run.typed else ""
    if name or (not run.auto_approve and not (run.bound and not is_asked())):
        _ask_name(name, run, screen) if name else _ask(made, run, screen)
        shown, made = made, plan_now()
        if made.fingerprint != shown.fingerprint or made.refused:
            say("refused: the account or the spec has changed since this plan was shown; nothing was changed")
            return ERROR
        port = _delivering(made, writer, run)
    if isinstance(port, Delivery):
        port.try_out()
    return _with_held_back(made, _execute(made, port, remainder, run, screen))


def _with_held_back(made: Any, code: int) -> int:
    """The exit code of a run.

    It is no success where the plan lacks changes that a guard
    holds back.
    """
    if made.held_back:
        say(held_back(made))
    return code or (ERROR if made.held_back else OK)


def _delivering(made: Any, writer: Any, run: Run) -> Any:
    """Wraps the writer in a Delivery if the plan creates secrets.

    Raises IamspecError if there is no sink and the secrets are not
    deferred.
    """
    from iamspec.apply.delivery import EXAMPLES, Delivery, destination  # noqa: PLC0415
    from iamspec.plan.secrets import secrets_of  # noqa: PLC0415

    if run.defer and run.sink is not None:
        raise IamspecError("--credentials-out and --defer-credentials exclude each other")
    secrets = secrets_of(made.plan)
    if not secrets or run.defer:
        return writer
    if run.sink is None:
        raise IamspecError(
            f"this plan makes secrets, and there is no place for them ({_listed(secrets)}): "
            f"pass --credentials-out ({EXAMPLES}){DEFERRING if run.deferrable else ''}; nothing was changed"
        )
    return Delivery(writer, destination(run.sink, writer, show), made.plan, made.live)


def _lifting(made: Any) -> str:
    """The options without which the guard `reissue` refuses the apply that gives the credentials later."""
    from iamspec.kinds.user.operations import marks_new_key  # noqa: PLC0415
    from iamspec.plan.secrets import secrets_of  # noqa: PLC0415

    rotating = {step.address for step in made.steps if marks_new_key(step.call)}
    return "".join(
        f" --allow reissue:{address}" for address in sorted(secrets_of(made.plan)) if address not in rotating
    )


def _listed(secrets: Any) -> str:
    return "; ".join(f"{address}: {', '.join(what)}" for address, what in sorted(secrets.items()))


def is_asked() -> bool:
    """Whether a person sits at standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def _ask(made: Any, run: Run, screen: Screen) -> None:
    """Asks on standard input. An end of input is a no."""
    from iamspec.render.verdict import named  # noqa: PLC0415

    if screen.fault:
        raise IamspecError(f"{screen.fault}; the plan could not be shown, and nothing was changed")
    say(f'Apply this plan to account {named(made.account)}? Only "yes" is a yes:')
    answer = typed_line()
    if not answer:
        raise IamspecError(
            f"the question was not answered, and nothing was changed; pass --auto-approve{run.otherwise}"
        )
    if answer.strip() != "yes":
        raise IamspecError("not applied; nothing was changed")


def _ask_name(name: str, run: Run, screen: Screen) -> None:
    """Asks for a name, such as that of an administrator.

    A yes is asked again, and an end of input is a no.
    """
    if screen.fault:
        raise IamspecError(f"{screen.fault}; so nobody has seen this plan, and nothing was changed")
    say(f"{run.why.format(f'{run.kind}/{name}')}. Type the name of the {run.kind} to go on:")
    answer = typed_line().strip()
    if answer == "yes":
        say("The name, please:")
        answer = typed_line().strip()
    if not answer:
        raise IamspecError("nobody has typed the name, and nothing was changed; --auto-approve is not enough here")
    if answer.removeprefix(f"{run.kind}/") != name:
        raise IamspecError("this is not the name; nothing was changed")


def typed_line() -> str:
    """The line that was typed, empty where nobody types."""
    try:
        return sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        return "no text, and so no yes"


def _execute(made: Any, port: Any, remainder: Remainder, run: Run, screen: Screen) -> int:
    from iamspec.plan.secrets import deferred, secrets_of  # noqa: PLC0415

    waiting, whole = secrets_of(made.plan) if run.defer else {}, made
    made = replace(made, plan=deferred(made.plan)) if waiting else made
    try:
        code = _run(made, port, run, screen) if made.changes else OK
        if code == OK:
            code = _proved(remainder, made, screen, waits=bool(waiting))
        if waiting:
            say(
                f"waiting for credentials: {_listed(waiting)}; run apply with --credentials-out{_lifting(whole)} for them"
            )
    finally:
        _handed_over(port, screen)  # delivered secrets belong to their owners, whatever came later
    return code


def _run(made: Any, port: Any, run: Run, screen: Screen) -> int:
    """Makes the calls of a plan, reporting and writing down each."""
    from iamspec.apply.run import Status  # noqa: PLC0415
    from iamspec.commands import apply  # noqa: PLC0415
    from iamspec.render.text import outcomes, progress_line  # noqa: PLC0415
    from iamspec.saved.journal import recording  # noqa: PLC0415

    stop, results = Event(), []
    try:
        with recording(made, port.now, run.journal, run.sink or "") as journal, interruptible(stop):
            say(f"journal: {journal.path}")
            with metered("making calls") as meter:
                for outcome in apply.run(made, port, parallelism=run.parallelism, stop=stop, witness=journal):
                    results.append(outcome)
                    say(progress_line(outcome))
                    meter.advance(done=len(results), total=len(made.steps), silent=True)
    finally:
        if results or not made.steps:
            screen.show(outcomes(made.plan, results, colour=is_terminal(sys.stdout)))
    if stop.is_set():
        return INTERRUPTED
    return ERROR if any(one.status is not Status.DONE for one in results) else OK


def _proved(remainder: Remainder, made: Any, screen: Screen, *, waits: bool) -> int:
    """Reads the account again. `waits` says that deferred secrets are left."""
    try:
        left = remainder(made, waits)
    except KeyboardInterrupt:
        say("every call was made; the account was not read again, so nothing proves the result")
        raise
    if left.changes:
        screen.show(rendered(left, "text", "plan"))
        say("error: every call succeeded, but this is still to be done: something else is changing this account")
        return ERROR
    say(f"proved: read again, and nothing {'else ' if waits else ''}is left to do for {made.account.id}")
    return OK


def _handed_over(port: Any, screen: Screen) -> None:
    """Where each secret is, and at the very end where people sign in."""
    from iamspec.apply.delivery import Delivery  # noqa: PLC0415

    if not isinstance(port, Delivery):
        return
    for user, place in sorted(port.places.items()):
        say(f"credentials of user/{user}: {place}")
    if port.given:
        screen.show(f"sign in at {port.sign_in}")
