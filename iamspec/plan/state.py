"""The state of a live entity as a digest, which `drift.accept` names.

Any other state of the entity has another digest. The digest covers
the id that IAM gave, so that a namesake is another entity. It
covers the documents of the held policies, too: otherwise an
accepted entity could become an administrator without a change of
its own.
"""

from collections.abc import Iterable, Iterator

from iamspec.kinds import KINDS, AnyKind
from iamspec.kinds.contract import Address, Holding, Purpose, Resource
from iamspec.kinds.policy.shape import Policy
from iamspec.kinds.resource import policy_address
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.plan.fingerprint import ABSENT, short
from iamspec.policy.document import Document


def state_reads(addresses: Iterable[Address], live: Live) -> dict[Address, Purpose]:
    """The reads that a state needs beside the sweep: the passwords and keys of users."""
    return {one: Purpose.EXPORT for one in addresses if isinstance(live.resources.get(one), User)}


def state(address: Address, live: Live) -> str | None:
    """The digest of an entity as it is live, in scope or not, after its `state_reads`.

    An entity that is not live has a state, too. None if the
    password and keys of a user are not known.
    """
    resource = entity(address, live)
    if resource is None:
        return short([str(address), ABSENT])
    if isinstance(resource, User) and (resource.console is None or resource.access_keys is None):
        return None
    facts = resource.facts
    members = sorted(str(one) for one in live.members.get(address, ()))
    said = _fields(KINDS[address.kind], resource)
    tags = {} if isinstance(resource, Policy) else dict(facts.reserved_tags)
    parts = [address.kind, resource.name, facts.id, said, tags, members]
    return short([*parts, dict(sorted(_held(resource, live)))])


def entity(address: Address, live: Live) -> Resource | None:
    """The live entity of an address, in scope or not."""
    return live.resources.get(address)


def _fields(kind: AnyKind, resource: Resource) -> dict[str, object]:
    """Every field that decides about equality and that the sweep has, with what the diff hides."""
    return kind.compared(kind.with_hidden(kind.as_listed(resource)))


def _held(resource: Resource, live: Live) -> Iterator[tuple[str, Document | None]]:
    """The documents that an entity holds and that stand elsewhere: managed policies, and all of its groups."""
    if not isinstance(resource, Holding):
        return
    groups = [live.resources.get(Address("group", name)) for name in sorted(resource.groups)]
    for holder in (resource, *(one for one in groups if isinstance(one, Holding))):
        boundary = holder.permissions_boundary
        for arn in {*holder.policies, *([boundary] if boundary else [])}:
            address = policy_address(arn, live.account)
            policy = live.resources.get(address) if address else None
            yield arn, policy.document if isinstance(policy, Policy) else None
        if holder is not resource:
            yield from ((f"{holder.facts.arn} {name}", found) for name, found in holder.facts.inline.items())
