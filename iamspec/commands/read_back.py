"""An import that is read back.

Entities that validate would refuse, or plan would change, are not
written.

Such an entity becomes an external stub with a comment. A stub that
validate refuses, too, is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from iamspec.commands.imported import Imported, as_files, context_text
from iamspec.desired.check import check
from iamspec.desired.load import Spec, parsed
from iamspec.desired.resources import desired
from iamspec.desired.yaml_text import dump
from iamspec.errors import InvalidSpec, Issue
from iamspec.kinds import KINDS
from iamspec.kinds.account import ADDRESS as ALIAS
from iamspec.kinds.contract import Address
from iamspec.kinds.password_policy import PASSWORD_POLICY
from iamspec.live.observe import Live
from iamspec.plan.make import make
from iamspec.plan.match import match
from iamspec.plan.removal import Removals

SETTINGS = {"account.alias": ALIAS, "account.password_policy": PASSWORD_POLICY}
STUBBED = ", so it is external"
UNREADABLE = (InvalidSpec, RecursionError, UnicodeError)  # what a text that cannot be written or read ends with


def read_back(imported: Imported, live: Live) -> None:
    """Replaces whatever does not read back as it is live, until everything does."""
    while problems := _problems(imported, live):
        for address in sorted(problems):
            _give_up(imported, live, address, problems[address])


def _give_up(imported: Imported, live: Live, address: Address, reason: str) -> None:
    if address in imported.context:
        del imported.context[address]  # what names it is found next
    elif address == ALIAS:
        imported.account = replace(imported.account, alias=None)
        imported.skipped.append(f"account.alias: {reason}, so it is left out")
    elif address == PASSWORD_POLICY:
        imported.password_policy = {}
        imported.skipped.append(f"account.password_policy: {reason}, so it is left out")
    elif imported.entities[address].get("external"):
        del imported.entities[address]
        stubbed = f"{address}: {reason}{STUBBED}"
        imported.skipped[:] = [one for one in imported.skipped if one != stubbed]
        imported.skipped.append(f"{address}: {reason}, so it is left out")
    else:
        imported.entities[address] = KINDS[address.kind].stub(live.resources[address])
        imported.skipped.append(f"{address}: {reason}{STUBBED}")


def _problems(imported: Imported, live: Live) -> dict[Address, str]:
    """The entities that do not read back, each with the reason."""
    try:
        spec, issues = parsed([*as_files(imported).values(), *filter(None, [context_text(imported)])])
    except UNREADABLE:
        return dict(_unreadable({**imported.entities, **imported.context}))
    if issues := [*issues, *check(spec).issues]:
        return _by_address(spec, issues)
    return _changes(spec, live)


def _unreadable(entities: Mapping[Address, Mapping[str, Any]]) -> Iterator[tuple[Address, str]]:
    """The entities whose text cannot be written, or not be read."""
    for address, entity in entities.items():
        try:
            parsed([dump({KINDS[address.kind].section: {address.name: entity}})])
        except InvalidSpec as error:
            yield address, error.issues[0].message
        except RecursionError:
            yield address, "it is nested too deep"
        except UnicodeError:
            yield address, "it holds what is no text"


def _by_address(spec: Spec, issues: Iterable[Issue]) -> dict[Address, str]:
    """The first issue of each entity.

    Raises InvalidSpec if issues belong to no entity.
    """
    found: dict[Address, str] = {}
    known = {str(address): address for address in (*spec.entities, *spec.broken)} | SETTINGS
    strange = []
    for issue in issues:
        text = _owner(issue.where, known)
        if text is None:
            strange.append(issue)
        else:
            rest = issue.where.removeprefix(text).lstrip(":. ")
            found.setdefault(known[text], f"{rest}: {issue.message}" if rest else issue.message)
    if not found:
        raise InvalidSpec(strange)
    return found


def _owner(where: str, known: Mapping[str, Address]) -> str | None:
    """The longest address at the beginning of `where`."""
    cuts = [len(where), *(at for at in range(len(where) - 1, 0, -1) if where[at] in ":.")]
    return next((where[:cut] for cut in cuts if where[:cut] in known), None)


def _changes(spec: Spec, live: Live) -> dict[Address, str]:
    """What a plan for the spec would change, with the fields that differ."""
    wanted = desired(spec, live.account, live.resources)
    try:
        matches = match(wanted, live)
    except InvalidSpec as error:
        return _by_address(spec, error.issues)
    changes = make(wanted, live, matches, Removals()).changes
    return {one.address: f"{_fields(one)} cannot be written as it is" for one in changes}


def _fields(change: Any) -> str:
    return " and ".join(one.field for one in change.differences)
