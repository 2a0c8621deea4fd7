"""The command line: arguments, wiring and exit codes; the only module that prints."""

import contextlib
import gc
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import click

from iamspec import __version__
from iamspec.errors import IamspecError, InvalidSpec

OK, ERROR, CHANGES, INTERRUPTED = 0, 1, 2, 130
Connect = Callable[..., Any]
FORMAT_NAMES = ("text", "json", "markdown", "awscli")


def run() -> NoReturn:
    """The entry point of the program."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)  # one short run that drops little: looking for garbage was a fifth of its time
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str], connect: Connect | None = None) -> int:
    """Runs a command line and returns its exit code; `connect` makes the Reader or Writer for a Connection."""
    try:
        code = cli.main(list(argv), prog_name="iamspec", standalone_mode=False, obj=connect or _connect)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        error.show(sys.stderr)
        return ERROR
    except (click.exceptions.Abort, KeyboardInterrupt):
        _say("interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        _say(f"error: {error.format_message()}")
        return ERROR
    except InvalidSpec as error:
        _say(f"{error}\n{_count(len(error.issues), 'error', 'errors')}")
        return ERROR
    except (IamspecError, OSError) as error:
        _say(f"error: {_reason(error)}")
        return ERROR
    return code if isinstance(code, int) else OK


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _connect(connection: Any, *, write: bool) -> Any:
    from iamspec.aws import Aws, AwsWriter  # noqa: PLC0415 - validate must not wait for boto3

    return AwsWriter(connection) if write else Aws(connection)


def _say(text: str) -> None:
    """What is not the answer of a command goes to stderr."""
    sys.stderr.write(f"{_visible(text)}\n")
    sys.stderr.flush()


def _visible(text: str) -> str:
    """Control characters out of files and answers must not reach a terminal."""
    return "".join(sign if sign in "\n\t" or sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _print(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _is_terminal(stream: Any) -> bool:
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


# Options that commands share

PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")


def _options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


ACCOUNT = _options(
    click.option("--profile", metavar="NAME", help="A profile of the AWS configuration."),
    click.option("--endpoint-url", metavar="URL", help="Where IAM, STS and CloudFormation answer, if not at AWS."),
    click.option("--assume-role", metavar="ARN", help="A role to assume before anything else."),
    click.option("--external-id", metavar="ID", help="The external id that the role asks for."),
    click.option("--parallelism", default=8, show_default=True, type=click.IntRange(1, 64), help="Calls at one time."),
)
SNAPSHOT = click.option("--snapshot", metavar="FILE", help="Compare with a saved account instead of the live one.")
CHOICE = _options(
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="ADDRESS",
        help="Only this address (user/alice, group/*); repeatable.",
    ),
    click.option("--exclude", "excluded", multiple=True, metavar="ADDRESS", help="All but this address; repeatable."),
)
ALLOW = click.option("--allow", multiple=True, metavar="GUARD[:ADDRESS]", help="Lift a guard's complaint; repeatable.")
FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    default="text",
    show_default=True,
    help="How it is shown.",
)


def _paths(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(paths) or (".",)


def _port(context: click.Context, /, options: dict[str, Any], *, write: bool = False) -> Any:
    """The account that the options name: saved, or live."""
    from iamspec.connection import Connection  # noqa: PLC0415 - only what reaches an account needs it

    saved = options.pop("snapshot", None)
    fields = {
        name: options.pop(name) for name in ("profile", "endpoint_url", "assume_role", "external_id", "parallelism")
    }
    if saved is not None:
        from iamspec.snapshot import SnapshotReader, load  # noqa: PLC0415

        return SnapshotReader(load(saved))
    return context.obj(Connection(**fields), write=write)


def _choice(options: dict[str, Any]) -> Any:
    from iamspec.commands import Options  # noqa: PLC0415 - pulls in all that plans

    return Options(options.pop("targets", ()), options.pop("excluded", ()), options.pop("allow", ()))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="iamspec")
def cli() -> None:
    """Keep the IAM of an AWS account in YAML: users, groups, managed policies and the account alias.

    Exit codes: 0 done, nothing to do; 1 error or refused; 2 changes or drift; 130 interrupted.
    """


STRICT = click.option("--strict", is_flag=True, help="Take warnings for errors.")


@cli.command()
@PATHS
@STRICT
def validate(paths: tuple[str, ...], strict: bool) -> int:
    """Check a spec, offline: every error with its file, line and column.

    With --strict its policies are linted too, and warnings are errors.
    """
    from iamspec.commands import validate as check  # noqa: PLC0415 - each command loads what it needs

    spec, warnings = check(_paths(paths))
    for warning in warnings:
        _say(str(replace(warning, where=f"{'error' if strict else 'warning'}: {warning.where}".rstrip(": "))))
    unmeant = _linted(spec, "text", strict=True) if strict else 0
    if strict and (warnings or unmeant):
        return ERROR
    counts = [_count(sum(one.kind == kind for one in spec.entities), noun, many) for kind, noun, many in NOUNS]
    _say(f"ok: {', '.join(counts)}")
    return OK


@cli.command()
@PATHS
@STRICT
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How it is shown.",
)
def lint(paths: tuple[str, ...], strict: bool, format_name: str) -> int:
    """Warn, offline, about policies that IAM accepts and hardly anybody means."""
    from iamspec.commands import validate as check  # noqa: PLC0415

    spec, _ = check(_paths(paths))
    return ERROR if _linted(spec, format_name, strict=strict) and strict else OK


def _linted(spec: Any, format_name: str, *, strict: bool) -> int:
    """Prints the warnings about a spec and tells how many have no reason to be ignored."""
    from iamspec.linting import findings  # noqa: PLC0415 - loads the actions of AWS
    from iamspec.render.lint import LINT_FORMATS  # noqa: PLC0415

    found = findings(spec)
    _print(_visible(LINT_FORMATS[format_name](found, strict=strict)))
    return sum(one.reason is None for one in found)


NOUNS = (("user", "user", "users"), ("group", "group", "groups"), ("policy", "policy", "policies"))


@cli.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@ALLOW
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
    from iamspec import commands  # noqa: PLC0415

    choice = _choice(options)
    made = commands.plan(_paths(paths), _port(context, options), choice)
    _print(_rendered(made, format_name, "plan"))
    if out is not None:
        Path(out).write_text(_rendered(made, "json", "plan"), encoding="utf-8")
    if made.refused:
        _say("refused: apply would not run this plan")
        return ERROR
    return CHANGES if detailed_exitcode and made.changes else OK


@cli.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@FORMAT
@click.pass_context
def drift(context: click.Context, /, paths: tuple[str, ...], format_name: str, **options: Any) -> int:
    """Show how live IAM differs from the spec, undeclared entities included."""
    from iamspec import commands  # noqa: PLC0415

    choice = _choice(options)
    made = commands.plan(_paths(paths), _port(context, options), choice)
    _print(_rendered(made, format_name, "drift"))
    return CHANGES if commands.drifted(made) else OK


def _rendered(made: Any, format_name: str, mode: str) -> str:
    from iamspec.render import FORMATS  # noqa: PLC0415

    return str(FORMATS[format_name](made, mode=mode, colour=format_name == "text" and _is_terminal(sys.stdout)))


AUTO_APPROVE = click.option("--auto-approve", is_flag=True, help="Do not ask.")
JOURNAL = click.option(
    "--journal", metavar="FILE", help="Where the journal is written; by default a new file below .iamspec/."
)


@cli.command()
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

    choice, run = _choice(options), _Run(options["parallelism"], auto_approve, journal, expect)
    if saved_apply.is_plan_file(paths):
        if choice.targets or choice.excluded:
            raise IamspecError("a saved plan is run whole; --target and --exclude are for the plan that is saved")
        saved = saved_apply.load(paths[0])
        writer = _port(context, options, write=True)
        return _reviewed(
            lambda: saved_apply.ready(saved, writer, choice.allow),
            lambda made: saved_apply.unmet(made, writer),
            writer,
            replace(run, saved=True),
        )
    writer = _port(context, options, write=True)
    return _reviewed(
        lambda: commands.plan(_paths(paths), writer, choice),
        lambda _: commands.remainder(_paths(paths), writer, choice),
        writer,
        run,
    )


@cli.command()
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

    choice, run = _choice(options), _Run(options["parallelism"], auto_approve, journal)
    past = saved_apply.load_journal(journal_file)
    port = _port(context, options, write=out is None)
    if out is None:
        return _reviewed(
            lambda: saved_apply.undoing(past, port, choice.allow), lambda made: saved_apply.unmet(made, port), port, run
        )
    made = saved_apply.undoing(past, port, choice.allow)
    _print(_rendered(made, "text", "plan"))
    Path(out).write_text(_rendered(made, "json", "plan"), encoding="utf-8")
    return ERROR if made.refused else OK


@dataclass(frozen=True)
class _Run:
    """How a plan is run: whether somebody is asked, and where it is written down."""

    parallelism: int
    auto_approve: bool
    journal: str | None
    expect: str | None = None
    saved: bool = False

    @property
    def bound(self) -> bool:
        """Whether the plan is one that somebody has seen before; only a person at a terminal is asked again then."""
        return self.saved or self.expect is not None


def _reviewed(plan_now: Callable[[], Any], remainder: Callable[[Any], Any], writer: Any, run: _Run) -> int:
    """Shows a plan, asks, and runs it if the account still calls for the same one."""
    made = plan_now()
    _print(_rendered(made, "text", "plan"))
    if made.refused:
        _say("refused: nothing was changed")
        return ERROR
    if run.expect is not None and run.expect != made.fingerprint:
        _say(f"refused: this plan is not the one that was expected ({run.expect}); nothing was changed")
        return ERROR
    if not made.changes:
        return OK
    if not run.auto_approve and not (run.bound and not sys.stdin.isatty()):
        _ask()
        shown, made = made, plan_now()
        if made.fingerprint != shown.fingerprint or made.refused:
            _say("refused: the account or the spec has changed since this plan was shown; nothing was changed")
            return ERROR
    return _execute(made, writer, run, lambda: remainder(made))


def _ask() -> None:
    """Asks on standard input, which may be a pipe that answers; at its end nobody has."""
    _say('Apply this plan? Only "yes" is a yes:')
    answer = sys.stdin.readline()
    if not answer:
        raise IamspecError("there is nobody to ask; pass --auto-approve, or --expect FINGERPRINT")
    if answer.strip() != "yes":
        raise IamspecError("not applied; nothing was changed")


def _execute(made: Any, writer: Any, run: _Run, remainder: Callable[[], Any]) -> int:
    from iamspec import commands  # noqa: PLC0415
    from iamspec.apply import Status  # noqa: PLC0415
    from iamspec.journal import recording  # noqa: PLC0415
    from iamspec.render.text import outcomes, progress_line  # noqa: PLC0415

    stop, results = Event(), []
    with recording(made, writer.now, run.journal) as journal, _interruptible(stop):
        _say(f"journal: {journal.path}")
        for outcome in commands.run(made, writer, parallelism=run.parallelism, stop=stop, witness=journal):
            results.append(outcome)
            _say(progress_line(outcome))
    _print(outcomes(made, results, colour=_is_terminal(sys.stdout)))
    if stop.is_set():
        return INTERRUPTED
    if any(one.status is not Status.DONE for one in results):
        return ERROR
    left = remainder()
    if left.changes:
        _print(_rendered(left, "text", "plan"))
        _say("error: every call succeeded, but this is still to be done: something else is changing this account")
        return ERROR
    _say(f"proved: read again, and nothing is left to do for {made.account.id}")
    return OK


@contextlib.contextmanager
def _interruptible(stop: Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets calls in flight finish, the second leaves at once."""

    def on_signal(*_: Any) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
        _say("stopping: calls in flight are finished first; once more to leave at once")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@cli.command()
