"""IAM users: path, tags, memberships, policies, boundary, credentials and suspension."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
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
    check_old_name,
    check_path,
    check_repeats,
    check_tags,
    inline_documents,
    inline_steps,
    lacking_room,
    renaming_steps,
    tag_steps,
    visible_inline,
    written_bounds,
)
from iamspec.kinds.membership import ADD, REMOVE
from iamspec.kinds.operation import Operation
from iamspec.kinds.suspending import all_inline, inline_after, suspension_steps, without_suspension
from iamspec.kinds.tags import own_tags, reserved_tags, tag_list
from iamspec.kinds.user import sign_in
from iamspec.kinds.user.credentials import KEY_USE, READS, SIGN_IN, Key, key_use, recognised, unasked
from iamspec.kinds.user.operations import BOUNDING, CREATE, DELETE, GRANTS, OPERATIONS, TAGGING, UPDATE
from iamspec.kinds.user.shape import Orders, User, UserFacts, UserSpec
from iamspec.policy.limits import (
    ATTACHED,
    COUNTS,
    MAX_GROUPS_PER_USER,
    MAX_USER_NAME,
    USER_INLINE_SIZE,
    Quota,
    name_error,
)
from iamspec.policy.suspension import is_suspended


class UserKind(Kind[UserSpec, User]):
    name: ClassVar[str] = "user"
    section: ClassVar[str] = "users"
    shape = UserSpec
    listing: ClassVar[Call] = sweep("User")
    details: ClassVar[str] = "UserDetailList"
    reads: ClassVar[tuple[str, ...]] = (*READS, KEY_USE)
    operations = OPERATIONS
    is_principal: ClassVar[bool] = True
    places = (Place(("inline_policies", "*")),)
    limits = (
        Limit("users", COUNTS["user"], "Users"),
        Limit("attached policies", ATTACHED["user"], "AttachedPoliciesPerUserQuota", "policies"),
        Limit("groups", Quota(MAX_GROUPS_PER_USER, MAX_GROUPS_PER_USER), "GroupsPerUserQuota", "groups"),
    )
    inline_size: ClassVar[int | None] = USER_INLINE_SIZE

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
        yield from sign_in.check(declared)

    def given(self, shape: UserSpec) -> Given:
        return Given(
            groups=shape.groups,
            policies=shape.policies,
            inline_policies=shape.inline_policies,
            boundary=shape.permissions_boundary,
            boundary_written="permissions_boundary" in shape.model_fields_set,
            copies=shape.copy_permissions_from,
        )

    def desired(self, declared: Declared[UserSpec], granted: Granted, world: World) -> User:
        spec = declared.shape
        return User(
            name=declared.address.name,
            path=spec.path,
            tags=spec.tags,
            groups=frozenset(granted.groups),
            console=None if spec.console is None else spec.console is not False,
            access_keys=(Key(),) * spec.access_keys.active if spec.access_keys is not None else None,
            suspended=spec.suspended,
            orders=Orders(
                password_reset_required=getattr(spec.console, "password_reset_required", True),
                keys=spec.access_keys.order if spec.access_keys is not None else None,
                expires=spec.expires,
                deliver_to=spec.deliver_to,
            ),
            **bounded_fields(granted, world),
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
            reserved_tags=reserved_tags(tags),
        )
        return User(
            name=record["UserName"],
            path=record.get("Path", "/"),
            tags=own_tags(tags),
            groups=frozenset(record.get("GroupList") or ()),
            policies=attached,
            inline_policies=visible_inline(inline),
            permissions_boundary=(record.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            suspended=is_suspended(inline),
            facts=facts,
        )

    def written(self, resource: User, account: Account) -> dict[str, Any]:
        return {
            "name": resource.name,
            "path": resource.path,
            "tags": dict(sorted((resource.tags or {}).items())),
            "groups": sorted(resource.groups),
            **written_bounds(resource, account),
            "console": resource.console,
            "access_keys": None if resource.access_keys is None else [str(key) for key in resource.access_keys],
            "suspended": resource.suspended,
        }

    def fill_desired(self, desired: User, live: User | None, now: datetime) -> User:
        return sign_in.fill_desired(desired, live, now)

    def compares(self, desired: User) -> bool:
        return sign_in.compares(desired)

    def notes(self, desired: User, live: User | None, now: datetime) -> Iterator[str]:
        yield from sign_in.notes(desired, live, now)

    def excess(self, desired: User, live: User, now: datetime) -> Iterator[str]:
        yield from sign_in.excess(desired, live, now)

    def with_live_ids(self, expected: User, live: User) -> User:
        return replace(
            expected,
            console=live.console if expected.console is None else expected.console,
            access_keys=live.access_keys
            if expected.access_keys is None
            else recognised(expected.access_keys, live.access_keys or ()),
        )

    def as_new(self, lost: User) -> User:
        return replace(super().as_new(lost), console=None, access_keys=None)

    def without_new_secrets(self, wanted: User, live: User) -> User:
        """Keys may be switched on and off."""
        known = {key.id: key for key in wanted.access_keys or ()}
        keys = live.access_keys and tuple(known[key.id] for key in live.access_keys if key.id in known)
        return replace(wanted, console=wanted.console and live.console, access_keys=keys)

    def as_created(self, resource: User) -> User:
        """Without the grants of other calls.

        The credentials of a live user go with the user.
        """
        bare = replace(resource, groups=frozenset(), policies=frozenset(), inline_policies={}, suspended=None)
        return bare if resource.is_live else replace(bare, console=None, access_keys=None)

    def create(self, after: User, world: World) -> Iterator[Step]:
        params: dict[str, Any] = {"UserName": after.name, "Path": after.path}
        others: tuple[Address, ...] = ()
        if after.tags:
            params["Tags"] = tag_list(after.tags)
        if after.permissions_boundary:
            params["PermissionsBoundary"] = after.permissions_boundary
            others = boundary_policy(after.permissions_boundary)
        yield Step(self.address(after), Phase.CREATE, CREATE.call(**params), others)

    def update(self, before: User, after: User, world: World) -> Iterator[Step]:
        holder = Holder(self.address(after), after.name, GRANTS)
        yield from renaming_steps(holder, UPDATE, before, after)
        yield from tag_steps(holder.address, TAGGING, after.name, before.tags or {}, after.tags or {})
        yield from boundary_steps(holder, BOUNDING, before, after)
        yield from suspension_steps(holder, before, after)
        yield from inline_steps(holder, all_inline(before), inline_after(before, after), USER_INLINE_SIZE)
        yield from attachment_steps(holder, before.policies, after.policies, ATTACHED["user"].default, world)
        yield from self._memberships(holder, before, after)
        yield from sign_in.credential_steps(holder, before, after)

    def _memberships(self, holder: Holder, before: User, after: User) -> Iterator[Step]:
        def step(operation: Operation, phase: Phase, group: str) -> Step:
            call = operation.call(GroupName=group, UserName=holder.name)
            return Step(holder.address, phase, call, (Address("group", group),))

        added, removed = sorted(after.groups - before.groups), sorted(before.groups - after.groups)
        first = lacking_room(len(before.groups), len(added), len(removed), MAX_GROUPS_PER_USER)
        for group in removed[:first]:
            yield step(REMOVE, Phase.MAKE_ROOM, group)
        for group in added:
            yield step(ADD, Phase.GRANT, group)
        for group in removed[first:]:
            yield step(REMOVE, Phase.REVOKE, group)

    def renaming(self, resource: User, names: Callable[[Address], str]) -> User:
        groups = frozenset([names(_group(name)) for name in resource.groups])
        return resource if groups == resource.groups else replace(resource, groups=groups)

    def without(self, resource: User, gone: Collection[Reference]) -> User:
        groups = {one.address.name for one in gone if one.address}
        return replace(super().without(resource, gone), groups=resource.groups - groups)

    def delete(self, before: User) -> Iterator[Step]:
        address = self.address(before)
        for call in sign_in.removal(before):
            yield Step(address, Phase.LOCK_OUT, call)
        yield Step(address, Phase.DELETE, DELETE.call(UserName=before.name))

    def with_hidden(self, live: User) -> User:
        """The live user with the Deny of a suspension hidden.

        The diff shows the Deny as `suspended`, and only once.
        """
        inline = without_suspension(live)
        if live.policies == live.facts.attached and inline == live.inline_policies:
            return live
        return replace(live, policies=live.facts.attached, inline_policies=inline)

    def only_restricted(self, desired: User, live: User) -> User:
        return replace(live, suspended=desired.suspended or None, orders=Orders(expires=desired.orders.expires))

    def without_foreign(self, live: User) -> User:
        return replace(live, policies=live.policies - live.facts.quarantine)

    def missing_reads(self, live: User, purpose: Purpose) -> list[Call]:
        """The next reads: credentials first, then the last use of the keys.

        An export does not need the last use.
        """
        named = {Purpose.DELETE: READS, Purpose.SIGN_IN: ("GetUser", *SIGN_IN)}
        operations = named.get(purpose, SIGN_IN)
        asked = unasked(live.name, operations, live.facts.credentials.asked)
        return asked or ([] if purpose is Purpose.EXPORT else key_use(live.access_keys or ()))

    def after_reads(self, live: User, answers: Sequence[Answer]) -> User:
        for call, answer in answers:
            live = sign_in.hearing(live, call, answer)
        return live


@lru_cache(maxsize=1024)
def _group(name: str) -> Address:
    """The address of a group. Thousands of users name a few hundred."""
    return Address("group", name)
