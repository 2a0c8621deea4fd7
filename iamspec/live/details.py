"""Checks of the answer of GetAccountAuthorizationDetails, from the network or a file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from iamspec.policy.document import decode

SECTIONS = {
    "UserDetailList": "UserName",
    "GroupDetailList": "GroupName",
    "RoleDetailList": "RoleName",
    "Policies": "Arn",
}
POLICY_ARN = re.compile(
    r"arn:[a-z-]+:iam::(?:aws|[0-9]{12}):policy.+", re.DOTALL
)  # import says what is odd about a name
PART = "this is part of an account, not the account"
POLICY_LISTS = ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
DEEPEST = 100  # levels of a capture. A policy document has about seven


@dataclass(frozen=True)
class Form:
    """The members of an object in an answer.

    Missing and null members are absent. Required members are
    checked.
    """

    needed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    lists: Mapping[str, "Form"] = field(default_factory=dict)
    objects: Mapping[str, "Form"] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # lists of texts
    numbers: tuple[str, ...] = ()
    policy: str = ""  # the text that is the ARN of a managed policy
    document: str = ""  # the policy document, as an object or as text

    @cached_property
    def is_bare(self) -> bool:
        """Whether an object with the required members has nothing else to check."""
        return not (
            self.texts or self.lists or self.objects or self.names or self.numbers or self.policy or self.document
        )


TAG = Form(("Key", "Value"))
INLINE = Form(("PolicyName",), document="PolicyDocument")
HOLDER: dict[str, Form] = {"AttachedManagedPolicies": Form(("PolicyArn",), policy="PolicyArn"), "Tags": TAG}
BOUNDARY = {"PermissionsBoundary": Form(texts=("PermissionsBoundaryArn",), policy="PermissionsBoundaryArn")}
PROFILE = Form(("InstanceProfileName",), ("Arn", "Path"), {"Roles": Form(("RoleName",), ("Arn", "Path")), "Tags": TAG})
USER = Form(("UserName",), ("Arn", "Path", "UserId"), {**HOLDER, "UserPolicyList": INLINE}, BOUNDARY, ("GroupList",))
GROUP = Form(("GroupName",), ("Arn", "GroupId", "Path"), {**HOLDER, "GroupPolicyList": INLINE})
ROLE = Form(
    ("RoleName",),
    ("Arn", "Description", "Path", "RoleId"),
    {**HOLDER, "InstanceProfileList": PROFILE, "RolePolicyList": INLINE},
    {**BOUNDARY, "RoleLastUsed": Form(texts=("Region",))},
    document="AssumeRolePolicyDocument",
)
POLICY = Form(
    ("Arn",),
    ("DefaultVersionId", "Description", "Path", "PolicyId", "PolicyName"),
    {"PolicyVersionList": Form(("VersionId",), document="Document"), "Tags": TAG},
    policy="Arn",
)
FORMS = {"UserDetailList": USER, "GroupDetailList": GROUP, "RoleDetailList": ROLE, "Policies": POLICY}


def fault(details: Mapping[str, Any]) -> str | None:
    """The first thing in the lists of an answer that differs from IAM's form, with its place."""
    for section, form in FORMS.items():
        found = details.get(section)
        if not isinstance(found, list | None):
            return f"{section} is no list"
        for number, entity in enumerate(found or ()):
            if wrong := fault_of(form, entity):
                return f"{section}[{number}]{wrong}"
    return None


def fault_of(form: Form, value: Any) -> str | None:
    """The same of one object: ` has no UserName`, `.Tags is no list`."""
    if not isinstance(value, dict):
        return f" has no {form.needed[0]}" if form.needed else " is no object"
    for key in form.needed:
        if not isinstance(found := value.get(key), str) or not found:
            if key == "Value" and found == "":
                continue
            return f" has no {key}"
    return None if form.is_bare else _wrong(form, value)


TEXT, NUMBER = (str, type(None)), (int, type(None))  # a union of types takes longer to test


