"""What a change of a spec gives up of an entity, though no call follows from it.

The entity is compared less, is protected less, or has an end that
comes later. Neither a rename nor another spelling of a policy hides
that.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, AnyDeclared

PROTECTED_TAG = "iamspec:protected"
COMPARED = {  # fields that are compared only while the spec has them
    "console": "a new one is no drift",
    "access_keys": "a new one is no drift",
}
OF_AWS = re.compile(r"arn:[^:]*:iam::aws:policy/", re.IGNORECASE)
OWN = re.compile(r"arn:[^:]*:iam::[^:]*:policy/(.*/)?", re.IGNORECASE)
Names = Mapping[Address, str]  # the names in the base of what was renamed since


def given_up(old: AnyDeclared | None, new: AnyDeclared, names: Names) -> Iterator[str]:
    """A sentence for each. `old` is None for an entity that the base does not declare."""
    before, after = (vars(one.shape) if one else {} for one in (old, new))
    if old is not None:
        yield from _compared(old, new)
        yield from _ends(old, new, names)
        yield from _rotation(old, new)
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
    for name, why in COMPARED.items():
        if before.get(name) is not None and after.get(name) is None:
            yield f"has no {name} any more: {why}"
    if before.get("suspended") and after.get("suspended") is None:
        yield "has no suspended any more: the end of the suspension is no drift"


def _rotation(old: AnyDeclared, new: AnyDeclared) -> Iterator[str]:
    """A rotation of keys that comes later, or never."""
    before, after = (getattr(vars(one.shape).get("access_keys"), "rotate_after_days", None) for one in (old, new))
    if before is not None and vars(new.shape).get("access_keys") is not None and (after is None or after > before):
        yield f"keys rotate after {before} days → {f'{after} days' if after else 'never'}"


def _ends(old: AnyDeclared, new: AnyDeclared, names: Names) -> Iterator[str]:
    """Ends of an entity, of memberships and of attachments that come later than before, or never."""
    before, after = dict(_of(old, {})), dict(_of(new, names))
    for (what, folded), (name, end) in sorted(before.items()):
        _, later = after.get((what, folded), (name, end))
        if end is not None and (later is None or later > end):
            label = f"{what} {name} ends" if name else "ends"
            yield f"{label} {end:%Y-%m-%d} → {f'{later:%Y-%m-%d}' if later else 'never'}"


def _of(declared: AnyDeclared, names: Names) -> Iterator[tuple[tuple[str, str], tuple[str, datetime | None]]]:
    """The end of each grant, by kind of grant and name in the base."""
    if "expires" in vars(declared.shape):
        yield ("", ""), ("", vars(declared.shape)["expires"])
    given = KINDS[declared.address.kind].given(declared.shape)
    for noun, kind, grants in (("group", "group", given.groups), ("member", "user", given.members or ())):
        for one in grants:
            name = names.get(Address(kind, one.name), one.name)
            yield (noun, name.casefold()), (one.name, one.expires)
    yield from ((("policy", _policy(one.name)), (one.name, one.expires)) for one in given.policies)
    for name, inline in given.inline_policies.items():
        yield ("inline policy", name.casefold()), (name, inline.expires)


def _policy(written: str) -> str:
    """The same text for all spellings of a policy: `aws:ReadOnlyAccess`, or the name of an own policy."""
    return OWN.sub("", OF_AWS.sub("aws:", written)).casefold()
