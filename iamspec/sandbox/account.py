"""Operations on the account: its details as a whole, summary, alias and password policy."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from iamspec.sandbox import views
from iamspec.sandbox.entities import Policy
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.report import report
from iamspec.sandbox.upstream import ActionResult, utcnow

KINDS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")
FLAGS = {
    "RequireSymbols": "require_symbols",
    "RequireNumbers": "require_numbers",
    "RequireUppercaseCharacters": "require_uppercase_characters",
    "RequireLowercaseCharacters": "require_lowercase_characters",
    "AllowUsersToChangePassword": "allow_users_to_change_password",
    "ExpirePasswords": "expire_passwords",
    "HardExpiry": "hard_expiry",
}

ROLE_MANAGER = "RoleManager/Enabled"
REPORT_LASTS = timedelta(hours=4)
Later = Callable[[], Mapping[str, Any]]


class Account(Operations):
    """The account."""

    def get_account_authorization_details(self) -> Any:
        """The whole account.

        AWS's policies in use are always included, whatever the
        Filter. An entity is viewed if the page holds it.
        """
        wanted = self.params.get("Filter") or KINDS
        return ActionResult(
            {
                "UserDetailList": list(self._users()) if "User" in wanted else [],
                "GroupDetailList": self._each(self.account.groups, views.group_detail) if "Group" in wanted else [],
                "RoleDetailList": self._each(self.account.roles, self._role) if "Role" in wanted else [],
                "Policies": list(self._policies(wanted)),
            }
        )

    def _each(self, entities: Mapping[str, Any], view: Callable[[Any], Mapping[str, Any]]) -> list[Later]:
        return [_later(view, entity) for entity in entities.values()]

    def _role(self, role: Any) -> Mapping[str, Any]:
        return views.role_detail(role, self.account.profiles_of(role))

    def _users(self) -> Iterator[Later]:
        groups: dict[int, list[str]] = {}
        for group in self.account.groups.values():
            for user in group.users:
                groups.setdefault(id(user), []).append(group.name)
        for user in self.account.users.values():
            yield _later(views.user_detail, user, sorted(groups.get(id(user), [])))

    def _policies(self, wanted: Any) -> Iterator[Later]:
        attachments, boundaries = self.account.attachments(), self.account.boundaries()
        used = attachments.keys() | boundaries.keys()
        for arn, policy in self.account.managed_policies.items():
            if isinstance(policy, Policy):
                chosen = "LocalManagedPolicy" in wanted
            else:
                chosen = "AWSManagedPolicy" in wanted and arn in used
            if chosen:
                yield _later(views.policy_detail, policy, attachments, boundaries)

    def get_account_summary(self) -> Any:
        account, root = self.account, self.account.root
        held = account.attachments().keys() | account.boundaries().keys()
        virtual = account.virtual_mfa_devices
        in_use = [serial for user in account.users.values() for serial in user.mfa_devices]
        counts = {
            "AccountAccessKeysPresent": min(root.keys, 1),
            "AccountMFAEnabled": int(bool(root.mfa)),
            "AccountPasswordPresent": int(root.password),
            "AccountSigningCertificatesPresent": 0,
            "GlobalEndpointTokenVersion": 1,
            "Groups": len(account.groups),
            "InstanceProfiles": len(account.instance_profiles),
            "MFADevices": len(virtual) + sum(serial not in virtual for serial in in_use),
            "MFADevicesInUse": len(in_use),
            "Policies": len(account.customer_policies()),
            "PolicyVersionsInUse": len(held),
            "Providers": len(account.saml_providers) + len(account.open_id_providers),
            "Roles": len(account.roles),
            "ServerCertificates": len(account.certificates),
            "Users": len(account.users),
        }
        return ActionResult({"SummaryMap": counts | account.quotas})

    def list_organizations_features(self) -> Any:
        """Answers only the management account of an organization."""
        if (organization := self.directory.organization) is None:
            raise Refused("OrganizationNotFoundException", "The account is not a member of an organization.")
        if organization.management != self.account.account_id:
            raise Refused(
                "AccountNotManagementOrDelegatedAdministratorException",
                "The account is neither the management account nor a delegated administrator.",
            )
        return ActionResult({"OrganizationId": organization.id, "EnabledFeatures": list(organization.features)})

    def get_account_properties(self) -> Any:
        return ActionResult({"Properties": {ROLE_MANAGER: self.account.role_manager}})

    def put_account_properties(self) -> Any:
        for name, value in self.params["Properties"].items():
            if name != ROLE_MANAGER:
                raise Refused("InvalidInput", f"Unsupported namespace: {name}")
            if value not in {"true", "false"}:
                raise Refused("InvalidInput", f"The value of {name} must be 'true' or 'false'.")
            self.account.role_manager = value
        return DONE

    def delete_account_alias(self) -> Any:
        alias = self.params["AccountAlias"]
        if alias not in self.account.account_aliases:
            raise missing(f"The Account Alias with name {alias}")
        self.account.account_aliases = []
        return DONE

    def generate_credential_report(self) -> Any:
        """A new one every four hours at most, as IAM does."""
        made = self.account.report_made
        if made is not None and utcnow() - made < REPORT_LASTS:
            return ActionResult({"State": "COMPLETE"})
        self.account.report_made, self.account.report_text = utcnow(), report(self.account)
        return ActionResult(
            {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
        )

    def get_credential_report(self) -> Any:
        made = self.account.report_made
        if made is None:
            raise Refused("ReportNotPresent", "No report exists; generate one.")
        if utcnow() - made >= REPORT_LASTS:
            raise Refused("ReportExpired", "The most recent report has expired; generate a new one.")
        text = self.account.report_text.encode()
        return ActionResult({"Content": text, "ReportFormat": "text/csv", "GeneratedTime": made})

    def get_account_password_policy(self) -> Any:
        """Leaves out values that were never set, as IAM does."""
        policy = self.account.get_account_password_policy()
        shown = {name: bool(getattr(policy, attribute)) for name, attribute in FLAGS.items()}
        numbers = {
            "MinimumPasswordLength": policy.minimum_password_length,
            "MaxPasswordAge": policy.max_password_age or None,
            "PasswordReusePrevention": policy.password_reuse_prevention or None,
        }
        return ActionResult({"PasswordPolicy": shown | numbers})


def _later(view: Callable[..., Mapping[str, Any]], *given: Any) -> Later:
    return lambda: view(*given)
