"""The losses that no undo brings back, as sentences for the person who agrees to the undo."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.policy.operations import FORGET
from iamspec.kinds.policy.shape import Policy
from iamspec.plan.model import Action, Change
from iamspec.saved.journal_reader import Journal


def lost(journal: Journal, changes: Iterable[Change]) -> Iterator[str]:
    """Sentences about irreversible losses, sorted by address. Credentials go first."""
    gone: dict[Address, Counter[str]] = {}
    for entry in journal.entries:
        gone.setdefault(entry.address, Counter())[entry.call.operation] += 1
    again = {one.address: one for one in changes if one.action is Action.CREATE}
    changed = {one.address for one in changes if one.action is Action.UPDATE}
    for address in sorted({*gone, *again}):
        operations = gone.get(address, Counter())
        things = list(_credentials(operations)) if _is_there(journal, address) else []
        if address in again:
            things += _of_new(journal.before.get(address))
        elif address in changed and (versions := operations[FORGET.name]):
            things += [f"{versions} of its older versions"]
        if things:
            yield f"{address}: does not come back: {', '.join(things)}"
        if address in changed:
            yield from (
                f"{address}: {row.renewed}" for row in OPERATIONS.values() if row.renewed and operations[row.name]
            )


def _is_there(journal: Journal, address: Address) -> bool:
    return address in journal.before


def _credentials(operations: Mapping[str, int]) -> Iterator[str]:
    for row in OPERATIONS.values():
        if row.takes and row.takes.one and (count := operations.get(row.name, 0)):
            yield row.takes.one if count == 1 else row.takes.many.format(count)


def _of_new(was: Resource | None) -> Iterator[str]:
    """The parts of a deleted entity that its replacement lacks."""
    if was is None:
        return
    if was.facts.id:
        yield f"its unique id {was.facts.id}"
    if isinstance(was, Policy) and was.facts.versions:
        yield f"its older versions {', '.join(was.facts.versions)}"
    yield from (f"its tag {key}" for key in sorted(was.facts.reserved_tags))
