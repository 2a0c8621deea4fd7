"""The calls that change what only roles have: description and session duration, trust, instance profiles."""

from collections.abc import Iterator

from iamspec.kinds.contract import Address, Phase, Step, World
from iamspec.kinds.holdings import Holder
from iamspec.kinds.parts import Parts
from iamspec.kinds.profile import DROP as DROP_PROFILE, MAKE as MAKE_PROFILE, PROFILE
from iamspec.kinds.role import trusting
from iamspec.kinds.role.operations import DESCRIBE, ENTER, ENTRUST, LEAVE
from iamspec.kinds.role.shape import Role


def description_steps(holder: Holder, before: Role, after: Role) -> Iterator[Step]:
    """Sets description and session duration in a single call.

    Some services that answer like IAM forget missing parameters.
    """
    old = (before.description, before.max_session_duration)
    new = (after.description, after.max_session_duration)
    if old != new:
        values = {"RoleName": holder.name, "Description": new[0], "MaxSessionDuration": new[1]}
        call = DESCRIBE.call(**{key: one for key, one in values.items() if one is not None})
        yield Step(holder.address, Phase.UPDATE, call)


def trust_steps(holder: Holder, before: Role, after: Role, world: World) -> Iterator[Step]:
    """Changes the trust before grants, or after revokes where the role loses a policy."""
    if before.trust == after.trust or trusting.is_waiting(after.trust):
        return  # a role that goes keeps its trust until then
    loses = bool(before.policies - after.policies) or bool(before.inline_policies.keys() - after.inline_policies)
    phase = Phase.RELEASE if loses else Phase.UPDATE
    named = trusting.others(after.trust, world.account)
    yield holder.step(phase, ENTRUST, named, PolicyDocument=after.trust.text)


def profile_steps(holder: Holder, before: Role, after: Role, parts: Parts) -> Iterator[Step]:
    """Makes a missing profile, and deletes a profile that no other entity keeps.

    A profile has at most one role. So a role leaves the profile
    before the next role enters it.
    """
    for name in sorted(after.instance_profile - before.instance_profile):
        profile = Address(PROFILE.kind, name)
        if profile not in parts.found:
            yield Step(holder.address, Phase.GRANT, MAKE_PROFILE.call(InstanceProfileName=name, Path=after.path))
        others = (profile, *parts.giver(profile, holder.address))
        yield holder.step(Phase.GRANT, ENTER, others, InstanceProfileName=name)
    for name in sorted(before.instance_profile - after.instance_profile):
        profile = Address(PROFILE.kind, name)
        phase = Phase.MAKE_ROOM if parts.is_taken_from(profile, holder.address) else Phase.REVOKE
        yield holder.step(phase, LEAVE, (profile,), InstanceProfileName=name)
        if profile not in parts.staying:
            yield Step(holder.address, Phase.REVOKE, DROP_PROFILE.call(InstanceProfileName=name))
