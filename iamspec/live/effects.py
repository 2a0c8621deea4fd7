"""What each call of a plan does to the account: the resources as they are after it.

What IAM refuses for other reasons than names is not looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamspec.errors import IamspecError
from iamspec.iam import Call
from iamspec.kinds.account import ADDRESS as ALIAS, PASSWORD_POLICY, Alias, PasswordPolicy, parameter
from iamspec.kinds.contract import Address
from iamspec.kinds.group import Group, GroupFacts
from iamspec.kinds.holdings import own_tags
from iamspec.kinds.policy import Policy, PolicyFacts
from iamspec.kinds.user.credentials import Key
from iamspec.kinds.user.shape import User, UserFacts
from iamspec.limits import RESERVED_INLINE
from iamspec.live.observe import Live
from iamspec.policy.document import Document, decode
from iamspec.policy.suspension import is_suspended

Effect = Mapping[Address, Any]  # the resources that a call changes, each as it is then; None if it is gone
NAMED = {"user": "UserName", "group": "GroupName"}


class Impossible(IamspecError):  # noqa: N818 - the call is impossible; "ImpossibleError" says nothing more
    """A call that no plan has, or that names what does not exist, or makes what does."""


# What calls name


def _entity(live: Live, call: Call, kind: str) -> tuple[Address, Any]:
    address = Address(kind, call.params[NAMED[kind]])
    return address, _existing(call, live.resources.get(address), str(address))


def _existing(call: Call, found: Any, what: str) -> Any:
    if found is None:
        raise Impossible(f"{call.operation}: {what} does not exist")
    return found


def _absent(live: Live, call: Call, address: Address) -> Address:
    if address in live.resources:
        raise Impossible(f"{call.operation}: {address} exists already")
    return address


def _policy(live: Live, call: Call) -> tuple[Address, Any]:
    arn = call.params["PolicyArn"]
    address = Address("policy", arn.rpartition("/")[2])
    found: Any = live.resources.get(address)
    return address, _existing(call, found if found is not None and found.facts.arn == arn else None, arn)


def _attachable(live: Live, call: Call, arn: str) -> str:
    """The ARN of a policy that is there; of AWS's all are, but for those that are known to be missing."""
    if arn.split(":")[4] == "aws":
        _existing(call, None if arn in live.missing else arn, arn)
    else:
        _policy(live, Call(call.operation, {"PolicyArn": arn}))
    return arn


def _document(live: Live, call: Call) -> Document:
    return Document(decode(call.params["PolicyDocument"]), live.account.partition)


# Policies


def create_policy(live: Live, call: Call) -> Effect:
    name, path = call.params["PolicyName"], call.params["Path"]
    return {
        _absent(live, call, Address("policy", name)): Policy(
            name=name,
            path=path,
            tags=own_tags(call.params.get("Tags", ())),
            document=_document(live, call),
            description=call.params.get("Description"),
            facts=PolicyFacts(live.account.arn(f"policy{path}{name}")),
        )
    }


def create_version(live: Live, call: Call) -> Effect:
    """The id of the version that was the default is not known, so `versions` has all but that one."""
    address, policy = _policy(live, call)
    return {address: replace(policy, document=_document(live, call))}


def delete_version(live: Live, call: Call) -> Effect:
    address, policy = _policy(live, call)
    left = _without(call, policy.facts.versions, call.params["VersionId"], f"{address} has no such version:")
    return {address: replace(policy, facts=replace(policy.facts, versions=left))}


def delete_policy(live: Live, call: Call) -> Effect:
    return {_policy(live, call)[0]: None}


def _without(call: Call, values: Iterable[str], value: str, problem: str) -> tuple[str, ...]:
    found = tuple(values)
    if value not in found:
        raise Impossible(f"{call.operation}: {problem} {value}")
    return tuple(one for one in found if one != value)


# Users and groups


def create_group(live: Live, call: Call) -> Effect:
    name, path = call.params["GroupName"], call.params["Path"]
    facts = GroupFacts(live.account.arn(f"group{path}{name}"))
    return {_absent(live, call, Address("group", name)): Group(name, path, facts=facts)}


def create_user(live: Live, call: Call) -> Effect:
    name, path, boundary = call.params["UserName"], call.params["Path"], call.params.get("PermissionsBoundary")
    user = User(
        name=name,
        path=path,
        tags=own_tags(call.params.get("Tags", ())),
        permissions_boundary=_attachable(live, call, boundary) if boundary else None,
        suspended=False,
        facts=UserFacts(live.account.arn(f"user{path}{name}")),
    )
    return {_absent(live, call, Address("user", name)): user}


