"""Options and arguments that commands share, and what the commands make of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from iamspec.cli.choices import OneOf
from iamspec.cli.completing import addresses, guards
from iamspec.errors import IamspecError

CONFIDENTIAL_FORMATS = frozenset({"html"})  # a file that they are written to is for its owner alone
CI_FORMATS = ("github", "junit", "sarif")
FORMAT_NAMES = ("text", "json", "markdown", "html", "awscli", *CI_FORMATS)

PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")


def format_of(*names: str) -> Callable[[Any], Any]:
    """The option `--format` of a command with these formats. Text is the default."""
    return click.option(
        "--format",
        "format_name",
        type=OneOf(names),
        default="text",
        show_default=True,
        help="The format of the output.",
    )


def options_of(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


ACCOUNT = options_of(
    click.option("--profile", metavar="NAME", help="A profile of the AWS configuration."),
    click.option("--endpoint-url", metavar="URL", help="Call IAM, STS and CloudFormation here, and not at AWS."),
    click.option("--assume-role", metavar="ARN", help="A role to assume before anything else."),
    click.option("--external-id", metavar="ID", help="The external id that the role asks for."),
    click.option(
        "--parallelism",
        default=8,
        show_default=True,
        type=click.IntRange(1, 64),
        help="Calls at one time.",
    ),
)
SNAPSHOT = click.option("--snapshot", metavar="FILE", help="Read a saved account instead of the live one.")
CHOICE = options_of(
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="ADDRESS",
        help="Only this address (user/alice, group/*); repeatable.",
        shell_complete=addresses,
    ),
    click.option(
        "--exclude",
        "excluded",
        multiple=True,
        metavar="ADDRESS",
        help="All but this address; repeatable.",
        shell_complete=addresses,
    ),
    click.option(
        "--exact",
        is_flag=True,
        help="Ask IAM about the password and keys of each user. Without it, IAM's credential report answers for most users "
        "if there are more than 500.",
    ),
)
ALLOW = click.option(
    "--allow",
    multiple=True,
    metavar="GUARD[:ADDRESS]",
    help="Lift a guard's complaint; repeatable.",
    shell_complete=guards,
)
FORMAT = options_of(
    format_of(*FORMAT_NAMES),
    click.option(
        "--link-base", metavar="URL", help="Links lead to the files here: https://github.com/acme/iam/blob/main."
    ),
)


def account_id(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == 12 and value.isascii() and value.isdigit()):
        raise IamspecError(f'--account {value}: an account id has 12 digits, as in "123456789012"')
    return value


def user_name(_: click.Context, __: click.Parameter, value: Any) -> Any:
    """Names of users, which may be written as addresses."""
    if isinstance(value, tuple):
        return tuple(one.removeprefix("user/") for one in value)
    return value.removeprefix("user/")


def paths_of(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(paths) or (".",)


def port_of(context: click.Context, /, options: dict[str, Any], *, write: bool = False) -> Any:
    """The account that the options name: saved, or live.

    Long reads of a live account show their progress.
    """
    from iamspec.cli.progress import watched  # noqa: PLC0415 - only what reaches an account needs it
    from iamspec.live.connection import Connection  # noqa: PLC0415

    saved = options.pop("snapshot", None)
    fields = {
        name: options.pop(name) for name in ("profile", "endpoint_url", "assume_role", "external_id", "parallelism")
    }
    if saved is not None:
        from iamspec.live.snapshot import SnapshotReader, load  # noqa: PLC0415

        return SnapshotReader(load(saved), datetime.now(UTC))
    return watched(context.obj(Connection(**fields), write=write), context)


def choice_of(options: dict[str, Any]) -> Any:
    from iamspec.commands.options import Options  # noqa: PLC0415 - only commands that plan need it

    return Options(
        options.pop("targets", ()),
        options.pop("excluded", ()),
        options.pop("allow", ()),
        options.pop("defer_credentials", False),
        exact=options.pop("exact", False),
    )


AUTO_APPROVE = click.option("--auto-approve", is_flag=True, help="Do not ask.")
JOURNAL = click.option(
    "--journal", metavar="FILE", help="Where the journal is written; by default a new file below .iamspec/."
)
DEFER = click.option(
    "--defer-credentials",
    is_flag=True,
    help="Skip the calls that make passwords and access keys, and list the users who wait.",
)
STRICT = click.option("--strict", is_flag=True, help="Take warnings for errors.")
