"""The calls that put a user into a group and take it out.

Users and groups make them, each under their own address.
"""

from dataclasses import replace

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.kinds.address import Address
from iamspec.kinds.operation import Access, Authorised, Effect, Effector, Operation, State, Verb
from iamspec.kinds.rows import subject

OWNER = subject("GroupName", "group")
MEMBER = subject("UserName", "user")


def _join(state: State, call: Call) -> Effect:
    address, user = effects.entity(MEMBER, state, call)
    return {address: replace(user, groups=user.groups | {effects.entity(OWNER, state, call)[1].name})}


def _leave(state: State, call: Call) -> Effect:
    """A user may be in a group that was not read."""
    address, user = effects.entity(MEMBER, state, call)
    group = Address(OWNER.kind, call.params[OWNER.name])
    name = next((one for one in user.groups if Address(OWNER.kind, one) == group), group.name)
    left = effects.without(call, user.groups, name, f"{address} is not in")
    return {address: replace(user, groups=frozenset(left))}


def _row(name: str, verb: Verb, effect: Effector, back: str) -> Operation:
    """IAM authorises a membership on the group."""
    return Operation(
        name=name,
        verb=verb,
        parameters=(OWNER, MEMBER),
        effect=effect,
        authorised=Authorised(OWNER.name),
        opens=(Access.MEMBER, (MEMBER.name, OWNER.name)),
        back=back,
    )


ADD = _row("AddUserToGroup", Verb.GRANT, _join, "RemoveUserFromGroup")
REMOVE = _row("RemoveUserFromGroup", Verb.TAKE, _leave, "AddUserToGroup")
