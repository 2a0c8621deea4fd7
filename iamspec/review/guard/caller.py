"""The guard `self-lockout`: a plan must not take the access of the identity that applies it.

The caller is evaluated before and after the plan, by name, path, tags, groups, policies and boundary.
"""

from collections.abc import Iterator
from typing import Any

from iamspec.access.principals import Held
from iamspec.iam import Account
from iamspec.kinds.contract import Address
from iamspec.kinds.holdings import reference
from iamspec.kinds.resource import policy_address
from iamspec.kinds.user.rotation import QUIET
from iamspec.plan.model import Change
from iamspec.plan.order.judge import Judge
from iamspec.plan.order.scene import Cast
from iamspec.plan.order.telling import actions, listed
from iamspec.policy.managed import managed_documents
from iamspec.review.guard.view import View
from iamspec.review.guard.widening import loses
from iamspec.review.model import Complaint

OWN = "these are your own credentials, and"


def self_lockout(view: View) -> Iterator[Complaint]:
    kind, name = caller_entity(view.live.caller.arn)
    found: list[Complaint] = []
    if kind == "user":
        found = list(_own_user(view, Address("user", name)))
    elif kind == "role":
        found = list(_own_role(view, Address("role", name)))
    yield from found
    if kind and not found:
        yield from _simulated(view, Address(kind, name))


def caller_entity(arn: str) -> tuple[str, str]:
    """The kind and name of the entity behind a caller. The ARN of an assumed role has its name without its path."""
    _, _, service, *_, resource = [*arn.split(":", 5), "", "", ""][:6]
    parts = resource.split("/")
    if service == "iam" and parts[0] == "user":
        return "user", parts[-1]
    if service == "sts" and parts[0] == "assumed-role" and len(parts) > 1:
        return "role", parts[1]
    return "", ""


def unchecked(view: View) -> str | None:
    """Why nothing can be said of the caller's own access; None if something can."""
    arn = view.live.caller.arn
    kind, name = caller_entity(arn)
    if not kind:
        return f"{arn} is neither a user nor a role"
    known = kind == "user" or any(role.address == Address(kind, name) for role in view.live.roles)
    return None if known else f"role/{name} is not in the account"


def _simulated(view: View, caller: Address) -> Iterator[Complaint]:
    """The requests that the caller may make before the plan and not after it, found by the evaluator."""
    new = next((one.address for one in view.changes(caller.kind) if _is(one.before, caller)), caller)
    aws = managed_documents(view.live.account.partition)
    cast = Cast(view.live, view.after.live, view.after.live, view.plan.steps, aws)
    scene = cast.scene(tuple(dict.fromkeys((caller, new))))
    judge = Judge.of_scenes([scene], {})
    before, after = judge.level(scene, ()), judge.level(scene, scene.steps)
    lost = before.certain & ~after.certain | before.possible & ~after.possible
    if lost:
        yield Complaint("self-lockout", caller, f"{OWN} they would lose access: {listed(actions(lost, judge))}")


def _is(entity: Any, address: Address) -> bool:
    return entity is not None and Address(address.kind, entity.name) == address


def _own_user(view: View, caller: Address) -> Iterator[Complaint]:
    lost = [one for _, live, one in view.effects if _is(live, caller) and loses(one)]
    for effect in lost:
        yield Complaint("self-lockout", caller, f"{OWN} they would lose access ({', '.join(map(str, effect.causes))})")
    for change in view.changes("user"):
        if not _is(change.before, caller):
            continue
        if change.after is None:
            yield Complaint("self-lockout", caller, f"{OWN} you would be deleted")
        elif not lost and (gone := [*_taken(change.before, change.after, view.plan.account), *_cut(view, change)]):
            yield Complaint("self-lockout", caller, f"{OWN} they would lose {', '.join(gone)}")


def _taken(before: Any, after: Any, account: Account) -> Iterator[str]:
    """The grants that a user does not hold any more, even if other grants allow the same."""
    yield from (f"group/{name}" for name in sorted(before.groups - after.groups))
    yield from sorted(reference(arn, account) for arn in before.policies - after.policies)
    yield from (f"inline policy {name}" for name in sorted(before.inline_policies.keys() - after.inline_policies))


def _cut(view: View, change: Change) -> Iterator[str]:
    """The keys, password and tags that the caller may be using."""
    before: Any = change.before
    after: Any = change.after
    left = {key.id for key in after.access_keys or () if key.active}
    keys = [key for key in before.access_keys or () if key.active and key.id not in left]
    in_use = [key for key in keys if key.used is not None and key.used > view.live.now - QUIET]
    yield from (f"access key {key.id}" for key in (in_use if left else keys))
    if before.console and after.console is False and not left:
        yield "the password"
    held = view.before.powers[Address("user", before.name)].policies
    if before.tags != after.tags and any(map(_asks_for_tags, held)):
        yield "tags that a policy asks for"


def _asks_for_tags(held: Held) -> bool:
    return held.document is not None and "aws:principaltag/" in held.document.text.casefold()


def _own_role(view: View, caller: Address) -> Iterator[Complaint]:
    role = next((one for one in view.live.roles if one.address == caller), None)
    held = (
        {policy_address(arn, view.plan.account) for arn in (*role.policies, role.permissions_boundary or "")}
        if role
        else set()
    )
    for effect in view.impact.documents:
        if effect.address in held and loses(effect):
            message = f"your own role {caller.name} has {effect.address}, which would allow less"
            yield Complaint("self-lockout", effect.address, message)
