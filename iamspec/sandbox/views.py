"""Entities as IAM answers them.

Each operation shows certain members, and tests hold them to that.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from iamspec.sandbox.entities import Device, Group, Profile, Role, User

Answer = dict[str, Any]


def encoded(document: str) -> str:
    """A document as it stands in an answer."""
    return quote(document, safe="")


def shown(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def bare(entity: Any, kind: str) -> Answer:
    """The members that every list shows of a user, group or role."""
    return {
        "Path": entity.path,
        f"{kind}Name": entity.name,
        f"{kind}Id": entity.id,
        "Arn": entity.arn,
        "CreateDate": entity.create_date,
    }


def user(entity: User) -> Answer:
    return bare(entity, "User") | {"PasswordLastUsed": entity.password_last_used}


def whole_user(entity: User) -> Answer:
    return user(entity) | _boundary(entity) | ({"Tags": shown(entity.tags)} if entity.tags else {})


def group(entity: Group) -> Answer:
    return bare(entity, "Group")


def role(entity: Role) -> Answer:
    return _trusting(entity) | {
        "Description": entity.description or None,
        "MaxSessionDuration": entity.max_session_duration,
    }


def whole_role(entity: Role) -> Answer:
    tags = {"Tags": shown(entity.tags)} if entity.tags else {}
    signin = {"MaxSigninSessionDuration": entity.max_signin_session_duration}
    template = {"SourceRoleTemplate": {"TemplateArn": entity.template, "TemplateMinorVersion": 1}}
    more = signin | (template if entity.template else {})
    return role(entity) | _boundary(entity) | tags | {"RoleLastUsed": _last_used(entity)} | more


def policy(entity: Any, attachments: Mapping[str, int], boundaries: Mapping[str, int]) -> Answer:
    """A managed policy as lists show it."""
    return {
        "PolicyName": entity.name,
        "PolicyId": entity.id,
        "Arn": entity.arn,
        "Path": entity.path,
        "DefaultVersionId": entity.default_version_id,
        "AttachmentCount": attachments.get(entity.arn, 0),
        "PermissionsBoundaryUsageCount": boundaries.get(entity.arn, 0),
        "IsAttachable": True,
        "CreateDate": entity.create_date,
        "UpdateDate": entity.update_date,
    }


def version(entity: Any) -> Answer:
    return {
        "VersionId": entity.version_id,
        "IsDefaultVersion": entity.is_default_version,
        "CreateDate": entity.create_date,
    }


def whole_version(entity: Any) -> Answer:
    return version(entity) | {"Document": encoded(entity.document)}


def user_detail(entity: User, groups: list[str]) -> Answer:
    """A user in GetAccountAuthorizationDetails, which leaves the list of inline policies out where there are none."""
    inline = {"UserPolicyList": _inline(entity)} if entity.policies else {}
    return (
        bare(entity, "User")
        | inline
        | _boundary(entity)
        | {"GroupList": groups, "AttachedManagedPolicies": attached(entity), "Tags": shown(entity.tags)}
    )


def group_detail(entity: Group) -> Answer:
    return bare(entity, "Group") | {"GroupPolicyList": _inline(entity), "AttachedManagedPolicies": attached(entity)}


def role_detail(entity: Role, profiles: list[Any]) -> Answer:
    return (
        _trusting(entity)
        | _boundary(entity)
        | {
            "InstanceProfileList": [instance_profile(one) for one in profiles],
            "RolePolicyList": _inline(entity),
            "AttachedManagedPolicies": attached(entity),
            "Tags": shown(entity.tags),
            "RoleLastUsed": _last_used(entity),
        }
    )


def policy_detail(entity: Any, attachments: Mapping[str, int], boundaries: Mapping[str, int]) -> Answer:
    versions = [whole_version(one) for one in reversed(entity.versions)]
    return policy(entity, attachments, boundaries) | {"PolicyVersionList": versions}


def instance_profile(entity: Any) -> Answer:
    return {
        "Path": entity.path,
        "InstanceProfileName": entity.name,
        "InstanceProfileId": entity.id,
        "Arn": entity.arn,
        "CreateDate": entity.create_date,
        "Roles": [_trusting(one) for one in entity.roles],
    }


def whole_profile(entity: Profile) -> Answer:
    return instance_profile(entity) | {"Tags": shown(entity.tags)}


def device(entity: Device) -> Answer:
    """A virtual MFA device in a list, with the user if it is assigned."""
    owner = {"User": user(entity.user), "EnableDate": entity.enable_date} if entity.user else {}
    return {"SerialNumber": entity.serial_number} | owner


def attached(entity: Any) -> list[Answer]:
    return [{"PolicyName": one.name, "PolicyArn": one.arn} for one in entity.managed_policies.values()]


def _trusting(entity: Role) -> Answer:
    return bare(entity, "Role") | {"AssumeRolePolicyDocument": encoded(entity.trust.text)}


def _inline(entity: Any) -> list[Answer]:
    return [{"PolicyName": name, "PolicyDocument": encoded(text)} for name, text in entity.policies.items()]


def _boundary(entity: Any) -> Answer:
    arn = entity.permissions_boundary_arn
    if not arn:
        return {}
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return {"PermissionsBoundary": boundary}


def _last_used(entity: Role) -> Answer:
    return {"LastUsedDate": entity.last_used, "Region": entity.last_used_region} if entity.last_used else {}
