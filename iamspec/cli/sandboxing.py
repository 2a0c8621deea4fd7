"""The sandbox on the command line: an IAM for a person, and a command that sees no other IAM."""

import contextlib
import gc
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from iamspec.cli.output import OK, say, show
from iamspec.errors import IamspecError, InvalidSpec


@click.command(context_settings={"ignore_unknown_options": False})
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
@click.option(
    "--accounts",
    default=0,
    metavar="N",
    type=click.IntRange(0, 1000),
    help="Serve an organization: that account and N members, each with the role OrganizationAccountAccessRole.",
)
@click.option("--enforce", metavar="FILE", help="Refuse every call that this identity policy does not allow.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
def sandbox(
    load: str | None, port: int, account: str | None, accounts: int, enforce: str | None, command: tuple[str, ...]
) -> int:
    """Serve an IAM on loopback, and run COMMAND against it.

    No AWS account is needed or reached.
    """
    try:
        from iamspec import sandbox as box  # noqa: PLC0415 - moto is an extra
    except ImportError as error:
        raise IamspecError(
            f"the sandbox needs the extra `sandbox` of iamspec; in a clone of the repository: pip install '.[sandbox]' ({error})"
        ) from error
    from iamspec.live.snapshot import load as load_snapshot  # noqa: PLC0415
    from iamspec.policy.limits import ACCOUNT_ID  # noqa: PLC0415

    if account is not None and not ACCOUNT_ID.fullmatch(account):
        raise IamspecError(f'--account {account}: an account id has 12 digits, as in "123456789012"')
    saved = load_snapshot(load) if load is not None else None
    account_id = account or (saved.account.id if saved else "123456789012")
    policy = _policy(enforce) if enforce is not None else None
    gc.set_threshold(700, 10, 10)  # Python's own: a sandbox answers for days, and `run` hardly looks for garbage
    with box.running(account_id=account_id, port=port, snapshot=saved, enforce=policy, members=accounts) as running:
        environment = box.environment(running.endpoint, os.environ)
        if command:
            return _run_against(command, environment)
        of = f"an IAM of account {account_id}" + (f" and {accounts} members of its organization" if accounts else "")
        say(f"{of} answers at {running.endpoint} until Ctrl-C; to use it:")
        for name in sorted(os.environ.keys() - environment.keys()):
            show(f"unset {name}", "sh")
        for name in sorted(name for name in environment if os.environ.get(name) != environment[name]):
            show(f"export {name}={shlex.quote(environment[name])}", "sh")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return OK


def _policy(path: str) -> Any:
    """The policy document in a JSON file.

    Raises InvalidSpec if IAM would refuse it.
    """
    from iamspec.errors import Issue, Location  # noqa: PLC0415
    from iamspec.policy.document import Document  # noqa: PLC0415
    from iamspec.policy.grammar import check, place  # noqa: PLC0415

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
