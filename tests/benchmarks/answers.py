"""The answers of the AWS API about an account, as XML that is rendered before anybody asks."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from iamspec.policy.managed import default_version
from iamspec.policy.statement import listed
from tests.benchmarks.account import ACCOUNT_ID, ALIAS, CREATED, Declared
from tests.benchmarks.reports import generated, reported

IAM, STS = "https://iam.amazonaws.com/doc/2010-05-08/", "https://sts.amazonaws.com/doc/2011-06-15/"
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
    """What the API says, call by call; pages are cut like IAM's, all sections counted together.

    An account `from nothing` begins empty and is filled by calls.
    """

    def __init__(self, declared: Declared, *, from_nothing: bool = False) -> None:
        self.account = Declared({}, {}, {}) if from_nothing else declared
        self.tags: dict[str, dict[str, str]] = {}
        self._rendered()

    def _rendered(self) -> None:
        """The XML of each entity, and no page of it yet."""
        arns = {name: arn_of(name, one) for name, one in self.account.policies.items()}
        policies = {arns[name]: dict(_policy(name, one)) for name, one in self.account.policies.items()}
        self._policies = policies
        self.tags = {arns[name]: one.get("tags", {}) for name, one in self.account.policies.items()}
        self._members = {
            "User": [_xml({"member": _user(name, one, arns)}) for name, one in self.account.users.items()],
            "Group": [_xml({"member": _group(name, one, arns)}) for name, one in self.account.groups.items()],
            "Role": [],
            "LocalManagedPolicy": [_xml({"member": one}) for one in policies.values()],
        }
        self._page = cache(self._cut)
        self._stale = False

    def page(self, filters: Sequence[str], start: int, size: int) -> bytes:
        """A page of GetAccountAuthorizationDetails, kept for whoever asks the same again."""
        if self._stale:
            self._rendered()
        return self._page(tuple(sorted(filters)), start, size)

    def pages(self, filters: Sequence[str], size: int) -> int:
        """How many pages there are."""
        return -(-sum(len(self._members[one]) for one in filters) // size)

    def answer(self, operation: str, params: Mapping[str, str]) -> bytes:
        """The answer to a call, its parameters spelled as in the query protocol. LookupError where nothing is there."""
        if operation == "GetAccountAuthorizationDetails":
            filters = [value for key, value in params.items() if key.startswith("Filter.member.")] or list(SECTIONS)
            return self.page(filters, int(params.get("Marker", 0)), int(params.get("MaxItems", DEFAULT_PAGE)))
        if operation == "GetCallerIdentity":
            return _answer(operation, _xml(CALLER), STS)
        if operation in REPORTED:
            return _answer(operation, _xml(REPORTED[operation](self.account)))
        if operation in FIXED:
            return _answer(operation, _xml(FIXED[operation]))
        if operation in SIGN_IN:
            return _answer(operation, _xml(SIGN_IN[operation](params["UserName"], self.account)))
        if operation in WRITES:
            self._stale = True
            return _answer(operation, _xml(WRITES[operation](self.account, params)))
        arn = params["PolicyArn"]
        if operation == "GetPolicy" and ":aws:policy/" in arn:
            return _answer(operation, _xml({"Policy": _of_aws(arn)}))
        tags = [{"Key": key, "Value": value} for key, value in self.tags[arn].items()]
        assert operation == "GetPolicy", f"nobody has prepared an answer to {operation}"
        policy = {key: value for key, value in self._policies[arn].items() if key != "PolicyVersionList"}
        return _answer(operation, _xml({"Policy": policy | {"Tags": tags}}))

    def resources(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A page of the Resource Groups Tagging API: the policies that have tags."""
        tagged = [(arn, tags) for arn, tags in sorted(self.tags.items()) if tags]
        start, size = int(asked.get("PaginationToken") or 0), int(asked.get("ResourcesPerPage", DEFAULT_PAGE))
        more = start + size < len(tagged)
        return {
            "PaginationToken": str(start + size) if more else "",
            "ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
                for arn, tags in tagged[start : start + size]
            ],
        }

    def _cut(self, filters: tuple[str, ...], start: int, size: int) -> bytes:
        found, rest = [], start
        for name in (name for name in SECTIONS if name in filters):
            members = self._members[name]
            found.append(f"<{SECTIONS[name]}>{''.join(members[max(rest, 0) : max(rest + size, 0)])}</{SECTIONS[name]}>")
            rest -= len(members)
        more = rest + size < 0  # `rest` is now the start, less all members
        marks = {"IsTruncated": str(more).lower()} | ({"Marker": str(start + size)} if more else {})
        return _answer("GetAccountAuthorizationDetails", _xml(marks) + "".join(found))


def _of_aws(arn: str) -> dict[str, Any]:
    version = default_version(arn) or "v1"
    return {"Arn": arn, "PolicyName": arn.rpartition("/")[2], "DefaultVersionId": version, "IsAttachable": "true"}


