"""The entities as a plan leaves them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iamspec.kind import Address, Phase, Step
from iamspec.plan import Change, Plan


def outcome(plan: Plan, before: Mapping[Address, Any]) -> dict[Address, Any]:
    """The entities as they are when every call of the plan has been made."""
    after = dict(before)
    for change in plan.changes:
        old: Any = change.before
        if change.blocked is None and old is not None:
            after.pop(Address(change.address.kind, old.name), None)
    for change in plan.changes:
        if change.blocked is None and change.after is not None:
            after[change.address] = _with_facts(change)
    for change in plan.changes:
        for step in change.steps if change.address.kind == "group" else ():
            _follow(after, change, step)
    return after


def _with_facts(change: Change) -> Any:
    """The entity with what the spec does not see of it, such as inline policies of iamspec's own; its ARN may be another."""
    before: Any = change.before
    after: Any = change.after
    if change.address.kind not in {"user", "group"} or before is None:
        return after
    return replace(after, facts=replace(before.facts, arn=""))


def _follow(after: dict[Address, Any], change: Change, step: Step) -> None:
    """Memberships that a group changes, and its new name, as its users see it."""
    old: Any = change.before
    if step.phase is Phase.RENAME:
        for address, user in list(after.items()):
            if address.kind == "user" and old.name in user.groups:
                after[address] = replace(user, groups=user.groups - {old.name} | {change.address.name})
    elif step.call.operation in {"AddUserToGroup", "RemoveUserFromGroup"}:
        address = Address("user", step.call.params["UserName"])
        if user := after.get(address):
            one = {change.address.name}
            groups = user.groups | one if step.call.operation == "AddUserToGroup" else user.groups - one
            after[address] = replace(user, groups=groups)
