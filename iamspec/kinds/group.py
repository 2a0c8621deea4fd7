"""IAM groups: path, attached and inline policies, and undeclared members of closed groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.contract import (
    Address,
    Declared,
    Facts,
    Given,
    Granted,
    Holding,
    How,
    Kind,
    Limit,
    Phase,
    Place,
    Reference,
    Shape,
    Step,
    World,
    held,
    moment,
    sweep,
)
from iamspec.kinds.described_fields import (
    external_field,
    inline_field,
    lint_field,
    path_field,
    policies_field,
    renamed_field,
)
from iamspec.kinds.fields import Flag, Grants, Inlines, Lint, RenamedFrom, Text
from iamspec.kinds.holdings import (
    Holder,
    attached_arns,
    attachment_steps,
    check_inline_names,
    check_old_name,
    check_path,
    check_repeats,
    granted_fields,
    inline_documents,
    inline_steps,
    renaming_steps,
    visible_inline,
    written_grants,
)
from iamspec.kinds.membership import ADD, OWNER, REMOVE
from iamspec.kinds.operation import State
from iamspec.kinds.rows import PATH, Listing, creating, deleting, grants, renaming
from iamspec.kinds.spelling import respelled, spelling_notes
from iamspec.policy.document import Document
from iamspec.policy.limits import ATTACHED, COUNTS, GROUP_INLINE_SIZE, name_error


class GroupSpec(Shape):
    """Groups by name.

    A group with `members` is closed. Without it, `groups` of the
    users fill the group.
    """

    sample: ClassVar[Mapping[str, Any]] = {"developers": {"policies": ["deploy-artifacts"]}}

    path: Text = path_field("teams")
    policies: Grants = policies_field("group")
    inline_policies: Inlines = inline_field()
    members: Grants | None = Field(
        default=None,
        description=(
            "The users in the group, which makes it a closed group: exactly these users are members. A user may not name "
            "a closed group under `groups` without being listed here. Left out: an open group, filled by `groups` of "
            "the users."
        ),
        examples=[["break-glass"], ["break-glass", {"name": "alice", "expires": "2027-03-31"}]],
    )
    renamed_from: RenamedFrom = renamed_field("devs")
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class GroupFacts(Facts):
    inline: Mapping[str, Document] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group(Holding):
    """A group as IAM knows it. `policies` are ARNs.

    `members` has no declared users: a declared user has the
    membership in the field `groups`.
    """

    path: str = "/"
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    facts: GroupFacts = field(default=GroupFacts(), compare=False, kw_only=True)

    def attaching(self, policies: frozenset[str]) -> "Group":
        """The group when it attaches exactly these policies."""
        return replace(self, policies=policies)

    def embedding(self, inline: Mapping[str, Document]) -> "Group":
        """The group when it has exactly these inline policies."""
        return replace(self, inline_policies=visible_inline(inline), facts=replace(self.facts, inline=inline))


# The calls


LISTING = Listing("Group", "GroupDetailList", OWNER.name)
GRANTS = grants("Group", OWNER)


def _made(state: State, call: Call) -> Group:
    name, path = call.params["GroupName"], call.params["Path"]
    return Group(name, path, facts=GroupFacts(state.account.arn(f"group{path}{name}")))


CREATE = creating("CreateGroup", OWNER, (PATH,), _made, LISTING)
UPDATE = renaming("UpdateGroup", OWNER, LISTING)
DELETE = deleting("DeleteGroup", OWNER)


class GroupKind(Kind[GroupSpec, Group]):
    name: ClassVar[str] = "group"
    section: ClassVar[str] = "groups"
    shape = GroupSpec
    listing: ClassVar[Call] = sweep("Group")
    details: ClassVar[str] = "GroupDetailList"
    operations = (CREATE, UPDATE, DELETE, *GRANTS, ADD, REMOVE)
    places = (Place(("inline_policies", "*")),)
    limits = (
        Limit("groups", COUNTS["group"], "Groups"),
        Limit("attached policies", ATTACHED["group"], "AttachedPoliciesPerGroupQuota", "policies"),
    )
    inline_size: ClassVar[int | None] = GROUP_INLINE_SIZE

    def check(self, declared: Declared[GroupSpec]) -> Iterator[Issue]:
        spec = declared.shape
        if error := name_error(declared.address.name):
            yield declared.issue(error)
        yield from check_path(declared, spec.path)
        yield from check_old_name(declared, spec.renamed_from)
        yield from check_repeats(declared, "policies", spec.policies)
        yield from check_repeats(declared, "members", spec.members or [])
        yield from check_inline_names(declared, spec.inline_policies)

    def given(self, shape: GroupSpec) -> Given:
        return Given(policies=shape.policies, inline_policies=shape.inline_policies, members=shape.members)

    def desired(self, declared: Declared[GroupSpec], granted: Granted, world: World) -> Group:
        return Group(
            name=declared.address.name,
            path=declared.shape.path,
            members=frozenset(granted.members),
            **granted_fields(granted, world),
        )

    def parse(self, record: Mapping[str, Any], account: Account) -> Group:
        inline = inline_documents(record.get("GroupPolicyList") or (), account)
        return Group(
            name=record["GroupName"],
            path=record.get("Path", "/"),
            policies=attached_arns(record),
            inline_policies=visible_inline(inline),
            facts=GroupFacts(
                record.get("Arn", ""), record.get("GroupId", ""), moment(record.get("CreateDate")), inline
            ),
        )

    def written(self, resource: Group, account: Account) -> dict[str, Any]:
        return {
            "name": resource.name,
            "path": resource.path,
            **written_grants(resource, account),
            "members": sorted(resource.members),
        }

    def fill_desired(self, desired: Group, live: Group | None, now: datetime) -> Group:
        """Inline policies have the spellings that IAM keeps."""
        if live is None:
            return desired
        return replace(desired, inline_policies=respelled(desired.inline_policies, live.inline_policies))

    def notes(self, desired: Group, live: Group | None, now: datetime) -> Iterator[str]:
        if live is not None:
            yield from spelling_notes(desired.inline_policies, live.inline_policies)

    def as_created(self, resource: Group) -> Group:
        return replace(resource, policies=frozenset(), inline_policies={}, members=frozenset())

    def create(self, after: Group, world: World) -> Iterator[Step]:
        yield Step(self.address(after), Phase.CREATE, CREATE.call(GroupName=after.name, Path=after.path))

    def update(self, before: Group, after: Group, world: World) -> Iterator[Step]:
        holder = Holder(self.address(after), after.name, GRANTS)
        yield from renaming_steps(holder, UPDATE, before, after)
        yield from inline_steps(holder, before.inline_policies, after.inline_policies, GROUP_INLINE_SIZE)
        yield from attachment_steps(holder, before.policies, after.policies, ATTACHED["group"].default, world)
        for user in sorted(after.members - before.members):
            others = (Address("user", user),)
            yield holder.step(Phase.GRANT, ADD, others, UserName=user)
        for user in sorted(before.members - after.members):
            others = (Address("user", user),)
            yield holder.step(Phase.REVOKE, REMOVE, others, UserName=user)

    def delete(self, before: Group) -> Iterator[Step]:
        yield Step(self.address(before), Phase.DELETE, DELETE.call(GroupName=before.name))

    def references(self, resource: Group) -> Iterator[Reference]:
        """The entities that a group names.

        A membership is a field of the user, so members are named
        only.
        """
        yield from held(resource)
        yield from (Reference("members", How.LISTS, Address("user", name)) for name in sorted(resource.members))

    def with_hidden(self, live: Group) -> Group:
        return replace(live, inline_policies=live.facts.inline)
