"""What may be written to managed policies."""

from collections.abc import Mapping, Sequence

from fake.grammar import checked_size
from fake.rules import limited, some_tags, tagged, untagged
from fake.state import Answer, Policy, Refused, State, Version, unknown
from fake.views import policy_view, version_view

Tags = Sequence[Mapping[str, str]]


def create_policy(
    state: State,
    policy_name: str,
    policy_document: str,
    path: str = "/",
    description: str | None = None,
    tags: Tags = (),
) -> Answer:
    if any(policy.name.lower() == policy_name.lower() for policy in state.policies.values()):
        raise Refused(
            "EntityAlreadyExists", f"A policy called {policy_name} already exists. Duplicate names are not allowed."
        )
    limited(state, "PoliciesQuota", len(state.policies) + 1)
    limited(state, "PolicySizeQuota", checked_size(policy_document))
    labels = tagged({}, tags, ignoring_case=False)
    now = state.tick()
    policy = Policy(
        name=policy_name,
        path=path,
        id=state.new_id("ANPA"),
        arn=state.account.arn(f"policy{path}{policy_name}"),
        created=now,
        updated=now,
        versions={"v1": Version("v1", policy_document, now)},
        description=description,
        tags=labels,
    )
    state.policies[policy.arn] = policy
    return {"Policy": policy_view(state, policy)}


def create_policy_version(
    state: State, policy_arn: str, policy_document: str, *, set_as_default: bool = False
) -> Answer:
    policy = state.own_policy(policy_arn)
    limited(state, "PolicySizeQuota", checked_size(policy_document))
    limited(state, "VersionsPerPolicyQuota", len(policy.versions) + 1)
    policy.made += 1
    policy.updated = state.tick()
    version = Version(f"v{policy.made}", policy_document, policy.updated)
    policy.versions[version.id] = version
    if set_as_default:
        policy.default = version.id
    view = version_view(policy, version)
    del view["Document"]  # the API Reference: not among what this operation returns
    return {"PolicyVersion": view}


def delete_policy_version(state: State, policy_arn: str, version_id: str) -> Answer | None:
    policy = _with_version(state, policy_arn, version_id)
    if version_id == policy.default:
        raise Refused("DeleteConflict", "Cannot delete the default version of a policy.")
    del policy.versions[version_id]
    policy.updated = state.tick()
    return None


def set_default_policy_version(state: State, policy_arn: str, version_id: str) -> Answer | None:
    policy = _with_version(state, policy_arn, version_id)
    policy.default, policy.updated = version_id, state.tick()
    return None


def _with_version(state: State, arn: str, version_id: str) -> Policy:
    policy = state.own_policy(arn)
    if version_id not in policy.versions:
        unknown(f"Policy {arn} version {version_id} does not exist or is not attachable.")
    return policy


def delete_policy(state: State, policy_arn: str) -> Answer | None:
    """The default version goes with the policy; every other one, every holder and every boundary is in the way."""
    policy = state.own_policy(policy_arn)
    if state.attachments(policy_arn) or state.boundary_uses(policy_arn):
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise Refused("DeleteConflict", "This policy has more than one version. Delete the others first.")
    del state.policies[policy_arn]
    return None


def tag_policy(state: State, policy_arn: str, tags: Tags) -> Answer | None:
    policy = state.tagged_policy(policy_arn)
    policy.tags = tagged(policy.tags, some_tags(tags), ignoring_case=False)
    return None


def untag_policy(state: State, policy_arn: str, tag_keys: Sequence[str]) -> Answer | None:
    policy = state.tagged_policy(policy_arn)
    policy.tags = untagged(policy.tags, tag_keys, ignoring_case=False)
    return None
