"""Operations on instance profiles."""

from typing import Any

from iamspec.sandbox import tags, views
from iamspec.sandbox.entities import Profile
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.refusals import Refused, conflict, missing
from iamspec.sandbox.upstream import ActionResult

ROLES_PER_PROFILE = 1


class Profiles(Operations):
    """Instance profiles, each with one role at most."""

    def create_instance_profile(self) -> Any:
        account, name = self.account, self.params["InstanceProfileName"]
        account.claim("InstanceProfile", name)
        account.limit("InstanceProfilesQuota", len(account.instance_profiles) + 1)
        profile = Profile(account.account_id, account.partition, name, self.params.get("Path", "/"))
        profile.tags = tags.merged({}, self.params.get("Tags", []), folded=False)
        account.instance_profiles[name] = profile
        return ActionResult({"InstanceProfile": views.whole_profile(profile)})

    def get_instance_profile(self) -> Any:
        return ActionResult({"InstanceProfile": views.whole_profile(self.profile())})

    def list_instance_profiles(self) -> Any:
        return self.listed("InstanceProfiles", self.account.instance_profiles.values(), views.instance_profile)

    def list_instance_profiles_for_role(self) -> Any:
        return self.listed("InstanceProfiles", self.account.profiles_of(self.role()), views.instance_profile)

    def delete_instance_profile(self) -> Any:
        profile = self.profile()
        if profile.roles:
            raise conflict("remove roles from instance profile")
        del self.account.instance_profiles[profile.name]
        return DONE

    def add_role_to_instance_profile(self) -> Any:
        """The role that is in it already is one too many, too."""
        profile, role = self.profile(), self.own_role()
        if len(profile.roles) >= ROLES_PER_PROFILE:
            raise Refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
        profile.roles.append(role)
        return DONE

    def remove_role_from_instance_profile(self) -> Any:
        profile, role = self.profile(), self.role()
        if role not in profile.roles:
            raise missing(f"The role {role.name} in the instance profile {profile.name}")
        profile.roles.remove(role)
        return DONE

    def list_instance_profile_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self.profile().tags)})

    def tag_instance_profile(self) -> Any:
        profile = self.profile()
        profile.tags = tags.added(profile.tags, self.params["Tags"], folded=False)
        return DONE

    def untag_instance_profile(self) -> Any:
        profile = self.profile()
        profile.tags = tags.without(profile.tags, self.params["TagKeys"], folded=False)
        return DONE

    def profile(self) -> Profile:
        name = self.params["InstanceProfileName"]
        if (found := self.account.instance_profiles.get(name)) is None:
            raise missing(f"Instance Profile {name}")
        return found