def _wrong(form: Form, value: Mapping[str, Any]) -> str | None:
    for key in form.texts:
        if not isinstance(value.get(key), TEXT):
            return f".{key} is no text"
    for key in form.numbers:
        if not isinstance(value.get(key), NUMBER):
            return f".{key} is no number"
    if form.policy and (arn := value.get(form.policy)) is not None and not _is_policy_arn(arn):
        return f".{form.policy} is no ARN of a policy"
    if form.document and not _is_data(value.get(form.document)):
        return f".{form.document} is no document"
    for key, inner in form.lists.items():
        if (found := value.get(key)) is not None and (wrong := _wrong_list(key, found, inner)):
            return wrong
    for key, inner in form.objects.items():
        if (found := value.get(key)) is not None and (wrong := fault_of(inner, found)):
            return f".{key}{wrong}"
    for key in form.names:
        found = value.get(key)
        if not isinstance(found, list | None) or not all(isinstance(one, str) for one in found or ()):
            return f".{key} is no list of names"
    return None


@lru_cache(8192)  # many entities hold the same few
def _is_policy_arn(text: str) -> bool:
    return POLICY_ARN.fullmatch(text) is not None


def _is_data(value: Any) -> bool:
    """Whether a value is JSON. A foreign XML answer may have lists of its own elements."""
    if isinstance(value, list):
        return all(map(_is_data, value))
    return value is None or isinstance(value, str | int | float | dict)


def _wrong_list(key: str, found: Any, form: Form) -> str | None:
    if not isinstance(found, list):
        return f".{key} is no list"
    for number, one in enumerate(found):
        if wrong := fault_of(form, one):
            return f".{key}[{number}]{wrong}"
    return None


def decoded(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity without nulls.

    Its documents are data, even if they come as text.
    """
    whole = {key: value for key, value in entity.items() if value is not None}
    if "AssumeRolePolicyDocument" in whole:
        whole["AssumeRolePolicyDocument"] = decode(whole["AssumeRolePolicyDocument"])
    for key in POLICY_LISTS:
        if key in whole:
            whole[key] = [one | {"PolicyDocument": decode(one.get("PolicyDocument"))} for one in whole[key] or ()]
    if "PolicyVersionList" in whole:
        whole["PolicyVersionList"] = [
            one | {"Document": decode(one.get("Document"))} for one in whole["PolicyVersionList"] or ()
        ]
    return whole


def part(details: Mapping[str, Sequence[Mapping[str, Any]]], own: str) -> str | None:
    """The reason why well-formed lists cannot be a whole account.

    The ARNs of the account's policies begin with `own`.
    """
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


def doubled(details: Mapping[str, Sequence[Mapping[str, Any]]]) -> str | None:
    """The first entity that a list has twice, since case does not tell names apart."""
    for section, name in SECTIONS.items():
        seen: dict[str, int] = {}
        for number, entity in enumerate(details[section]):
            if (first := seen.setdefault(entity[name].casefold(), number)) != number:
                return f"{section}[{number}] ({entity[name]}) has the name of {section}[{first}]"
    return None


def _held(entity: Mapping[str, Any]) -> Iterator[str]:
    yield from (one["PolicyArn"] for one in entity.get("AttachedManagedPolicies") or ())
    if arn := (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"):
        yield arn


def odd(value: Any) -> str | None:
    """The reason why data out of JSON cannot be processed, with its place.

    They are too deep, or hold half of a surrogate pair.
    """
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(value, ())]
    while waiting:
        one, path = waiting.pop()
        if isinstance(one, str):
            if any("\ud800" <= sign <= "\udfff" for sign in one):
                return f"{_shown(path)} holds half of a surrogate pair"
            continue
        if len(path) > DEEPEST:
            return f"{_shown(path[:3])} is too deep"
        if isinstance(one, dict):
            waiting += ((key, (*path, key)) for key in one if not _is_plain(key))
            waiting += ((inner, (*path, key)) for key, inner in one.items() if not _is_plain(inner))
        elif isinstance(one, list):
            waiting += ((inner, (*path, number)) for number, inner in enumerate(one) if not _is_plain(inner))
    return None


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value.isascii()


def _shown(path: Sequence[Any]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{json.dumps(step)[1:-1]}" for step in path)
    return "".join(steps).removeprefix(".") or "it"
