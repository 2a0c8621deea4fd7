"""The answers of the AWS API about an account, as XML that is rendered before anybody asks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.benchmarks.account import ACCOUNT_ID, ALIAS, Declared

IAM, STS = "https://iam.amazonaws.com/doc/2010-05-08/", "https://sts.amazonaws.com/doc/2011-06-15/"
CREATED = "2026-01-01T00:00:00Z"
CALLER = {"Arn": f"arn:aws:iam::{ACCOUNT_ID}:user/reader", "UserId": f"AIDA{0:017d}", "Account": ACCOUNT_ID}
SECTIONS = {
    "User": "UserDetailList",
    "Group": "GroupDetailList",
    "Role": "RoleDetailList",
    "LocalManagedPolicy": "Policies",
}
IDS = {"User": "AIDA", "Group": "AGPA"}
DEFAULT_PAGE = 100
HAND_WRITTEN = 5  # one document in so many is live in another writing than in the spec


class Answers:
    """What the API says, call by call; pages are cut like IAM's, all sections counted together."""

    def __init__(self, declared: Declared) -> None:
        arns = {name: arn_of(name, one) for name, one in declared.policies.items()}
        policies = {arns[name]: dict(_policy(name, one)) for name, one in declared.policies.items()}
        self._policies = policies
        self._tags = {arns[name]: one.get("tags", {}) for name, one in declared.policies.items()}
        self._members = {
            "User": [_xml({"member": _user(name, one, arns)}) for name, one in declared.users.items()],
            "Group": [_xml({"member": _group(name, one, arns)}) for name, one in declared.groups.items()],
            "Role": [],
            "LocalManagedPolicy": [_xml({"member": one}) for one in policies.values()],
        }
        self._page = cache(self._cut)

    def page(self, filters: Sequence[str], start: int, size: int) -> bytes:
        """A page of GetAccountAuthorizationDetails, kept for whoever asks the same again."""
        return self._page(tuple(sorted(filters)), start, size)

    def pages(self, filters: Sequence[str], size: int) -> int:
        """How many pages there are."""
        return -(-sum(len(self._members[one]) for one in filters) // size)

    def answer(self, operation: str, params: Mapping[str, str]) -> bytes:
        """The answer to a call, its parameters spelled as in the query protocol."""
        if operation == "GetAccountAuthorizationDetails":
            filters = [value for key, value in params.items() if key.startswith("Filter.member.")] or list(SECTIONS)
            return self.page(filters, int(params.get("Marker", 0)), int(params.get("MaxItems", DEFAULT_PAGE)))
        if operation == "GetCallerIdentity":
            return _answer(operation, _xml(CALLER), STS)
        if operation == "GetAccountPasswordPolicy":
            return _answer(operation, _xml({"PasswordPolicy": {"MinimumPasswordLength": "14"}}))
        if operation == "ListAccountAliases":
            return _answer(operation, _xml({"IsTruncated": "false", "AccountAliases": [ALIAS]}))
        arn = params["PolicyArn"]
        tags = [{"Key": key, "Value": value} for key, value in self._tags[arn].items()]
        if operation == "ListPolicyTags":
            return _answer(operation, _xml({"IsTruncated": "false", "Tags": tags}))
        assert operation == "GetPolicy", f"nobody has prepared an answer to {operation}"
        policy = {key: value for key, value in self._policies[arn].items() if key != "PolicyVersionList"}
        return _answer(operation, _xml({"Policy": policy | {"Tags": tags}}))

    def _cut(self, filters: tuple[str, ...], start: int, size: int) -> bytes:
        found, rest = [], start
        for name in (name for name in SECTIONS if name in filters):
            members = self._members[name]
            found.append(f"<{SECTIONS[name]}>{''.join(members[max(rest, 0) : max(rest + size, 0)])}</{SECTIONS[name]}>")
            rest -= len(members)
        more = rest + size < 0  # `rest` is now the start, less all members
        marks = {"IsTruncated": str(more).lower()} | ({"Marker": str(start + size)} if more else {})
        return _answer("GetAccountAuthorizationDetails", _xml(marks) + "".join(found))


def _answer(operation: str, result: str, namespace: str = IAM) -> bytes:
    request = "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>"
    body = f"<{operation}Result>{result}</{operation}Result>{request}"
    return f'<{operation}Response xmlns="{namespace}">{body}</{operation}Response>'.encode()


def _xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(one)}</{key}>" for key, one in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(one)}</member>" for one in value)
    return escape(str(value))


