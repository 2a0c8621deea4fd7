"""What may be written to users and groups."""

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
from fake.state import Answer, Group, State, User
from fake.views import group_view, user_view

Tags = Sequence[Mapping[str, str]]


def create_user(
    state: State, user_name: str, path: str = "/", permissions_boundary: str | None = None, tags: Tags = ()
) -> Answer:
    """All or nothing: one bad tag, or a boundary that does not exist, and there is no user."""
    free_name(state.users, "User", user_name)
    limited(state, "UsersQuota", len(state.users) + 1)
    if permissions_boundary is not None:
        attachable(state, permissions_boundary)
    labels = tagged({}, tags, ignoring_case=True)
    user = User(
        name=user_name,
        path=path,
        id=state.new_id("AIDA"),
        created=state.tick(),
        boundary=permissions_boundary,
        tags=labels,
    )
    state.users[user_name.lower()] = user
    return {"User": user_view(state, user)}


def update_user(
    state: State, user_name: str, new_path: str | None = None, new_user_name: str | None = None
) -> Answer | None:
    """Everything but the name and the path stays, the id too."""
    user = state.user(user_name)
    name = new_user_name or user.name
    free_name(state.users, "User", name, user)
    del state.users[user.name.lower()]
    user.name, user.path = name, new_path or user.path
    state.users[name.lower()] = user
    return None


def delete_user(state: State, user_name: str) -> Answer | None:
    """A boundary and tags are not in the way; everything else is."""
    user = state.user(user_name)
    without_blockers(
        {
            "delete login profile": user.password,
            "delete access keys": user.keys,
            "delete signing certificates": user.certificates,
            "delete SSH public keys": user.ssh_keys,
            "delete service-specific credentials": user.service_credentials,
            "delete MFA devices": user.mfa,
            "delete policies": user.inline,
            "detach all policies": user.attached,
            "remove users from group": user.groups,
        }
    )
    del state.users[user.name.lower()]
    return None


def tag_user(state: State, user_name: str, tags: Tags) -> Answer | None:
    user = state.user(user_name)
    user.tags = tagged(user.tags, some_tags(tags), ignoring_case=True)
    return None


def untag_user(state: State, user_name: str, tag_keys: Sequence[str]) -> Answer | None:
    user = state.user(user_name)
    user.tags = untagged(user.tags, tag_keys, ignoring_case=True)
    return None


def put_user_permissions_boundary(state: State, user_name: str, permissions_boundary: str) -> Answer | None:
    user = state.user(user_name)
    user.boundary = attachable(state, permissions_boundary)
    return None


def delete_user_permissions_boundary(state: State, user_name: str) -> Answer | None:
    without_boundary(state.user(user_name))
    return None


def attach_user_policy(state: State, user_name: str, policy_arn: str) -> Answer | None:
    attach(state, state.user(user_name), "AttachedPoliciesPerUserQuota", policy_arn)
    return None


def detach_user_policy(state: State, user_name: str, policy_arn: str) -> Answer | None:
    detach(state.user(user_name), policy_arn)
    return None


def put_user_policy(state: State, user_name: str, policy_name: str, policy_document: str) -> Answer | None:
    put_inline(state, state.user(user_name), "UserPolicySizeQuota", policy_name, policy_document)
    return None


def delete_user_policy(state: State, user_name: str, policy_name: str) -> Answer | None:
    without_inline(state.user(user_name), policy_name)
    return None


def add_user_to_group(state: State, group_name: str, user_name: str) -> Answer | None:
    """Adding a member again is no error, as in IAM."""
    group, user = state.group(group_name), state.user(user_name)
    if group.id not in user.groups:
        limited(state, "GroupsPerUserQuota", len(user.groups) + 1)
        user.groups.append(group.id)
    return None


def remove_user_from_group(state: State, group_name: str, user_name: str) -> Answer | None:
    """Removing somebody who is no member is no error, as in IAM."""
    group, user = state.group(group_name), state.user(user_name)
    if group.id in user.groups:
        user.groups.remove(group.id)
    return None


def create_group(state: State, group_name: str, path: str = "/") -> Answer:
    free_name(state.groups, "Group", group_name)
    limited(state, "GroupsQuota", len(state.groups) + 1)
    group = Group(name=group_name, path=path, id=state.new_id("AGPA"), created=state.tick())
    state.groups[group_name.lower()] = group
    return {"Group": group_view(state, group)}


def update_group(
    state: State, group_name: str, new_path: str | None = None, new_group_name: str | None = None
) -> Answer | None:
    """Everything but the name and the path stays, members and the id too."""
    group = state.group(group_name)
    name = new_group_name or group.name
    free_name(state.groups, "Group", name, group)
    del state.groups[group.name.lower()]
    group.name, group.path = name, new_path or group.path
    state.groups[name.lower()] = group
    return None


def delete_group(state: State, group_name: str) -> Answer | None:
    group = state.group(group_name)
    without_blockers(
        {
            "remove users from group": state.members(group),
            "delete policies": group.inline,
            "detach all policies": group.attached,
        }
    )
    del state.groups[group_name.lower()]
    return None


def attach_group_policy(state: State, group_name: str, policy_arn: str) -> Answer | None:
    attach(state, state.group(group_name), "AttachedPoliciesPerGroupQuota", policy_arn)
    return None


def detach_group_policy(state: State, group_name: str, policy_arn: str) -> Answer | None:
    detach(state.group(group_name), policy_arn)
    return None


def put_group_policy(state: State, group_name: str, policy_name: str, policy_document: str) -> Answer | None:
    put_inline(state, state.group(group_name), "GroupPolicySizeQuota", policy_name, policy_document)
    return None


def delete_group_policy(state: State, group_name: str, policy_name: str) -> Answer | None:
    without_inline(state.group(group_name), policy_name)
    return None
