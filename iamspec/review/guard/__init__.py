"""Guards look at every plan, and say what they saw and how to allow it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from iamspec.errors import IamspecError
from iamspec.kinds.contract import Address
from iamspec.review.guard import access, caller, loss
from iamspec.review.guard.administrators import admin_quorum
from iamspec.review.guard.ends import copy_ended, ended_deny
from iamspec.review.guard.moments import window
from iamspec.review.guard.passwords import password_policy
from iamspec.review.guard.quota import near, quota
from iamspec.review.guard.takeover import takeover
from iamspec.review.guard.trust import external_trust
from iamspec.review.guard.view import View
from iamspec.review.lifts import change_digest, lifted, notes
from iamspec.review.model import Complaint

__all__ = ["GUARDS", "View", "check_names", "complaints", "lifts", "remarks"]

BARE = frozenset({"root-caller", "mass-delete", "admin-quorum", "self-lockout", "quota"})  # about the whole plan, too

GUARDS: dict[str, Callable[[View], Iterator[Complaint]]] = {
    "admin-quorum": admin_quorum,
    "boundary": access.boundary,
    "copy-ended": copy_ended,
    "ended-deny": ended_deny,
    "external-trust": external_trust,
    "in-use": loss.in_use,
    "mass-delete": loss.mass_delete,
    "password-policy": password_policy,
    "protected": loss.protected,
    "quarantine": access.quarantine,
    "quota": quota,
    "recently-used": loss.recently_used,
    "reissue": access.reissue,
    "root-caller": caller.root_caller,
    "self-lockout": caller.self_lockout,
    "takeover": takeover,
    "window": window,
}


def complaints(view: View, allow: Sequence[str] = ()) -> tuple[Complaint, ...]:
    """The complaints of all guards, sorted.

    `allow` has NAME or NAME:ADDRESS, as people write them. The
    settings lift complaints, too: `guards.allow`.
    """
    found = sorted(
        (complaint for guard in GUARDS.values() for complaint in guard(view)),
        key=lambda one: (one.guard, one.address or Address("", ""), one.message),
    )
    seen = (replace(one, change=change_digest(view.plan, view.impact, one)) for one in found)
    known = lifted(seen, view.guards, view.live.now, view.plan.allow_places)
    return tuple(replace(one, allowed=one.allowed or lifts(allow, one.guard, one.address)) for one in known)


def remarks(view: View, found: Sequence[Complaint] = ()) -> Iterator[str]:
    """Notes of the guards that are no complaints. `found` are the complaints."""
    yield from near(view)
    yield from notes(view.plan, view.guards, view.live.now, found)
    if view.plan.changes and (reason := caller.unchecked(view)):
        yield f"the guard self-lockout was not checked: {reason}"


def check_names(allow: Sequence[str]) -> None:
    """Refuses a permission for what does not exist: a typo must not look like a decision."""
    names = sorted(GUARDS)
    for one in allow:
        name, _, address = one.partition(":")
        if name not in names:
            raise IamspecError(f'--allow {one}: there is no guard "{name}"; there are {", ".join(names)}')
        if not address and name not in BARE:
            raise IamspecError(f"--allow {one}: say for what, as in --allow {name}:user/alice")


def lifts(allow: Sequence[str], guard: str, address: Address | None) -> bool:
    """Whether `allow` lifts the complaints of a guard about an address."""
    if guard in BARE and guard in allow:
        return True
    wanted = {one.casefold() for one in allow}
    if address is not None and address.kind == "user" and f"{guard}:{address.name}".casefold() in wanted:
        return True
    return address is not None and f"{guard}:{address}".casefold() in wanted
