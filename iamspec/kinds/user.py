"""IAM users: path, tags, group memberships, attached and inline policies, permissions boundary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.credentials import Credentials, credential_reads
from iamspec.document import Document
from iamspec.errors import Issue
from iamspec.grants import (
    Data,
    Flag,
    Holder,
    Lint,
    Nullable,
    RenamedFrom,
    Text,
    attached_arns,
    attachment_steps,
    boundary_policy,
    check_inline_names,
    check_old_name,
    check_path,
    check_repeats,
    check_tags,
    inline_documents,
    inline_steps,
    lacking_room,
    own_tags,
    reference,
    reserved_tag,
    tag_list,
    tag_steps,
)
from iamspec.iam import Account, Call
from iamspec.kind import Address, Declared, Facts, Granted, Kind, Phase, Purpose, Shape, Step, World, moment, sweep
from iamspec.limits import (
    ATTACHED,
    MAX_GROUPS_PER_USER,
    MAX_USER_NAME,
    QUARANTINE,
    RESERVED_INLINE,
    USER_INLINE_SIZE,
    name_error,
)


class Console(Shape):
    """Console access; until sign-in is managed only its shape is checked."""

    password_reset_required: Flag = True


def _console(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Console.model_validate(value)
    if type(value) is not str and value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true, false or {password_reset_required: …}")


class UserSpec(Shape):
    """A user as people write it. What is left out is empty, but for tags and the boundary."""

    path: Text = "/"
    tags: dict[Text, Text] | None = None
    groups: list[Text] = Field(default_factory=list)
    policies: list[Text] = Field(default_factory=list)
    inline_policies: dict[Text, Data] = Field(default_factory=dict)
    permissions_boundary: Nullable = None
    console: Annotated[bool | Console | None, BeforeValidator(_console)] = None
    renamed_from: RenamedFrom = None
    copy_permissions_from: Text | None = None
    lint: Lint = Lint()
    external: Flag = False


@dataclass(frozen=True, slots=True)
class UserFacts(Facts):
    """`attached` and `inline` have what iamspec hides from the diff, too: AWS's quarantine, iamspec's own."""

    attached: frozenset[str] = frozenset()
    inline: Mapping[str, Document] = field(default_factory=dict)
    reserved_tags: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def quarantine(self) -> frozenset[str]:
        return frozenset(arn for arn in self.attached if arn.rpartition("/")[2].startswith(QUARANTINE))


@dataclass(frozen=True, slots=True)
class User:
    """A user as IAM knows it; `policies` and `permissions_boundary` are ARNs.

    `via` says for what was copied from whom: the keys are (field, item).
    """

    name: str
    path: str = "/"
    tags: Mapping[str, str] | None = None
    groups: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    permissions_boundary: str | None = None
    boundary_written: bool = field(default=True, compare=False)
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict, compare=False)
    facts: UserFacts = field(default=UserFacts(), compare=False)


def _arn(field_name: str, item: str, world: World) -> str:
    """A copied item as the field has it: policies by their ARN."""
    return world.policy_arn(item) if field_name in {"policies", "permissions_boundary"} else item


class UserKind(Kind[UserSpec, User]):
    name: ClassVar[str] = "user"
    section: ClassVar[str] = "users"
    shape = UserSpec
    listing: ClassVar[Call] = sweep("User")
    details: ClassVar[str] = "UserDetailList"
    documents = (("inline_policies", "*"),)

    def check(self, declared: Declared[UserSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if error := name_error(declared.address.name, longest=MAX_USER_NAME):
            yield declared.issue(error)
        yield from check_path(declared, spec.path)
        yield from check_old_name(declared, spec.renamed_from)
        yield from check_tags(declared, spec.tags, ignore_case=True)
        yield from check_repeats(declared, "groups", spec.groups)
        yield from check_repeats(declared, "policies", spec.policies)
        yield from check_inline_names(declared, spec.inline_policies)

    def desired(self, declared: Declared[UserSpec], granted: Granted, world: World) -> User:
        spec = declared.shape
        return User(
            name=declared.address.name,
            path=spec.path,
            tags=spec.tags,
            groups=frozenset(granted.groups),
            policies=frozenset(map(world.policy_arn, granted.policies)),
            inline_policies={name: world.document(data) for name, data in sorted(granted.inline_policies.items())},
            permissions_boundary=world.policy_arn(granted.boundary) if granted.boundary else None,
            boundary_written=granted.boundary_written,
            via={(name, _arn(name, item, world)): source for (name, item), source in granted.via.items()},
        )

    def parse(self, record: Mapping[str, Any], account: Account) -> User:
        attached = attached_arns(record)
        inline = inline_documents(record.get("UserPolicyList") or (), account)
        tags = record.get("Tags") or ()
        facts = UserFacts(
            arn=record.get("Arn", ""),
            id=record.get("UserId", ""),
            created=moment(record.get("CreateDate")),
            attached=attached,
            inline=inline,
            reserved_tags={tag["Key"]: tag["Value"] for tag in tags if reserved_tag(tag["Key"])},
        )
        return User(
            name=record["UserName"],
            path=record.get("Path", "/"),
            tags=own_tags(tags),
            groups=frozenset(record.get("GroupList") or ()),
            policies=attached,
            inline_policies={name: one for name, one in inline.items() if not name.startswith(RESERVED_INLINE)},
            permissions_boundary=(record.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            facts=facts,
        )

    def written(self, resource: User, account: Account) -> dict[str, Any]:
        boundary = resource.permissions_boundary
        return {
            "name": resource.name,
            "path": resource.path,
            "tags": dict(sorted((resource.tags or {}).items())),
            "groups": sorted(resource.groups),
            "policies": sorted(reference(arn, account) for arn in resource.policies),
            "inline_policies": {name: one.data for name, one in sorted(resource.inline_policies.items())},
            "permissions_boundary": reference(boundary, account) if boundary else None,
        }

    def settle(self, desired: User, live: User) -> User:
        return replace(
            desired,
            tags=live.tags if desired.tags is None else desired.tags,
            policies=desired.policies | live.facts.quarantine,
        )

    def bare(self, resource: User) -> User:
        return replace(resource, groups=frozenset(), policies=frozenset(), inline_policies={})

    def create(self, after: User) -> Iterator[Step]:
        params: dict[str, Any] = {"UserName": after.name, "Path": after.path}
        others: tuple[Address, ...] = ()
        if after.tags:
            params["Tags"] = tag_list(after.tags)
        if after.permissions_boundary:
            params["PermissionsBoundary"] = after.permissions_boundary
            others = boundary_policy(after.permissions_boundary)
        yield Step(self.address(after), Phase.CREATE, Call("CreateUser", params), others)

    def update(self, before: User, after: User, world: World) -> Iterator[Step]:
        holder = Holder(self.address(after), "UserName", after.name, "User")
        yield from self._identity(before, after)
        yield from tag_steps(holder.address, "User", {"UserName": after.name}, before.tags or {}, after.tags or {})
        yield from self._boundary(holder, before, after, world)
        yield from inline_steps(holder, before.inline_policies, after.inline_policies, USER_INLINE_SIZE)
        yield from attachment_steps(holder, before.policies, after.policies, ATTACHED["user"].default, world)
        yield from self._memberships(holder, before, after)

    def _identity(self, before: User, after: User) -> Iterator[Step]:
        params = {"UserName": before.name}
        if before.name != after.name:
            params["NewUserName"] = after.name
        if before.path != after.path:
            params["NewPath"] = after.path
        if len(params) > 1:
            phase = Phase.RENAME if "NewUserName" in params else Phase.UPDATE
            yield Step(self.address(after), phase, Call("UpdateUser", params))

    def _boundary(self, holder: Holder, before: User, after: User, world: World) -> Iterator[Step]:
        """On before grants, off after revokes; another one replaces it before grants unless something is revoked."""
        old, new = before.permissions_boundary, after.permissions_boundary
        if old == new:
            return
        addresses = tuple(one for arn in (old, new) if arn for one in boundary_policy(arn))
        if new is None:
            yield holder.step(Phase.RELEASE, "DeleteUserPermissionsBoundary", addresses)
            return
        loses = (
            bool(before.groups - after.groups)
            or bool(before.policies - after.policies)
            or bool(before.inline_policies.keys() - after.inline_policies.keys())
        )
        phase = Phase.RELEASE if old and loses else Phase.UPDATE
        yield holder.step(phase, "PutUserPermissionsBoundary", addresses, PermissionsBoundary=new)

    def _memberships(self, holder: Holder, before: User, after: User) -> Iterator[Step]:
        def step(operation: str, phase: Phase, group: str) -> Step:
            return Step(
                holder.address,
                phase,
                Call(operation, {"GroupName": group, "UserName": holder.name}),
                (Address("group", group),),
            )

        added, removed = sorted(after.groups - before.groups), sorted(before.groups - after.groups)
        first = lacking_room(len(before.groups), len(added), len(removed), MAX_GROUPS_PER_USER)
        for group in removed[:first]:
            yield step("RemoveUserFromGroup", Phase.MAKE_ROOM, group)
        for group in added:
            yield step("AddUserToGroup", Phase.GRANT, group)
        for group in removed[first:]:
            yield step("RemoveUserFromGroup", Phase.REVOKE, group)

    def delete(self, before: User) -> Iterator[Step]:
        address = self.address(before)
        for call in before.facts.credentials.removal(before.name):
            yield Step(address, Phase.LOCK_OUT, call)
        yield Step(address, Phase.DELETE, Call("DeleteUser", {"UserName": before.name}))

    def whole(self, live: User) -> User:
        return replace(live, policies=live.facts.attached, inline_policies=live.facts.inline)

    def ours(self, live: User) -> User:
        return replace(live, policies=live.policies - live.facts.quarantine)

    def lacks(self, live: User, purpose: Purpose) -> list[Call]:
        return credential_reads(live.name) if purpose is Purpose.DELETE else []

    def told(self, live: User, answers: Sequence[Mapping[str, Any] | None]) -> User:
        return replace(live, facts=replace(live.facts, credentials=Credentials.of(answers)))

    def used(self, live: User, when: datetime | None) -> User:
        return replace(live, facts=replace(live.facts, credentials=live.facts.credentials.used(when)))
