"""Operations on passwords, SSH keys and certificates, where moto lacks them or takes too much."""

from typing import Any

from iamspec.sandbox.entities import User
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.passwords import check_password
from iamspec.sandbox.quotas import SSH_KEYS_PER_USER
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import ActionResult, utcnow

KEY_BEGINNINGS = ("ssh-rsa ", "-----BEGIN PUBLIC KEY-----")


class Credentials(Operations):
    """Passwords, access keys, SSH keys and certificates."""

    def create_login_profile(self) -> Any:
        user = self.user()
        if user.password:
            raise exists("Login Profile", user.name)
        check_password(self.account, self.params.get("Password", ""))
        user.password = self.params["Password"]
        user.password_created = user.password_changed = utcnow()
        user.password_reset_required = self.params.get("PasswordResetRequired", False)
        return ActionResult({"LoginProfile": _login_profile(user)})

    def get_login_profile(self) -> Any:
        return ActionResult({"LoginProfile": _login_profile(self._with_password())})

    def update_login_profile(self) -> Any:
        """Members that are left out stay as they are."""
        user = self._with_password()
        if "Password" in self.params:
            check_password(self.account, self.params["Password"])
            user.password, user.password_changed = self.params["Password"], utcnow()
        user.password_reset_required = self.params.get("PasswordResetRequired", user.password_reset_required)
        return DONE

    def delete_login_profile(self) -> Any:
        self._with_password().password = None
        return DONE

    def _with_password(self) -> User:
        if not (user := self.user()).password:
            raise missing(f"Login Profile for User {user.name}")
        return user

    def create_access_key(self) -> Any:
        user = self.user()
        self.account.limit("AccessKeysPerUserQuota", len(user.access_keys) + 1)
        key = self.account.create_access_key(user.name)
        return ActionResult(
            {
                "AccessKey": {
                    "UserName": user.name,
                    "AccessKeyId": key.access_key_id,
                    "Status": key.status,
                    "SecretAccessKey": key.secret_access_key,
                    "CreateDate": key.create_date,
                }
            }
        )

    def delete_access_key(self) -> Any:
        result = super().delete_access_key()
        self.account.spent_keys.add(self.params["AccessKeyId"])
        return result

    def update_access_key(self) -> Any:
        self._settable()
        return super().update_access_key()

    def update_ssh_public_key(self) -> Any:
        self._settable()
        return super().update_ssh_public_key()

    def update_signing_certificate(self) -> Any:
        self._settable()
        return super().update_signing_certificate()

    def _settable(self) -> None:
        if self.params["Status"] == "Expired":
            raise Refused("InvalidInput", "The status can be set to Active and Inactive only.")

    def upload_ssh_public_key(self) -> Any:
        user, body = self.user(), self.params["SSHPublicKeyBody"]
        if not body.startswith(KEY_BEGINNINGS):
            raise Refused("InvalidPublicKey", "The public key must be in ssh-rsa or PEM format.")
        if any(key.ssh_public_key_body == body for key in user.ssh_public_keys):
            raise Refused("DuplicateSSHPublicKey", "The SSH public key is already associated with the user.")
        if len(user.ssh_public_keys) >= SSH_KEYS_PER_USER:
            raise Refused("LimitExceeded", f"Cannot exceed quota for SSHPublicKeysPerUser: {SSH_KEYS_PER_USER}")
        return super().upload_ssh_public_key()

    def upload_server_certificate(self) -> Any:
        name = self.params["ServerCertificateName"]
        if any(one.lower() == name.lower() for one in self.account.certificates):
            raise exists("Server Certificate", name)
        return super().upload_server_certificate()


def _login_profile(user: User) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "CreateDate": user.password_created,
        "PasswordResetRequired": user.password_reset_required,
    }
