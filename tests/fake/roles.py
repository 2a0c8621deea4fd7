"""What may be written to roles."""

import json
from collections.abc import Mapping, Sequence

from fake.rules import (
    attach,
    attachable,
    detach,
    free_name,
    limited,
    put_inline,
    some_tags,
    tagged,
    untagged,
    without_blockers,
    without_boundary,
    without_inline,
)
from fake.state import Answer, Refused, Role, State, unknown
from fake.trust import stored_trust
from fake.views import role_view

Tags = Sequence[Mapping[str, str]]
QUOTA = "AttachedPoliciesPerRoleQuota"


def create_role(  # noqa: PLR0913 - the parameters of IAM
    state: State,
    role_name: str,
    assume_role_policy_document: str,
    *,
    path: str = "/",
    description: str | None = None,
    max_session_duration: int = 3600,
    permissions_boundary: str | None = None,
    tags: Tags = (),
) -> Answer:
    """The answer has the trust policy as it was sent, and neither description nor duration."""
    free_name(state.roles, "Role", role_name)
    limited(state, "RolesQuota", len(state.roles) + 1)
    trust = stored_trust(state, assume_role_policy_document)
    if permissions_boundary is not None:
        attachable(state, permissions_boundary)
    labels = tagged({}, tags, ignoring_case=True)
    role = Role(
        name=role_name,
        path=path,
        id=state.new_id("AROA"),
        created=state.tick(),
        trust=trust,
        description=description,
        max_session=max_session_duration,
        boundary=permissions_boundary,
        tags=labels,
    )
    state.roles[role_name.lower()] = role
    later = {"Description", "MaxSessionDuration", "RoleLastUsed"}
    shown = {name: value for name, value in role_view(state, role).items() if name not in later}
    return {"Role": shown | {"AssumeRolePolicyDocument": json.loads(assume_role_policy_document)}}


def update_role(
    state: State, role_name: str, description: str | None = None, max_session_duration: int | None = None
) -> Answer | None:
    """What is left out stays."""
    role = state.role(role_name)
    if role.service_linked and max_session_duration is not None:
        raise Refused("UnmodifiableEntity", f"The max session duration of {role.name} cannot be changed.")
    role.description = role.description if description is None else description
    role.max_session = max_session_duration or role.max_session
    return None


def update_role_description(state: State, role_name: str, description: str) -> Answer:
    role = state.role(role_name)
    role.description = description
    return {"Role": role_view(state, role)}


def update_assume_role_policy(state: State, role_name: str, policy_document: str) -> Answer | None:
    role = state.own_role(role_name)
    role.trust = stored_trust(state, policy_document)
    return None


def delete_role(state: State, role_name: str) -> Answer | None:
    """A boundary and tags are not in the way."""
    role = state.own_role(role_name)
    without_blockers(
        {
            "remove roles from instance profile": [one for one in state.profiles.values() if one.role == role.id],
            "delete policies": role.inline,
            "detach all policies": role.attached,
        }
    )
    del state.roles[role.name.lower()]
    return None


def create_service_linked_role(
    state: State, aws_service_name: str, description: str | None = None, custom_suffix: str | None = None
) -> Answer:
    """Its name is made of that of the service, as far as tests need it."""
    service = aws_service_name.removesuffix(".amazonaws.com")
    word = {"autoscaling": "AutoScaling"}.get(service, service)
    name = f"AWSServiceRoleFor{word}" + (f"_{custom_suffix}" if custom_suffix else "")
    if name.lower() in state.roles:
        raise Refused("InvalidInput", f"Service role name {name} has been taken in this account.")
    statement = {"Effect": "Allow", "Principal": {"Service": aws_service_name}, "Action": "sts:AssumeRole"}
    role = Role(
        name=name,
        path=f"/aws-service-role/{aws_service_name}/",
        id=state.new_id("AROA"),
        created=state.tick(),
        trust=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        description=description,
    )
    state.roles[name.lower()] = role
    return {"Role": role_view(state, role)}


def delete_service_linked_role(state: State, role_name: str) -> Answer:
    """Asked again, the answer is the same task."""
    if (role := state.roles.get(role_name.lower())) is None:
        task = state.deletion_tasks.get(role_name.lower()) or unknown(f"The role {role_name} cannot be found.")
        return {"DeletionTaskId": task}
    if not role.service_linked:
        raise Refused("InvalidInput", f"The role {role.name} is not linked to a service.")
    del state.roles[role.name.lower()]
    task = f"task{role.path}{role.name}/{state.new_id('')}"
    state.deletion_tasks[role.name.lower()] = task
    return {"DeletionTaskId": task}


def attach_role_policy(state: State, role_name: str, policy_arn: str) -> Answer | None:
    attach(state, state.own_role(role_name), QUOTA, policy_arn)
    return None


def detach_role_policy(state: State, role_name: str, policy_arn: str) -> Answer | None:
    detach(state.own_role(role_name), policy_arn)
    return None


def put_role_policy(state: State, role_name: str, policy_name: str, policy_document: str) -> Answer | None:
    put_inline(state, state.own_role(role_name), "RolePolicySizeQuota", policy_name, policy_document)
    return None


def delete_role_policy(state: State, role_name: str, policy_name: str) -> Answer | None:
    without_inline(state.own_role(role_name), policy_name)
    return None


def put_role_permissions_boundary(state: State, role_name: str, permissions_boundary: str) -> Answer | None:
    role = state.own_role(role_name)
    role.boundary = attachable(state, permissions_boundary)
    return None


def delete_role_permissions_boundary(state: State, role_name: str) -> Answer | None:
    without_boundary(state.own_role(role_name))
    return None


def tag_role(state: State, role_name: str, tags: Tags) -> Answer | None:
    role = state.role(role_name)
    role.tags = tagged(role.tags, some_tags(tags), ignoring_case=True)
    return None


def untag_role(state: State, role_name: str, tag_keys: Sequence[str]) -> Answer | None:
    role = state.role(role_name)
    role.tags = untagged(role.tags, tag_keys, ignoring_case=True)
    return None
