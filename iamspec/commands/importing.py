"""Live IAM as a spec. A plan right after the import is empty."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from iamspec.access.account import AccountAccess
from iamspec.commands.imported import Imported
from iamspec.commands.naming import with_providers
from iamspec.commands.read_back import read_back
from iamspec.commands.reading import ask_owners
from iamspec.desired.guards import Guards
from iamspec.desired.scope import Scope, matches
from iamspec.desired.sections import PRUNED
from iamspec.desired.validation import nearest
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.kinds.parts import owned
from iamspec.kinds.password_policy import PASSWORD_POLICY
from iamspec.kinds.profile import KIND as PROFILE
from iamspec.live import observe
from iamspec.live.observe import END_OF_TIME, Live
from iamspec.plan.state import state
from iamspec.policy.limits import ACCOUNT_ID
from iamspec.review.uncompared import uncompared

SWEPT = ("user/", "group/", "policy/")  # the addresses of entities that trust nobody
YEAR = timedelta(days=365)
LIVE_THEN = "was live when iamspec import wrote this"
UNSAID = frozenset({"name", "console", "access_keys"})


def take(reader: Reader, patterns: Sequence[str] = (), *, credentials: bool = True, roles: bool = False) -> Imported:
    """Live entities in scope, or those that the addresses name (globs), with their credentials.

    Roles are among these where `roles` or an address asks for
    them. Raises IamspecError for an address that names nothing.
    """
    live = observe.read_live(reader)
    if not ACCOUNT_ID.fullmatch(live.account.id):
        raise IamspecError(f'"{live.account.id}" is no account id: it has 12 digits')
    if roles or not all(one.startswith(SWEPT) for one in patterns):
        live = with_providers(reader, live, patterns)
        live = observe.read_saved(reader, live, {PROFILE})
    scope = Scope(None, None if roles or patterns else PRUNED)
    ours, others = _sorted_out(live, scope, patterns)
    chosen = _chosen(patterns, ours, others, roles=roles) if patterns else ours
    asked = [one for one in chosen if credentials or one.kind != "user"]
    live = observe.fill(reader, live, dict.fromkeys(asked, Purpose.EXPORT))
    live = ask_owners(reader, live, (one for one in chosen if KINDS[one.kind].by_request), Guards())
    rules = KINDS[PASSWORD_POLICY.kind].written(live.resources[PASSWORD_POLICY], live.account)
    imported = Imported(
        live.account, {name: value for name, value in rules.items() if value not in {None, False, "account"}}
    )
    for address in chosen:
        imported.entities[address] = _written(live, address, imported.skipped)
    stubs: dict[Address, Mapping[str, Any]] = {
        one: KINDS[one.kind].stub(live.resources[one]) for one in sorted(_needed(imported, live))
    }
    if patterns:
        imported.context = stubs
    else:
        imported.skipped += [*_left_out(others, roles=roles), *_unread(live, roles=roles)]
        imported.entities |= stubs
        imported.accepted = list(_accepted(scope, live))
    read_back(imported, live)
    return imported


def _accepted(scope: Scope, live: Live) -> Iterator[dict[str, Any]]:
    """Entries of `drift.accept` for the roles out of scope that would be drift, so that the next one is seen."""
    until = (live.now + YEAR).date().isoformat() if live.now + YEAR < END_OF_TIME else date.max.isoformat()
    for one in uncompared(scope, AccountAccess(live), frozenset()):
        if one.is_exposed and (digest := state(one.address, live)):
            yield {"address": str(one.address), "state": digest, "reason": LIVE_THEN, "until": until}


def _left_out(others: Mapping[Address, str], *, roles: bool) -> Iterator[str]:
    """The entities out of scope, each with the reason.

    Entities of kinds by request are counted, by kind.
    """
    for address, reason in sorted(others.items()):
        if roles or not KINDS[address.kind].by_request:
            yield f"{address}: {reason}"
    for kind in KINDS.values() if not roles else ():
        if kind.by_request and (number := sum(one.kind == kind.name for one in others)):
            yield f"{number} {kind.noun(number)}: `iamspec import --roles` writes {kind.noun(2)}, too"


def _unread(live: Live, *, roles: bool) -> Iterator[str]:
    """The kinds beyond the sweep that were not read."""
    nouns = sorted(kind.noun(2) for kind in observe.REQUESTED if kind.name not in live.listed)
    if nouns:
        rest = "the snapshot does not have them" if roles else "`iamspec import --roles` writes them, too"
        yield f"{' and '.join(nouns)} were not read: {rest}"


def _sorted_out(live: Live, scope: Scope, patterns: Sequence[str]) -> tuple[list[Address], dict[Address, str]]:
    """The entities in scope, and the reasons for leaving out the rest.

    An exact address includes entities made by a service.
    """
    exact = {pattern.casefold() for pattern in patterns}
    ours: list[Address] = []
    others: dict[Address, str] = {}
    parts = {part for part, _ in owned(live.resources)}  # they stand with their owners
    for address in sorted(live.resources.keys() - parts):
        if not KINDS[address.kind].scoped:
            continue
        entity: Any = live.resources[address]
        named = str(address).casefold() in exact
        if reason := scope.refusal(address.kind, entity.path, entity.name, declared=named):
            others[address] = reason
        else:
            ours.append(address)
    return ours, others


def _chosen(
    patterns: Sequence[str], ours: Sequence[Address], others: Mapping[Address, str], *, roles: bool
) -> list[Address]:
    for pattern in patterns:
        if any(matches([pattern], "", str(address)) for address in ours):
            continue
        foreign = next((address for address in others if matches([pattern], "", str(address))), None)
        if foreign:
            raise IamspecError(f"{foreign} is not imported: {others[foreign]}")
        raise IamspecError(f'nothing live is called "{pattern}"{_meant(pattern, ours)}')
    return [
        address for address in ours if matches(patterns, "", str(address)) or (roles and KINDS[address.kind].by_request)
    ]


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
    if owner := live.owners.get(address):
        skipped.append(f"{address}: {owner}" + ("" if address in live.unasked else ", so it is external"))
        if address not in live.unasked:
            return kind.stub(entity)
    written = kind.written(kind.without_foreign(entity), live.account)
    credentials = _credentials(address, entity, skipped)
    if written.pop("suspended", None):
        skipped.append(f"{address}: is suspended, which is left out and so left as it is")
    defaults = {key: one.default for key, one in kind.shape.model_fields.items()}
    said = {key: one for key, one in written.items() if one and key not in UNSAID and one != defaults.get(key)}
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
