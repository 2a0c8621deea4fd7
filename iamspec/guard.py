"""Guards look at every plan, and say what they saw and how to allow it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iamspec.errors import IamspecError
from iamspec.grants import reference
from iamspec.kind import Address, Phase
from iamspec.kinds import KINDS
from iamspec.observe import Live
from iamspec.plan import Action, Change, Complaint, Plan
from iamspec.removal import Removals
from iamspec.scope import matches
from iamspec.settings import Guards
from iamspec.state import Desired

BARE = frozenset({"root-caller", "mass-delete"})  # about the whole plan, so that an address would say nothing
PROTECTED_TAG = "iamspec:protected"


@dataclass(frozen=True, slots=True)
class View:
    """What the guards look at."""

    plan: Plan
    live: Live
    desired: Desired
    removals: Removals

    @property
    def guards(self) -> Guards:
        return self.desired.spec.settings.guards


def judge(view: View, allow: Sequence[str] = ()) -> Plan:
    """The plan with what every guard has to say; `allow` has NAME or NAME:ADDRESS as people write them."""
    check_names(allow)
    found = sorted(
        (complaint for guard in GUARDS.values() for complaint in guard(view)),
        key=lambda one: (one.guard, one.address or Address("", ""), one.message),
    )
    return replace(view.plan, complaints=tuple(replace(one, allowed=_allowed(one, allow)) for one in found))


def check_names(allow: Sequence[str]) -> None:
    """Refuses a permission for what does not exist: a typo must not look like a decision."""
    for one in allow:
        name, _, address = one.partition(":")
        if name not in GUARDS:
            raise IamspecError(f'--allow {one}: there is no guard "{name}"; there are {", ".join(sorted(GUARDS))}')
        if not address and name not in BARE:
            raise IamspecError(f"--allow {one}: say for what, as in --allow {name}:user/alice")


def _allowed(complaint: Complaint, allow: Sequence[str]) -> bool:
    if complaint.guard in BARE and complaint.guard in allow:
        return True
    wanted = {one.casefold() for one in allow}
    return complaint.address is not None and f"{complaint.guard}:{complaint.address}".casefold() in wanted


def _root_caller(view: View) -> Iterator[Complaint]:
    if view.plan.changes and view.live.caller.arn.endswith(":root"):
        message = "these are the credentials of the root user, which nothing can restrict; use a role or a user"
        yield Complaint("root-caller", None, message)


def _mass_delete(view: View) -> Iterator[Complaint]:
    limits = view.guards
    for kind in KINDS.values():
        gone = [one for one in view.plan.changes if one.action is Action.DELETE and one.address.kind == kind.name]
        if len(gone) > limits.max_deletes:
            message = f"{len(gone)} {kind.section} would be deleted, more than guards.max_deletes: {limits.max_deletes}"
            yield Complaint("mass-delete", None, f"{message}; is a file of the spec missing?")
    revokes = [step for change in view.plan.changes if change.action is not Action.DELETE for step in change.steps]
    count = sum(step.call.operation in TAKING for step in revokes)
    if count > limits.max_revokes:
        message = f"{count} memberships and attachments would be taken away, more than guards.max_revokes: "
        yield Complaint("mass-delete", None, f"{message}{limits.max_revokes}")


TAKING = frozenset({"RemoveUserFromGroup", "DetachUserPolicy", "DetachGroupPolicy"})


def _protected(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        if not _is_protected(view, change):
            continue
        if change.action is Action.DELETE:
            yield Complaint("protected", change.address, "is protected, and would be deleted")
        elif any(one.field == "name" for one in change.differences) and change.before is not None:
            yield Complaint("protected", change.address, "is protected, and would be renamed")
        elif lost := sorted(_losses(change)):
            yield Complaint("protected", change.address, f"is protected, and would lose access: {', '.join(lost)}")


def _is_protected(view: View, change: Change) -> bool:
    live: Any = change.before
    if live is None or change.address.kind == "account":
        return False
    if PROTECTED_TAG in getattr(live.facts, "reserved_tags", {}):
        return True
    globs = view.guards.protected.get(KINDS[change.address.kind].section, [])
    return matches(globs, live.path, live.name) or matches(globs, live.path, change.address.name)


def _losses(change: Change) -> Iterator[str]:
    """The fields in which an entity gets less, as far as can be said without looking into documents."""
    for one in change.differences:
        if (
            (one.field in {"groups", "policies", "members"} and set(one.before or ()) - set(one.after or ()))
            or (one.field in {"inline_policies", "document"} and one.before and not one.cosmetic)
            or (one.field == "permissions_boundary" and one.after)
        ):
            yield one.field


def _in_use(view: View) -> Iterator[Complaint]:
    for kept in view.removals.kept:
        if kept.address in view.desired.spec.absent and kept.held:
            yield Complaint("in-use", kept.address, f"is absent in the spec, but {kept.reason}")


def _boundary(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        before: Any = change.before
        after: Any = change.after
        if change.address.kind != "user" or before is None or after is None or after.boundary_written:
            continue
        if before.permissions_boundary and after.permissions_boundary is None:
            name = reference(before.permissions_boundary, view.plan.account)
            message = (
                f"its boundary {name} would come off because the spec has no line for it; "
                f"write permissions_boundary: {name}, or null if it is meant to go"
            )
            yield Complaint("boundary", change.address, message)


def _quarantine(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        facts: Any = getattr(change.before, "facts", None)
        if getattr(facts, "quarantine", None) and any(step.phase is Phase.GRANT for step in change.steps):
            message = "AWS has quarantined this user because a key leaked; it would be granted more"
            yield Complaint("quarantine", change.address, message)


GUARDS: dict[str, Callable[[View], Iterator[Complaint]]] = {
    "boundary": _boundary,
    "in-use": _in_use,
    "mass-delete": _mass_delete,
    "protected": _protected,
    "quarantine": _quarantine,
    "root-caller": _root_caller,
}
