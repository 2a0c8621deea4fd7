"""What of an apply cannot be taken back, told before anybody agrees to undo the rest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iamspec.kinds.contract import Address
from iamspec.plan.model import Action, Change
from iamspec.saved.journal_reader import Journal

CREDENTIALS = {
    "DeleteLoginProfile": ("its password", "its password"),
    "DeleteAccessKey": ("1 access key", "{} access keys"),
    "DeleteSSHPublicKey": ("1 SSH key", "{} SSH keys"),
    "DeleteServiceSpecificCredential": ("1 service credential", "{} service credentials"),
    "DeleteSigningCertificate": ("1 signing certificate", "{} signing certificates"),
    "DeactivateMFADevice": ("1 MFA device", "{} MFA devices"),
}


def lost(journal: Journal, changes: Iterable[Change]) -> Iterator[str]:
    """Sentences about what does not come back, sorted by address; credentials go first."""
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
        elif address in changed and operations["DeletePolicyVersion"]:
            things += [f"{operations['DeletePolicyVersion']} of its older versions"]
        if things:
            yield f"{address}: does not come back: {', '.join(things)}"
        if address in changed and operations["CreatePolicyVersion"]:
            yield f"{address}: its document comes back as a new version, with another number"


def _is_there(journal: Journal, address: Address) -> bool:
    return address in journal.before


def _credentials(operations: Mapping[str, int]) -> Iterator[str]:
    for operation, (one, many) in CREDENTIALS.items():
        if count := operations.get(operation, 0):
            yield one if count == 1 else many.format(count)


def _of_new(was: Any) -> Iterator[str]:
    """What a new entity does not have of the one that it stands in for."""
    if was is None:
        return
    if was.facts.id:
        yield f"its unique id {was.facts.id}"
    if versions := getattr(was.facts, "versions", ()):
        yield f"its older versions {', '.join(versions)}"
    yield from (f"its tag {key}" for key in sorted(getattr(was.facts, "reserved_tags", {})))
