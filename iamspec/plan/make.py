"""From desired and live entities to a plan.

Pure: all reads are done before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from iamspec.desired.load import Spec
from iamspec.desired.resources import Desired
from iamspec.errors import Location
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, Resource, Step
from iamspec.kinds.group import Group
from iamspec.kinds.holdings import copied_item
from iamspec.kinds.operations import MAKING
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.plan.diff import differences
from iamspec.plan.findings import Copier, Ended, Excess, Kept
from iamspec.plan.fingerprint import fingerprints, short
from iamspec.plan.match import Match, Matches
from iamspec.plan.model import PRUNED, Action, Change, Plan
from iamspec.plan.removal import Removals
from iamspec.plan.steps import transition
from iamspec.policy.expiry import SOON, timestamp

ENDING = {  # what ends, by the field that it stands in
    "groups": "its membership of",
    "members": "the membership of",
    "policies": "the attachment of",
    "inline_policies": "its inline policy",
}


def make(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Plan:
    """The changes of an account that has been read as far as they need.

    `ordered` makes a whole plan of them.
    """
    pairs = [(one, _seen(one, matches, removals)) for one in _followed(desired, matches)]
    changes = (*_declared(desired, live, pairs), *_removed(desired, live, matches, removals))
    tombstones = desired.spec.absent
    return Plan(
        account=live.account,
        spec_digest=desired.spec.digest,
        changes=changes,
        undeclared=removals.undeclared,
        strays=tuple(_strays(desired, live, matches, removals)),
        kept=(*removals.kept, *_foreign_members(matches)),
        excess=tuple(_excess(live, matches)),
        notes=(*matches.notes, *_told(live, pairs), *_ends(desired, live.now)),
        guards=desired.spec.settings.guards,
        held=tuple(one for one in removals.kept if one.held and one.address in tombstones),
        ended=tuple(_ended(desired, live.now)),
        copiers=tuple(
            Copier(one, ended.source, ended.why, copied_change(desired, live, one))
            for one, ended in sorted(desired.copiers.items())
        ),
        guard_places=dict(_guard_places(desired.spec)),
        allow_places=tuple(
            desired.spec.issue("", "guards", "allow", number).location
            for number in range(len(desired.spec.settings.guards.allow))
        ),
    )


def _guard_places(spec: Spec) -> Iterator[tuple[str, Location]]:
    """The places of the limits that the settings write."""
    for name in sorted(spec.settings.guards.model_fields_set):
        if place := spec.issue("", "guards", name).location:
            yield name, place


def copied_change(desired: Desired, live: Live, address: Address) -> str:
    """A digest of a copier as it is live and as the spec wants it.

    It is known before its changes are planned.
    """
    wanted = KINDS[address.kind].compared(desired.resources[address])
    was = fingerprints([address], live, ())
    return short(["copy-ended", str(address), was, wanted])


# Changes


Pair = tuple[Match, Resource | None]  # a declared entity, and the live entity as the spec looks at it


def _declared(desired: Desired, live: Live, pairs: Iterable[Pair]) -> Iterator[Change]:
    for match, before in pairs:
        kind = KINDS[match.address.kind]
        declared = desired.spec.entities[match.address]
        if before is None:
            after = kind.fill_desired(match.desired, None, live.now)
            blocked = kind.unmakable(after)
            steps = () if blocked else tuple(transition(kind, None, after, desired.world))
            told = differences(kind, None, after, live.account)
            whom = _recipient(after, steps)
            source = declared.locate(kind.place)
            yield Change(match.address, Action.CREATE, told, steps, source, blocked, after=after, deliver_to=whom)
            continue
        after = kind.fill_desired(match.desired, before, live.now)
        if before == after:
            continue
        blocked = kind.blocked(before, after)
        steps = () if blocked else tuple(transition(kind, before, after, desired.world))
        yield Change(
            address=match.address,
            action=Action.UPDATE,
            differences=differences(kind, before, after, live.account),
            steps=steps,
            source=declared.locate(kind.place),
            blocked=blocked,
            before=before,
            after=after,
            deliver_to=_recipient(after, steps),
        )


def _followed(desired: Desired, matches: Matches) -> Iterator[Match]:
    """The declared entities with their desired state of today.

    If the source of a copier has ended, the copier gets a suspension of its own only.
    """
    held_back = desired.held_back
    for match in matches.pairs:
        if match.address not in held_back:
            yield match
        elif match.live is not None:
            kind = KINDS[match.address.kind]
            yield replace(match, desired=kind.only_restricted(match.desired, match.live))


def _recipient(after: Resource, steps: Iterable[Step]) -> str | None:
    """The recipient for whom new secrets are encrypted.

    None if the steps make no secret.
    """
    makes = any(step.call.operation in MAKING for step in steps)
    return after.orders.deliver_to if makes and isinstance(after, User) else None


def _seen(match: Match, matches: Matches, removals: Removals) -> Resource | None:
    """The live entity as the spec looks at it.

    Groups have their new names. Members are only those that the
    spec may remove.
    """
    if match.live is None:
        return None
    if isinstance(match.live, Group):
        return replace(match.live, members=frozenset(_removable(match, matches, removals)))
    seen: Resource | None = KINDS[match.address.kind].renaming(match.live, matches.name_of)
    return seen


def _removable(match: Match, matches: Matches, removals: Removals) -> Iterator[str]:
    """The members that a closed group may remove.

    Declared users are not among them: their own `groups` decide.
    Nor are users who are about to go or out of scope.
    """
    if match.address not in matches.closed:
        return
    listed = {name.casefold(): name for name in match.listed}
    for user in matches.members_of(match):
        if user in matches.claimed or user in removals.deleted:
            continue
        if user.folded in listed or user not in matches.foreign:
            yield listed.get(user.folded, user.name)


def _removed(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[Change]:
    settings = desired.spec
    for address in sorted(removals.deleted):
        kind = KINDS[address.kind]
        before = kind.renaming(kind.with_hidden(live.resources[address]), matches.name_of)
        steps = tuple(transition(kind, before, None, desired.world))
        tombstone = address in removals.absent
        source = settings.issue("", "absent", kind.section, address.name).location if tombstone else None
        reason = f"absent in the spec, and created before {settings.absent[address]}" if tombstone else PRUNED
        told = differences(kind, before, None, live.account)
        yield Change(address, Action.DELETE, told, steps, source, reason=reason, before=before)


# Notes, and entities left unchanged


def _told(live: Live, pairs: Iterable[Pair]) -> Iterator[str]:
    for match, before in pairs:
        for note in KINDS[match.address.kind].notes(match.desired, before, live.now):
            yield f"{match.address}: {note}"


def _excess(live: Live, matches: Matches) -> Iterator[Excess]:
    """The credentials beyond the spec of all declared entities that are live."""
    for match in matches.pairs:
        if match.live is not None:
            found = KINDS[match.address.kind].excess(match.desired, match.live, live.now)
            yield from (Excess(match.address, credential) for credential in found)


def _ends(desired: Desired, now: datetime) -> Iterator[str]:
    """Grants that have ended, and grants that end soon.

    The line of a copied grant that has ended stands elsewhere.
    """
    for address, ends in desired.ends.items():
        copied = desired.resources[address].via if address in desired.resources else {}
        for (name, item), when in ends.items():
            if when <= now and (name, copied_item(name, item, desired.world)) in copied:
                continue
            if when <= now:
                yield f"{address}: {ENDING[name]} {item} has ended at {timestamp(when)}; take the line out"
            elif when <= now + SOON:
                yield f"{address}: {ENDING[name]} {item} ends at {timestamp(when)}"


def _ended(desired: Desired, now: datetime) -> Iterator[Ended]:
    """The memberships and attachments that are over.

    The Deny statements of an inline policy stay. The membership of
    a declared user ends in the user's `groups`, too.
    """
    for address, ends in sorted(desired.ends.items()):
        for (name, item), when in sorted(ends.items()):
            is_told = name == "inline_policies" or (name == "members" and Address("user", item) in desired.resources)
            if when <= now and not is_told:
                yield Ended(address, name, desired.world.policy_arn(item) if name == "policies" else item, when)


def _strays(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[tuple[Address, Address]]:
    for user in removals.undeclared:
        entity = live.resources[user]
        for name in sorted(entity.groups) if isinstance(entity, Holding) else ():
            group = Address("group", matches.name_of(Address("group", name)))
            if group in desired.resources and group not in matches.closed:
                yield user, group


def _foreign_members(matches: Matches) -> Iterator[Kept]:
    for match in matches.pairs:
        if match.live is None or match.address not in matches.closed:
            continue
        listed = {name.casefold() for name in match.listed}
        for user in sorted(matches.members_of(match)):
            reason = matches.foreign.get(user)
            if reason and user not in matches.claimed and user.folded not in listed:
                yield Kept(
                    user, f"in {match.address}, which is closed and does not list it, but out of scope: {reason}"
                )
