"""IAM roles: path, description, trust, policies, boundary, sessions, tags, instance profiles, and suspension."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds import suspending
from iamspec.kinds.contract import (
    Address,
    Answer,
    Declared,
    Given,
    Granted,
    Kind,
    Limit,
    Phase,
    Place,
    Purpose,
    Reference,
    Step,
    World,
    held,
    moment,
    sweep,
)
from iamspec.kinds.holdings import (
    Holder,
    attached_arns,
    attachment_steps,
    boundary_policy,
    boundary_steps,
    bounded_fields,
    check_inline_names,
    check_path,
    check_repeats,
    check_tags,
    inline_documents,
    inline_steps,
    tag_steps,
    visible_inline,
    written_bounds,
)
from iamspec.kinds.profile import PROFILE
from iamspec.kinds.resource import immovable
from iamspec.kinds.role import trusting
from iamspec.kinds.role.operations import (
    BOUNDING,
    CREATE,
    DELETE,
    GRANTS,
    OPERATIONS,
    TAGGING,
)
from iamspec.kinds.role.shape import Role, RoleFacts, RoleSpec
from iamspec.kinds.role.steps import description_steps, profile_steps, trust_steps
from iamspec.kinds.spelling import kept, spelling_notes
from iamspec.kinds.tags import own_tags, reserved_tags, tag_list
from iamspec.policy.document import Document, decode
from iamspec.policy.limits import (
    ATTACHED,
    COUNTS,
    MAX_DESCRIPTION,
    MAX_ROLE_NAME,
    ROLE_DESCRIPTION,
    ROLE_INLINE_SIZE,
    SHORTEST_SESSION,
    TRUST_SIZE,
    name_error,
)
from iamspec.policy.roles_of_aws import is_known, tool_of
from iamspec.policy.suspension import is_suspended
from iamspec.policy.trust import check as check_trust

LIST = Call("ListRoles", {"MaxItems": 1000})
UNKNOWN = "description and longest session are not known here, so they are not compared"


class RoleKind(Kind[RoleSpec, Role]):
    name: ClassVar[str] = "role"
    section: ClassVar[str] = "roles"
    shape = RoleSpec
    listing: ClassVar[Call] = sweep("Role")
    details: ClassVar[str] = "RoleDetailList"
    lists: ClassVar[tuple[Call, ...]] = (LIST,)
    reads: ClassVar[tuple[str, ...]] = ("GetRole",)
    operations = OPERATIONS
    is_principal: ClassVar[bool] = True
    by_request: ClassVar[bool] = True
    places = (
        Place(("trust",), check_trust, TRUST_SIZE, "AssumeRolePolicySizeQuota", wrapped=True, grants=False),
        Place(("inline_policies", "*")),
    )
    limits = (
        Limit("roles", COUNTS["role"], "Roles"),
        Limit("attached policies", ATTACHED["role"], "AttachedPoliciesPerRoleQuota", "policies"),
    )
    inline_size: ClassVar[int | None] = ROLE_INLINE_SIZE
    listed_whole: ClassVar[bool] = False  # description and session duration are in another list

    def check(self, declared: Declared[RoleSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if error := name_error(declared.address.name, longest=MAX_ROLE_NAME):
            yield declared.issue(error)
        yield from check_path(declared, spec.path)
        yield from check_tags(declared, spec.tags, ignore_case=True)
        yield from check_repeats(declared, "policies", spec.policies)
        yield from check_inline_names(declared, spec.inline_policies)
        if not spec.external and spec.trust is None:
            yield declared.issue('"trust" is missing; write {external: true} if the role is not yours to change')
        yield from trusting.mistakes(declared)
        if len(spec.description or "") > MAX_DESCRIPTION:
            yield declared.issue(f"at most {MAX_DESCRIPTION} characters", "description")
        if not ROLE_DESCRIPTION.fullmatch(spec.description or ""):
            yield declared.issue("IAM takes letters of Western European languages only", "description")
        for name in spec.instance_profile if isinstance(spec.instance_profile, list) else ():
            if error := name_error(name):
                yield declared.issue(error, "instance_profile")

    def parts(self, shape: RoleSpec, name: str) -> Mapping[tuple[str | int, ...], Address]:
        written, field_name = shape.instance_profile, "instance_profile"
        if isinstance(written, bool):
            return {(field_name,): Address(PROFILE.kind, name)} if written else {}
        alone = len(written) == 1
        return {
            (field_name,) if alone else (field_name, index): Address(PROFILE.kind, one)
            for index, one in enumerate(written)
        }

    def given(self, shape: RoleSpec) -> Given:
        return Given(
            policies=shape.policies,
            inline_policies=shape.inline_policies,
            boundary=shape.permissions_boundary,
            boundary_written="permissions_boundary" in shape.model_fields_set,
            copies=shape.copy_permissions_from,
            trusts=trusting.mentioned(shape),
        )

    def desired(self, declared: Declared[RoleSpec], granted: Granted, world: World) -> Role:
        spec = declared.shape
        return Role(
            name=declared.address.name,
            path=spec.path,
            description=spec.description,
            trust=trusting.document(spec, world),
            max_session_duration=spec.max_session_duration,
            tags=spec.tags,
            instance_profile=_profiles(declared.address.name, spec.instance_profile),
            suspended=spec.suspended,
            expires=spec.expires,
            facts=RoleFacts(world.account.arn(f"role{spec.path}{declared.address.name}")),
            **bounded_fields(granted, world),
        )

    def parse(self, record: Mapping[str, Any], account: Account) -> Role:
        inline = inline_documents(record.get("RolePolicyList") or (), account)
        tags, used = record.get("Tags") or (), record.get("RoleLastUsed")
        profiles = {one["InstanceProfileName"]: one.get("Arn", "") for one in record.get("InstanceProfileList") or ()}
        facts = RoleFacts(
            arn=record.get("Arn", ""),
            id=record.get("RoleId", ""),
            created=moment(record.get("CreateDate")),
            inline=inline,
            reserved_tags=reserved_tags(tags),
            profiles=dict(sorted(profiles.items())),
            used=moment((used or {}).get("LastUsedDate")),
            used_known=used is not None,
        )
        return Role(
            name=record["RoleName"],
            path=record.get("Path", "/"),
            trust=Document(decode(record.get("AssumeRolePolicyDocument")), account.partition),
            policies=attached_arns(record),
            inline_policies=visible_inline(inline),
            permissions_boundary=(record.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            tags=own_tags(tags),
            instance_profile=frozenset(profiles),
            suspended=is_suspended(inline),
            facts=facts,
        )

    def written(self, resource: Role, account: Account) -> dict[str, Any]:
        return {
            "name": resource.name,
            "path": resource.path,
            "description": resource.description,
            "trust": trusting.written(resource.trust, account),
            **written_bounds(resource, account),
            "max_session_duration": resource.max_session_duration,
            "tags": dict(sorted((resource.tags or {}).items())),
            "instance_profile": _written_profiles(resource),
            "suspended": resource.suspended,
        }

    def kept_by_name(self, live: Role, account: Account, trusted: Collection[str]) -> str | None:
        tool = tool_of(live.name)
        if tool is None or not is_known(live.trust, account.id, trusted):
            return None
        return f"its name is one that {tool} gives to its roles; declare it to manage it, or write a tombstone"

    def owner_reads(self, live: Role) -> list[Call]:
        asked = "GetRole" in live.facts.asked
        return [] if asked else [Call("GetRole", {"RoleName": live.name})]

    def owner(self, live: Role) -> str | None:
        template = live.facts.template
        return f"IAM Role Manager made it from the template {template}" if template is not None else None

    def owned(self, live: Role) -> Mapping[Address, str]:
        return {Address(PROFILE.kind, name): arn for name, arn in live.facts.profiles.items()}

    # Desired beside live

    def fill_desired(self, desired: Role, live: Role | None, now: datetime) -> Role:
        """Fills unset fields from the live role.

        What a suspended role is given anew waits.
        """
        if suspending.is_over(desired, now):
            desired = replace(desired, suspended=True)
        if live is None:
            return _withheld(desired, Role(desired.name)) if desired.suspended else desired
        desired = suspending.spelled(desired, live)
        described = desired.description is not None and live.description is not None
        settled = replace(
            desired,
            description=desired.description if described else live.description,
            max_session_duration=live.max_session_duration and desired.max_session_duration,
            tags=live.tags if desired.tags is None else desired.tags,
            instance_profile=frozenset(kept(one, live.instance_profile) for one in desired.instance_profile),
            suspended=live.suspended if desired.suspended is None else desired.suspended,
        )
        return _withheld(settled, live) if settled.suspended else settled

    def compares(self, desired: Role) -> bool:
        return True

    def notes(self, desired: Role, live: Role | None, now: datetime) -> Iterator[str]:
        yield from suspending.due(desired.expires, now)
        if live is None:
            return
        yield from spelling_notes(desired.inline_policies, live.inline_policies)
        desired, over = suspending.spelled(desired, live), suspending.is_over(desired, now)
        if over or desired.suspended or (desired.suspended is None and live.suspended):
            yield from suspending.waiting(desired, live, self.fill_desired(desired, live, now), over=over)
        if live.max_session_duration is None:
            yield UNKNOWN

    def blocked(self, before: Role, after: Role) -> str | None:
        if before.facts.template is not None:
            made = f"IAM Role Manager made it from the template {before.facts.template}"
            return f"{made}, and needs it as it is: write {{external: true}}"
        return immovable("role", before, after, "move whoever assumes it")

    def as_listed(self, live: Role) -> Role:
        return replace(live, description=None, max_session_duration=None)

    def only_restricted(self, desired: Role, live: Role) -> Role:
        return replace(live, suspended=desired.suspended or None, expires=desired.expires)

    def with_hidden(self, live: Role) -> Role:
        """The Deny of a suspension stays what it is to the diff, `suspended`."""
        return replace(live, inline_policies=suspending.without_suspension(live))

    def references(self, resource: Role) -> Iterator[Reference]:
        yield from held(resource)
        yield from trusting.references(resource.trust)

    # Reads

    def missing_reads(self, live: Role, purpose: Purpose) -> list[Call]:
        """One list has descriptions and session durations of all roles."""
        return [] if LIST.operation in live.facts.asked else [LIST]

    def after_reads(self, live: Role, answers: Sequence[Answer]) -> Role:
        for call, answer in answers:
            facts = replace(live.facts, asked=live.facts.asked | {call.operation})
            records = (answer or {}).get("Roles") or [(answer or {}).get("Role") or {}]
            record: Mapping[str, Any] = next((one for one in records if one.get("RoleName") == live.name), {})
            if "MaxSessionDuration" in record:
                described, longest = record.get("Description", ""), record["MaxSessionDuration"]
                live = replace(live, description=described, max_session_duration=longest)
            if template := record.get("SourceRoleTemplate"):
                facts = replace(facts, template=template.get("TemplateArn", ""))
            live = replace(live, facts=facts)
        return live

    # Calls

    def as_created(self, resource: Role) -> Role:
        """Without the grants of other calls."""
        bare = replace(resource, policies=frozenset(), inline_policies={}, instance_profile=frozenset())
        bare = replace(bare, trust=trusting.waiting(resource.trust, resource.facts.arn))
        return replace(bare, suspended=None)

    def create(self, after: Role, world: World) -> Iterator[Step]:
        params: dict[str, Any] = {"RoleName": after.name, "Path": after.path}
        params["AssumeRolePolicyDocument"] = trusting.waiting(after.trust, after.facts.arn).text
        others = boundary_policy(after.permissions_boundary) if after.permissions_boundary else ()
        if not trusting.is_waiting(trusting.waiting(after.trust, after.facts.arn)):
            others = (*others, *trusting.others(after.trust, world.account))
        if after.description:
            params["Description"] = after.description
        if after.max_session_duration not in {None, SHORTEST_SESSION}:
            params["MaxSessionDuration"] = after.max_session_duration
        if after.permissions_boundary:
            params["PermissionsBoundary"] = after.permissions_boundary
        if after.tags:
            params["Tags"] = tag_list(after.tags)
        yield Step(self.address(after), Phase.CREATE, CREATE.call(**params), others)

    def update(self, before: Role, after: Role, world: World) -> Iterator[Step]:
        holder = Holder(self.address(after), after.name, GRANTS)
        yield from description_steps(holder, before, after)
        yield from tag_steps(holder.address, TAGGING, after.name, before.tags or {}, after.tags or {})
        yield from boundary_steps(holder, BOUNDING, before, after)
        yield from suspending.suspension_steps(holder, before, after)
        yield from trust_steps(holder, before, after, world)
        inline = suspending.all_inline(before), suspending.inline_after(before, after)
        yield from inline_steps(holder, *inline, ROLE_INLINE_SIZE)
        yield from attachment_steps(holder, before.policies, after.policies, ATTACHED["role"].default, world)
        yield from profile_steps(holder, before, after, world.parts)

    def delete(self, before: Role) -> Iterator[Step]:
        yield Step(self.address(before), Phase.DELETE, DELETE.call(RoleName=before.name))


def _profiles(name: str, written: bool | list[str]) -> frozenset[str]:
    if isinstance(written, bool):
        return frozenset({name}) if written else frozenset()
    return frozenset(written)


def _written_profiles(role: Role) -> bool | str | list[str]:
    names = sorted(role.instance_profile)
    if names in ([], [role.name]):
        return bool(names)
    return names[0] if len(names) == 1 else names


def _withheld(desired: Role, live: Role) -> Role:
    return replace(desired, **suspending.keeping(desired, live))
