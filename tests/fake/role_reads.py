"""What may be read of roles, instance profiles and identity providers."""

import json
from datetime import timedelta

from fake.rules import spelled
from fake.state import Answer, Holder, State, unknown
from fake.views import listed_role, profile_view, role_view, tag_list, whole_profile_view

VALID = timedelta(days=36525)


def get_role(state: State, role_name: str) -> Answer:
    return {"Role": role_view(state, state.role(role_name))}


def list_roles(state: State, path_prefix: str = "/") -> Answer:
    roles = [one for one in state.roles.values() if one.path.startswith(path_prefix)]
    return {"Roles": [listed_role(state, one) for one in roles]}


def list_role_policies(state: State, role_name: str) -> Answer:
    return {"PolicyNames": list(state.role(role_name).inline)}


def list_user_policies(state: State, user_name: str) -> Answer:
    return {"PolicyNames": list(state.user(user_name).inline)}


def list_group_policies(state: State, group_name: str) -> Answer:
    return {"PolicyNames": list(state.group(group_name).inline)}


def get_role_policy(state: State, role_name: str, policy_name: str) -> Answer:
    role = state.role(role_name)
    return {"RoleName": role.name} | _inline(role, policy_name)


def get_user_policy(state: State, user_name: str, policy_name: str) -> Answer:
    user = state.user(user_name)
    return {"UserName": user.name} | _inline(user, policy_name)


def get_group_policy(state: State, group_name: str, policy_name: str) -> Answer:
    group = state.group(group_name)
    return {"GroupName": group.name} | _inline(group, policy_name)


def _inline(holder: Holder, name: str) -> Answer:
    """The name stands in the answer as it was asked for."""
    text = holder.inline.get(spelled(holder, name))
    if text is None:
        unknown(f"The policy with name {name} cannot be found.")
    return {"PolicyName": name, "PolicyDocument": json.loads(text)}


def list_role_tags(state: State, role_name: str) -> Answer:
    return {"Tags": tag_list(state.role(role_name).tags)}


def list_user_tags(state: State, user_name: str) -> Answer:
    return {"Tags": tag_list(state.user(user_name).tags)}


def list_instance_profiles(state: State, path_prefix: str = "/") -> Answer:
    profiles = [one for one in state.profiles.values() if one.path.startswith(path_prefix)]
    return {"InstanceProfiles": [profile_view(state, one) for one in profiles]}


def list_instance_profiles_for_role(state: State, role_name: str) -> Answer:
    role = state.role(role_name)
    return {"InstanceProfiles": [profile_view(state, one) for one in state.profiles.values() if one.role == role.id]}


def get_instance_profile(state: State, instance_profile_name: str) -> Answer:
    return {"InstanceProfile": whole_profile_view(state, state.profile(instance_profile_name))}


def list_instance_profile_tags(state: State, instance_profile_name: str) -> Answer:
    return {"Tags": tag_list(state.profile(instance_profile_name).tags)}


def list_open_id_connect_providers(state: State) -> Answer:
    return {"OpenIDConnectProviderList": [{"Arn": arn} for arn in state.oidc_providers]}


def get_open_id_connect_provider(state: State, open_id_connect_provider_arn: str) -> Answer:
    provider = state.oidc_provider(open_id_connect_provider_arn)
    return {
        "Url": provider.url,
        "ClientIDList": list(provider.client_ids),
        "ThumbprintList": list(provider.thumbprints),
        "CreateDate": provider.created,
        "Tags": tag_list(provider.tags),
    }


def list_open_id_connect_provider_tags(state: State, open_id_connect_provider_arn: str) -> Answer:
    return {"Tags": tag_list(state.oidc_provider(open_id_connect_provider_arn).tags)}


def list_saml_providers(state: State) -> Answer:
    providers = state.saml_providers.values()
    shown = [{"Arn": one.arn, "ValidUntil": one.created + VALID, "CreateDate": one.created} for one in providers]
    return {"SAMLProviderList": shown}


def get_saml_provider(state: State, saml_provider_arn: str) -> Answer:
    provider = state.saml_provider(saml_provider_arn)
    encryption = {"AssertionEncryptionMode": provider.encryption} if provider.encryption else {}
    keys = [{"KeyId": one, "Timestamp": provider.created} for one in provider.keys]
    return {
        "SAMLMetadataDocument": provider.document,
        "CreateDate": provider.created,
        "ValidUntil": provider.created + VALID,
        "Tags": tag_list(provider.tags),
        **encryption,
        **({"PrivateKeyList": keys} if keys else {}),
    }


def list_saml_provider_tags(state: State, saml_provider_arn: str) -> Answer:
    return {"Tags": tag_list(state.saml_provider(saml_provider_arn).tags)}


def get_service_linked_role_deletion_status(state: State, deletion_task_id: str) -> Answer:
    if deletion_task_id not in state.deletion_tasks.values():
        unknown(f"The deletion task {deletion_task_id} cannot be found.")
    return {"Status": "SUCCEEDED"}
