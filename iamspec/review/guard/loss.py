"""Guards against losses: many deletions, protected entities, tombstones in use, users and roles at work."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from iamspec.desired.scope import matches
from iamspec.kinds import KINDS, SECTIONS
from iamspec.kinds.contract import Address, Resource, Step
from iamspec.kinds.operation import Access, Verb
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.profile import DROP as DROP_PROFILE, PROFILE
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role.operations import LEAVE
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.shape import User
from iamspec.plan.model import PRUNED, Action, Change
from iamspec.policy import trust
from iamspec.review.guard.caller import closed
from iamspec.review.guard.view import View
from iamspec.review.guard.widening import loses
from iamspec.review.model import Complaint

PROTECTED_TAG = "iamspec:protected"
LISTS, BOUNDARY = frozenset({"groups", "policies", "members"}), "permissions_boundary"  # fields of Given


def mass_delete(view: View) -> Iterator[Complaint]:
    limits = view.guards
    for kind in KINDS.values():
        gone = [one for one in view.plan.changes if one.action is Action.DELETE and one.address.kind == kind.name]
        if len(gone) > limits.max_deletes:
            message = f"{len(gone)} {kind.section} would be deleted, more than guards.max_deletes: {limits.max_deletes}"
            yield Complaint("mass-delete", None, f"{message}; is a file of the spec missing?")
    revokes = [step for change in view.plan.changes if change.action is not Action.DELETE for step in change.steps]
    count = sum(map(_revokes, revokes))
    if count > limits.max_revokes:
        what = "memberships, attachments, passwords and keys"
        message = f"{count} {what} would be taken away, more than guards.max_revokes: "
        yield Complaint("mass-delete", None, f"{message}{limits.max_revokes}")


def _revokes(step: Step) -> bool:
    """Whether a step takes away a membership, an attachment, a password or an access key."""
    row = OPERATIONS[step.call.operation]
    if row.signs_in:
        return row.verb is Verb.TAKE
    return row.verb is Verb.TAKE and row.opens is not None and row.opens[0] in {Access.MEMBER, Access.ATTACHED}


def protected(view: View) -> Iterator[Complaint]:
    """A complaint per protected entity: about the entity itself, else about access lost through other entities."""
    found = {one.address: one for one in (*_profiles(view), *_changed(view))}
    yield from found.values()
    yield from _nobody(view)
    for address, live, effect in view.effects:
        if address not in found and live is not None and loses(effect) and _is_protected(view, address, live):
            causes = ", ".join(map(str, effect.causes))
            yield Complaint("protected", address, f"is protected, and would lose access through {causes}")


def _nobody(view: View) -> Iterator[Complaint]:
    """The names under `guards.protected` that no entity has before or after the plan.

    A glob may match nothing.
    """
    known = {*view.before.live.resources, *view.after.live.resources}
    for section, names in view.guards.protected.items() if view.plan.steps else ():
        kind = SECTIONS[section].name
        for address in (Address(kind, name) for name in names if not set("*?/") & set(name)):
            if address not in known:
                yield Complaint("protected", address, f"is under guards.protected, but no {kind} has this name")


def _changed(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        if not _is_protected(view, change.address, change.before):
            continue
        if change.action is Action.DELETE:
            yield Complaint("protected", change.address, "is protected, and would be deleted")
        elif any(one.field == "name" for one in change.differences) and change.before is not None:
            yield Complaint("protected", change.address, "is protected, and would be renamed")
        elif lost := sorted(_losses(change)):
            yield Complaint("protected", change.address, f"is protected, and would lose access: {', '.join(lost)}")


def _profiles(view: View) -> Iterator[Complaint]:
    """Complaints about protected instance profiles that a change of their role empties or deletes."""
    for change in view.plan.changes:
        for step in change.steps:
            if step.call.operation in {LEAVE.name, DROP_PROFILE.name}:
                profile = Address(PROFILE.kind, step.call.params[PROFILE.name])
                if _is_protected(view, profile, view.live.resources.get(profile)):
                    lost = "be deleted" if step.call.operation == DROP_PROFILE.name else f"lose {change.address}"
                    yield Complaint("protected", profile, f"is protected, and would {lost}")


def _is_protected(view: View, address: Address, live: Resource | None) -> bool:
    """Whether a live entity is protected, under the present or the future name."""
    if live is None or not KINDS[address.kind].scoped:
        return False
    if PROTECTED_TAG in live.facts.reserved_tags:
        return True
    globs = view.guards.protected.get(KINDS[address.kind].section, [])
    return matches(globs, live.path, live.name) or matches(globs, live.path, address.name)


def _losses(change: Change) -> Iterator[str]:
    """The fields in which an entity gets less, as far as they show without looking into documents."""
    documents = {place.path[0] for place in KINDS[change.address.kind].places}
    for one in change.differences:
        if (
            (one.field in LISTS and set(one.before or ()) - set(one.after or ()))
            or (one.field in documents and one.before and not one.cosmetic)
            or (one.field == BOUNDARY and one.after)
        ):
            yield one.field
    yield from _sign_in_lost(change)
    yield from _ways_lost(change)


def _ways_lost(change: Change) -> Iterator[str]:
    """The instance profiles that a role leaves, and the logins that an identity provider takes no more."""
    before, after = change.before, change.after
    if isinstance(before, Role) and isinstance(after, Role) and before.instance_profile - after.instance_profile:
        yield "instance_profile"
    if isinstance(before, Provider) and isinstance(after, Provider) and any(closed(before, after)):
        yield "client_ids" if before.client_ids - after.client_ids else "saml"


def _sign_in_lost(change: Change) -> Iterator[str]:
    """The sign-in that a user loses by suspension or removal.

    A rotation leaves a working key.
    """
    before, after = change.before, change.after
    if not isinstance(before, User) or not isinstance(after, User):
        return
    if after.suspended and not before.suspended:
        yield "suspended"
    if before.console and after.console is False:
        yield "console"
    if any(key.active for key in before.access_keys or ()) and not any(key.active for key in after.access_keys or ()):
        yield "access_keys"


def in_use(view: View) -> Iterator[Complaint]:
    """Tombstones that other entities hold, undeclared roles that EC2 or an AWS service uses, and lost instance profiles."""
    for change in view.changes("role", Action.DELETE):
        uses = list(_uses(change.before)) if isinstance(change.before, Role) and change.reason == PRUNED else []
        if uses:
            message = f"would be deleted since it is not declared, but {' and '.join(uses)}"
            yield Complaint("in-use", change.address, message)
    for change in (one for one in view.changes("role", Action.UPDATE) if one.source is not None):
        for step in (one for one in change.steps if one.call.operation == DROP_PROFILE.name):
            name = step.call.params[PROFILE.name]
            message = (
                f"would lose its instance profile {name}, which would be deleted, and EC2 instances with it their credentials; "
                f"write instance_profile: {name}, or declare it under instance_profiles"
            )
            yield Complaint("in-use", change.address, message)
    for kept in view.held:
        yield Complaint("in-use", kept.address, f"is absent in the spec, but {kept.reason}")


def _uses(role: Role) -> Iterator[str]:
    """How EC2 and other services of AWS may be at work with a role, as clauses."""
    if role.instance_profile:
        yield f"it is in the instance profile {', '.join(sorted(role.instance_profile))}"
    if services := trust.services(role.trust):
        more = f" and {len(services) - 2} more" if len(services) > 2 else ""
        yield f"it trusts {', '.join(services[:2])}{more}"


def recently_used(view: View) -> Iterator[Complaint]:
    """Complaints about lost credentials that were used in the last days.

    Their owners are still at work.
    """
    since = view.live.now - timedelta(days=view.guards.recent_days)
    within = f"within guards.recent_days: {view.guards.recent_days}"
    for change in view.plan.changes:
        used = change.before.last_used if change.before is not None and change.action is Action.DELETE else None
        if used is not None and used >= since:
            message = f"would be deleted, but was last used on {used.date()}, {within}"
            yield Complaint("recently-used", change.address, message)
        elif view.guards.recent_days and change.action is Action.DELETE and _is_use_unknown(change.before):
            message = f"would be deleted, but when it was last used is not known, {within}"
            yield Complaint("recently-used", change.address, message)
    for change in view.changes("user", Action.UPDATE):
        for what, when in _credentials_taken(view, change):
            if view.guards.recent_days and (when is None or when >= since):
                day = f"was used or made on {when.date()}" if when else "was used at an unknown time"
                yield Complaint("recently-used", change.address, f"would lose {what}, but it {day}, {within}")


def _is_use_unknown(before: Resource | None) -> bool:
    """Whether the last use of a role is unknown. Such a role counts as used."""
    return isinstance(before, Role) and not before.facts.used_known


def _credentials_taken(view: View, change: Change) -> Iterator[tuple[str, datetime | None]]:
    """The password and active keys that `false` or `0` of the spec takes away, with their last use.

    A rotation, a suspension and an undo do not count.
    """
    after = change.after
    before = view.live.resources.get(Address(change.address.kind, change.before.name)) if change.before else None
    if not isinstance(before, User) or not isinstance(after, User) or after.suspended or change.source is None:
        return
    if before.console and after.console is False:
        yield "its password", before.facts.credentials.password_used
    if after.access_keys is not None and not any(key.active for key in after.access_keys):
        for key in before.access_keys or ():
            if key.active:
                yield f"access key {key.id}", max(filter(None, (key.used, key.created)), default=None)
