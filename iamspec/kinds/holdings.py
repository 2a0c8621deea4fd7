"""The parts that users, groups and roles share.

These are attached and inline policies, tags, references, and the
steps that change them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from iamspec.errors import Issue
from iamspec.iam import Account
from iamspec.kinds.contract import Address, AnyDeclared, Granted, Holding, Phase, Principal, Resource, Step, World
from iamspec.kinds.fields import Grant, OldName
from iamspec.kinds.operation import Operation
from iamspec.kinds.resource import policy_address
from iamspec.kinds.rows import Bounding, Grants, Tagging
from iamspec.kinds.tags import tag_list
from iamspec.policy.document import Document, decode
from iamspec.policy.limits import (
    ARN,
    MAX_TAGS,
    RESERVED_INLINE,
    Quota,
    name_error,
    path_error,
    reserved_inline,
    tag_key_error,
    tag_value_error,
)

AWS_MANAGED = "aws:"
parts_of = lru_cache(maxsize=4_096)(ARN.fullmatch)  # an account has few policies, and asks for each often


def reference(arn: str, account: Account) -> str:
    """A policy's ARN as people write it.

    The form is `aws:NAME` (with its path) for AWS's policies, a
    bare name in the own account, else the ARN.
    """
    found = parts_of(arn)
    if not found or found["kind"] != "policy" or found["partition"] != account.partition:
        return arn
    if found["account"] == "aws":
        return f"{AWS_MANAGED}{found['path'][1:]}{found['name']}"
    return found["name"] if found["account"] == account.id else arn


def boundary_policy(arn: str) -> tuple[Address, ...]:
    """The address of the customer-managed policy that is a boundary.

    A boundary belongs to AWS or to the same account.
    """
    found = parts_of(arn)
    return (Address("policy", found["name"]),) if found and found["account"] != "aws" else ()


def copied_item(field_name: str, item: str, world: World) -> str:
    """A copied item as the field has it: policies by their ARN."""
    return world.policy_arn(item) if field_name in {"policies", "permissions_boundary"} else item


def attached_arns(record: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(one["PolicyArn"] for one in record.get("AttachedManagedPolicies") or ())


def inline_documents(listed: Iterable[Mapping[str, Any]], account: Account) -> dict[str, Document]:
    """Inline policies by name, out of a UserPolicyList or GroupPolicyList."""
    found = {one["PolicyName"]: Document(decode(one.get("PolicyDocument")), account.partition) for one in listed or ()}
    return dict(sorted(found.items()))


def visible_inline(inline: Mapping[str, Document]) -> dict[str, Document]:
    """The inline policies that the diff sees: all but those of iamspec."""
    return {name: one for name, one in inline.items() if not reserved_inline(name)}


def granted_fields(granted: Granted, world: World) -> dict[str, Any]:
    """The policies of a desired holder, as fields of its resource."""
    return {
        "policies": frozenset(map(world.policy_arn, granted.policies)),
        "inline_policies": {name: world.document(data) for name, data in sorted(granted.inline_policies.items())},
    }


def bounded_fields(granted: Granted, world: World) -> dict[str, Any]:
    """The policies and the boundary of a desired principal, as fields of its resource."""
    return {
        **granted_fields(granted, world),
        "permissions_boundary": world.policy_arn(granted.boundary) if granted.boundary else None,
        "boundary_written": granted.boundary_written,
        "via": {(name, copied_item(name, one, world)): source for (name, one), source in granted.via.items()},
    }


def written_grants(holder: Holding, account: Account) -> dict[str, Any]:
    """The policies of a holder as a person would write them."""
    return {
        "policies": sorted(reference(arn, account) for arn in holder.policies),
        "inline_policies": {name: one.data for name, one in sorted(holder.inline_policies.items())},
    }


def written_bounds(principal: Principal, account: Account) -> dict[str, Any]:
    """The policies and the boundary of a principal as a person would write them."""
    boundary = principal.permissions_boundary
    return {
        **written_grants(principal, account),
        "permissions_boundary": reference(boundary, account) if boundary else None,
    }


# Faults of values in a spec


def check_path(declared: AnyDeclared, path: str, *, policy: bool = False) -> Iterator[Issue]:
    if error := path_error(path, policy=policy):
        yield declared.issue(error, "path")


def check_old_name(declared: AnyDeclared, old: OldName | None) -> Iterator[Issue]:
    if old is not None and (error := name_error(old.name)):
        yield declared.issue(error, "renamed_from")


def check_tags(declared: AnyDeclared, tags: Mapping[str, str] | None, *, ignore_case: bool) -> Iterator[Issue]:
    """Tag keys must be unique.

    Users and roles ignore the case of keys, policies do not (IAM
    User Guide, tagging).
    """
    seen: dict[str, str] = {}
    for key, value in (tags or {}).items():
        folded = key.casefold() if ignore_case else key
        if folded in seen:
            yield declared.issue(f'"{seen[folded]}" and "{key}" are one tag to IAM', "tags", key)
        seen[folded] = key
        if key.lower().startswith("iamspec:"):
            yield declared.issue('tags that begin with "iamspec:" are iamspec\'s own', "tags", key)
        if error := tag_key_error(key) or tag_value_error(value):
            yield declared.issue(error, "tags", key)
    if len(tags or {}) > MAX_TAGS:
        yield declared.issue(f"{len(tags or {})} tags; IAM allows {MAX_TAGS}", "tags")


def check_inline_names(declared: AnyDeclared, names: Iterable[str]) -> Iterator[Issue]:
    seen: dict[str, str] = {}
    for name in names:
        if name.casefold() in seen:
            yield declared.issue(f'"{seen[name.casefold()]}" and "{name}" differ in case only', "inline_policies", name)
        seen[name.casefold()] = name
        if reserved_inline(name):
            yield declared.issue(
                f'inline policies that begin with "{RESERVED_INLINE}" are iamspec\'s own', "inline_policies", name
            )
        if error := name_error(name):
            yield declared.issue(error, "inline_policies", name)


def check_repeats(declared: AnyDeclared, section: str, grants: Sequence[Grant]) -> Iterator[Issue]:
    seen: set[str] = set()
    for index, one in enumerate(grants):
        if one.name.casefold() in seen:
            yield declared.issue(f'"{one.name}" stands here twice', section, index)
        seen.add(one.name.casefold())


def over_quota(count: int, quota: Quota, what: str) -> tuple[str, bool] | None:
    """A sentence about a quota, and whether it is an error.

    It is an error beyond the maximum, and a warning beyond the
    default.
    """
    if count > quota.maximum:
        return f"{count} {what}; IAM allows {quota.maximum} at most", True
    if count > quota.default:
        most = f" (to {quota.maximum} at most)" if isfinite(quota.maximum) else ""
        return f"{count} {what}; IAM allows {quota.default} unless AWS has raised it{most}", False
    return None


# Steps


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of policies: the address, the name in calls, and the calls of the kind."""

    address: Address
    name: str
    grants: Grants

    def step(self, phase: Phase, operation: Operation, others: tuple[Address, ...] = (), **params: Any) -> Step:
        call = operation.call(**{self.grants.subject.name: self.name, **params})
        return Step(self.address, phase, call, others)


