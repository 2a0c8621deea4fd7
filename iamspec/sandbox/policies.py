"""Operations on managed policies and their versions."""

from typing import Any

from iamspec.sandbox import documents, tags, views
from iamspec.sandbox.entities import Policy
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.upstream import ActionResult, PolicyVersion, utcnow


class Policies(Operations):
    """Managed policies: versions, defaults and tags."""

    def create_policy(self) -> Any:
        account, params = self.account, self.params
        text = self._document()
        account.claim("Policy", params["PolicyName"])
        account.limit("PoliciesQuota", len(account.customer_policies()) + 1)
        given = {"description": params.get("Description"), "document": text, "path": params.get("Path", "/")}
        policy = Policy(params["PolicyName"], account.account_id, account.partition, **given)
        policy.tags = tags.merged({}, params.get("Tags", []), folded=False)
        account.managed_policies[policy.arn] = policy
        shown = {"Tags": views.shown(policy.tags)} if policy.tags else {}
        return ActionResult({"Policy": views.policy(policy, {}, {}) | shown})

    def get_policy(self) -> Any:
        policy = self.policy()
        view = views.policy(policy, self.account.attachments(), self.account.boundaries())
        extra = {"Description": policy.description or None, "Tags": views.shown(policy.tags)}
        return ActionResult({"Policy": view | extra})

    def list_policies(self) -> Any:
        params, attachments, boundaries = self.params, self.account.attachments(), self.account.boundaries()
        scope = params.get("Scope", "All")
        counted = {
            "PermissionsPolicy": (attachments,),
            "PermissionsBoundary": (boundaries,),
            None: (attachments, boundaries),
        }[params.get("PolicyUsageFilter")]
        selective = params.get("OnlyAttached", False)  # without it IAM ignores the filter of usage
        found = [
            policy
            for policy in self.account.managed_policies.values()
            if scope in {"All", "Local" if isinstance(policy, Policy) else "AWS"}
            and (not selective or any(uses[policy.arn] for uses in counted))
        ]
        return self.listed("Policies", found, lambda one: views.policy(one, attachments, boundaries))

    def delete_policy(self) -> Any:
        policy = self.own_policy("delete")
        if self.account.attachments()[policy.arn] or self.account.boundaries()[policy.arn]:
            raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise Refused(
                "DeleteConflict", "This policy has more than one version. Before you delete it, delete the others."
            )
        del self.account.managed_policies[policy.arn]
        return DONE

    def create_policy_version(self) -> Any:
        policy, text = self.own_policy("create versions for"), self._document()
        self.account.limit("VersionsPerPolicyQuota", len(policy.versions) + 1)
        version = PolicyVersion(policy.arn, text, version_id=f"v{policy.next_version_num}")
        policy.next_version_num += 1
        policy.versions.append(version)
        if self.params.get("SetAsDefault", False):
            make_default(policy, version)
        return ActionResult({"PolicyVersion": views.version(version)})

    def get_policy_version(self) -> Any:
        return ActionResult({"PolicyVersion": views.whole_version(self._version(self.policy()))})

    def list_policy_versions(self) -> Any:
        newest_first = reversed(self.policy().versions)
        return ActionResult({"Versions": [views.version(version) for version in newest_first]})

    def delete_policy_version(self) -> Any:
        policy = self.own_policy("delete policy versions for")
        version = self._version(policy)
        if version.is_default:
            raise Refused("DeleteConflict", "Cannot delete the default version of a policy.")
        policy.versions.remove(version)
        return DONE

    def set_default_policy_version(self) -> Any:
        policy = self.own_policy("update")
        make_default(policy, self._version(policy))
        return DONE

    def list_policy_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self.taggable_policy().tags)})

    def tag_policy(self) -> Any:
        policy = self.taggable_policy()
        policy.tags = tags.added(policy.tags, self.params["Tags"], folded=False)
        return DONE

    def untag_policy(self) -> Any:
        policy = self.taggable_policy()
        policy.tags = tags.without(policy.tags, self.params["TagKeys"], folded=False)
        return DONE

    def _document(self) -> str:
        text = str(self.params["PolicyDocument"])
        documents.check_managed(text)
        self.account.limit("PolicySizeQuota", documents.size(text))
        return text

    def _version(self, policy: Any) -> Any:
        for version in policy.versions:
            if version.version_id == self.params["VersionId"]:
                return version
        raise missing(f"Policy {policy.arn} version {self.params['VersionId']}")


def make_default(policy: Policy, version: Any) -> None:
    """Makes the version the one in force."""
    for other in policy.versions:
        other.is_default = other is version
    policy.default_version_id, policy.update_date = version.version_id, utcnow()