def arn_of(name: str, policy: Mapping[str, Any]) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:policy{policy.get('path', '/')}{name}"


def _entity(kind: str, name: str, entity: Mapping[str, Any]) -> dict[str, Any]:
    path = entity.get("path", "/")
    return {
        "Path": path,
        f"{kind}Name": name,
        f"{kind}Id": f"{IDS[kind]}{name.upper().replace('-', '').replace('.', '')[-17:]:0>17}",
        "Arn": f"arn:aws:iam::{ACCOUNT_ID}:{kind.lower()}{path}{name}",
        "CreateDate": CREATED,
    }


def _user(name: str, user: Mapping[str, Any], arns: Mapping[str, str]) -> dict[str, Any]:
    found = _entity("User", name, user) | _grants("User", user, arns)
    found["GroupList"] = list(user["groups"])
    if boundary := user.get("permissions_boundary"):
        attached = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arns[boundary]}
        found["PermissionsBoundary"] = attached
    return found | {"Tags": [{"Key": key, "Value": value} for key, value in user["tags"].items()]}


def _group(name: str, group: Mapping[str, Any], arns: Mapping[str, str]) -> dict[str, Any]:
    return _entity("Group", name, group) | _grants("Group", group, arns)


def _grants(kind: str, holder: Mapping[str, Any], arns: Mapping[str, str]) -> dict[str, Any]:
    attached = [
        {"PolicyName": one.rpartition("/")[2].removeprefix("aws:"), "PolicyArn": _attached_arn(one, arns)}
        for one in holder.get("policies", ())
    ]
    inline = [
        {"PolicyName": name, "PolicyDocument": _text(document, number)}
        for number, (name, document) in enumerate(holder.get("inline_policies", {}).items(), 1)
    ]
    return ({f"{kind}PolicyList": inline} if inline else {}) | {"AttachedManagedPolicies": attached}


def _attached_arn(reference: str, arns: Mapping[str, str]) -> str:
    return arns.get(reference, f"arn:aws:iam::aws:policy/{reference.removeprefix('aws:')}")


def _policy(name: str, policy: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A policy with its newest version, and for some an older one, documents of all versions included as IAM does."""
    number = int(name.rpartition("-")[2])
    yield from (("PolicyName", name), ("PolicyId", f"ANPA{number:017d}"), ("Arn", arn_of(name, policy)))
    yield from (("Path", policy.get("path", "/")), ("DefaultVersionId", "v2" if number % 3 == 0 else "v1"))
    yield from (("AttachmentCount", 1), ("PermissionsBoundaryUsageCount", 0), ("IsAttachable", "true"))
    yield from (("CreateDate", CREATED), ("UpdateDate", CREATED))
    versions = [_version("v2" if number % 3 == 0 else "v1", _text(policy["document"], number), default=True)]
    if number % 3 == 0:
        versions.append(_version("v1", _text({**policy["document"], "Id": "before"}, 1), default=False))
    yield "PolicyVersionList", versions


def _version(number: str, text: str, *, default: bool) -> dict[str, Any]:
    return {"Document": text, "VersionId": number, "IsDefaultVersion": str(default).lower(), "CreateDate": CREATED}


def _text(document: Mapping[str, Any], number: int) -> str:
    """A document as IAM gives it, percent-encoded; some in the words of a hand in the console, meaning the same."""
    if number % HAND_WRITTEN == 0:
        statements = [
            {**one, "Action": one["Action"][::-1], "Resource": [one["Resource"]]} for one in document["Statement"]
        ]
        return quote(json.dumps({**document, "Statement": statements}, indent=4), safe="")
    return quote(json.dumps(document), safe="")
