"""Customer-managed policies: path, description, tags, document, and the versions that hold it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds import effects
from iamspec.kinds.contract import (
    Answer,
    Declared,
    Facts,
    Granted,
    Kind,
    Limit,
    Phase,
    Place,
    Purpose,
    Resource,
    Shape,
    Step,
    World,
    moment,
    sweep,
)
from iamspec.kinds.fields import Data, Flag, Lint, Text, external_field, lint_field, path_field
from iamspec.kinds.holdings import check_path, check_tags, tag_steps
from iamspec.kinds.operation import (
    Access,
    Answer as Page,
    Authorised,
    Effect,
    Lookup,
    Loss,
    Operation,
    Parameter,
    State,
    Verb,
)
from iamspec.kinds.resource import immovable
from iamspec.kinds.rows import (
    DOCUMENT,
    PATH,
    TAGS,
    Listing,
    creating,
    deleting,
    document_is,
    optional,
    subject,
    tagging,
)
from iamspec.kinds.tags import own_tags, reserved_tag, tag_list
from iamspec.kinds.values import is_true
from iamspec.policy.document import Document, decode
from iamspec.policy.limits import COUNTS, MAX_DESCRIPTION, MAX_VERSIONS, POLICY_SIZE, name_error


class PolicySpec(Shape):
    """Customer-managed policies by name."""

    sample: ClassVar[Mapping[str, Any]] = {
        "deploy-artifacts": {
            "path": "/teams/",
            "description": "Upload build artifacts",
            "tags": {"owner": "platform"},
            "document": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"},
                ],
            },
            "lint": {"ignore": {"unknown-service": "we preview a service that is not public yet"}},
        }
    }

    path: Text = path_field("teams")
    description: Text | None = Field(
        default=None,
        description=(
            "A sentence on the policy. IAM takes it when the policy is made, and cannot change it later. A difference "
            "is a note, never drift. Left out: none."
        ),
        examples=["Upload build artifacts"],
    )
    tags: dict[Text, Text] | None = Field(
        default=None,
        description=(
            "The tags of the policy, complete but for tags that begin with `aws:` or `iamspec:`. Left out: not managed."
        ),
        examples=[{"owner": "platform"}],
    )
    document: Data = Field(
        default=None,
        description="The policy document, or {file: …} with a file as JSON or YAML, relative to this file.",
        examples=[{"file": "policies/own-mfa.json"}],
    )
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class PolicyFacts(Facts):
    """`versions` are the ids of those that are not the default, oldest first."""

    versions: tuple[str, ...] = ()
    reserved_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy(Resource):
    """A customer-managed policy as IAM knows it.

    `document` is that of the default version.
    """

    path: str = "/"
    tags: Mapping[str, str] | None = None
    document: Document = field(default_factory=lambda: Document(None))
    description: str | None = field(default=None, compare=False)
    facts: PolicyFacts = field(default=PolicyFacts(), compare=False, kw_only=True)

    @property
    def is_known(self) -> bool:
        return self.document.data is not None


# The calls


NAME = subject("PolicyName", "policy")
OWNER = subject("PolicyArn", "policy", by_arn=True)
LISTING = Listing("LocalManagedPolicy", "Policies", NAME.name)
TAGGING = tagging("Policy", OWNER, ignores_case=False)


def _made(state: State, call: Call) -> Policy:
    name, path = call.params["PolicyName"], call.params["Path"]
    return Policy(
        name=name,
        path=path,
        tags=own_tags(call.params.get("Tags", ())),
        document=effects.document(state, call),
        description=call.params.get("Description"),
        facts=PolicyFacts(state.account.arn(f"policy{path}{name}")),
    )


def _renew(state: State, call: Call) -> Effect:
    """Adds a version.

    The id of the old default version is unknown, so `versions` has
    all versions but the new default.
    """
    address, policy = effects.entity(OWNER, state, call)
    return {address: replace(policy, document=effects.document(state, call))}


def _forget(state: State, call: Call) -> Effect:
    address, policy = effects.entity(OWNER, state, call)
    problem = f"{address} has no such version:"
    left = effects.without(call, policy.facts.versions, call.params["VersionId"], problem)
    return {address: replace(policy, facts=replace(policy.facts, versions=left))}


def _is_renewed(call: Call, pages: Iterable[Page]) -> bool | None:
    record = LISTING.record(pages, "Arn", call.params["PolicyArn"])
    return None if record is None else document_is(record, call.params)


CREATE = creating(
    "CreatePolicy",
    NAME,
    (PATH, DOCUMENT, Parameter("Description", required=False, shown=False), optional(TAGS)),
    _made,
    LISTING,
    authorised=Authorised(NAME.name, also=(("Tags", TAGGING.tag.name),)),
)
RENEW = Operation(
    name="CreatePolicyVersion",
    verb=Verb.UPDATE,
    parameters=(OWNER, DOCUMENT, Parameter("SetAsDefault", is_true, shown=False)),
    effect=_renew,
    authorised=Authorised(OWNER.name),
    opens=(Access.DOCUMENT, (OWNER.name,)),
    once=True,
    lookup=Lookup(lambda call: sweep(LISTING.entity) if OWNER.name in call.params else None, _is_renewed),
    back="CreatePolicyVersion",
    renewed="its document comes back as a new version, with another number",
)
FORGET = Operation(
    name="DeletePolicyVersion",
    verb=Verb.TAKE,
    parameters=(OWNER, Parameter("VersionId")),
    effect=_forget,
    authorised=Authorised(OWNER.name),
    takes=Loss("older version"),
)
DELETE = deleting("DeletePolicy", OWNER)


class PolicyKind(Kind[PolicySpec, Policy]):
    name: ClassVar[str] = "policy"
    section: ClassVar[str] = "policies"
    shape = PolicySpec
    listing: ClassVar[Call] = sweep("LocalManagedPolicy")
    details: ClassVar[str] = "Policies"
    reads: ClassVar[tuple[str, ...]] = ("GetPolicy",)
    operations = (CREATE, RENEW, FORGET, DELETE, *TAGGING)
    places = (Place(("document",), size=POLICY_SIZE),)
    listed_whole: ClassVar[bool] = False  # tags and descriptions are read one by one
    limits = (Limit("policies", COUNTS["policy"], "Policies"),)

    def check(self, declared: Declared[PolicySpec]) -> Iterator[Issue]:
        spec = declared.shape
        if error := name_error(declared.address.name):
            yield declared.issue(error)
        yield from check_path(declared, spec.path, policy=True)
        yield from check_tags(declared, spec.tags, ignore_case=False)
        if not spec.external and spec.document is None:
            yield declared.issue('"document" is missing; write {external: true} if the policy is not yours to change')
        if len(spec.description or "") > MAX_DESCRIPTION:
            yield declared.issue(f"at most {MAX_DESCRIPTION} characters", "description")

    def desired(self, declared: Declared[PolicySpec], granted: Granted, world: World) -> Policy:
        spec = declared.shape
        document = world.document(spec.document)
        return Policy(declared.address.name, spec.path, spec.tags, document, spec.description)

    def parse(self, record: Mapping[str, Any], account: Account) -> Policy:
        versions = sorted(record.get("PolicyVersionList") or (), key=_version_number)
        default: Mapping[str, Any] = next((one for one in versions if _is_default(one, record)), {})
        facts = PolicyFacts(
            arn=record["Arn"],
            id=record.get("PolicyId", ""),
            created=moment(record.get("CreateDate")),
            versions=tuple(one["VersionId"] for one in versions if not _is_default(one, record)),
        )
        name = record["Arn"].rpartition("/")[2]
        document = Document(decode(default.get("Document")), account.partition)
        return Policy(name=name, path=record.get("Path", "/"), document=document, facts=facts)

    def written(self, resource: Policy, account: Account) -> dict[str, Any]:
        return {
            "name": resource.name,
            "path": resource.path,
            "description": resource.description,
            "tags": dict(sorted((resource.tags or {}).items())),
            "document": resource.document.data,
        }

    def fill_desired(self, desired: Policy, live: Policy | None, now: datetime) -> Policy:
        return replace(desired, tags=live.tags) if live is not None and desired.tags is None else desired

    def compares(self, desired: Policy) -> bool:
        return desired.tags is not None

    def as_created(self, resource: Policy) -> Policy:
        return resource

    def create(self, after: Policy) -> Iterator[Step]:
        params: dict[str, Any] = {"PolicyName": after.name, "Path": after.path, "PolicyDocument": after.document.text}
        if after.description:
            params["Description"] = after.description
        if after.tags:
            params["Tags"] = tag_list(after.tags)
        yield Step(self.address(after), Phase.CREATE, CREATE.call(**params))

    def update(self, before: Policy, after: Policy, world: World) -> Iterator[Step]:
        address, owner = self.address(after), {"PolicyArn": before.facts.arn}
        yield from tag_steps(address, TAGGING, before.facts.arn, before.tags or {}, after.tags or {})
        if before.document == after.document:
            return
        if len(before.facts.versions) + 1 >= MAX_VERSIONS:
            oldest = {**owner, "VersionId": before.facts.versions[0]}
            yield Step(address, Phase.UPDATE, FORGET.call(**oldest))
        params = {**owner, "PolicyDocument": after.document.text, "SetAsDefault": True}
        yield Step(address, Phase.UPDATE, RENEW.call(**params))

    def delete(self, before: Policy) -> Iterator[Step]:
        address, owner = self.address(before), {"PolicyArn": before.facts.arn}
        for version in before.facts.versions:
            yield Step(address, Phase.DELETE, FORGET.call(**owner, VersionId=version))
        yield Step(address, Phase.DELETE, DELETE.call(**owner))

    def blocked(self, before: Policy, after: Policy) -> str | None:
        return immovable("policy", before, after, "move its holders to it")

    def as_listed(self, live: Policy) -> Policy:
        return replace(live, tags=None)

    def physical_id(self, live: Policy) -> str:
        return live.facts.arn

    def missing_reads(self, live: Policy, purpose: Purpose) -> list[Call]:
        return [] if live.tags is not None else [Call("GetPolicy", {"PolicyArn": live.facts.arn})]

    def confirmed(self, desired: Policy, live: Policy, listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> Policy:
        """The policy with the listed tags, unless the description matters: then the policy is read singly."""
        tags = listed.get(live.facts.arn)
        if tags is None or live.tags is not None or desired.description is not None:
            return live
        found = _tagged(live, tags)
        return found if found == desired else live

    def after_reads(self, live: Policy, answers: Sequence[Answer]) -> Policy:
        (_, answer) = answers[0]
        policy = (answer or {}).get("Policy") or {}
        return replace(_tagged(live, policy.get("Tags") or ()), description=policy.get("Description") or None)


def _tagged(live: Policy, tags: Sequence[Mapping[str, Any]]) -> Policy:
    reserved = {tag["Key"]: tag["Value"] for tag in tags if reserved_tag(tag["Key"])}
    return replace(live, tags=own_tags(tags), facts=replace(live.facts, reserved_tags=reserved))


def _is_default(version: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return bool(version["VersionId"] == record.get("DefaultVersionId", version["VersionId"]))


def _version_number(version: Mapping[str, Any]) -> tuple[int, str]:
    """`v9` before `v10`."""
    number = str(version["VersionId"])[1:].split(".")[0]
    return (int(number) if number.isdigit() else 0, str(version["VersionId"]))
