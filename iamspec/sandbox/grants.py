"""Operations on what users, groups and roles share: attached and inline policies."""

from collections.abc import Mapping
from typing import Any

from iamspec.sandbox import documents, views
from iamspec.sandbox.backend import attachable
from iamspec.sandbox.entities import Group, Role, User
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.upstream import ActionResult

ATTACHED_QUOTA: Mapping[type, str] = {
    User: "AttachedPoliciesPerUserQuota",
    Group: "AttachedPoliciesPerGroupQuota",
    Role: "AttachedPoliciesPerRoleQuota",
}
INLINE_QUOTA: Mapping[type, str] = {
    User: "UserPolicySizeQuota",
    Group: "GroupPolicySizeQuota",
    Role: "RolePolicySizeQuota",
}


class Grants(Operations):
    """Policies of any holder: the parameters tell its kind."""

    def holder(self, *, changed: bool = False) -> Any:
        if "UserName" in self.params:
            return self.user()
        if "GroupName" in self.params:
            return self.group()
        return self.own_role() if changed else self.role()

    def attach_user_policy(self) -> Any:
        """Attaching twice is no error."""
        holder, policy = self.holder(changed=True), self.policy()
        attachable(policy)
        if policy.arn not in holder.managed_policies:
            self.account.limit(ATTACHED_QUOTA[type(holder)], len(holder.managed_policies) + 1)
            holder.managed_policies[policy.arn] = policy
        return DONE

    def detach_user_policy(self) -> Any:
        holder, arn = self.holder(changed=True), self.params["PolicyArn"]
        if holder.managed_policies.pop(arn, None) is None:
            raise Refused("NoSuchEntity", f"Policy {arn} was not found.")
        return DONE

    def list_attached_user_policies(self) -> Any:
        policies = self.holder().managed_policies.values()
        return self.listed("AttachedPolicies", policies, lambda one: {"PolicyName": one.name, "PolicyArn": one.arn})

    def put_user_policy(self) -> Any:
        """A name in another case is the same policy. The first spelling stays."""
        holder, text = self.holder(changed=True), self.params["PolicyDocument"]
        documents.check_inline(text)
        policies = holder.policies | {self._spelled(holder): text}
        quota = self.account.quotas[INLINE_QUOTA[type(holder)]]
        if sum(map(documents.size, policies.values())) > quota:
            kind = type(holder).__name__.lower()
            raise Refused("LimitExceeded", f"Maximum policy size of {quota} bytes exceeded for {kind} {holder.name}")
        holder.policies = policies
        return DONE

    def get_user_policy(self) -> Any:
        """The answer has the name as the request spells it."""
        holder, name = self.holder(), self.params["PolicyName"]
        if (text := holder.policies.get(self._spelled(holder))) is None:
            raise missing(f"The policy with name {name}")
        owner = {f"{type(holder).__name__}Name": holder.name}
        return ActionResult(owner | {"PolicyName": name, "PolicyDocument": views.encoded(text)})

    def delete_user_policy(self) -> Any:
        holder = self.holder(changed=True)
        if holder.policies.pop(self._spelled(holder), None) is None:
            raise missing(f"The policy with name {self.params['PolicyName']}")
        return DONE

    def _spelled(self, holder: Any) -> str:
        """The name of the request as the holder's inline policies spell it."""
        name = str(self.params["PolicyName"])
        return next((one for one in holder.policies if one.lower() == name.lower()), name)

    def list_user_policies(self) -> Any:
        return ActionResult({"PolicyNames": list(self.holder().policies)})

    attach_group_policy = attach_role_policy = attach_user_policy
    detach_group_policy = detach_role_policy = detach_user_policy
    list_attached_group_policies = list_attached_role_policies = list_attached_user_policies
    put_group_policy = put_role_policy = put_user_policy
    get_group_policy = get_role_policy = get_user_policy
    delete_group_policy = delete_role_policy = delete_user_policy
    list_group_policies = list_role_policies = list_user_policies

    def list_entities_for_policy(self) -> Any:
        """Who holds the policy, as permissions or as boundary, filtered by kind, path and usage."""
        arn, params = self.policy().arn, self.params
        usage, kind, prefix = (params.get(key) for key in ("PolicyUsageFilter", "EntityFilter", "PathPrefix"))
        result: dict[str, Any] = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": []}
        for holder in self.account.holders():
            name = type(holder).__name__
            attached = usage != "PermissionsBoundary" and arn in holder.managed_policies
            bounded = usage != "PermissionsPolicy" and arn == getattr(holder, "permissions_boundary_arn", None)
            if (attached or bounded) and kind in {None, name} and holder.path.startswith(prefix or "/"):
                shown = views.bare(holder, name)
                result[f"Policy{name}s"].append({key: shown[key] for key in (f"{name}Name", f"{name}Id")})
        return ActionResult(result)
