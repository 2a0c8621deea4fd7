"""Operations on users."""

from typing import Any

from iamspec.sandbox import tags, views
from iamspec.sandbox.entities import User
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import conflict, missing
from iamspec.sandbox.upstream import ActionResult


class Users(Operations):
    """Users, their tags and boundaries."""

    def create_user(self) -> Any:
        account, params = self.account, self.params
        account.claim("User", params["UserName"])
        account.limit("UsersQuota", len(account.users) + 1)
        user = User(account.account_id, account.partition, params["UserName"], params.get("Path", "/"))
        user.tags = tags.merged({}, params.get("Tags", []), folded=True)
        if "PermissionsBoundary" in params:
            user.permissions_boundary_arn = account.boundary(params["PermissionsBoundary"])
        account.users[user.name] = user
        return ActionResult({"User": views.whole_user(user)})

    def get_user(self) -> Any:
        return ActionResult({"User": views.whole_user(self.user())})

    def list_users(self) -> Any:
        return self.listed("Users", self.account.users.values(), views.user)

    def update_user(self) -> Any:
        """In place: the id, and what hangs on it, stay."""
        user = self.user()
        new = str(self.params.get("NewUserName", user.name))
        self.account.claim("User", new, user)
        users = {new if one is user else name: one for name, one in self.account.users.items()}
        user.name, user.path = new, self.params.get("NewPath", user.path)
        self.account.users = users
        _rename_credentials(self.account, user)
        return DONE

    def delete_user(self) -> Any:
        user = self.user()
        for must, held in (
            ("delete login profile", user.password),
            ("delete access keys", user.access_keys),
            ("delete signing certificates", user.signing_certificates),
            ("delete SSH public keys", user.ssh_public_keys),
            ("delete service specific credentials", user.service_credentials),
            ("deactivate MFA devices", user.mfa_devices),
            ("delete policies", user.policies),
            ("detach all policies", user.managed_policies),
            ("remove users from group", self.account.groups_of(user)),
        ):
            if held:
                raise conflict(must)
        del self.account.users[user.name]
        user.gone = True
        return DONE

    def put_user_permissions_boundary(self) -> Any:
        user = self.user()
        user.permissions_boundary_arn = self.account.boundary(self.params["PermissionsBoundary"])
        return DONE

    def delete_user_permissions_boundary(self) -> Any:
        if (user := self.user()).permissions_boundary_arn is None:
            raise missing(f"The permissions boundary of the user {user.name}")
        user.permissions_boundary_arn = None
        return DONE

    def list_user_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self.user().tags)})

    def tag_user(self) -> Any:
        user = self.user()
        user.tags = tags.added(user.tags, self.params["Tags"], folded=True)
        return DONE

    def untag_user(self) -> Any:
        user = self.user()
        user.tags = tags.without(user.tags, self.params["TagKeys"], folded=True)
        return DONE


def _rename_credentials(account: Any, user: User) -> None:
    """Renames the user on each credential, and the user's ARN on a virtual MFA device."""
    for credential in (
        *user.access_keys,
        *user.ssh_public_keys,
        *user.signing_certificates.values(),
        *user.service_credentials,
    ):
        credential.user_name = user.name
    for device in account.virtual_mfa_devices.values():
        if device.user is user:
            device.user_attribute |= {"UserName": user.name, "Path": user.path, "Arn": user.arn}
