"""An account as one plain value, for comparing accounts whole."""

import json
from typing import Any

from fake.state import (
    Credential,
    Group,
    OidcProvider,
    Password,
    Policy,
    Profile,
    Role,
    SamlProvider,
    State,
    User,
)
from fake.trust import shown_trust

CREDENTIALS = ("keys", "mfa", "ssh_keys", "certificates", "service_credentials")


def dump(state: State, *, identity: bool) -> dict[str, Any]:
    """Everything but clock, counters, caller and what is AWS's; memberships by name, documents parsed."""
    return {
        "alias": state.alias,
        "password_policy": state.password_policy and dict(state.password_policy),
        "unassigned_mfa": sorted(state.unassigned_mfa),
        "users": {user.name: _user(state, user, identity=identity) for user in state.users.values()},
        "groups": {group.name: _holder(group, identity=identity) for group in state.groups.values()},
        "roles": {role.name: _role(state, role, identity=identity) for role in state.roles.values()},
        "profiles": {one.name: _profile(state, one, identity=identity) for one in state.profiles.values()},
        "oidc_providers": {one.url: _plain(one, identity=identity) for one in state.oidc_providers.values()},
        "saml_providers": {one.name: _plain(one, identity=identity) for one in state.saml_providers.values()},
        "policies": {policy.name: _policy(policy, identity=identity) for policy in state.policies.values()},
    }


def _fields(held: Any) -> dict[str, Any]:
    """The fields of a dataclass as `asdict` gives them, but with the values that nothing can change as they are."""
    return {name: _copied(getattr(held, name)) for name in held.__dataclass_fields__}


def _copied(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return _fields(value) if hasattr(value, "__dataclass_fields__") else value


def _user(state: State, user: User, *, identity: bool) -> dict[str, Any]:
    value = _holder(user, identity=identity) | {"groups": sorted(state.group_names(user))}
    value["password"] = user.password and _secret(user.password, identity=identity)
    for name in CREDENTIALS:
        held: dict[str, Credential] = getattr(user, name)
        value[name] = [_secret(one, identity=identity) for one in held.values()]
    return value if identity else _without(value, "password_used")


def _secret(held: Password | Credential, *, identity: bool) -> dict[str, Any]:
    return _fields(held) if identity else _without(_fields(held), "id", "text", "created", "used")


def _holder(holder: User | Group | Role, *, identity: bool) -> dict[str, Any]:
    value = _fields(holder) | {"attached": sorted(holder.attached)}
    value["inline"] = {name: json.loads(text) for name, text in holder.inline.items()}
    return value if identity else _without(value, "id", "created", "used")


def _role(state: State, role: Role, *, identity: bool) -> dict[str, Any]:
    return _holder(role, identity=identity) | {"trust": shown_trust(state, role.trust)}


def _profile(state: State, profile: Profile, *, identity: bool) -> dict[str, Any]:
    names = {role.id: role.name for role in state.roles.values()}
    return _plain(profile, identity=identity) | {"role": profile.role and names.get(profile.role)}


def _plain(held: Profile | OidcProvider | SamlProvider, *, identity: bool) -> dict[str, Any]:
    return _fields(held) if identity else _without(_fields(held), "id", "created")


def _policy(policy: Policy, *, identity: bool) -> dict[str, Any]:
    """The document in force and, with its identity, the history that led to it."""
    value = _fields(policy) | {"document": json.loads(policy.versions[policy.default].text)}
    for version in value["versions"].values():
        version["document"] = json.loads(version.pop("text"))
    return value if identity else _without(value, "id", "created", "updated", "versions", "default", "made")


def _without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: one for key, one in value.items() if key not in names}
