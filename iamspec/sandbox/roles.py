"""Operations on roles."""

from typing import Any

from iamspec.sandbox import documents, tags, views
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, conflict, missing
from iamspec.sandbox.upstream import ActionResult


class Roles(Operations):
    """Roles, their trust, tags and boundaries."""

    def create_role(self) -> Any:
        params = self.params
        boundary = params.get("PermissionsBoundary")
        role = self.account.create_role(
            params["RoleName"],
            self._trust(params["AssumeRolePolicyDocument"]),
            params.get("Path", "/"),
            description=params.get("Description"),
            max_session_duration=params.get("MaxSessionDuration", 3600),
            tags=params.get("Tags", []),
            permissions_boundary=self.account.boundary(boundary) if boundary else None,
        )
        return ActionResult({"Role": views.whole_role(role)})

    def create_service_linked_role(self) -> Any:
        role = super().create_service_linked_role().result["Role"]
        return ActionResult({"Role": views.whole_role(role)})

    def get_role(self) -> Any:
        return ActionResult({"Role": views.whole_role(self.role())})

    def list_roles(self) -> Any:
        return self.listed("Roles", self.account.roles.values(), views.role)

    def update_assume_role_policy(self) -> Any:
        role = self.own_role()
        role.assume_role_policy_document = self._trust(self.params["PolicyDocument"])
        return DONE

    def update_role_description(self) -> Any:
        role = self.role()
        role.description = self.params["Description"]
        return ActionResult({"Role": views.whole_role(role)})

    def delete_role(self) -> Any:
        role = self.own_role()
        for must, held in (
            ("remove roles from instance profile", self.account.profiles_of(role)),
            ("detach all policies", role.managed_policies),
            ("delete policies", role.policies),
        ):
            if held:
                raise conflict(must)
        del self.account.roles[role.id]
        return DONE

    def put_role_permissions_boundary(self) -> Any:
        role = self.own_role()
        role.permissions_boundary_arn = self.account.boundary(self.params["PermissionsBoundary"])
        return DONE

    def delete_role_permissions_boundary(self) -> Any:
        self.own_role().permissions_boundary_arn = None
        return DONE

    def list_role_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self.role().tags)})

    def tag_role(self) -> Any:
        role = self.role()
        role.tags = tags.merged(role.tags, self.params["Tags"], folded=True)
        return DONE

    def untag_role(self) -> Any:
        role = self.role()
        role.tags = tags.without(role.tags, self.params["TagKeys"], folded=True)
        return DONE

    def list_instance_profiles(self) -> Any:
        return self.listed("InstanceProfiles", self.account.instance_profiles.values(), views.instance_profile)

    def list_instance_profiles_for_role(self) -> Any:
        return self.listed("InstanceProfiles", self.account.profiles_of(self.role()), views.instance_profile)

    def create_instance_profile(self) -> Any:
        self.account.limit("InstanceProfilesQuota", len(self.account.instance_profiles) + 1)
        name, path = self.params["InstanceProfileName"], self.params.get("Path", "/")
        marks = tags.merged({}, self.params.get("Tags", []), folded=False)
        profile = self.account.create_instance_profile(name, path, [], views.shown(marks))
        return ActionResult({"InstanceProfile": views.instance_profile(profile)})

    def get_instance_profile(self) -> Any:
        profile = self.account.get_instance_profile(self.params["InstanceProfileName"])
        return ActionResult({"InstanceProfile": views.instance_profile(profile) | {"Tags": profile.tags}})

    def remove_role_from_instance_profile(self) -> Any:
        role, profile = self.role(), self.account.get_instance_profile(self.params["InstanceProfileName"])
        if role not in profile.roles:
            raise missing(f"The role {role.name} in the instance profile {profile.name}")
        profile.roles.remove(role)
        return DONE

    def _trust(self, text: str) -> str:
        documents.check_trust(text)
        if documents.size(text) > (quota := self.account.quotas["AssumeRolePolicySizeQuota"]):
            raise Refused("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {quota}")
        return text