def renaming_steps(holder: Holder, operation: Operation, before: Resource, after: Resource) -> Iterator[Step]:
    """Gives an entity another name and path in a single call."""
    params: dict[str, Any] = {holder.grants.subject.name: before.name}
    if before.name != after.name:
        params[operation.new_name] = after.name
    if before.path != after.path:
        params["NewPath"] = after.path
    if len(params) > 1:
        phase = Phase.RENAME if operation.new_name in params else Phase.UPDATE
        yield Step(holder.address, phase, operation.call(**params))


def attachment_steps(
    holder: Holder, before: frozenset[str], after: frozenset[str], limit: int, world: World
) -> Iterator[Step]:
    """Attaches before it detaches, but as many detaches first as the quota has no room for."""

    def step(operation: Operation, arn: str, phase: Phase) -> Step:
        address = policy_address(arn, world.account)
        others = (address,) if address else ()
        return holder.step(phase, operation, others, PolicyArn=arn)

    attach, detach = holder.grants.attach, holder.grants.detach
    added, removed = sorted(after - before), sorted(before - after, key=lambda arn: (world.only_denies(arn), arn))
    first = lacking_room(len(before), len(added), len(removed), limit)
    for arn in removed[:first]:
        yield step(detach, arn, Phase.MAKE_ROOM)
    for arn in added:
        yield step(attach, arn, Phase.UPDATE if world.only_denies(arn) else Phase.GRANT)
    for arn in removed[first:]:
        yield step(detach, arn, Phase.RELEASE if world.only_denies(arn) else Phase.REVOKE)


