"""The content of an account as boto3 shows it, with a function for each shape of an answer."""

import json
from typing import Any

from fake.state import Credential, Group, Holder, Policy, Profile, Role, State, User, Version
from fake.trust import shown_trust

View = dict[str, Any]


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def boundary(holder: Holder) -> View:
    """The member PermissionsBoundary, absent where there is none; its type as live accounts give it."""
    if holder.boundary is None:
        return {}
    attached = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": holder.boundary}
    return {"PermissionsBoundary": attached}


def _entity(state: State, holder: User | Group | Role) -> View:
    kind = holder.kind.capitalize()
    return {
        "Path": holder.path,
        f"{kind}Name": holder.name,
        f"{kind}Id": holder.id,
        "Arn": state.arn(holder),
        "CreateDate": holder.created,
    }


def _grants(holder: User | Group | Role) -> View:
    inline = [{"PolicyName": name, "PolicyDocument": json.loads(text)} for name, text in holder.inline.items()]
    attached = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in holder.attached]
    return {f"{holder.kind.capitalize()}PolicyList": inline, "AttachedManagedPolicies": attached}


def user_view(state: State, user: User) -> View:
    used = {"PasswordLastUsed": user.password_used} if user.password_used else {}
    tags = {"Tags": tag_list(user.tags)} if user.tags else {}
    return _entity(state, user) | used | boundary(user) | tags


def user_detail(state: State, user: User) -> View:
    """Without an inline policy there is no UserPolicyList, as captures of live accounts show."""
    view = _entity(state, user) | _grants(user) | {"GroupList": state.group_names(user)} | boundary(user)
    if not user.inline:
        del view["UserPolicyList"]
    return view | {"Tags": tag_list(user.tags)}


def group_view(state: State, group: Group) -> View:
    return _entity(state, group)


def group_detail(state: State, group: Group) -> View:
    return _entity(state, group) | _grants(group)


def _trusting(state: State, role: Role) -> View:
    return _entity(state, role) | {"AssumeRolePolicyDocument": shown_trust(state, role.trust)}


def listed_role(state: State, role: Role) -> View:
    """Without boundary, tags and last use, which ListRoles does not tell."""
    described = {"Description": role.description} if role.description else {}
    return _trusting(state, role) | described | {"MaxSessionDuration": role.max_session}


def role_view(state: State, role: Role) -> View:
    tags = {"Tags": tag_list(role.tags)} if role.tags else {}
    template = (
        {"SourceRoleTemplate": {"TemplateArn": role.template, "TemplateMinorVersion": 1}} if role.template else {}
    )
    return listed_role(state, role) | boundary(role) | tags | {"RoleLastUsed": _last_used(role)} | template


def _last_used(role: Role) -> View:
    return {"LastUsedDate": role.used, "Region": "us-east-1"} if role.used else {}


def role_detail(state: State, role: Role) -> View:
    """Without description and duration of sessions, which GetAccountAuthorizationDetails does not tell."""
    profiles = [profile_view(state, one) for one in state.profiles.values() if one.role == role.id]
    view = _trusting(state, role) | {"InstanceProfileList": profiles}
    return view | _grants(role) | boundary(role) | {"Tags": tag_list(role.tags), "RoleLastUsed": _last_used(role)}


def profile_view(state: State, profile: Profile) -> View:
    """An instance profile as lists and roles show it, without its tags."""
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": state.account.arn(f"instance-profile{profile.path}{profile.name}"),
        "CreateDate": profile.created,
        "Roles": [_trusting(state, one) for one in state.roles.values() if one.id == profile.role],
    }


def whole_profile_view(state: State, profile: Profile) -> View:
    return profile_view(state, profile) | {"Tags": tag_list(profile.tags)}


def _policy(state: State, policy: Policy) -> View:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default,
        "AttachmentCount": state.attachments(policy.arn),
        "PermissionsBoundaryUsageCount": state.boundary_uses(policy.arn),
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    }


def policy_view(state: State, policy: Policy) -> View:
    described = {"Description": policy.description} if policy.description else {}
    return _policy(state, policy) | described | {"Tags": tag_list(policy.tags)}


def policy_detail(state: State, policy: Policy) -> View:
    """Without tags and description, which GetAccountAuthorizationDetails does not tell; the newest version first."""
    versions = [version_view(policy, version) for version in reversed(policy.versions.values())]
    return _policy(state, policy) | {"PolicyVersionList": versions}


def version_view(policy: Policy, version: Version) -> View:
    return {
        "Document": json.loads(version.text),
        "VersionId": version.id,
        "IsDefaultVersion": version.id == policy.default,
        "CreateDate": version.created,
    }


def login_profile_view(user: User) -> View:
    assert user.password
    profile = user.password
    return {"UserName": user.name, "CreateDate": profile.created, "PasswordResetRequired": profile.reset_required}


def credential_view(user: User, id_name: str, date_name: str, held: Credential) -> View:
    return {"UserName": user.name, id_name: held.id, "Status": held.status, date_name: held.created}
