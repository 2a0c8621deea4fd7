"""The entities that an apply was to change: before it, after its calls, and now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from iamspec.errors import IamspecError
from iamspec.iam import Caller
from iamspec.kinds import KINDS
from iamspec.kinds.calls import renames
from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.operation import Impossible, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.user.credentials import UNMANAGED
from iamspec.kinds.user.operations import MAKE_KEY
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.saved.journal_reader import Entry, Journal

CLOCKS = timedelta(minutes=1)  # between the clock of IAM and that of who wrote the journal


@dataclass(frozen=True, slots=True)
class Trace:
    """An entity through an apply. None where it is absent.

    `left` has two values where it is not known whether calls were
    carried out: without these calls and with them. `others` says
    that the present entity is another entity of the same name.
    `given` says that it got credentials from elsewhere since.
    """

    address: Address  # as it was, or as it was made
    was: Any
    left: tuple[Any, ...]
    now: Any
    others: bool = False
    given: bool = False


def traces(journal: Journal, live: Live) -> list[Trace]:
    """Every entity that the calls of a journal have, or may have, changed, sorted by address."""
    certain = _after(journal, [one for one in journal.entries if one.certain])
    possible = _after(journal, list(journal.entries))
    old_names = renames(one.call for one in journal.entries)
    made = {one.address: one.made for one in journal.entries if _makes_entity(one)}
    ids = _by_id(live)
    found = []
    for address in sorted({*journal.before, *certain, *possible}):
        if address not in old_names and address in old_names.values() and address not in made:
            continue  # it stands under its new address
        old = old_names.get(address, address)
        was: Any = None if address in made else journal.before.get(old)
        left = tuple(state.get(address) or state.get(old) for state in (certain, possible))
        if any(one is not was for one in left):
            trace = Trace(old if was else address, was, left, None)
            found.append(_known(_seen(journal, live, ids, trace, made.get(address, ""))))
    return sorted(found, key=lambda one: one.address)


def _makes_entity(entry: Entry) -> bool:
    return OPERATIONS[entry.call.operation].verb is Verb.CREATE


def _after(journal: Journal, entries: list[Entry]) -> Mapping[Address, Resource]:
    before = Live(journal.account, Caller("", journal.account.id), journal.before)
    try:
        left = dict(carry_out_all(before, [one.call for one in entries]).resources)
    except Impossible as error:
        raise IamspecError(f"{journal.name}: its calls do not follow from what it says was there: {error}") from error
    for one in entries:
        if one.call.operation == MAKE_KEY.name and one.made:
            address = Address("user", one.call.params["UserName"])
            left[address] = _with_key(left.get(address), one.made)
    return {address: one for address, one in left.items() if one is not None}


def _with_key(user: Any, made: str) -> Any:
    """A user with the id of a key that was made."""
    if user is None:
        return None
    number = next((index for index, key in enumerate(user.access_keys) if not key.id), None)
    keys = tuple(replace(key, id=made) if index == number else key for index, key in enumerate(user.access_keys))
    return replace(user, access_keys=keys)


def _seen(journal: Journal, live: Live, ids: Mapping[tuple[str, str], Any], trace: Trace, made: str) -> Trace:
    """The trace with the live entity of now: found by id, else by name."""
    names = [trace.address, *(_address(one, trace.address.kind) for one in trace.left if one is not None)]
    named: Any = next((live.resources[one] for one in names if one in live.resources), None)
    wanted = made if trace.was is None else trace.was.facts.id
    if wanted:
        same = ids.get((trace.address.kind, wanted))
        return replace(trace, now=same or named, others=same is None and not _is_left(trace, named))
    if trace.was is None and named is not None:
        created = named.facts.created
        return replace(trace, now=named, others=created is not None and created < journal.started - CLOCKS)
    return replace(trace, now=named)


def _known(trace: Trace) -> Trace:
    """The trace with fields the journal did not record (such as credentials), filled from the live entity."""
    if trace.now is None:
        return trace
    kind = KINDS[trace.address.kind]
    left = tuple(one and kind.with_live_ids(one, trace.now) for one in trace.left)
    return replace(trace, left=left, given=isinstance(trace.now, User) and _is_given(trace))


def _is_given(trace: Trace) -> bool:
    """Whether a user has a credential from elsewhere, neither from this journal nor from an earlier call."""
    now: Any = trace.now
    known = [one for one in (trace.was, *trace.left) if one is not None]
    ids = {key.id for one in known for key in one.access_keys or ()}
    unnamed = max((sum(not key.id for key in one.access_keys or ()) for one in known), default=0)
    strange = sum(key.id not in ids for key in now.access_keys or ())
    password = bool(now.console) and not any(one.console for one in known)
    return strange > unnamed or password or any(getattr(now.facts.credentials, one.field) for one in UNMANAGED)


def _is_left(trace: Trace, named: Any) -> bool:
    """Whether an entity with another id equals the entity that the apply left.

    Undoing a later apply has made it anew.
    """
    whole = KINDS[trace.address.kind].with_hidden
    return named is None or any(one is not None and whole(one) == whole(named) for one in trace.left)


def _by_id(live: Live) -> Mapping[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for address, resource in live.resources.items():
        entity: Any = resource
        found[address.kind, entity.facts.id] = entity
    return found


def _address(resource: Resource, kind: str) -> Address:
    return KINDS[kind].address(resource)


def renamed(traces: list[Trace], names: Mapping[Address, str]) -> Iterator[Trace]:
    """The traces with the entities that they refer to under the names that these will have."""

    def name_of(address: Address) -> str:
        return names.get(address, address.name)

    for one in traces:
        kind = KINDS[one.address.kind]
        was, now, *left = (entity and kind.renaming(entity, name_of) for entity in (one.was, one.now, *one.left))
        yield replace(one, was=was, now=now, left=tuple(left))
