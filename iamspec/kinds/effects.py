"""The effects that calls of several kinds share.

An effect takes the parameter that names the entity, then state and
call. It looks at names only. IAM may refuse a call for other
reasons.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from iamspec.iam import Call
from iamspec.kinds.address import Address
from iamspec.kinds.operation import Effect, Impossible, Parameter, State
from iamspec.kinds.resource import Holding
from iamspec.kinds.spelling import kept
from iamspec.kinds.tags import own_tags, reserved_tag
from iamspec.policy.document import Document, decode

# What a call names


def entity(subject: Parameter, state: State, call: Call) -> tuple[Address, Any]:
    """The entity that a call is about.

    Raises Impossible if it does not exist.
    """
    value = call.params[subject.name]
    if subject.by_arn:
        named = subject.address(value, state.account) if subject.naming else None
        address = named or Address(subject.kind, value.rpartition("/")[2])
        found = state.resources.get(address)
        return address, existing(call, found if found is not None and found.facts.arn == value else None, value)
    address = Address(subject.kind, value)
    return address, existing(call, state.resources.get(address), str(address))


def existing(call: Call, found: Any, what: str) -> Any:
    if found is None:
        raise Impossible(f"{call.operation}: {what} does not exist")
    return found


def absent(state: State, call: Call, address: Address) -> Address:
    if address in state.resources:
        raise Impossible(f"{call.operation}: {address} exists already")
    return address


def attachable(state: State, call: Call, arn: str) -> str:
    """The ARN of an existing policy.

    A policy of AWS exists unless it is known to be missing.
    """
    if arn.split(":")[4] == "aws":
        existing(call, None if arn in state.missing else arn, arn)
    else:
        entity(Parameter("PolicyArn", kind="policy", by_arn=True), state, Call(call.operation, {"PolicyArn": arn}))
    return arn


def document(state: State, call: Call) -> Document:
    return _document(call.params["PolicyDocument"], state.account.partition)


@lru_cache(maxsize=4_096)
def _document(text: str, partition: str) -> Document:
    """A document once for each text, so that later work on it is done once, too."""
    return Document(decode(text), partition)


def without(call: Call, values: Iterable[str], value: str, problem: str) -> tuple[str, ...]:
    """The values without this value.

    Raises Impossible, with the problem, if it is not there.
    """
    found = tuple(values)
    if value not in found:
        raise Impossible(f"{call.operation}: {problem} {value}")
    return tuple(one for one in found if one != value)


# Entities


def create(subject: Parameter, make: Callable[[State, Call], Any], state: State, call: Call) -> Effect:
    address = subject.address(call.params[subject.name], state.account)
    return {absent(state, call, existing(call, address, call.params[subject.name])): make(state, call)}


def update(subject: Parameter, state: State, call: Call) -> Effect:
    """Another name, another path or both. Users follow their renamed group."""
    address, found = entity(subject, state, call)
    name = call.params.get(f"New{subject.name}", found.name)
    path = call.params.get("NewPath", found.path)
    facts = replace(found.facts, arn=state.account.arn(f"{subject.kind}{path}{name}"))
    new = Address(subject.kind, name)
    changed = {new: replace(found, name=name, path=path, facts=facts)}
    if new != address:
        absent(state, call, new)
        changed[address] = None
    if name != found.name:
        for member, user in _members(state, address):
            changed[member] = replace(user, groups=user.groups - {found.name} | {name})
    return changed


def _members(state: State, group: Address) -> list[tuple[Address, Any]]:
    """The users in a group. Empty for any other address."""
    return [
        (address, one)
        for address, one in state.resources.items()
        if isinstance(one, Holding) and group in {Address("group", name) for name in one.groups}
    ]


def delete(subject: Parameter, state: State, call: Call) -> Effect:
    return {entity(subject, state, call)[0]: None}


# What a holder holds


def attach(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    return {address: holder.attaching(holder.policies | {attachable(state, call, call.params["PolicyArn"])})}


def detach(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    left = without(call, holder.policies, call.params["PolicyArn"], f"{address} does not attach")
    return {address: holder.attaching(frozenset(left))}


def put_inline(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    name = kept(call.params["PolicyName"], holder.facts.inline)
    return _inline(address, holder, {**holder.facts.inline, name: document(state, call)})


def delete_inline(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    name = kept(call.params["PolicyName"], holder.facts.inline)
    names = without(call, holder.facts.inline, name, f"{address} has no inline policy")
    return _inline(address, holder, {name: holder.facts.inline[name] for name in names})


def _inline(address: Address, holder: Any, inline: Mapping[str, Document]) -> Effect:
    return {address: holder.embedding(dict(sorted(inline.items())))}


def bind(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    boundary = attachable(state, call, call.params["PermissionsBoundary"])
    return {address: replace(holder, permissions_boundary=boundary)}


def unbind(subject: Parameter, state: State, call: Call) -> Effect:
    address, holder = entity(subject, state, call)
    existing(call, holder.permissions_boundary, f"a boundary of {address}")
    return {address: replace(holder, permissions_boundary=None)}


# Tags


def tag(subject: Parameter, fold: Callable[[str], str], state: State, call: Call) -> Effect:
    """Tags that were not read stay unknown.

    A plan sets reserved tags of users only.
    """
    address, found = entity(subject, state, call)
    reserved = {tag["Key"]: tag["Value"] for tag in call.params["Tags"] if reserved_tag(tag["Key"])}
    if reserved:
        kept = _untagged(found.facts.reserved_tags, fold, reserved)
        found = replace(found, facts=replace(found.facts, reserved_tags={**kept, **reserved}))
    if found.tags is None:
        return {address: found}
    new = own_tags(call.params["Tags"])
    left = _untagged(found.tags, fold, new)
    return {address: replace(found, tags=dict(sorted({**left, **new}.items())))}


def untag(subject: Parameter, fold: Callable[[str], str], state: State, call: Call) -> Effect:
    address, found = entity(subject, state, call)
    gone = call.params["TagKeys"]
    if any(map(reserved_tag, gone)):
        left = _untagged(found.facts.reserved_tags, fold, gone)
        found = replace(found, facts=replace(found.facts, reserved_tags=left))
    return {address: found if found.tags is None else replace(found, tags=_untagged(found.tags, fold, gone))}


def _untagged(tags: Mapping[str, str], fold: Callable[[str], str], keys: Iterable[str]) -> dict[str, str]:
    gone = set(map(fold, keys))
    return {key: one for key, one in tags.items() if fold(key) not in gone}
