"""IAM users: path, tags, memberships, policies, boundary; what they sign in with, and whether they may."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.credentials import (
    CREDENTIALS,
    INACTIVE,
    KEY_USE,
    OTHERS,
    SIGN_IN,
    Credentials,
    Key,
    Keys,
    has_password,
    ids,
    key_use,
    keys_of,
    recognised,
    removal,
    unasked,
)
from iamspec.document import Document
from iamspec.errors import Issue
from iamspec.expiry import SOON, End, timestamp
from iamspec.grants import (
    Count,
    Flag,
    Grants,
    Holder,
    Inlines,
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
from iamspec.kind import (
    Address,
    Answer,
    Declared,
    Facts,
    Granted,
    Kind,
    Phase,
    Purpose,
    Shape,
    Step,
    World,
    moment,
    sweep,
)
from iamspec.limits import (
    ATTACHED,
    MAX_GROUPS_PER_USER,
    MAX_USER_NAME,
    QUARANTINE,
    RESERVED_INLINE,
    USER_INLINE_SIZE,
    name_error,
)
from iamspec.recipients import recipient_error
from iamspec.rotation import KeyOrder, turn
from iamspec.suspension import DENY_ALL, NAME as SUSPENDED, is_suspended, sessions


class Console(Shape):
    """Console access, and whether its first password must be changed at the first sign-in: for its making only."""

    password_reset_required: Flag = True


def _console(value: Any) -> Any:
    if isinstance(value, Console | bool):
        return value
    if isinstance(value, Mapping):
        return Console.model_validate(value)
    if type(value) is not str and value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true, false or {password_reset_required: …}")


class AccessKeys(Shape):
    """How many active access keys, and how they are rotated; keyed by state, so that a rotation is no drift."""

    active: Annotated[Count, Field(ge=0, le=2)] = 1
    rotate_after_days: Annotated[Count, Field(ge=1, le=3650)] | None = None
    overlap_days: Annotated[Count, Field(ge=0, le=365)] = 7
    force: Flag = False


def _access_keys(value: Any) -> Any:
    """An integer is short for `active`."""
    if isinstance(value, Mapping | AccessKeys):
        return value
    if type(value) is not str and str(value) in {"0", "1", "2"}:
        return {"active": int(value)}
    raise ValueError("must be 0, 1 or 2, or {active: …, rotate_after_days: …}")


class UserSpec(Shape):
    """A user as people write it. What is left out is empty, but for tags, the boundary, credentials and `suspended`."""

    path: Text = "/"
    tags: dict[Text, Text] | None = None
    groups: Grants = Field(default_factory=list)
    policies: Grants = Field(default_factory=list)
    inline_policies: Inlines = Field(default_factory=dict)
    permissions_boundary: Nullable = None
    console: Annotated[bool | Console | None, BeforeValidator(_console)] = None
    access_keys: Annotated[
        AccessKeys | None, BeforeValidator(_access_keys, json_schema_input_type=Count | AccessKeys)
    ] = None
    deliver_to: Text | None = None
    suspended: Flag | None = None
    expires: End | None = None
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
class Orders:
    """What a spec wants of a user that is no state of it: how credentials are made, and until when."""

    password_reset_required: bool = True
    keys: KeyOrder | None = None
    expires: datetime | None = None
    deliver_to: str | None = None  # a recipient of age


@dataclass(frozen=True, slots=True)
class User:
    """A user as IAM knows it; `policies` and `permissions_boundary` are ARNs.

    `console`, `access_keys` and `suspended` are None where nobody has asked, or the spec says nothing of them.
    `via` says for what was copied from whom: the keys are (field, item).
    """

    name: str
    path: str = "/"
    tags: Mapping[str, str] | None = None
    groups: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    permissions_boundary: str | None = None
    console: bool | None = None
    access_keys: Keys | None = None
    suspended: bool | None = None
    boundary_written: bool = field(default=True, compare=False)
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict, compare=False)
    orders: Orders = field(default=Orders(), compare=False)
    facts: UserFacts = field(default=UserFacts(), compare=False)

    @property
    def last_used(self) -> datetime | None:
        """When its password or one of its keys was used last, as far as anybody has asked."""
        times = [self.facts.credentials.password_used, *(key.used for key in self.access_keys or ())]
        return max((one for one in times if one is not None), default=None)


def _arn(field_name: str, item: str, world: World) -> str:
    """A copied item as the field has it: policies by their ARN."""
    return world.policy_arn(item) if field_name in {"policies", "permissions_boundary"} else item


def _key_order(written: AccessKeys | None) -> KeyOrder | None:
    if written is None:
        return None
    days = written.rotate_after_days
    after = timedelta(days=days) if days is not None else None
    return KeyOrder(written.active, after, timedelta(days=written.overlap_days), written.force)


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
        yield from self._check_credentials(declared)

    def _check_credentials(self, declared: Declared[UserSpec]) -> Iterator[Issue]:
        keys = declared.shape.access_keys
        if keys is not None and keys.rotate_after_days is not None and keys.active != 1:
            message = "IAM has room for two keys, so a rotation needs `active: 1`"
            yield declared.issue(message, "access_keys", "rotate_after_days")
        if declared.shape.deliver_to is not None and (error := recipient_error(declared.shape.deliver_to)):
            yield declared.issue(error, "deliver_to")

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
            console=None if spec.console is None else spec.console is not False,
            access_keys=(Key(),) * spec.access_keys.active if spec.access_keys is not None else None,
            suspended=spec.suspended,
            orders=Orders(
                password_reset_required=getattr(spec.console, "password_reset_required", True),
                keys=_key_order(spec.access_keys),
                expires=spec.expires,
                deliver_to=spec.deliver_to,
            ),
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
            suspended=is_suspended(inline),
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
            "console": resource.console,
            "access_keys": None if resource.access_keys is None else [str(key) for key in resource.access_keys],
            "suspended": resource.suspended,
        }

    def settle(self, desired: User, live: User | None, now: datetime) -> User:
        """What is left out is as it is; what is over is; and whoever is suspended is given nothing."""
        if _is_over(desired, now):
            desired = replace(desired, suspended=True)
        if live is None:
            return _withheld(desired, User(desired.name)) if desired.suspended else desired
        keys = live.access_keys
        if desired.orders.keys is not None and keys is not None:
            keys = turn(keys, desired.orders.keys, now).keys
        settled = replace(
            desired,
            tags=live.tags if desired.tags is None else desired.tags,
            policies=desired.policies | live.facts.quarantine,
            console=live.console if desired.console is None or live.console is None else desired.console,
            access_keys=keys,
            suspended=live.suspended if desired.suspended is None else desired.suspended,
        )
        return _withheld(settled, live, asleep=bool(desired.suspended)) if settled.suspended else settled

    def compares(self, desired: User) -> bool:
        """Whether credentials are to be compared: the sweep tells nothing of them."""
        manages = desired.console is not None or desired.access_keys is not None
        return manages or bool(desired.suspended) or desired.orders.expires is not None

    def named(self, wanted: User, live: User) -> User:
        return replace(
            wanted,
            console=live.console if wanted.console is None else wanted.console,
            access_keys=live.access_keys
            if wanted.access_keys is None
            else recognised(wanted.access_keys, live.access_keys or ()),
        )

    def notes(self, desired: User, live: User | None, now: datetime) -> Iterator[str]:
        yield from _due(desired.orders.expires, now)
        if live is None:
            return
        settled = self.settle(desired, live, now)
        if settled.suspended:
            yield from _suspension(desired, live, settled, over=_is_over(desired, now))
            if not live.suspended:
                yield sessions(now)
        elif desired.orders.keys is not None and live.access_keys is not None:
            yield from turn(live.access_keys, desired.orders.keys, now).notes
        if self.compares(desired) and live.console is None:
            yield "its password and keys are not known here, so they are not compared"

    def bare(self, resource: User) -> User:
        """Without what other calls give it; the credentials of one that is live go with it, not one by one."""
        bare = replace(resource, groups=frozenset(), policies=frozenset(), inline_policies={}, suspended=None)
        return bare if _is_live(resource) else replace(bare, console=None, access_keys=None)

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
        yield from self._suspension(holder, before, after)
        yield from inline_steps(holder, _all_inline(before), _inline_after(before, after), USER_INLINE_SIZE)
        yield from attachment_steps(holder, before.policies, after.policies, ATTACHED["user"].default, world)
        yield from self._memberships(holder, before, after)
        yield from self._credentials(holder, before, after)

    def _suspension(self, holder: Holder, before: User, after: User) -> Iterator[Step]:
        """Before everything else, under the name that the user has then; for a new user right after it is made."""
        if after.suspended and SUSPENDED not in _all_inline(before):
            phase = Phase.LOCK_OUT if _is_live(before) else Phase.UPDATE
            early = replace(holder, name=before.name)
            yield early.step(phase, "PutUserPolicy", PolicyName=SUSPENDED, PolicyDocument=DENY_ALL.text)

    def _credentials(self, holder: Holder, before: User, after: User) -> Iterator[Step]:
        """Of who is suspended they go before everything else; what is new comes last."""
        asleep = bool(after.suspended)
        phase = Phase.LOCK_OUT if asleep else Phase.REVOKE
        ending = replace(holder, name=before.name) if asleep else holder
        if before.access_keys != after.access_keys:
            old = {key.id: key for key in before.access_keys or ()}
            new = {key.id: key for key in after.access_keys or () if key.id}
            for key in (one for one in new.values() if one.id in old and one.status != old[one.id].status):
                one, when = (holder, Phase.GRANT) if key.active else (ending, phase)
                yield one.step(when, "UpdateAccessKey", AccessKeyId=key.id, Status=key.status)
            for gone in sorted(old.keys() - new.keys()):
                yield ending.step(phase, "DeleteAccessKey", AccessKeyId=gone)
            for _ in range(sum(not key.id for key in after.access_keys or ())):
                yield holder.step(Phase.GRANT, "CreateAccessKey")
        if before.console and after.console is False:
            yield ending.step(phase, "DeleteLoginProfile")
        if after.console and not before.console:
            required = after.orders.password_reset_required
            yield holder.step(Phase.GRANT, "CreateLoginProfile", PasswordResetRequired=required)

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
        held, keys = before.facts.credentials, before.access_keys or ()
        for call in removal(before.name, held, keys, password=bool(before.console)):
            yield Step(address, Phase.LOCK_OUT, call)
        yield Step(address, Phase.DELETE, Call("DeleteUser", {"UserName": before.name}))

    def whole(self, live: User) -> User:
        """The Deny of a suspension stays what it is to the diff, `suspended`, and is not told twice."""
        hidden = {SUSPENDED} if live.suspended else set()
        inline = {name: one for name, one in live.facts.inline.items() if name not in hidden}
        return replace(live, policies=live.facts.attached, inline_policies=inline)

    def ours(self, live: User) -> User:
        return replace(live, policies=live.policies - live.facts.quarantine)

    def lacks(self, live: User, purpose: Purpose) -> list[Call]:
        """Credentials first, then when the keys among them were used."""
        operations = {Purpose.COMPARE: SIGN_IN, Purpose.DELETE: tuple(CREDENTIALS), Purpose.EXPORT: ()}[purpose]
        asked = unasked(live.name, operations, live.facts.credentials.asked)
        return asked or key_use(live.access_keys or ())

    def told(self, live: User, answers: Sequence[Answer]) -> User:
        for call, answer in answers:
            live = _hearing(live, call, answer)
        return live


def _hearing(user: User, call: Call, answer: Mapping[str, Any] | None) -> User:
    """A user after one answer about its credentials."""
    if call.operation == KEY_USE:
        used = moment(((answer or {}).get("AccessKeyLastUsed") or {}).get("LastUsedDate"))
        keys = tuple(
            replace(key, used=used, asked=True) if key.id == call.params["AccessKeyId"] else key
            for key in user.access_keys or ()
        )
        return replace(user, access_keys=keys)
    held = user.facts.credentials
    held = replace(held, asked=held.asked | {call.operation})
    if call.operation == "GetUser":
        held = replace(held, password_used=moment(((answer or {}).get("User") or {}).get("PasswordLastUsed")))
    elif call.operation in OTHERS:
        others: dict[str, Any] = {OTHERS[call.operation]: ids(call.operation, answer)}
        held = replace(held, **others)
    user = replace(user, facts=replace(user.facts, credentials=held))
    if call.operation == "GetLoginProfile":
        return replace(user, console=has_password(answer))
    return replace(user, access_keys=keys_of(answer)) if call.operation == "ListAccessKeys" else user


def _is_live(user: User) -> bool:
    """Only IAM gives an id."""
    return user.facts.id != ""


# Suspension


def _all_inline(user: User) -> Mapping[str, Document]:
    """The inline policies that the diff sees, and the one of a suspension, which it does not."""
    return {**user.inline_policies, **({SUSPENDED: DENY_ALL} if user.suspended else {})}


def _inline_after(before: User, after: User) -> Mapping[str, Document]:
    """As they should be; a suspension that is new has a step of its own."""
    wanted = _all_inline(after)
    if after.suspended and SUSPENDED not in _all_inline(before):
        return {name: one for name, one in wanted.items() if name != SUSPENDED}
    return wanted


def _withheld(desired: User, live: User, *, asleep: bool = True) -> User:
    """What a suspended user keeps: no grant and no credential is new, and `asleep` ones have no usable credential."""
    keys = live.access_keys
    if keys is not None and asleep:
        keys = tuple(replace(key, status=INACTIVE) if key.active else key for key in keys)
    elif keys is not None and desired.access_keys is not None:
        wanted = {key.id: key for key in desired.access_keys}
        keys = tuple(
            replace(key, status=INACTIVE) if key.active and not wanted[key.id].active else key
            for key in keys
            if key.id in wanted
        )
    console = live.console and (False if asleep else bool(desired.console is not False))
    return replace(
        desired,
        groups=desired.groups & live.groups,
        policies=desired.policies & live.policies,
        inline_policies={name: one for name, one in live.inline_policies.items() if name in desired.inline_policies},
        console=console,
        access_keys=keys,
    )


def _suspension(desired: User, live: User, settled: User, *, over: bool) -> Iterator[str]:
    """What is worth a word about a user who is, or will be, suspended; `over` says that its time is."""
    if desired.suspended is None and live.suspended and not over:
        yield "is suspended, and the spec says nothing of that: it stays so until `suspended: false` or `iamspec resume`"
    waiting = [
        *(f"group/{name}" for name in sorted(desired.groups - settled.groups)),
        *(arn.partition(":policy/")[2] for arn in sorted(desired.policies - settled.policies)),
        *(name for name, one in sorted(desired.inline_policies.items()) if settled.inline_policies.get(name) != one),
    ]
    if waiting:
        yield f"is not given while it is suspended: {', '.join(waiting)}"


def _is_over(desired: User, now: datetime) -> bool:
    return desired.orders.expires is not None and desired.orders.expires <= now


def _due(expires: datetime | None, now: datetime) -> Iterator[str]:
    if expires is not None and now < expires <= now + SOON:
        yield f"expires at {timestamp(expires)}, and is suspended by the next apply after that"
