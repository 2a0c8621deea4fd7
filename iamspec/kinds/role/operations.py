"""The calls about a role and its instance profile."""

from collections.abc import Iterable
from dataclasses import replace

from iamspec.iam import Call
from iamspec.kinds import effects
from iamspec.kinds.address import Address
from iamspec.kinds.operation import (
    Answer,
    Authorised,
    Effect,
    Impossible,
    Lookup,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.profile import LIST as PROFILES, PROFILE, listed
from iamspec.kinds.role.shape import Role, RoleFacts
from iamspec.kinds.rows import (
    BOUNDARY,
    BOUNDARY_KEY,
    DOCUMENT,
    PATH,
    TAGS,
    Listing,
    bounding,
    creating,
    deleting,
    grants,
    optional,
    subject,
    tagging,
)
from iamspec.kinds.tags import own_tags
from iamspec.kinds.values import is_number
from iamspec.policy.document import Document, decode
from iamspec.policy.limits import SHORTEST_SESSION

OWNER = subject("RoleName", "role")
TRUST = replace(DOCUMENT, name="AssumeRolePolicyDocument")
DESCRIPTION = Parameter("Description", lambda value: isinstance(value, str), required=False, shown=False)
DURATION = Parameter("MaxSessionDuration", is_number, required=False, shown=False)
LISTING = Listing("Role", "RoleDetailList", OWNER.name)
GRANTS = grants("Role", OWNER)
BOUNDING = bounding("Role", OWNER)
TAGGING = tagging("Role", OWNER, ignores_case=True)


def _made(state: State, call: Call) -> Role:
    params, boundary = call.params, call.params.get("PermissionsBoundary")
    name, path = params["RoleName"], params["Path"]
    trust = Document(decode(params["AssumeRolePolicyDocument"]), state.account.partition)
    return Role(
        name=name,
        path=path,
        description=params.get("Description", ""),
        trust=trust,
        permissions_boundary=effects.attachable(state, call, boundary) if boundary else None,
        max_session_duration=params.get("MaxSessionDuration", SHORTEST_SESSION),
        tags=own_tags(params.get("Tags", ())),
        suspended=False,
        facts=RoleFacts(state.account.arn(f"role{path}{name}")),
    )


def _describe(state: State, call: Call) -> Effect:
    address, role = effects.entity(OWNER, state, call)
    description = call.params.get("Description", role.description)
    duration = call.params.get("MaxSessionDuration", role.max_session_duration)
    return {address: replace(role, description=description, max_session_duration=duration)}


def _trust(state: State, call: Call) -> Effect:
    address, role = effects.entity(OWNER, state, call)
    return {address: replace(role, trust=effects.document(state, call))}


CREATE = creating(
    "CreateRole",
    OWNER,
    (PATH, TRUST, DESCRIPTION, DURATION, optional(BOUNDARY), optional(TAGS)),
    _made,
    LISTING,
    authorised=Authorised(OWNER.name, BOUNDARY_KEY, also=(("Tags", TAGGING.tag.name),)),
)
DESCRIBE = Operation(
    name="UpdateRole",
    verb=Verb.UPDATE,
    parameters=(OWNER, DESCRIPTION, DURATION),
    effect=_describe,
    authorised=Authorised(OWNER.name),
    back="UpdateRole",
)
ENTRUST = Operation(
    name="UpdateAssumeRolePolicy",
    verb=Verb.UPDATE,
    parameters=(OWNER, DOCUMENT),
    effect=_trust,
    authorised=Authorised(OWNER.name),
    back="UpdateAssumeRolePolicy",
)
DELETE = deleting("DeleteRole", OWNER)


# Instance profiles


def _enter(state: State, call: Call) -> Effect:
    address, role = effects.entity(OWNER, state, call)
    name = call.params[PROFILE.name]
    for other, one in state.resources.items():
        if Address(PROFILE.kind, name) in one.parts:
            raise Impossible(f"{call.operation}: the instance profile {name} has {other} already")
    return {address: replace(role, instance_profile=role.instance_profile | {name})}


def _leave(state: State, call: Call) -> Effect:
    address, role = effects.entity(OWNER, state, call)
    left = effects.without(call, role.instance_profile, call.params[PROFILE.name], f"{address} is not in")
    return {address: replace(role, instance_profile=frozenset(left))}


def _is_in_it(call: Call, pages: Iterable[Answer]) -> bool | None:
    profile = listed(call, pages)
    roles = profile.get("Roles", ()) if profile is not None else ()
    return any(one["RoleName"] == call.params[OWNER.name] for one in roles)


ENTER = Operation(
    name="AddRoleToInstanceProfile",
    verb=Verb.GRANT,
    parameters=(OWNER, PROFILE),
    effect=_enter,
    authorised=Authorised(PROFILE.name, also=((OWNER.name, "PassRole"),)),
    once=True,
    lookup=Lookup(lambda _call: PROFILES, _is_in_it),
    back="RemoveRoleFromInstanceProfile",
)
LEAVE = Operation(
    name="RemoveRoleFromInstanceProfile",
    verb=Verb.TAKE,
    parameters=(OWNER, PROFILE),
    effect=_leave,
    authorised=Authorised(PROFILE.name),
    back="AddRoleToInstanceProfile",
)
OPERATIONS = (
    CREATE,
    DESCRIBE,
    ENTRUST,
    DELETE,
    *TAGGING,
    *GRANTS,
    *BOUNDING,
    ENTER,
    LEAVE,
)
