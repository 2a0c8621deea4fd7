"""Operations on users' credentials, where moto lacks them or takes too much."""

from typing import Any

from iamspec.sandbox.entities import ServiceCredential, User, unique_id
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.passwords import check_password
from iamspec.sandbox.quotas import CREDENTIALS_PER_SERVICE, MFA_DEVICES_PER_USER, SSH_KEYS_PER_USER
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import ActionResult, utcnow

SERVICES = ("bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com", "logs.amazonaws.com")
KEY_BEGINNINGS = ("ssh-rsa ", "-----BEGIN PUBLIC KEY-----")


class Credentials(Operations):
    """Passwords, SSH keys, MFA devices and service-specific credentials."""

    def create_login_profile(self) -> Any:
        user = self.user()
        if user.password:
            raise exists("Login Profile", user.name)
        check_password(self.account, self.params.get("Password", ""))
        user.password, user.password_created = self.params["Password"], utcnow()
        user.password_reset_required = self.params.get("PasswordResetRequired", False)
        return ActionResult({"LoginProfile": _login_profile(user)})

    def get_login_profile(self) -> Any:
        return ActionResult({"LoginProfile": _login_profile(self._with_password())})

    def update_login_profile(self) -> Any:
        user = self._with_password()
        if "Password" in self.params:
            check_password(self.account, self.params["Password"])
            user.password = self.params["Password"]
        user.password_reset_required = self.params.get("PasswordResetRequired", user.password_reset_required)
        return DONE

    def delete_login_profile(self) -> Any:
        self._with_password().password = None
        return DONE

    def _with_password(self) -> User:
        if not (user := self.user()).password:
            raise missing(f"Login Profile for User {user.name}")
        return user

    def upload_ssh_public_key(self) -> Any:
        user, body = self.user(), self.params["SSHPublicKeyBody"]
        if not body.startswith(KEY_BEGINNINGS):
            raise Refused("InvalidPublicKey", "The public key must be in ssh-rsa or PEM format.")
        if any(key.ssh_public_key_body == body for key in user.ssh_public_keys):
            raise Refused("DuplicateSSHPublicKey", "The SSH public key is already associated with the user.")
        if len(user.ssh_public_keys) >= SSH_KEYS_PER_USER:
            raise Refused("LimitExceeded", f"Cannot exceed quota for SSHPublicKeysPerUser: {SSH_KEYS_PER_USER}")
        return super().upload_ssh_public_key()

    def enable_mfa_device(self) -> Any:
        user, serial = self.user(), self.params["SerialNumber"]
        if ":mfa/" in serial and serial not in self.account.virtual_mfa_devices:
            raise missing(f"VirtualMFADevice with serial number {serial}")
        if any(serial in other.mfa_devices for other in self.account.users.values()):
            raise exists("MFADevice", serial)
        if len(user.mfa_devices) >= MFA_DEVICES_PER_USER:
            raise Refused("LimitExceeded", f"Cannot exceed quota for MFADevicesPerUser: {MFA_DEVICES_PER_USER}")
        return super().enable_mfa_device()

    def delete_virtual_mfa_device(self) -> Any:
        device = self.account.virtual_mfa_devices.get(self.params["SerialNumber"])
        if device is not None and device.user is not None:
            raise Refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
        return super().delete_virtual_mfa_device()

    def create_service_specific_credential(self) -> Any:
        user, service = self.user(), self.params["ServiceName"]
        if service not in SERVICES:
            raise Refused("NotSupportedService", f"{service} does not support service-specific credentials.")
        if sum(one.service == service for one in user.service_credentials) >= CREDENTIALS_PER_SERVICE:
            quota = f"ServiceSpecificCredentialsPerUser: {CREDENTIALS_PER_SERVICE}"
            raise Refused("LimitExceeded", f"Cannot exceed quota for {quota}")
        credential = ServiceCredential(user.name, service)
        user.service_credentials.append(credential)
        return ActionResult({"ServiceSpecificCredential": self._shown(credential, secret=True)})

    def list_service_specific_credentials(self) -> Any:
        everybody = self.params.get("AllUsers", False)
        users = self.account.users.values() if everybody else [self.user()]
        service = self.params.get("ServiceName")
        found = [one for user in users for one in user.service_credentials if service in {None, one.service}]
        return ActionResult({"ServiceSpecificCredentials": [self._shown(one) for one in found]})

    def update_service_specific_credential(self) -> Any:
        self._credential().status = self.params["Status"]
        return DONE

    def reset_service_specific_credential(self) -> Any:
        credential = self._credential()
        credential.secret = unique_id("", 40)
        return ActionResult({"ServiceSpecificCredential": self._shown(credential, secret=True)})

    def delete_service_specific_credential(self) -> Any:
        self.user().service_credentials.remove(self._credential())
        return DONE

    def _credential(self) -> ServiceCredential:
        wanted = self.params["ServiceSpecificCredentialId"]
        for credential in self.user().service_credentials:
            if credential.id == wanted:
                return credential
        raise missing(f"Service specific credential {wanted}")

    def _shown(self, credential: ServiceCredential, *, secret: bool = False) -> dict[str, Any]:
        return {
            "UserName": credential.user_name,
            "ServiceName": credential.service,
            "ServiceUserName": f"{credential.user_name}-at-{self.account.account_id}",
            "ServiceSpecificCredentialId": credential.id,
            "Status": credential.status,
            "CreateDate": credential.create_date,
            "ServicePassword": credential.secret if secret else None,
        }


def _login_profile(user: User) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CreateDate": user.password_created,
        "PasswordResetRequired": user.password_reset_required,
    }