@click.argument("words", nargs=-1, required=True, metavar="[USER] [ACTION [RESOURCE]]")
@click.option("--who", is_flag=True, help="Ask for everybody: the words are then ACTION [RESOURCE].")
@click.option("--spec", "paths", multiple=True, metavar="PATH", help="The spec that is asked; repeatable. [default: .]")
@click.option("--live", is_flag=True, help="Ask the account instead of a spec.")
@click.option(
    "--context", "pairs", multiple=True, metavar="KEY=VALUE", help="A condition key that is known; repeatable."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How it is shown.",
)
@ACCOUNT
@SNAPSHOT
@click.pass_context
def access(
    context: click.Context, /, words: tuple[str, ...], who: bool, paths: tuple[str, ...], live: bool, **options: Any
) -> int:
    """Ask who may do what: allowed, denied, or what it depends on, and by which statement.

    USER alone lists what the user may do; with an ACTION (and a RESOURCE) it is a question about that.
    """
    from iamspec import commands  # noqa: PLC0415
    from iamspec.render.access import ACCESS_FORMATS  # noqa: PLC0415

    pairs, format_name = options.pop("pairs"), options.pop("format_name")
    if live or options["snapshot"] is not None:
        book = commands.live_book(_port(context, options))
    else:
        book = commands.spec_book(commands.validate(_paths(paths))[0])
    _print(ACCESS_FORMATS[format_name](commands.ask(book, words, pairs, who=who)))
    return OK


