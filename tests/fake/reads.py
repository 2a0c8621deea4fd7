"""What may be read: each operation answers whole, the client cuts the answer into pages."""

import re
from collections.abc import Sequence

from fake.state import Answer, Credential, Refused, State, User, unknown
from fake.views import (
    View,
    credential_view,
    group_detail,
    login_profile_view,
    policy_detail,
    policy_view,
    role_detail,
    tag_list,
    user_detail,
    user_view,
    version_view,
)


def get_account_authorization_details(
    state: State,
    filter: Sequence[str] = ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"),  # noqa: A002
) -> Answer:
    """Without a filter everything comes, and of the policies of AWS those in use. Pages count the lists in this order."""
    own = state.policies.values() if "LocalManagedPolicy" in filter else ()
    held = state.held_policies()
    aws = [one for arn, one in state.aws_managed.items() if arn in held] if "AWSManagedPolicy" in filter else ()
    return {
        "UserDetailList": [user_detail(state, one) for one in state.users.values() if "User" in filter],
        "RoleDetailList": [role_detail(state, one) for one in state.roles.values() if "Role" in filter],
        "GroupDetailList": [group_detail(state, one) for one in state.groups.values() if "Group" in filter],
        "Policies": [policy_detail(state, one) for one in (*own, *aws)],
    }


def get_user(state: State, user_name: str | None = None) -> Answer:
    return {"User": user_view(state, state.user(user_name))}


def get_policy(state: State, policy_arn: str) -> Answer:
    return {"Policy": policy_view(state, state.policy(policy_arn))}


def list_policy_tags(state: State, policy_arn: str) -> Answer:
    return {"Tags": tag_list(state.policy(policy_arn).tags)}


def list_policy_versions(state: State, policy_arn: str) -> Answer:
    """The versions without their documents, which only GetPolicyVersion tells."""
    policy = state.policy(policy_arn)
    views = [version_view(policy, version) for version in reversed(policy.versions.values())]
    return {"Versions": [{key: value for key, value in view.items() if key != "Document"} for view in views]}


def get_policy_version(state: State, policy_arn: str, version_id: str) -> Answer:
    policy = state.policy(policy_arn)
    if version_id not in policy.versions:
        unknown(f"Policy {policy_arn} version {version_id} does not exist or is not attachable.")
    return {"PolicyVersion": version_view(policy, policy.versions[version_id])}


def get_login_profile(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    if user.password is None:
        unknown(f"Login Profile for User {user.name} cannot be found.")
    return {"LoginProfile": login_profile_view(user)}


def list_access_keys(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    return {"AccessKeyMetadata": _each(user, user.keys, "AccessKeyId", "CreateDate")}


def get_access_key_last_used(state: State, access_key_id: str) -> Answer:
    owners = [user for user in state.users.values() if access_key_id in user.keys]
    if not owners:
        unknown(f"The Access Key with id {access_key_id} cannot be found.")
    used = owners[0].keys[access_key_id].used
    never: View = {"ServiceName": "N/A", "Region": "N/A"}
    last = {"LastUsedDate": used, "ServiceName": "iam", "Region": "us-east-1"} if used else never
    return {"UserName": owners[0].name, "AccessKeyLastUsed": last}


def list_mfa_devices(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    devices = user.mfa.values()
    shown = [{"UserName": user.name, "SerialNumber": one.id, "EnableDate": one.created} for one in devices]
    return {"MFADevices": shown}


def list_ssh_public_keys(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    return {"SSHPublicKeys": _each(user, user.ssh_keys, "SSHPublicKeyId", "UploadDate")}


def list_signing_certificates(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    shown = _each(user, user.certificates, "CertificateId", "UploadDate")
    return {"Certificates": [one | {"CertificateBody": "-----BEGIN CERTIFICATE-----"} for one in shown]}


def list_service_specific_credentials(
    state: State, user_name: str | None = None, service_name: str | None = None, *, all_users: bool = False
) -> Answer:
    """All of them are for CodeCommit, in this account."""
    if service_name is not None and not re.fullmatch(r"[a-zA-Z0-9.-]*", service_name):
        raise Refused("ValidationError", "ServiceName must match [a-zA-Z0-9.-]*.")
    if all_users and user_name is not None:
        raise Refused("ValidationError", "UserName and AllUsers cannot be given together.")
    users = list(state.users.values()) if all_users else [state.user(user_name)]
    service = "codecommit.amazonaws.com"
    shown = [one for user in users for one in _service_credentials(state, user, service)]
    return {"ServiceSpecificCredentials": shown if service_name in (None, service) else []}


def _service_credentials(state: State, user: User, service: str) -> list[View]:
    more = {"ServiceName": service, "ServiceUserName": f"{user.name}-at-{state.account.id}"}
    held = _each(user, user.service_credentials, "ServiceSpecificCredentialId", "CreateDate")
    return [one | more for one in held]


def _each(user: User, held: dict[str, Credential], id_name: str, date_name: str) -> list[View]:
    return [credential_view(user, id_name, date_name, one) for one in held.values()]


def list_account_aliases(state: State) -> Answer:
    return {"AccountAliases": [state.alias] if state.alias else []}


def get_account_password_policy(state: State) -> Answer:
    policy = state.password_policy
    if policy is None:
        unknown(f"The Password Policy with domain name {state.account.id} cannot be found.")
    return {"PasswordPolicy": policy | {"ExpirePasswords": "MaxPasswordAge" in policy}}


def get_account_summary(state: State) -> Answer:
    policies = state.policies.values()
    in_use = sum(len(user.mfa) for user in state.users.values())
    counts = {
        "AccountAccessKeysPresent": 0,
        "AccountMFAEnabled": 1,
        "AccountPasswordPresent": 1,
        "AccountSigningCertificatesPresent": 0,
        "GlobalEndpointTokenVersion": 1,
        "Groups": len(state.groups),
        "InstanceProfiles": len(state.profiles),
        "MFADevices": in_use + len(state.unassigned_mfa),
        "MFADevicesInUse": in_use,
        "Policies": len(policies),
        "PolicyVersionsInUse": len(state.held_policies()),
        "Providers": len(state.oidc_providers) + len(state.saml_providers),
        "Roles": len(state.roles),
        "ServerCertificates": 0,
        "Users": len(state.users),
    }
    return {"SummaryMap": counts | state.quotas}
