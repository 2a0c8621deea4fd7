"""A saved account: what iamspec's own `snapshot` writes, or the raw answer of `get-account-authorization-details`."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamspec import __version__
from iamspec.errors import IamError, Unreadable
from iamspec.iam import Account, Call, Caller
from iamspec.policy.document import decode

FORMAT_VERSION = 1
NOT_SAVED = "NotSaved"  # the error code of a question that a snapshot has no answer to
STATUS = (  # what `iamspec status` asks beyond the sweep
    "GetAccountSummary",
    "GetCredentialReport",
    "ListVirtualMFADevices",
    "ListServerCertificates",
    "ListServiceSpecificCredentials",
    "GetAlternateContact",
    "ListOrganizationsFeatures",
    "ListAnalyzers",
)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # to whom nothing has ended yet
NAMES = {"UserDetailList": "UserName", "GroupDetailList": "GroupName", "RoleDetailList": "RoleName", "Policies": "Arn"}
POLICY_LISTS = ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
LISTS: dict[str, tuple[str, ...]] = {  # of objects, and what each must have
    "Tags": ("Key", "Value"),
    "AttachedManagedPolicies": ("PolicyArn",),
    "PolicyVersionList": ("VersionId",),
    "InstanceProfileList": ("InstanceProfileName",),
    **dict.fromkeys(POLICY_LISTS, ("PolicyName",)),
}
TEXTS = ("Path", "Arn")
ARN = re.compile(r"arn:([a-z-]+):iam::(\d{12}):(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account at rest.

    `details` has the four lists of GetAccountAuthorizationDetails, documents decoded, the ARNs of entities in the one
    account; `policies` maps the ARN of a customer-managed policy to the `Tags` and `Description` that these lists lack.
    `password_policy` is that of GetAccountPasswordPolicy, None where the account has none. `status` has answers for
    `iamspec status` by operation. `captured` says that no password policy was asked for.
    """

    account: Account
    details: Mapping[str, Sequence[Mapping[str, Any]]]
    policies: Mapping[str, Mapping[str, Any]]
    password_policy: Mapping[str, Any] | None = None
    status: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    captured: bool = False

    def text(self) -> str:
        """The snapshot as JSON, one way only: sorted, indented, no time of its own."""
        value = {
            "format_version": FORMAT_VERSION,
            "iamspec_version": __version__,
            "account": {"id": self.account.id, "partition": self.account.partition, "alias": self.account.alias},
            "details": self.details,
            "policies": self.policies,
            "password_policy": self.password_policy,
            **({"status": self.status} if self.status else {}),
        }
        return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def load(name: str) -> Snapshot:
    """The snapshot in a file."""
    try:
        return parse(Path(name).read_text(encoding="utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}: this is not UTF-8 text") from error


def parse(text: str, name: str) -> Snapshot:
    """Either format; `name` is for messages. Unreadable says what is wrong."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "too deep"
        raise Unreadable(f"{name}: not JSON: {reason}") from error
    if not isinstance(raw, dict) or not ("details" in raw or NAMES.keys() & raw.keys()):
        expected = "`iamspec snapshot` nor by `aws iam get-account-authorization-details`"
        raise Unreadable(f"{name}: this was written neither by {expected}")
    if "details" not in raw:
        return _from_details(raw, name)
    if raw.get("format_version") != FORMAT_VERSION:
        found = raw.get("format_version")
        raise Unreadable(f"{name}: format_version is {found!r}; this iamspec reads {FORMAT_VERSION}")
    account = raw.get("account")
    if not isinstance(account, dict) or not isinstance(account.get("id"), str):
        raise Unreadable(f"{name}: account.id is missing")
    owner = Account(account["id"], str(account.get("partition", "aws")), account.get("alias"))
    policies = raw.get("policies") or {}
    if not isinstance(policies, dict) or not all(isinstance(one, dict) for one in policies.values()):
        raise Unreadable(f"{name}: policies is no object of objects")
    for arn, one in policies.items():
        if fault := _fault(one):
            raise Unreadable(f"{name}: policies[{json.dumps(arn)}].{fault}")
    rules = raw.get("password_policy")
    if not isinstance(rules, dict | None):
        raise Unreadable(f"{name}: password_policy is no object")
    status = raw.get("status") or {}
    if not isinstance(status, dict) or not all(isinstance(one, dict) for one in status.values()):
        raise Unreadable(f"{name}: status is no object of objects")
    return Snapshot(owner, _checked(raw["details"], owner, name), policies, rules, status)


def _from_details(raw: Mapping[str, Any], name: str) -> Snapshot:
    if raw.get("IsTruncated"):
        raise Unreadable(f"{name}: IsTruncated is true: this is one page of an account, not the account")
    owners = Counter(
        (found[1], found[2])
        for section in NAMES
        for entity in raw.get(section) or ()
        if isinstance(entity, dict) and (found := ARN.fullmatch(str(entity.get("Arn"))))
    )
    if not owners:
        raise Unreadable(f"{name}: no entity has an ARN, so the account is unknown")
    partition, account_id = min(owners, key=lambda owner: (-owners[owner], owner))
    account = Account(account_id, partition)
    return Snapshot(account, _checked(raw, account, name), {}, captured=True)


def _checked(details: Any, account: Account, name: str) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(details, dict):
        raise Unreadable(f"{name}: details is no object")
    whole: dict[str, list[dict[str, Any]]] = {}
    for section, key in NAMES.items():
        entities = details.get(section) or []
        if not isinstance(entities, list):
            raise Unreadable(f"{name}: {section} is no list")
        for number, entity in enumerate(entities):
            if not isinstance(entity, dict) or not isinstance(entity.get(key), str):
                raise Unreadable(f"{name}: {section}[{number}] has no {key}")
            if fault := _fault(entity):
                raise Unreadable(f"{name}: {section}[{number}].{fault}")
        whole[section] = [_in_account(_decoded(entity), account) for entity in entities]
    whole["Policies"] += _unlisted(whole, account)
    return whole


def _fault(entity: Mapping[str, Any]) -> str | None:
    """What of an entity is not as IAM writes it; whatever is missing or null is just not there."""
    for key, needed in LISTS.items():
        found = entity.get(key) or []
        if not isinstance(found, list):
            return f"{key} is no list"
        for number, one in enumerate(found):
            lacking = [part for part in needed if not isinstance(one, dict) or not isinstance(one.get(part), str)]
            if lacking:
                return f"{key}[{number}] has no {lacking[0]}"
    groups = entity.get("GroupList") or []
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        return "GroupList is no list of names"
    if not isinstance(entity.get("PermissionsBoundary") or {}, dict):
        return "PermissionsBoundary is no object"
    wrong = [key for key in TEXTS if not isinstance(entity.get(key, ""), str)]
    return f"{wrong[0]} is no text" if wrong else None


def _unlisted(details: Mapping[str, list[dict[str, Any]]], account: Account) -> list[dict[str, Any]]:
    """Customer-managed policies that somebody holds but the capture does not list: known to exist, and nothing more."""
    listed = {entity["Arn"] for entity in details["Policies"]}
    held = {
        one.get("PolicyArn", "")
        for section in details.values()
        for entity in section
        for one in entity.get("AttachedManagedPolicies") or ()
    }
    own = (found for arn in sorted(held - listed) if (found := ARN.fullmatch(arn)) and found[2] == account.id)
    return [
        {
            "Arn": one[0],
            "PolicyName": one[3].rpartition("/")[2],
            "Path": f"/{one[3].partition('/')[2].rpartition('/')[0]}/".replace("//", "/"),
        }
        for one in own
    ]


def _decoded(entity: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(entity)
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


def _in_account(value: Any, account: Account, key: str = "") -> Any:
    """The entity with the ARNs that name it and what it holds in one account; documents stay as they are.

    Captures have been seen that were put together from several accounts.
    """
    if isinstance(value, dict):
        return {
            name: one
            if name in {"PolicyDocument", "Document", "AssumeRolePolicyDocument"}
            else _in_account(one, account, name)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_in_account(one, account, key) for one in value]
    if key.endswith("Arn") and isinstance(value, str) and (found := ARN.fullmatch(value)):
        return account.arn(found[3])
    return value


class SnapshotReader:
    """Answers reads out of a snapshot, so that plan, drift and import need not know where an account comes from.

    What a snapshot does not hold (keys, passwords, stacks, most AWS-managed policies) is answered as nothing there.
    """

    def __init__(self, snapshot: Snapshot, now: datetime = LONG_AGO) -> None:
        self.snapshot, self._now = snapshot, now
        self._policies = {one["Arn"]: one for one in snapshot.details["Policies"]}

    def caller(self) -> Caller:
        account = self.snapshot.account
        return Caller(account.arn("snapshot"), account.id)

    def now(self) -> datetime:
        """The time of whoever asks: a capture does not tell when it was taken."""
        return self._now

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        yield self._answer(call)

    def read_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | None]:
        return [self._answer(call) for call in calls]

    def attempt_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | IamError]:
        return [self._known(call) or self._answer(call) for call in calls]

    def _known(self, call: Call) -> Mapping[str, Any] | IamError | None:
        """The answer to a question of `iamspec status`, for which nothing there would look like nothing wrong."""
        unasked = call.operation == "GetAccountPasswordPolicy" and self.snapshot.captured
        if call.operation not in STATUS and not unasked:
            return None
        found = self.snapshot.status.get(call.operation)
        return found if found is not None else IamError(call.operation, NOT_SAVED, "the snapshot does not have it")

    def _answer(self, call: Call) -> Mapping[str, Any]:
        account = self.snapshot.account
        if call.operation == "GetAccountAuthorizationDetails":
            return self.snapshot.details
        if call.operation == "ListAccountAliases":
            return {"AccountAliases": [account.alias] if account.alias else []}
        if call.operation == "GetAccountPasswordPolicy":
            return {"PasswordPolicy": self.snapshot.password_policy or {}}
        if call.operation == "GetPolicy":
            arn = call.params["PolicyArn"]
            default = self._policies.get(arn, {}).get("DefaultVersionId")
            version = {"DefaultVersionId": default} if default else {}
            return {"Policy": {"Arn": arn, **version, **self.snapshot.policies.get(arn, {})}}
        if call.operation == "GetPolicyVersion":
            return self._version(call.params["PolicyArn"], call.params["VersionId"])
        return {}

    def _version(self, arn: str, version: str) -> Mapping[str, Any]:
        """A version of a policy that is in the capture, as AWS-managed ones are where nobody has left them out."""
        versions = self._policies.get(arn, {}).get("PolicyVersionList") or ()
        found = next((one for one in versions if one.get("VersionId") == version and one.get("Document")), None)
        return {"PolicyVersion": found} if found else {}