@cli.command("import")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@ACCOUNT
@SNAPSHOT
@click.option("--out", metavar="DIR", help="Write a spec of several files into this empty folder.")
@click.pass_context
def import_(context: click.Context, /, addresses: tuple[str, ...], out: str | None, **options: Any) -> int:
    """Write live IAM as a spec: all of it, or some addresses ready to be pasted into one."""
    from iamspec import importing  # noqa: PLC0415

    imported = importing.take(_port(context, options), addresses)
    if out is None:
        _print(importing.as_text(imported, whole=not addresses))
        return OK
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IamspecError(f"{out} is not an empty folder; import overwrites nothing")
    files = importing.as_files(imported)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    _say(f"{_count(len(imported.entities), 'entity', 'entities')} in {_count(len(files), 'file', 'files')} below {out}")
    return OK


@cli.command()
@ACCOUNT
@click.option("--out", metavar="FILE", help="Where to; standard output if left out.")
@click.pass_context
def snapshot(context: click.Context, /, out: str | None, **options: Any) -> int:
    """Save live IAM, without secrets: plan, drift and import can read it instead of an account."""
    from iamspec.commands import take_snapshot  # noqa: PLC0415

    text = take_snapshot(_port(context, options)).text()
    if out is None:
        _print(text)
    else:
        Path(out).write_text(text, encoding="utf-8")
    return OK


