"""What may be written to the credentials of users, to the alias and to the password policy."""

from typing import Any

from fake.rules import credential, limited, strong_enough
from fake.state import Answer, Credential, Password, Refused, State, unknown
from fake.views import login_profile_view

PASSWORD_POLICY = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
}


def create_access_key(state: State, user_name: str | None = None) -> Answer:
    user = state.user(user_name)
    limited(state, "AccessKeysPerUserQuota", len(user.keys) + 1)
    key = Credential(state.new_id("AKIA"), state.tick())
    user.keys[key.id] = key
    answer = {"UserName": user.name, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created}
    return {"AccessKey": answer | {"SecretAccessKey": f"secret-of-{key.id}"}}


def update_access_key(state: State, access_key_id: str, status: str, user_name: str | None = None) -> Answer | None:
    key = credential(state.user(user_name).keys, "Access Key", access_key_id)
    if status == "Expired":
        raise Refused("InvalidInput", "The status of an access key can be set to Active and Inactive only.")
    key.status = status
    return None


def delete_access_key(state: State, access_key_id: str, user_name: str | None = None) -> Answer | None:
    user = state.user(user_name)
    del user.keys[credential(user.keys, "Access Key", access_key_id).id]
    return None


def create_login_profile(
    state: State, user_name: str | None = None, password: str | None = None, *, password_reset_required: bool = False
) -> Answer:
    user = state.user(user_name)
    if user.password is not None:
        raise Refused("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.")
    if password is None:
        raise Refused("ValidationError", "A login profile needs a password.")
    strong_enough(state, password)
    user.password = Password(password, password_reset_required, state.tick())
    return {"LoginProfile": login_profile_view(user)}


def update_login_profile(
    state: State, user_name: str, password: str | None = None, *, password_reset_required: bool | None = None
) -> Answer | None:
    profile = _profile(state, user_name)
    if password is not None:
        strong_enough(state, password)
        profile.text = password
    if password_reset_required is not None:
        profile.reset_required = password_reset_required
    return None


def delete_login_profile(state: State, user_name: str | None = None) -> Answer | None:
    _profile(state, user_name)
    state.user(user_name).password = None
    return None


def _profile(state: State, user_name: str | None) -> Password:
    user = state.user(user_name)
    if user.password is None:
        unknown(f"Login Profile for User {user.name} cannot be found.")
    return user.password


def deactivate_mfa_device(state: State, serial_number: str, user_name: str | None = None) -> Answer | None:
    """A virtual device stays in the account, with its name taken, until it is deleted."""
    user = state.user(user_name)
    del user.mfa[credential(user.mfa, "MFA device", serial_number).id]
    if ":mfa/" in serial_number:
        state.unassigned_mfa.append(serial_number)
    return None


def delete_virtual_mfa_device(state: State, serial_number: str) -> Answer | None:
    if any(":mfa/" in serial_number and serial_number in user.mfa for user in state.users.values()):
        raise Refused("DeleteConflict", f"Virtual MFA device {serial_number} must be deactivated first.")
    if serial_number not in state.unassigned_mfa:
        unknown(f"VirtualMFADevice with serial number {serial_number} doesn't exist.")
    state.unassigned_mfa.remove(serial_number)
    return None


def delete_ssh_public_key(state: State, user_name: str, ssh_public_key_id: str) -> Answer | None:
    user = state.user(user_name)
    del user.ssh_keys[credential(user.ssh_keys, "Public Key", ssh_public_key_id).id]
    return None


def delete_signing_certificate(state: State, certificate_id: str, user_name: str | None = None) -> Answer | None:
    user = state.user(user_name)
    del user.certificates[credential(user.certificates, "Certificate", certificate_id).id]
    return None


def delete_service_specific_credential(
    state: State, service_specific_credential_id: str, user_name: str | None = None
) -> Answer | None:
    held = state.user(user_name).service_credentials
    del held[credential(held, "service-specific credential", service_specific_credential_id).id]
    return None


def create_account_alias(state: State, account_alias: str) -> Answer | None:
    """Replaces the alias that is there; the one that is there already is taken like anybody else's."""
    if account_alias.isdigit() and len(account_alias) == 12:
        raise Refused("InvalidInput", "An account alias cannot be a 12-digit number.")
    if account_alias == state.alias or account_alias in state.aliases_elsewhere:
        raise Refused("EntityAlreadyExists", f"The account alias {account_alias} already exists.")
    state.alias = account_alias
    return None


def delete_account_alias(state: State, account_alias: str) -> Answer | None:
    if account_alias != state.alias:
        unknown(f"The account alias {account_alias} does not exist.")
    state.alias = None
    return None


def update_account_password_policy(state: State, **settings: Any) -> Answer | None:
    """Settings that are left out go back to the default: there is no partial update."""
    written = {"".join(part.capitalize() for part in name.split("_")): value for name, value in settings.items()}
    state.password_policy = PASSWORD_POLICY | written
    return None


def delete_account_password_policy(state: State) -> Answer | None:
    if state.password_policy is None:
        unknown(f"The account policy with name PasswordPolicy of {state.account.id} cannot be found.")
    state.password_policy = None
    return None