def assumed(account: str) -> bytes:
    """Credentials for a role; the key says which account they are for."""
    given = {
        "AccessKeyId": f"ASIA{account}",
        "SecretAccessKey": "made-up",
        "SessionToken": "made-up",
        "Expiration": "2099-01-01T00:00:00Z",
    }
    user = {"AssumedRoleId": f"AROA{account}:x", "Arn": f"arn:aws:sts::{account}:assumed-role/iamspec/iamspec"}
    return _answer("AssumeRole", _xml({"Credentials": given, "AssumedRoleUser": user}), STS)


def _login_profile(name: str, account: Declared) -> dict[str, Any]:
    if not account.users[name].get("console"):
        raise LookupError(name)
    return {"LoginProfile": {"UserName": name, "CreateDate": CREATED, "PasswordResetRequired": "false"}}


def _access_keys(name: str, account: Declared) -> dict[str, Any]:
    keys = [
        {
            "UserName": name,
            "AccessKeyId": f"AKIA{abs(hash(name)) % 10**16:016d}",
            "Status": "Active",
            "CreateDate": CREATED,
        }
        for _ in range(account.users[name].get("access_keys", 0))
    ]
    return {"IsTruncated": "false", "AccessKeyMetadata": keys}


def _create_user(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    name = params["UserName"]
    user: dict[str, Any] = {"path": params["Path"], "tags": _tags(params), "groups": [], "policies": []}
    if boundary := params.get("PermissionsBoundary"):
        user["permissions_boundary"] = boundary.rpartition("/")[2]
    account.users[name] = user
    return {"User": _entity("User", name, user)}


def _create_group(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    account.groups[params["GroupName"]] = {"path": params["Path"], "policies": []}
    return {"Group": _entity("Group", params["GroupName"], {"path": params["Path"]})}


def _create_policy(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    name = params["PolicyName"]
    policy = {"path": params["Path"], "tags": _tags(params), "document": json.loads(params["PolicyDocument"])}
    account.policies[name] = policy
    made = {key: one for key, one in _policy(name, policy) if key != "PolicyVersionList"}
    return {"Policy": made}


def _join(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    account.users[params["UserName"]]["groups"].append(params["GroupName"])
    return {}


def _attach(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    holder = account.users[params["UserName"]] if "UserName" in params else account.groups[params["GroupName"]]
    prefix, _, name = params["PolicyArn"].partition(":policy/")
    holder["policies"].append(f"aws:{name}" if prefix.endswith(":aws") else name.rpartition("/")[2])
    return {}


def _put(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    holder = account.users[params["UserName"]] if "UserName" in params else account.groups[params["GroupName"]]
    holder.setdefault("inline_policies", {})[params["PolicyName"]] = json.loads(params["PolicyDocument"])
    return {}


def _tag(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    account.users[params["UserName"]]["tags"] |= _tags(params)
    return {}


def _renew(account: Declared, params: Mapping[str, str]) -> dict[str, Any]:
    account.policies[params["PolicyArn"].rpartition("/")[2]]["document"] = json.loads(params["PolicyDocument"])
    return {"PolicyVersion": {"VersionId": "v9", "IsDefaultVersion": "true", "CreateDate": CREATED}}


def _tags(params: Mapping[str, str]) -> dict[str, str]:
    keys = [name for name in params if name.startswith("Tags.member.") and name.endswith(".Key")]
    return {params[name]: params[f"{name.removesuffix('Key')}Value"] for name in keys}


FIXED: dict[str, Any] = {
    "GetAccountPasswordPolicy": {"PasswordPolicy": {"MinimumPasswordLength": "14"}},
    "ListAccountAliases": {"IsTruncated": "false", "AccountAliases": [ALIAS]},
    "GetAccountSummary": {"SummaryMap": []},
}
REPORTED = {"GenerateCredentialReport": generated, "GetCredentialReport": reported}
SIGN_IN = {"GetLoginProfile": _login_profile, "ListAccessKeys": _access_keys}
WRITES = {
    "AddUserToGroup": _join,
    "AttachGroupPolicy": _attach,
    "AttachUserPolicy": _attach,
    "CreateGroup": _create_group,
    "CreatePolicy": _create_policy,
    "CreatePolicyVersion": _renew,
    "CreateUser": _create_user,
    "PutGroupPolicy": _put,
    "PutUserPolicy": _put,
    "TagUser": _tag,
}


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
    number = int(digits) if (digits := name.rpartition("-")[2]).isdigit() else 0
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
        statements = [{**one, **_as_by_hand(one)} for one in listed(document["Statement"])]
        return quote(json.dumps({**document, "Statement": statements}, indent=4), safe="")
    return quote(json.dumps(document), safe="")


def _as_by_hand(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {key: listed(one)[::-1] for key, one in statement.items() if key in {"Action", "NotAction", "Resource"}}


def details(found: Declared) -> dict[str, Any]:
    """The account as `aws iam get-account-authorization-details` saves it."""
    arns = {name: arn_of(name, one) for name, one in found.policies.items()}
    return {
        "UserDetailList": [_user(name, one, arns) for name, one in found.users.items()],
        "GroupDetailList": [_group(name, one, arns) for name, one in found.groups.items()],
        "RoleDetailList": [],
        "Policies": [dict(_policy(name, one)) for name, one in found.policies.items()],
        "IsTruncated": False,
    }