@cli.command()
@PATHS
@ACCOUNT
@SNAPSHOT
@CHOICE
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["plan", "apply", "any"]),
    help="To read; to apply what is planned now; to apply anything later. [default: apply with a PATH, else plan]",
)
@click.pass_context
def permissions(context: click.Context, /, paths: tuple[str, ...], purpose: str | None, **options: Any) -> int:
    """Print the IAM policy that a command needs, and no more: to read, or to apply exactly the plan for a spec."""
    from iamspec import commands, permissions as needed  # noqa: PLC0415
    from iamspec.iam import Account  # noqa: PLC0415

    purpose = purpose or ("apply" if paths else "plan")
    if purpose == "apply":
        choice = _choice(options)
        made = commands.plan(_paths(paths), _port(context, options), choice)
        found = needed.applying(made)
        if made.refused:
            _say("note: apply would refuse this plan; `iamspec plan` tells why")
    else:
        declared = commands.validate(paths)[0].settings.account if paths else None
        account = Account(declared.id) if declared and declared.id else needed.EVERYWHERE
        found = needed.reading(account) if purpose == "plan" else needed.managing(account)
    for note in found.notes:
        _say(f"note: {note}")
    _print(json.dumps(found.document, indent=2, ensure_ascii=False))
    return OK


@cli.command()
def schema() -> int:
    """Print the JSON Schema of the spec, for editors."""
    from iamspec.schema import spec_schema  # noqa: PLC0415

    _print(json.dumps(spec_schema(), indent=2, ensure_ascii=False))
    return OK


@cli.command(context_settings={"ignore_unknown_options": False})
@click.option(
    "--load", metavar="FILE", help="Fill it from a snapshot, or from `aws iam get-account-authorization-details`."
)
@click.option(
    "--port",
    default=0,
    show_default="any free one",
    type=click.IntRange(0, 65535),
    help="Where to listen on 127.0.0.1.",
)
@click.option("--account", metavar="ID", help="The account id that it has.")
@click.option("--enforce", metavar="FILE", help="Refuse what this identity policy does not allow, whoever asks.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def sandbox(load: str | None, port: int, account: str | None, enforce: str | None, command: tuple[str, ...]) -> int:
    """Serve an IAM of your own on loopback, and run COMMAND against it; no AWS account is needed or reached."""
    try:
        from iamspec import sandbox as box  # noqa: PLC0415 - moto is an extra
    except ImportError as error:
        raise IamspecError(f"the sandbox needs its extra: pip install 'iamspec[sandbox]' ({error})") from error
    from iamspec.limits import ACCOUNT_ID  # noqa: PLC0415
    from iamspec.snapshot import load as load_snapshot  # noqa: PLC0415

    if account is not None and not ACCOUNT_ID.fullmatch(account):
        raise IamspecError(f'--account {account}: an account id has 12 digits, as in "123456789012"')
    saved = load_snapshot(load) if load is not None else None
    account_id = account or (saved.account.id if saved else "123456789012")
    policy = _policy(enforce) if enforce is not None else None
    with box.running(account_id=account_id, port=port, snapshot=saved, enforce=policy) as running:
        environment = box.environment(running.endpoint, os.environ)
        if command:
            return _run_against(command, environment)
        _say(f"an IAM of account {account_id} answers at {running.endpoint} until Ctrl-C; to use it:")
        for name in sorted(os.environ.keys() - environment.keys()):
            _print(f"unset {name}")
        for name in sorted(name for name in environment if os.environ.get(name) != environment[name]):
            _print(f"export {name}={shlex.quote(environment[name])}")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return OK


def _policy(path: str) -> Any:
    """The policy document in a JSON file; InvalidSpec if IAM would not take it."""
    from iamspec.document import Document  # noqa: PLC0415
    from iamspec.errors import Issue, Location  # noqa: PLC0415
    from iamspec.grammar import check, place  # noqa: PLC0415

    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise IamspecError(f"{path}: this is no JSON: {error}") from error
    if found := check(data):
        raise InvalidSpec(Issue(one.message, Location(path), place(one.path)) for one in found)
    return Document(data)


def _run_against(command: Sequence[str], environment: dict[str, str]) -> int:
    """Runs a command and returns its exit code, 128 more than the signal that ended it."""
    try:
        code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the person's own command
    except OSError as error:
        raise IamspecError(f"{command[0]}: {error.strerror}") from error
    return code if code >= 0 else 128 - code
