"""The command line: commands, wiring and exit codes."""

import gc
import io
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from iamspec import __version__
from iamspec.cli import (
    accepting,
    applying,
    checking,
    copying,
    explaining,
    fleet,
    fleet_apply,
    people,
    planning,
    repairing,
    sandboxing,
    starting,
    status,
)
from iamspec.cli.interrupts import interrupt_on
from iamspec.cli.options import FORMAT_NAMES
from iamspec.cli.output import ERROR, INTERRUPTED, OK, counted, leave, prepare, say, settle
from iamspec.cli.wholes import whole_command
from iamspec.errors import IamspecError, InvalidSpec, PartOfSpec

__all__ = ["FORMAT_NAMES", "cli", "main", "run"]

Connect = Callable[..., Any]


def run() -> NoReturn:
    """The entry point of the program."""
    gc.freeze()
    gc.set_threshold(20_000_000, 50, 50)  # a short run drops little: the search for garbage took a fifth of its time
    prepare()
    interrupt_on(signal.SIGTERM, signal.SIGHUP)
    code = main(sys.argv[1:])
    settle()
    leave(code)


def main(argv: Sequence[str], connect: Connect | None = None) -> int:
    """Runs a command line and returns its exit code.

    `connect` makes the Reader or Writer for a Connection.
    """
    try:
        code = cli.main(list(argv), prog_name="iamspec", standalone_mode=False, obj=connect or _connect)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        usage = io.StringIO()
        error.show(usage)
        say(usage.getvalue().rstrip("\n"))
        return ERROR
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        say(f"error: {error.format_message()}")
        return ERROR
    except PartOfSpec as part:
        say(f"error: {part}. Run:\n  {whole_command(cli, argv, part)}")
        return ERROR
    except InvalidSpec as error:
        say(f"{error}\n{counted(len(error.issues), 'error', 'errors')}")
        return ERROR
    except (IamspecError, OSError) as error:
        say(f"error: {_reason(error)}")
        return ERROR
    return code if isinstance(code, int) else OK


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _connect(connection: Any, *, write: bool) -> Any:
    from iamspec.live.aws import Aws, AwsWriter  # noqa: PLC0415 - validate must not wait for boto3

    return AwsWriter(connection) if write else Aws(connection)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="iamspec")
def cli() -> None:
    """Keep the IAM of an AWS account in YAML.

    Exit codes: 0 done, nothing to do. 1 error or refused. 2
    changes or drift. 130 interrupted.
    """


for _command in (
    starting.init,
    checking.validate,
    checking.lint,
    planning.plan,
    planning.drift,
    accepting.accept,
    accepting.rehearse,
    applying.apply,
    applying.undo,
    people.suspend,
    people.resume,
    repairing.reset_password,
    repairing.replace_key,
    repairing.deactivate_key,
    repairing.remove_mfa,
    people.credentials,
    status.status,
    checking.access,
    copying.import_,
    copying.snapshot,
    planning.permissions,
    checking.schema,
    explaining.explain,
    fleet.fleet,
    sandboxing.sandbox,
):
    cli.add_command(_command)
fleet.fleet.add_command(fleet_apply.apply)
