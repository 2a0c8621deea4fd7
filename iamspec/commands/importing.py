"""Live IAM as a spec. A plan right after the import is empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from iamspec.commands.imported import STUB, Imported
from iamspec.commands.read_back import read_back
from iamspec.desired.scope import Scope, matches
from iamspec.desired.validation import nearest
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import PASSWORD_POLICY
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.policy.limits import ACCOUNT_ID

UNSAID = frozenset({"name", "console", "access_keys"})


def take(reader: Reader, patterns: Sequence[str] = (), *, credentials: bool = True) -> Imported:
    """Live entities in scope, or those that the addresses name (globs), with their credentials.

    Raises IamspecError for an address that names nothing.
    """
    live = observe.read_live(reader)
    if not ACCOUNT_ID.fullmatch(live.account.id):
        raise IamspecError(f'"{live.account.id}" is no account id: it has 12 digits')
    ours, others = _sorted_out(live, Scope())
    chosen = _chosen(patterns, ours, others) if patterns else ours
    asked = [one for one in chosen if credentials or one.kind != "user"]
    live = observe.fill(reader, live, dict.fromkeys(asked, Purpose.EXPORT))
    rules = KINDS[PASSWORD_POLICY.kind].written(live.resources[PASSWORD_POLICY], live.account)
    imported = Imported(
        live.account, {name: value for name, value in rules.items() if value not in {None, False, "account"}}
    )
    for address in chosen:
        imported.entities[address] = _written(live, address, imported.skipped)
    stubs = dict.fromkeys(sorted(_needed(imported, live)), STUB)
    if patterns:
        imported.context = stubs
    else:
        imported.skipped += [f"{address}: {reason}" for address, reason in sorted(others.items())]
        imported.entities |= stubs
    read_back(imported, live)
    return imported


def _sorted_out(live: Live, scope: Scope) -> tuple[list[Address], dict[Address, str]]:
    ours: list[Address] = []
    others: dict[Address, str] = {}
    for address in sorted(live.resources):
        if not KINDS[address.kind].scoped:
            continue
        entity: Any = live.resources[address]
        if reason := scope.refusal(address.kind, entity.path, entity.name):
            others[address] = reason
        else:
            ours.append(address)
    return ours, others


def _chosen(patterns: Sequence[str], ours: Sequence[Address], others: Mapping[Address, str]) -> list[Address]:
    for pattern in patterns:
        if any(matches([pattern], "", str(address)) for address in ours):
            continue
        foreign = next((address for address in others if matches([pattern], "", str(address))), None)
        if foreign:
            raise IamspecError(f"{foreign} is not imported: {others[foreign]}")
        raise IamspecError(f'nothing live is called "{pattern}"{_meant(pattern, ours)}')
    return [address for address in ours if matches(patterns, "", str(address))]


def _meant(pattern: str, ours: Sequence[Address]) -> str:
    """The end of a message: the nearest address.

    A name alone is no address.
    """
    kind, _, name = pattern.rpartition("/")
    addresses = {one.name: one for one in ours if kind in {"", one.kind}}
    near = nearest(name, addresses)
    return f'; did you mean "{addresses[near]}"?' if near is not None else ""


def _written(live: Live, address: Address, skipped: list[str]) -> dict[str, Any]:
    """An entity without what goes without saying."""
    kind = KINDS[address.kind]
    entity: Any = live.resources[address]
    if not entity.is_known:
        skipped.append(f"{address}: its document is not known, so it is external")
        return {"external": True}
    if quarantine := entity.facts.quarantine:
        names = ", ".join(sorted(arn.rpartition("/")[2] for arn in quarantine))
        skipped.append(f"{address}: {names}, which AWS attached because a key leaked, is left out and left attached")
    written = kind.written(kind.without_foreign(entity), live.account)
    credentials = _credentials(address, entity, skipped)
    if written.pop("suspended", None):
        skipped.append(f"{address}: is suspended, which is left out and so left as it is")
    said = {key: one for key, one in written.items() if one and key not in UNSAID and (key, one) != ("path", "/")}
    return {**said, **credentials}


def _credentials(address: Address, entity: Any, skipped: list[str]) -> dict[str, Any]:
    """The password and active keys of a user, as far as they were read.

    Suspended users are left as they are.
    """
    if address.kind != "user" or entity.suspended:
        return {}
    found = {} if entity.console is None else {"console": entity.console}
    if entity.access_keys is None:
        return found
    active = [key for key in entity.access_keys if key.active]
    if entity.access_keys and not active:
        idle = ", ".join(key.id for key in entity.access_keys)
        skipped.append(f"{address}: access_keys: {idle} is not active; `access_keys: 0` would delete it")
        return found
    return {**found, "access_keys": len(active)}


def _needed(imported: Imported, live: Live) -> set[Address]:
    """Live entities that imported ones name, and that are not imported."""
    needed: set[Address] = set()
    for address in imported.entities:
        references = KINDS[address.kind].references(live.resources[address])
        needed |= {target for one in references if (target := one.within(live.account))}
    return needed & live.resources.keys() - imported.entities.keys()
