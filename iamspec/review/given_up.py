"""What a change of a spec gives up of an entity, though no call follows from it.

The entity is compared less, is protected less, or has an end that
comes later.
"""

from collections.abc import Iterator
from datetime import datetime

from iamspec.kinds import KINDS
from iamspec.kinds.contract import AnyDeclared

PROTECTED_TAG = "iamspec:protected"
SIGN_IN = ("console", "access_keys")  # fields that are compared only while the spec has them


def given_up(old: AnyDeclared | None, new: AnyDeclared) -> Iterator[str]:
    """A sentence for each. `old` is None for an entity that the base does not declare."""
    before, after = (vars(one.shape) if one else {} for one in (old, new))
    if old is not None:
        yield from _compared(old, new)
        yield from _ends(old, new)
    if PROTECTED_TAG in (before.get("tags") or {}) and PROTECTED_TAG not in (after.get("tags") or {}):
        yield f"has the tag {PROTECTED_TAG} no longer"
    if (lint := after.get("lint")) is not None:
        known = before["lint"].ignore if before.get("lint") is not None else {}
        yield from (
            f"ignores the warning {code}: {lint.ignore[code]}" for code in sorted(lint.ignore.keys() - known.keys())
        )


def _compared(old: AnyDeclared, new: AnyDeclared) -> Iterator[str]:
    before, after, kind = vars(old.shape), vars(new.shape), KINDS[new.address.kind]
    if after.get("external"):
        if not before.get("external"):
            yield "becomes external: nothing of it is compared any more"
        return
    if kind.given(old.shape).members is not None and kind.given(new.shape).members is None:
        yield "is a closed group no longer"
    for name in SIGN_IN:
        if before.get(name) is not None and after.get(name) is None:
            yield f"has no {name} any more: a new one is no drift"


def _ends(old: AnyDeclared, new: AnyDeclared) -> Iterator[str]:
    """Ends of an entity, of memberships and of attachments that come later than before, or never."""
    before, after = dict(_of(old)), dict(_of(new))
    for what, end in sorted(before.items()):
        later = after.get(what, end)
        if end is not None and (later is None or later > end):
            yield f"{what} {end:%Y-%m-%d} → {f'{later:%Y-%m-%d}' if later else 'never'}"


def _of(declared: AnyDeclared) -> Iterator[tuple[str, datetime | None]]:
    if "expires" in vars(declared.shape):
        yield "ends", vars(declared.shape)["expires"]
    given = KINDS[declared.address.kind].given(declared.shape)
    for noun, grants in (("group", given.groups), ("policy", given.policies), ("member", given.members or ())):
        yield from ((f"{noun} {one.name} ends", one.expires) for one in grants)
