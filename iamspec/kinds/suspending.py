"""Suspended principals: what they keep, the notes about them, and the call that denies them everything."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from iamspec.kinds.contract import Phase, Principal, Step
from iamspec.kinds.holdings import Holder
from iamspec.kinds.spelling import kept, respelled
from iamspec.policy.document import Document
from iamspec.policy.expiry import SOON, timestamp
from iamspec.policy.suspension import DENY_ALL, NAME

P = TypeVar("P", bound=Principal)


def is_over(desired: Principal, now: datetime) -> bool:
    """Whether the end of a principal has passed."""
    return desired.expires is not None and desired.expires <= now


def due(expires: datetime | None, now: datetime) -> Iterator[str]:
    """A note about an end that is near."""
    if expires is not None and now < expires <= now + SOON:
        yield f"expires at {timestamp(expires)}, and is suspended by the next apply after that"


def spelled(desired: P, live: P) -> P:
    """The desired principal with the spellings that IAM keeps for inline policies."""
    inline = respelled(desired.inline_policies, live.inline_policies)
    if inline.keys() == desired.inline_policies.keys():
        return desired
    via = {
        (name, kept(item, inline) if name == "inline_policies" else item): source
        for (name, item), source in desired.via.items()
    }
    changed: dict[str, Any] = {"inline_policies": inline, "via": via}
    return replace(desired, **changed)


def keeping(desired: Principal, live: Principal) -> dict[str, Any]:
    """The policies that a suspended principal keeps: no grant is new."""
    names = desired.inline_policies
    return {
        "policies": desired.policies & live.policies,
        "inline_policies": {name: one for name, one in live.inline_policies.items() if name in names},
    }


def waiting(desired: Principal, live: Principal, settled: Principal, *, over: bool) -> Iterator[str]:
    """Notes about a principal that is or will be suspended.

    `over` says that its end has passed.
    """
    if desired.suspended is None and live.suspended and not over:
        yield "is suspended, and the spec says nothing of that: it stays so until `suspended: false` or `iamspec resume`"
    held_back = [
        *(f"group/{name}" for name in sorted(desired.groups - settled.groups)),
        *(arn.partition(":policy/")[2] for arn in sorted(desired.policies - settled.policies)),
        *(name for name, one in sorted(desired.inline_policies.items()) if settled.inline_policies.get(name) != one),
    ]
    if held_back:
        yield f"is not given while it is suspended: {', '.join(held_back)}"


# The calls


def all_inline(principal: Principal) -> Mapping[str, Document]:
    """The inline policies of the diff, and the hidden policy of a suspension."""
    return {**principal.inline_policies, **({NAME: DENY_ALL} if principal.suspended else {})}


def inline_after(before: Principal, after: Principal) -> Mapping[str, Document]:
    """The inline policies after the plan.

    A new suspension has a step of its own.
    """
    wanted = all_inline(after)
    if after.suspended and NAME not in all_inline(before):
        return {name: one for name, one in wanted.items() if name != NAME}
    return wanted


def suspension_steps(holder: Holder, before: Principal, after: Principal) -> Iterator[Step]:
    """The steps of a suspension.

    They run before everything else, under the old name. For a new
    principal they run right after its creation.
    """
    if after.suspended and NAME not in all_inline(before):
        phase = Phase.LOCK_OUT if before.is_live else Phase.UPDATE
        early = replace(holder, name=before.name)
        yield early.step(phase, holder.grants.put, PolicyName=NAME, PolicyDocument=DENY_ALL.text)


def without_suspension(live: P) -> Mapping[str, Document]:
    """All inline policies of a live principal but the Deny of a suspension, which the diff shows as `suspended`."""
    hidden = {NAME} if live.suspended else set()
    return {name: one for name, one in live.facts.inline.items() if name.casefold() not in hidden}
