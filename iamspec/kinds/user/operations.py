"""The calls about a user, a password, access keys and other credentials."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.kinds.membership import MEMBER as OWNER
from iamspec.kinds.operation import (
    Answer,
    Authorised,
    Effect,
    Impossible,
    Lookup,
    Loss,
    Operation,
    Parameter,
    Secret,
    State,
    Verb,
)
from iamspec.kinds.rows import (
    BOUNDARY,
    BOUNDARY_KEY,
    PATH,
    TAGS,
    Listing,
    bounding,
    creating,
    deleting,
    grants,
    optional,
    renaming,
    tagging,
)
from iamspec.kinds.tags import own_tags
from iamspec.kinds.user.credentials import ACTIVE, INACTIVE, NEW_KEY, ROTATION, UNMANAGED, Key, Unmanaged
from iamspec.kinds.user.shape import User, UserFacts
from iamspec.kinds.values import is_flag, one_of

LISTING = Listing("User", "UserDetailList", OWNER.name)
KEY_ID = Parameter("AccessKeyId")
GRANTS = grants("User", OWNER)
BOUNDING = bounding("User", OWNER)
ON_USER = Authorised(OWNER.name)


# What the calls do


def _made(state: State, call: Call) -> User:
    name, path, boundary = call.params["UserName"], call.params["Path"], call.params.get("PermissionsBoundary")
    return User(
        name=name,
        path=path,
        tags=own_tags(call.params.get("Tags", ())),
        permissions_boundary=effects.attachable(state, call, boundary) if boundary else None,
        suspended=False,
        facts=UserFacts(state.account.arn(f"user{path}{name}")),
    )


def _make_password(state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    if user.console:
        raise Impossible(f"{call.operation}: {address} has a password already")
    orders = replace(user.orders, password_reset_required=call.params["PasswordResetRequired"])
    return {address: replace(user, console=True, orders=orders)}


def _reset_password(state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    effects.existing(call, user.console or None, f"a password of {address}")
    orders = replace(user.orders, password_reset_required=call.params["PasswordResetRequired"])
    return {address: replace(user, orders=orders)}


def _drop_password(state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    effects.existing(call, user.console or None, f"a password of {address}")
    return {address: replace(user, console=False)}


def _make_key(state: State, call: Call) -> Effect:
    """Only IAM gives the id."""
    address, user = effects.entity(OWNER, state, call)
    return {address: replace(user, access_keys=(*(user.access_keys or ()), Key()))}


def _switch_key(state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    wanted, status = call.params["AccessKeyId"], call.params["Status"]
    keys = user.access_keys or ()
    effects.without(call, (key.id for key in keys), wanted, f"{address} does not have")
    switched = tuple(replace(key, status=status) if key.id == wanted else key for key in keys)
    return {address: replace(user, access_keys=switched)}


def _drop_key(state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    keys = user.access_keys or ()
    left = effects.without(call, (key.id for key in keys), call.params["AccessKeyId"], f"{address} does not have")
    return {address: replace(user, access_keys=tuple(key for key in keys if key.id in left))}


def _drop_unmanaged(kind: Unmanaged, state: State, call: Call) -> Effect:
    address, user = effects.entity(OWNER, state, call)
    held = user.facts.credentials
    left = effects.without(call, getattr(held, kind.field), call.params[kind.id], f"{address} does not have")
    changed: dict[str, Any] = {kind.field: left}
    return {address: replace(user, facts=replace(user.facts, credentials=replace(held, **changed)))}


def _drop_nothing(_state: State, _call: Call) -> Effect:
    """No change. A deactivated device belongs to no user, and is no entity of a plan."""
    return {}


def _tag(state: State, call: Call) -> Effect:
    """The tag of a rotation says that the newest key replaces another, as `Key.replaces` does."""
    changed = dict(effects.tag(OWNER, str.lower, state, call))
    if any(one == MARK for one in call.params["Tags"]):
        ((address, user),) = changed.items()
        *keys, new = user.access_keys or (Key(),)
        changed[address] = replace(user, access_keys=(*keys, replace(new, replaces=True)))
    return changed


# The rows


_TAGGING = tagging("User", OWNER, ignores_case=True)
TAGGING = replace(_TAGGING, tag=replace(_TAGGING.tag, effect=_tag))
MARK = {"Key": ROTATION, "Value": NEW_KEY}  # as a plan has it. apply writes the id of the key
CREATE = creating(
    "CreateUser",
    OWNER,
    (PATH, optional(BOUNDARY), optional(TAGS)),
    _made,
    LISTING,
    authorised=Authorised(OWNER.name, BOUNDARY_KEY, also=(("Tags", TAGGING.tag.name),)),
)
UPDATE = renaming("UpdateUser", OWNER, LISTING)
DELETE = deleting("DeleteUser", OWNER)


def _has_password(_call: Call, pages: Iterable[Answer]) -> bool | None:
    """The user had no password before, or IAM would have refused the call."""
    return bool(list(pages))


MAKE_PASSWORD = Operation(
    name="CreateLoginProfile",
    verb=Verb.GRANT,
    parameters=(OWNER, Parameter("PasswordResetRequired", is_flag, shown=False)),
    effect=_make_password,
    authorised=ON_USER,
    once=True,
    lookup=Lookup(lambda call: Call("GetLoginProfile", {"UserName": call.params["UserName"]}), _has_password),
    back="DeleteLoginProfile",
    secret=Secret("a password", "Password"),
    signs_in=True,
)
RESET_PASSWORD = Operation(  # of `iamspec reset-password` alone
    name="UpdateLoginProfile",
    verb=Verb.UPDATE,
    parameters=(OWNER, Parameter("PasswordResetRequired", is_flag, shown=False)),
    effect=_reset_password,
    authorised=ON_USER,
    secret=Secret("a new password", "Password"),
    signs_in=True,
    takes=Loss("old password", "its old password", "its old passwords"),
)
DROP_PASSWORD = Operation(
    name="DeleteLoginProfile",
    verb=Verb.TAKE,
    parameters=(OWNER,),
    effect=_drop_password,
    authorised=ON_USER,
    signs_in=True,
    takes=Loss("password", "its password", "its password"),
)
MAKE_KEY = Operation(
    name="CreateAccessKey",
    verb=Verb.GRANT,
    parameters=(OWNER,),
    effect=_make_key,
    authorised=ON_USER,
    once=True,
    back="DeleteAccessKey",
    secret=Secret("an access key"),
    signs_in=True,
)
SWITCH_KEY = Operation(
    name="UpdateAccessKey",
    verb=Verb.UPDATE,
    parameters=(OWNER, KEY_ID, Parameter("Status", one_of(ACTIVE, INACTIVE), shown=False)),
    effect=_switch_key,
    authorised=ON_USER,
    back="UpdateAccessKey",
    signs_in=True,
)
DROP_KEY = Operation(
    name="DeleteAccessKey",
    verb=Verb.TAKE,
    parameters=(OWNER, KEY_ID),
    effect=_drop_key,
    authorised=ON_USER,
    signs_in=True,
    takes=Loss("access key", "1 access key", "{} access keys"),
)


def _removal(kind: Unmanaged) -> Operation:
    return Operation(
        name=kind.remove,
        verb=Verb.TAKE,
        parameters=(OWNER, Parameter(kind.id)),
        effect=partial(_drop_unmanaged, kind),
        authorised=ON_USER,
        takes=Loss(kind.noun, *kind.lost),
    )


REMOVE_UNMANAGED = {kind.field: _removal(kind) for kind in UNMANAGED}
DROP_DEVICE = Operation(
    name="DeleteVirtualMFADevice",
    verb=Verb.TAKE,
    parameters=(Parameter("SerialNumber", kind="mfa", by_arn=True),),
    effect=_drop_nothing,
    authorised=Authorised("SerialNumber"),
)
OPERATIONS = (
    CREATE,
    UPDATE,
    DELETE,
    *TAGGING,
    *GRANTS,
    *BOUNDING,
    MAKE_PASSWORD,
    RESET_PASSWORD,
    DROP_PASSWORD,
    MAKE_KEY,
    SWITCH_KEY,
    DROP_KEY,
    *REMOVE_UNMANAGED.values(),
    DROP_DEVICE,
)


def marks_new_key(call: Call) -> bool:
    """Whether a call of a plan writes down the key that a call before it makes."""
    return call.operation == TAGGING.tag.name and MARK in call.params["Tags"]