def update(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _entity(live, call, kind)
    name = call.params.get(f"New{NAMED[kind]}", entity.name)
    path = call.params.get("NewPath", entity.path)
    facts = replace(entity.facts, arn=live.account.arn(f"{kind}{path}{name}"))
    new = Address(kind, name)
    changed = {new: replace(entity, name=name, path=path, facts=facts)}
    if new != address:
        _absent(live, call, new)
        changed[address] = None
    if kind == "group" and name != entity.name:
        for other in live.members().get(address, ()):
            user: Any = live.resources[other]
            changed[other] = replace(user, groups=user.groups - {entity.name} | {name})
    return changed


def delete(kind: str, live: Live, call: Call) -> Effect:
    return {_entity(live, call, kind)[0]: None}


def attach(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _entity(live, call, kind)
    return _attached(address, entity, entity.policies | {_attachable(live, call, call.params["PolicyArn"])})


def detach(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _entity(live, call, kind)
    left = _without(call, entity.policies, call.params["PolicyArn"], f"{address} does not attach")
    return _attached(address, entity, frozenset(left))


def _attached(address: Address, entity: Any, policies: frozenset[str]) -> Effect:
    facts = replace(entity.facts, attached=policies) if isinstance(entity, User) else entity.facts
    return {address: replace(entity, policies=policies, facts=facts)}


def put_inline(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _entity(live, call, kind)
    return _inline(address, entity, {**entity.facts.inline, call.params["PolicyName"]: _document(live, call)})


def delete_inline(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _entity(live, call, kind)
    names = _without(call, entity.facts.inline, call.params["PolicyName"], f"{address} has no inline policy")
    return _inline(address, entity, {name: entity.facts.inline[name] for name in names})


def _inline(address: Address, entity: Any, inline: Mapping[str, Document]) -> Effect:
    inline = dict(sorted(inline.items()))
    seen = {name: one for name, one in inline.items() if not name.startswith(RESERVED_INLINE)}
    changed = replace(entity, inline_policies=seen, facts=replace(entity.facts, inline=inline))
    return {address: replace(changed, suspended=is_suspended(inline)) if isinstance(entity, User) else changed}


def join(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    return {address: replace(user, groups=user.groups | {_entity(live, call, "group")[1].name})}


def leave(live: Live, call: Call) -> Effect:
    """A group is known by who is in it, should the account have been read without it."""
    address, user = _entity(live, call, "user")
    group = Address("group", call.params["GroupName"])
    name = next((one for one in user.groups if Address("group", one) == group), group.name)
    left = _without(call, user.groups, name, f"{address} is not in")
    return {address: replace(user, groups=frozenset(left))}


def bind(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    return {address: replace(user, permissions_boundary=_attachable(live, call, call.params["PermissionsBoundary"]))}


def unbind(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    _existing(call, user.permissions_boundary, f"a boundary of {address}")
    return {address: replace(user, permissions_boundary=None)}


def tag(kind: str, live: Live, call: Call) -> Effect:
    """Tags that nobody has asked for stay unknown."""
    address, entity = _tagged(kind, live, call)
    new = own_tags(call.params["Tags"])
    return {
        address: entity if entity.tags is None else replace(entity, tags=dict(sorted({**entity.tags, **new}.items())))
    }


def untag(kind: str, live: Live, call: Call) -> Effect:
    address, entity = _tagged(kind, live, call)
    gone = set(call.params["TagKeys"])
    left = None if entity.tags is None else {key: one for key, one in entity.tags.items() if key not in gone}
    return {address: replace(entity, tags=left)}


def _tagged(kind: str, live: Live, call: Call) -> tuple[Address, Any]:
    return _policy(live, call) if kind == "policy" else _entity(live, call, kind)


# Credentials


def make_password(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    if user.console:
        raise Impossible(f"{call.operation}: {address} has a password already")
    orders = replace(user.orders, password_reset_required=call.params["PasswordResetRequired"])
    return {address: replace(user, console=True, orders=orders)}


def drop_password(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    _existing(call, user.console or None, f"a password of {address}")
    return {address: replace(user, console=False)}


def make_key(live: Live, call: Call) -> Effect:
    """Only IAM gives the id."""
    address, user = _entity(live, call, "user")
    return {address: replace(user, access_keys=(*(user.access_keys or ()), Key()))}


def turn_key(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    wanted, status = call.params["AccessKeyId"], call.params["Status"]
    _without(call, (key.id for key in user.access_keys or ()), wanted, f"{address} does not have")
    keys = tuple(replace(key, status=status) if key.id == wanted else key for key in user.access_keys or ())
    return {address: replace(user, access_keys=keys)}


def drop_key(live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    left = _without(
        call, (key.id for key in user.access_keys or ()), call.params["AccessKeyId"], f"{address} does not have"
    )
    return {address: replace(user, access_keys=tuple(key for key in user.access_keys or () if key.id in left))}


def drop_credential(field: str, key: str, live: Live, call: Call) -> Effect:
    address, user = _entity(live, call, "user")
    held = user.facts.credentials
    left = _without(call, getattr(held, field), call.params[key], f"{address} does not have")
    changed: dict[str, Any] = {field: left}
    return {address: replace(user, facts=replace(user.facts, credentials=replace(held, **changed)))}


# The account


def drop_alias(live: Live, call: Call) -> Effect:
    alias = call.params["AccountAlias"]
    _existing(call, alias if alias == live.account.alias else None, f"the alias {alias}")
    return {ALIAS: Alias(None)}


def set_rules(_live: Live, call: Call) -> Effect:
    """Plans write out every rule but the numbers that are not set."""
    rules: dict[str, Any] = {name: call.params.get(parameter(name)) for name in PasswordPolicy().rules}
    return {PASSWORD_POLICY: PasswordPolicy(**rules)}


def drop_rules(live: Live, call: Call) -> Effect:
    rules: Any = live.resources.get(PASSWORD_POLICY)
    _existing(call, None if rules == PasswordPolicy() else rules, "a password policy of the account's own")
    return {PASSWORD_POLICY: PasswordPolicy()}
