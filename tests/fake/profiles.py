"""What may be written to instance profiles."""

from collections.abc import Mapping, Sequence

from fake.rules import free_name, limited, some_tags, tagged, untagged
from fake.state import Answer, Profile, Refused, State
from fake.views import whole_profile_view

Tags = Sequence[Mapping[str, str]]


def create_instance_profile(state: State, instance_profile_name: str, path: str = "/", tags: Tags = ()) -> Answer:
    free_name(state.profiles, "InstanceProfile", instance_profile_name)
    limited(state, "InstanceProfilesQuota", len(state.profiles) + 1)
    labels = tagged({}, tags, ignoring_case=False)
    profile = Profile(name=instance_profile_name, path=path, id=state.new_id("AIPA"), created=state.tick(), tags=labels)
    state.profiles[instance_profile_name.lower()] = profile
    return {"InstanceProfile": whole_profile_view(state, profile)}


def delete_instance_profile(state: State, instance_profile_name: str) -> Answer | None:
    profile = state.profile(instance_profile_name)
    if profile.role:
        raise Refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    del state.profiles[profile.name.lower()]
    return None


def add_role_to_instance_profile(state: State, instance_profile_name: str, role_name: str) -> Answer | None:
    """A profile takes a single role. Adding the same role again is refused, too."""
    profile, role = state.profile(instance_profile_name), state.own_role(role_name)
    if profile.role:
        raise Refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    profile.role = role.id
    return None


def remove_role_from_instance_profile(state: State, instance_profile_name: str, role_name: str) -> Answer | None:
    profile, role = state.profile(instance_profile_name), state.role(role_name)
    if profile.role != role.id:
        raise Refused("NoSuchEntity", f"The role {role.name} is not in the instance profile {profile.name}.")
    profile.role = None
    return None


def tag_instance_profile(state: State, instance_profile_name: str, tags: Tags) -> Answer | None:
    profile = state.profile(instance_profile_name)
    profile.tags = tagged(profile.tags, some_tags(tags), ignoring_case=False)
    return None


def untag_instance_profile(state: State, instance_profile_name: str, tag_keys: Sequence[str]) -> Answer | None:
    profile = state.profile(instance_profile_name)
    profile.tags = untagged(profile.tags, tag_keys, ignoring_case=False)
    return None
