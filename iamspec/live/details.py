"""The answer of GetAccountAuthorizationDetails: what it must have before anybody reads it, from the network or a file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SECTIONS = {
    "UserDetailList": "UserName",
    "GroupDetailList": "GroupName",
    "RoleDetailList": "RoleName",
    "Policies": "Arn",
}
PART = "this is part of an account, not the account"
DEEPEST = 100  # levels of a capture; a policy document has about seven


@dataclass(frozen=True, slots=True)
class Form:
    """The members of an object in an answer. Missing and null members are absent, required members are checked."""

    needed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    lists: Mapping[str, "Form"] = field(default_factory=dict)
    objects: Mapping[str, "Form"] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # lists of texts


TAG = Form(("Key", "Value"))
INLINE = Form(("PolicyName",))
HOLDER: dict[str, Form] = {"AttachedManagedPolicies": Form(("PolicyArn",)), "Tags": TAG}
BOUNDARY = {"PermissionsBoundary": Form(texts=("PermissionsBoundaryArn",))}
PROFILE = Form(("InstanceProfileName",), ("Arn", "Path"), {"Roles": Form(("RoleName",), ("Arn", "Path")), "Tags": TAG})
USER = Form(("UserName",), ("Arn", "Path", "UserId"), {**HOLDER, "UserPolicyList": INLINE}, BOUNDARY, ("GroupList",))
GROUP = Form(("GroupName",), ("Arn", "GroupId", "Path"), {**HOLDER, "GroupPolicyList": INLINE})
ROLE = Form(
    ("RoleName",),
    ("Arn", "Description", "Path", "RoleId"),
    {**HOLDER, "InstanceProfileList": PROFILE, "RolePolicyList": INLINE},
    {**BOUNDARY, "RoleLastUsed": Form(texts=("Region",))},
)
POLICY = Form(
    ("Arn",),
    ("DefaultVersionId", "Description", "Path", "PolicyId", "PolicyName"),
    {"PolicyVersionList": Form(("VersionId",)), "Tags": TAG},
)
FORMS = {"UserDetailList": USER, "GroupDetailList": GROUP, "RoleDetailList": ROLE, "Policies": POLICY}


def fault(details: Mapping[str, Any]) -> str | None:
    """The first thing in the lists of an answer that is not as IAM writes it, with its place."""
    for section, form in FORMS.items():
        found = details.get(section) or []
        if not isinstance(found, list):
            return f"{section} is no list"
        for number, entity in enumerate(found):
            if wrong := fault_of(form, entity):
                return f"{section}[{number}]{wrong}"
    return None


def fault_of(form: Form, value: Any) -> str | None:
    """The same of one object: ` has no UserName`, `.Tags is no list`."""
    if not isinstance(value, dict):
        return f" has no {form.needed[0]}" if form.needed else " is no object"
    for key in form.needed:
        if not isinstance(value.get(key), str) or not value[key]:
            if key == "Value" and value.get(key) == "":
                continue
            return f" has no {key}"
    return next(_wrong(form, value), None)


def _wrong(form: Form, value: Mapping[str, Any]) -> Iterator[str]:
    yield from (f".{key} is no text" for key in form.texts if not isinstance(value.get(key) or "", str))
    for key, inner in form.lists.items():
        if found := value.get(key):
            yield from _wrong_list(key, found, inner)
    for key, inner in form.objects.items():
        if (found := value.get(key)) and (wrong := fault_of(inner, found)):
            yield f".{key}{wrong}"
    for key in form.names:
        found = value.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            yield f".{key} is no list of names"


def _wrong_list(key: str, found: Any, form: Form) -> Iterator[str]:
    if not isinstance(found, list):
        yield f".{key} is no list"
        return
    for number, one in enumerate(found):
        if wrong := fault_of(form, one):
            yield f".{key}[{number}]{wrong}"


def part(details: Mapping[str, Sequence[Mapping[str, Any]]], own: str) -> str | None:
    """Why lists that are well formed cannot be a whole account, whose policies have ARNs that begin with `own`."""
    if missing := [section for section in SECTIONS if details.get(section) is None]:
        return f"{missing[0]} is missing"
    groups = {one["GroupName"].casefold() for one in details["GroupDetailList"]}
    policies = {one["Arn"] for one in details["Policies"]}
    for section, name in SECTIONS.items():
        for number, entity in enumerate(details[section]):
            where = f"{section}[{number}] ({entity[name]})"
            for group in entity.get("GroupList") or ():
                if group.casefold() not in groups:
                    return f"{where} is in the group {group}, which is missing"
            for arn in _held(entity):
                if arn.startswith(own) and arn not in policies:
                    return f"{where} holds {arn}, which is missing"
    return None


def _held(entity: Mapping[str, Any]) -> Iterator[str]:
    yield from (one["PolicyArn"] for one in entity.get("AttachedManagedPolicies") or ())
    if arn := (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"):
        yield arn


def odd(value: Any) -> str | None:
    """Why data out of JSON are nothing that a program can pass on: too deep, or half of a surrogate pair; with its place."""
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(value, ())]
    while waiting:
        one, path = waiting.pop()
        if isinstance(one, str):
            if not one.isascii() and any("\ud800" <= sign <= "\udfff" for sign in one):
                return f"{_shown(path)} holds half of a surrogate pair"
            continue
        if len(path) > DEEPEST:
            return f"{_shown(path[:3])} is too deep"
        if isinstance(one, dict):
            waiting += ((key, (*path, key)) for key in one)
            waiting += ((inner, (*path, key)) for key, inner in one.items())
        elif isinstance(one, list):
            waiting += ((inner, (*path, number)) for number, inner in enumerate(one))
    return None


def _shown(path: Sequence[Any]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{json.dumps(step)[1:-1]}" for step in path)
    return "".join(steps).removeprefix(".") or "it"