def lacking_room(count: int, added: int, removed: int, limit: int) -> int:
    """The number of removals that must precede the additions to stay within `limit`.

    An account that already has more than `limit`, or is to have
    more, has a raised quota.
    """
    limit = max(limit, count, count + added - removed)
    return min(removed, max(0, count + added - limit))


def inline_steps(
    holder: Holder, before: Mapping[str, Document], after: Mapping[str, Document], limit: int
) -> Iterator[Step]:
    """Puts and deletes inline policies.

    Some deletes go first where the aggregate size leaves no room
    for both. IAM ignores the case of names, so a policy is never
    deleted under another spelling.
    """
    added = sorted(name for name in after if after[name] != before.get(name))
    folded = {name.casefold() for name in after}
    gone = (name for name in before if name.casefold() not in folded)
    removed = sorted(gone, key=lambda name: (before[name].only_denies, name))
    first = _first_removed(before, after, removed, limit)
    put, delete = holder.grants.put, holder.grants.delete
    for name in removed[:first]:
        yield holder.step(Phase.MAKE_ROOM, delete, PolicyName=name)
    for name in sorted(added, key=lambda name: (_growth(before, after, name), name)):
        phase = Phase.UPDATE if name in before or after[name].only_denies else Phase.GRANT
        yield holder.step(phase, put, PolicyName=name, PolicyDocument=after[name].text)
    for name in removed[first:]:
        phase = Phase.RELEASE if before[name].only_denies else Phase.REVOKE
        yield holder.step(phase, delete, PolicyName=name)


def _growth(before: Mapping[str, Document], after: Mapping[str, Document], name: str) -> int:
    return after[name].size - (before[name].size if name in before else 0)


def _first_removed(
    before: Mapping[str, Document], after: Mapping[str, Document], removed: Sequence[str], limit: int
) -> int:
    total = sum(document.size for document in {**before, **after}.values())
    for count, name in enumerate(removed):
        if total <= limit:
            return count
        total -= before[name].size
    return len(removed)


def boundary_steps(holder: Holder, rows: Bounding, before: Holding, after: Holding) -> Iterator[Step]:
    """Puts a boundary on before grants, and takes it off after revokes.

    A replacement comes before grants, unless something is revoked.
    """
    old, new = before.permissions_boundary, after.permissions_boundary
    if old == new:
        return
    addresses = tuple(one for arn in (old, new) if arn for one in boundary_policy(arn))
    if new is None:
        yield holder.step(Phase.RELEASE, rows.delete, addresses)
        return
    loses = (
        bool(before.groups - after.groups)
        or bool(before.policies - after.policies)
        or bool(before.inline_policies.keys() - after.inline_policies.keys())
    )
    phase = Phase.RELEASE if old and loses else Phase.UPDATE
    yield holder.step(phase, rows.put, addresses, PermissionsBoundary=new)


def tag_steps(
    address: Address, rows: Tagging, owner: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Step]:
    """Removes tags, then sets tags, so that fifty tags can replace fifty.

    A key in another case replaces the old key.
    """
    subject = {rows.subject.name: owner}
    staying = set(map(rows.fold, after))
    if gone := sorted(key for key in before if rows.fold(key) not in staying):
        yield Step(address, Phase.UPDATE, rows.untag.call(**subject, TagKeys=gone))
    if new := {key: value for key, value in after.items() if before.get(key) != value}:
        yield Step(address, Phase.UPDATE, rows.tag.call(**subject, Tags=tag_list(new)))
