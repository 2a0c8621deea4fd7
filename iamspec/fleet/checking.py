"""`iamspec fleet validate`: fleet.yaml, and the spec of each account that it names, offline.

AWS Organizations is not asked. An id in the name of a PATH is an
account, too. All other accounts have the same spec, and it is
checked once.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from iamspec.desired.variables import ANY_ID
from iamspec.fleet.accounts import OPTIONAL, Member
from iamspec.fleet.engine import Engine, results
from iamspec.fleet.file import Fleet
from iamspec.fleet.findings import ACCOUNT_ID
from iamspec.fleet.index import AccountRow, Settings, Shard
from iamspec.fleet.running import PARTITION, Question, resolved, row_of, settings_of, task_of

MOST_NAMES = 6
OTHERS = "every other account of the organization"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many accounts were checked, how many have errors, and what is to be said."""

    accounts: int
    errors: int
    lines: tuple[str, ...]


def check(fleet: Fleet, engine: Engine, part: Shard | None) -> Checked:
    rows = list(_rows(fleet))
    if fleet.spec.organization is None:
        settings_of(fleet, rows)  # which holds the waves against the accounts
    mine = [row for row in rows if part is None or part.has(row.id)]
    wrong = {row.id: row.trouble for row in mine if row.trouble}
    said: dict[str, list[str]] = {}
    settings, question = Settings(digest=fleet.digest), Question("validate", part)
    asked = (task_of(row, str(fleet.folder), settings, question) for row in mine if not row.trouble)
    for task, result in results(engine, asked):
        if result.document is None:
            wrong[task.account] = result.error or "no result"
            continue
        for warning in json.loads(result.document)["warnings"]:
            said.setdefault(f"warning: {warning}", []).append(task.account)
    for account, message in sorted(wrong.items()):
        for one in message.split("\n"):
            said.setdefault(one.replace(account, ACCOUNT_ID), []).append(account)
    labels = {row.id: row.label for row in mine}
    lines = (f"{text}  ({_whose(sorted(accounts), labels)})" for text, accounts in sorted(said.items()))
    return Checked(len(mine), len(wrong), tuple(lines))


def _rows(fleet: Fleet) -> Iterator[AccountRow]:
    """The accounts of fleet.yaml.

    An organization adds the accounts with a PATH, and a row for
    all the rest.
    """
    named = resolved(fleet, None)
    yield from named
    if fleet.spec.organization is None:
        return
    known = {row.id for row in named}
    left_out = known | set(fleet.spec.organization.exclude)
    for account in sorted(set(_with_own_path(fleet)) - left_out):
        yield row_of(fleet, Member(account), PARTITION)
    yield row_of(fleet, Member(ANY_ID, shown=OTHERS), PARTITION)


def _with_own_path(fleet: Fleet) -> Iterator[str]:
    """The ids in the names of files and folders that a PATH with `${iamspec:account_id}` means."""
    for template in fleet.spec.paths:
        before, mark, after = template.removesuffix(OPTIONAL).partition("${iamspec:account_id}")
        folder, _, start = before.rpartition("/")
        name, _, _ = after.partition("/")
        if not mark or "${" in before or "${" in name or not (place := fleet.folder / folder).is_dir():
            continue
        pattern = re.compile(f"{re.escape(start)}([0-9]{{12}}){re.escape(name)}", re.ASCII)
        yield from (found[1] for one in place.iterdir() if (found := pattern.fullmatch(one.name)))


def _whose(accounts: Sequence[str], labels: Mapping[str, str]) -> str:
    named = ", ".join(labels[one] for one in accounts[:MOST_NAMES])
    more = f" and {len(accounts) - MOST_NAMES} more" if len(accounts) > MOST_NAMES else ""
    return f"the same in {len(accounts)} accounts: {named}{more}" if len(accounts) > 1 else named
