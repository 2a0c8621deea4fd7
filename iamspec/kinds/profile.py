"""Instance profiles by themselves: path and tags.

The profile of a role is a field of the role. An instance profile
that no role has, or that is to outlive its role, is declared here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.contract import (
    Address,
    Answer,
    Declared,
    Facts,
    Granted,
    Kind,
    Limit,
    Phase,
    Purpose,
    Resource,
    Shape,
    Step,
    World,
    moment,
)
from iamspec.kinds.described_fields import external_field, lint_field, path_field, tags_field
from iamspec.kinds.fields import Flag, Lint, Text
from iamspec.kinds.holdings import check_path, check_tags, tag_steps
from iamspec.kinds.operation import (
    Answer as Page,
    Authorised,
    Effect,
    Impossible,
    Lookup,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.resource import immovable
from iamspec.kinds.rows import PATH, TAGS, optional, subject, tagging
from iamspec.kinds.tags import own_tags, reserved_tag, tag_list
from iamspec.policy.limits import COUNTS, name_error

KIND = "instance-profile"
OWNER = subject("InstanceProfileName", KIND)
PROFILE = Parameter(OWNER.name, kind=KIND)  # in calls that may be about a role
LIST = Call("ListInstanceProfiles", {"MaxItems": 1000})
TAGGING = tagging("InstanceProfile", OWNER, ignores_case=False)


class ProfileSpec(Shape):
    """Instance profiles by themselves, by name.

    Most profiles need no entry here: `instance_profile` of a role
    makes and deletes the profile of the role. Write an entry for a
    profile without a role, for a profile that stays when the role
    goes, or for path and tags.
    """

    sample: ClassVar[Mapping[str, Any]] = {"web": {"tags": {"team": "platform"}}}

    path: Text = path_field("fleet")
    tags: dict[Text, Text] | None = tags_field("profile")
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class ProfileFacts(Facts):
    """`asked` says whether the tags were read."""

    asked: bool = False
    reserved_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstanceProfile(Resource):
    """An instance profile as IAM knows it. `tags` are None where they were not read, or the spec leaves them alone."""

    path: str = "/"
    tags: Mapping[str, str] | None = None
    facts: ProfileFacts = field(default=ProfileFacts(), compare=False, kw_only=True)


# The calls


def _make(state: State, call: Call) -> Effect:
    """An empty profile that is there already is taken over."""
    address, path = Address(KIND, call.params[OWNER.name]), call.params["Path"]
    if address in state.resources:
        return {}
    facts = ProfileFacts(state.account.arn(f"{KIND}{path}{address.name}"), asked=True)
    return {address: InstanceProfile(address.name, path, own_tags(call.params.get("Tags", ())), facts=facts)}


def _drop(state: State, call: Call) -> Effect:
    address = Address(KIND, call.params[OWNER.name])
    for other, one in state.resources.items():
        if address in one.parts:
            raise Impossible(f"{call.operation}: {other} is in {address}")
    return {address: None}


def listed(call: Call, pages: Iterable[Page]) -> Page | None:
    """The profile that a call names, in the list of all profiles."""
    wanted = call.params[OWNER.name].casefold()
    found = (one for page in pages for one in page.get("InstanceProfiles", ()))
    return next((one for one in found if one[OWNER.name].casefold() == wanted), None)


def _is_there(call: Call, pages: Iterable[Page]) -> bool | None:
    """Whether the profile exists.

    An old profile without a role is taken over.
    """
    profile = listed(call, pages)
    return None if profile is None else not profile.get("Roles")


MAKE = Operation(
    name="CreateInstanceProfile",
    verb=Verb.UPDATE,
    parameters=(PROFILE, PATH, optional(TAGS)),
    effect=_make,
    authorised=Authorised(PROFILE.name, also=(("Tags", TAGGING.tag.name),)),
    adopts=True,
    lookup=Lookup(lambda _call: LIST, _is_there),
    back="DeleteInstanceProfile",
)
DROP = Operation(
    name="DeleteInstanceProfile",
    verb=Verb.TAKE,
    parameters=(PROFILE,),
    effect=_drop,
    authorised=Authorised(PROFILE.name),
    back="CreateInstanceProfile",
)


class ProfileKind(Kind[ProfileSpec, InstanceProfile]):
    name: ClassVar[str] = KIND
    section: ClassVar[str] = "instance_profiles"
    shape = ProfileSpec
    listing: ClassVar[Call] = LIST
    details: ClassVar[str] = "InstanceProfiles"
    reads: ClassVar[tuple[str, ...]] = ("ListInstanceProfileTags",)
    operations = (MAKE, DROP, *TAGGING)
    limits = (Limit("instance profiles", COUNTS[KIND], "InstanceProfiles"),)
    by_request: ClassVar[bool] = True
    comes_with: ClassVar[str] = "role"
    listed_whole: ClassVar[bool] = False  # the list lacks the tags

    def check(self, declared: Declared[ProfileSpec]) -> Iterator[Issue]:
        if error := name_error(declared.address.name):
            yield declared.issue(error)
        yield from check_path(declared, declared.shape.path)
        yield from check_tags(declared, declared.shape.tags, ignore_case=False)

    def desired(self, declared: Declared[ProfileSpec], granted: Granted, world: World) -> InstanceProfile:
        return InstanceProfile(declared.address.name, declared.shape.path, declared.shape.tags)

    def written(self, resource: InstanceProfile, account: Account) -> dict[str, Any]:
        tags = dict(sorted((resource.tags or {}).items()))
        return {"name": resource.name, "path": resource.path, "tags": tags}

    def parse(self, record: Mapping[str, Any], account: Account) -> InstanceProfile:
        """The profile in a list.

        A list of IAM lacks tags. A list of a snapshot has them.
        """
        created = moment(record.get("CreateDate"))
        facts = ProfileFacts(record.get("Arn", ""), record.get("InstanceProfileId", ""), created)
        found = InstanceProfile(record["InstanceProfileName"], record.get("Path", "/"), facts=facts)
        return _with_tags(found, record["Tags"]) if "Tags" in record else found

    def missing_reads(self, live: InstanceProfile, purpose: Purpose) -> list[Call]:
        return [] if live.facts.asked else [Call("ListInstanceProfileTags", {OWNER.name: live.name})]

    def after_reads(self, live: InstanceProfile, answers: Sequence[Answer]) -> InstanceProfile:
        ((_, answer),) = answers
        return _with_tags(live, (answer or {}).get("Tags", ()))

    def as_listed(self, live: InstanceProfile) -> InstanceProfile:
        return replace(live, tags=None, facts=replace(live.facts, asked=False, reserved_tags={}))

    def fill_desired(self, desired: InstanceProfile, live: InstanceProfile | None, now: datetime) -> InstanceProfile:
        return desired if live is None or desired.tags is not None else replace(desired, tags=live.tags)

    def compares(self, desired: InstanceProfile) -> bool:
        return desired.tags is not None

    def with_live_ids(self, expected: InstanceProfile, live: InstanceProfile) -> InstanceProfile:
        return expected if expected.tags is not None else replace(expected, tags=live.tags)

    def blocked(self, before: InstanceProfile, after: InstanceProfile) -> str | None:
        return immovable("instance profile", before, after, "move its role and its instances")

    def as_created(self, resource: InstanceProfile) -> InstanceProfile:
        return resource

    def create(self, after: InstanceProfile, world: World) -> Iterator[Step]:
        tags = {"Tags": tag_list(after.tags)} if after.tags else {}
        call = MAKE.call(InstanceProfileName=after.name, Path=after.path, **tags)
        yield Step(self.address(after), Phase.CREATE, call)

    def update(self, before: InstanceProfile, after: InstanceProfile, world: World) -> Iterator[Step]:
        yield from tag_steps(self.address(after), TAGGING, after.name, before.tags or {}, after.tags or {})

    def delete(self, before: InstanceProfile) -> Iterator[Step]:
        yield Step(self.address(before), Phase.DELETE, DROP.call(InstanceProfileName=before.name))


def _with_tags(profile: InstanceProfile, tags: Iterable[Mapping[str, str]]) -> InstanceProfile:
    reserved = {tag["Key"]: tag["Value"] for tag in tags if reserved_tag(tag["Key"])}
    return replace(profile, tags=own_tags(tags), facts=replace(profile.facts, asked=True, reserved_tags=reserved))
