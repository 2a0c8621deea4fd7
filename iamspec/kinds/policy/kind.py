"""The kind `policy`: path, description, tags, document, and the versions that hold it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.contract import (
    Answer,
    Declared,
    Granted,
    Kind,
    Limit,
    Phase,
    Place,
    Purpose,
    Step,
    World,
    moment,
    sweep,
)
from iamspec.kinds.holdings import check_path, check_tags, tag_steps
from iamspec.kinds.policy.operations import CREATE, DELETE, FORGET, RENEW, TAGGING
from iamspec.kinds.policy.shape import Policy, PolicyFacts, PolicySpec
from iamspec.kinds.resource import immovable
from iamspec.kinds.tags import own_tags, reserved_tag, tag_list
from iamspec.policy.document import Document, decode
from iamspec.policy.limits import COUNTS, MAX_DESCRIPTION, MAX_VERSIONS, POLICY_SIZE, name_error


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

    def create(self, after: Policy, world: World) -> Iterator[Step]:
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
