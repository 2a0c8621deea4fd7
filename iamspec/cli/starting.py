"""init: the first files of a spec, and the next command."""

import sys
from pathlib import Path
from typing import Any

import click

from iamspec.cli.choices import OneOf
from iamspec.cli.options import ACCOUNT, SNAPSHOT, port_of
from iamspec.cli.output import OK, counted, show
from iamspec.cli.wrapping import wrapped
from iamspec.desired.writing import SHARED, write
from iamspec.errors import IamspecError

DIGITS = 12


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--account", "account_id", metavar="ID", help="The account that the spec is for.")
@click.option("--import", "live", is_flag=True, help="Write what is live, instead of a start with names to edit.")
@click.option("--ci", type=OneOf(["github", "gitlab"]), help="Write a workflow, and the roles that it needs.")
@ACCOUNT
@SNAPSHOT
@click.pass_context
def init(
    context: click.Context, /, folder: str, account_id: str | None, live: bool, ci: str | None, **options: Any
) -> int:
    """Begin a spec: settings, users, groups, schema for editors.

    DIR is an empty or a new folder.

    At a terminal it asks for missing values. Only --import reaches
    an account.
    """
    from iamspec.commands import init as begin  # noqa: PLC0415

    place = begin.place_of(folder)
    if account_id is not None and not _is_id(account_id):
        raise IamspecError(f'--account {account_id}: an account id has 12 digits, as in "123456789012"')
    if sys.stdin.isatty() and sys.stderr.isatty():
        account_id, live, ci = _asked(account_id, ci, live=live, offline=options["snapshot"] is not None)
    port = port_of(context, options) if live else None
    files, told = _imported(port, account_id) if live else (begin.starter(account_id), [])
    outside = begin.workflow(ci, place) if ci else {}
    files = begin.with_editor(files)
    _write({**{place.folder / name: text for name, text in files.items()}, **outside})
    if ci:
        roles = begin.roles(ci, place, imported=live)
        _write(roles)
        outside |= roles
    told.append(_wrote(place.folder, files, list(outside)))
    if port is not None:
        told.append(_proved(folder, port))
    steps = _next(begin.next_steps(folder, imported=live))
    head = "Next" if live else "Change the names in users.yaml and groups.yaml. Next"
    show("\n".join([*map(wrapped, told), "", head, *steps, *_roles(ci, place)]))
    return OK


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text, SHARED, durable=False)


def _asked(account_id: str | None, ci: str | None, *, live: bool, offline: bool) -> tuple[str | None, bool, str | None]:
    """What was not given, from the person at the terminal."""
    live = live or offline or click.confirm("Write what is live in the account now?", default=False, err=True)
    if account_id is None and not live:
        asked = "Account id (12 digits, or nothing)"
        account_id = click.prompt(asked, default="", show_default=False, value_proc=checked_id, err=True) or None
    if ci is None:
        kinds = OneOf(["no", "github", "gitlab"])
        chosen = click.prompt("A workflow for CI?", default="no", type=kinds, err=True)
        ci = None if chosen == "no" else chosen
    return account_id, live, ci


def _is_id(text: str) -> bool:
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def checked_id(typed: str) -> str:
    """An account id as typed, or nothing. Anything else is asked for again."""
    found = typed.strip()
    if found and not _is_id(found):
        raise click.BadParameter('an account id has 12 digits, as in "123456789012"')
    return found


def _imported(port: Any, account_id: str | None) -> tuple[dict[str, str], list[str]]:
    """The files of the live account. Raises IamspecError if another account was named."""
    from iamspec.commands.imported import as_files  # noqa: PLC0415
    from iamspec.commands.importing import take  # noqa: PLC0415

    found = port.caller().account
    if account_id not in {None, found}:
        raise IamspecError(f"--account {account_id}: the credentials are for {found}; nothing was written")
    imported = take(port)
    nouns = (("users", "user", "users"), ("groups", "group", "groups"), ("policies", "policy", "policies"))
    counts = [counted(len(imported.section(section)), one, many) for section, one, many in nouns]
    return as_files(imported), [f"Read {', '.join(counts)} of account {found}."]


def _wrote(folder: Path, files: dict[str, str], outside: list[Path]) -> str:
    """The files in a sentence, policies by their number."""
    policies = [name for name in files if name.startswith("policies/")]
    named = [str(folder / name) for name in files if name not in policies] + [str(path) for path in outside]
    if policies:
        named.append(counted(len(policies), "policy", "policies"))
    return f"Wrote {', '.join(named[:-1])} and {named[-1]}."


def _proved(folder: str, port: Any) -> str:
    """Whether the plan for the new files is empty."""
    from iamspec.commands.plan import plan  # noqa: PLC0415

    made = plan((folder,), port)
    if made.plan.changes or made.plan.undeclared:
        return "The plan is not empty: something changed meanwhile, or is out of reach. `iamspec plan` shows it."
    return "The plan is empty: the files say what the account is."


def _next(steps: Any) -> list[str]:
    found = list(steps)
    width = max(len(command) for command, does in found if does)
    return [f"  {command}" if not does else f"  {command:<{width}}  {does}" for command, does in found]


def _roles(ci: str | None, place: Any) -> list[str]:
    from iamspec.commands.init import ROLES  # noqa: PLC0415

    if ci is None:
        return []
    from iamspec.commands.ci_roles import command  # noqa: PLC0415

    file = place.root / ROLES[ci]
    head = "The workflow needs three roles. Name your repository in the file. Whoever may make roles then runs once:"
    return ["", *map(wrapped, [head]), f"  {command(ci, str(file))}"]
