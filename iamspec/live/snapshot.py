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
from iamspec.live.details import PART, PROFILE, SECTIONS, TAG, Form, decoded, doubled, fault, fault_of, odd, part
from iamspec.policy.limits import ACCOUNT_ID

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
EXTRAS = Form(texts=("Description",), lists={"Tags": TAG})  # what the lists lack of a customer-managed policy
LISTS = {  # the lists of kinds, with what their records must have
    "ListRoles": ("Roles", Form(("RoleName",), ("Description",), numbers=("MaxSessionDuration",))),
    "ListInstanceProfiles": ("InstanceProfiles", PROFILE),
    "ListOpenIDConnectProviders": ("OpenIDConnectProviderList", Form(("Arn",))),
    "ListSAMLProviders": ("SAMLProviderList", Form(("Arn",))),
}
PROVIDERS = {  # the reads about an identity provider, and the parameter with the ARN
    "GetOpenIDConnectProvider": "OpenIDConnectProviderArn",
    "GetSAMLProvider": "SAMLProviderArn",
}
PROVIDER = Form(texts=("Url", "SAMLMetadataDocument"), lists={"Tags": TAG}, names=("ClientIDList", "ThumbprintList"))
PROVIDER_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:(oidc|saml)-provider/.+", re.ASCII | re.DOTALL)
BEYOND = {  # the lists without which nothing is known of a kind
    "ListInstanceProfiles": "list of instance profiles",
    "ListOpenIDConnectProviders": "identity providers",
    "ListSAMLProviders": "identity providers",
}
TOKENS = ("NextToken", "Marker")
ENVELOPE = frozenset({*TOKENS, "IsTruncated", "ResponseMetadata"})  # in an answer, about the answer
ARN = re.compile(r"arn:([a-z-]+):iam::(\d{12}):(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An account at rest.

    `details` has the four lists of GetAccountAuthorizationDetails,
    with documents decoded and all ARNs in a single account.
    `policies` maps the ARN of a customer-managed policy to the
    `Tags` and `Description` that these lists lack.
    `password_policy` is that of GetAccountPasswordPolicy, None
    where the account has none. `status` has answers for `iamspec
    status` by operation. `captured` says that no password policy
    was asked for. `lists` has the answers to the lists of kinds,
    such as ListRoles, by operation. `providers` has the answers
    about identity providers, by ARN.
    """

    account: Account
    details: Mapping[str, Sequence[Mapping[str, Any]]]
    policies: Mapping[str, Mapping[str, Any]]
    password_policy: Mapping[str, Any] | None = None
    status: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    captured: bool = False
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def text(self) -> str:
        """The snapshot as JSON: sorted, indented, without a time."""
        value = {
            "format_version": FORMAT_VERSION,
            "iamspec_version": __version__,
            "account": {"id": self.account.id, "partition": self.account.partition, "alias": self.account.alias},
            "confidential": True,
            "endpoint": self.account.endpoint,
            "details": self.details,
            "policies": self.policies,
            "password_policy": self.password_policy,
            **({"lists": self.lists} if self.lists else {}),
            **({"providers": self.providers} if self.providers else {}),
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
    """A capture or a snapshot.

    `name` is for messages. Unreadable says what is wrong.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "too deep"
        raise Unreadable(f"{name}: not JSON: {reason}") from error
    if wrong := odd(raw):
        raise Unreadable(f"{name}: {wrong}")
    if not isinstance(raw, dict) or not ("details" in raw or SECTIONS.keys() & raw.keys()):
        expected = "`iamspec snapshot` nor by `aws iam get-account-authorization-details`"
        raise Unreadable(f"{name}: this was written neither by {expected}")
    return _from_snapshot(raw, name) if "details" in raw else _from_details(raw, name)


def _from_snapshot(raw: Mapping[str, Any], name: str) -> Snapshot:
    if raw.get("format_version") != FORMAT_VERSION:
        found = raw.get("format_version")
        raise Unreadable(f"{name}: format_version is {found!r}; this iamspec reads {FORMAT_VERSION}")
    policies, rules = raw.get("policies") or {}, raw.get("password_policy")
    if not isinstance(policies, dict) or not all(isinstance(one, dict) for one in policies.values()):
        raise Unreadable(f"{name}: policies is no object of objects")
    for arn, one in policies.items():
        if wrong := fault_of(EXTRAS, one):
            raise Unreadable(f"{name}: policies[{json.dumps(arn)}]{wrong}")
    if not isinstance(rules, dict | None):
        raise Unreadable(f"{name}: password_policy is no object")
    if odd_rules := [key for key, one in (rules or {}).items() if not isinstance(one, int | None)]:
        raise Unreadable(f"{name}: password_policy.{odd_rules[0]} is no number, and neither true nor false")
    status = raw.get("status") or {}
    if not isinstance(status, dict) or not all(isinstance(one, dict) for one in status.values()):
        raise Unreadable(f"{name}: status is no object of objects")
    endpoint = raw.get("endpoint")
    if not isinstance(endpoint, str | None):
        raise Unreadable(f"{name}: endpoint is no text")
    owner = _owner(raw.get("account"), endpoint, name)
    lists = _lists(raw.get("lists") or {}, name)
    providers = _providers(raw.get("providers") or {}, name)
    details = _checked(raw["details"], owner, name)
    return Snapshot(owner, details, policies, rules, status, lists=lists, providers=providers)


def _providers(found: Any, name: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(found, dict):
        raise Unreadable(f"{name}: providers is no object")
    for arn, one in found.items():
        if not PROVIDER_ARN.fullmatch(arn):
            raise Unreadable(f"{name}: providers: {arn!r} is no ARN of an identity provider")
        if wrong := fault_of(PROVIDER, one):
            raise Unreadable(f"{name}: providers.{arn}{wrong}")
    return found


def _lists(lists: Any, name: str) -> Mapping[str, Mapping[str, Any]]:
    """The answers to the lists of kinds, as far as these are known."""
    if not isinstance(lists, dict) or not all(isinstance(one, dict) for one in lists.values()):
        raise Unreadable(f"{name}: lists is no object of objects")
    for operation, (section, form) in LISTS.items():
        found = lists.get(operation, {}).get(section, [])
        if not isinstance(found, list):
            raise Unreadable(f"{name}: lists.{operation}.{section} is no list")
        for number, one in enumerate(found):
            if wrong := fault_of(form, one):
                raise Unreadable(f"{name}: lists.{operation}.{section}[{number}]{wrong}")
            if "Provider" in operation and not PROVIDER_ARN.fullmatch(one["Arn"]):
                raise Unreadable(f"{name}: lists.{operation}.{section}[{number}].Arn is no ARN of a provider")
    return lists


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer to a list without the documents in it, which the sweep has as well."""
    return {
        key: [{name: one for name, one in record.items() if not name.endswith("Document")} for record in value]
        for key, value in answer.items()
        if isinstance(value, list)
    }


def content(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without markers, times and request ids, because these differ each time."""
    return {key: value for key, value in answer.items() if key not in ENVELOPE}


def _owner(account: Any, endpoint: str | None, name: str) -> Account:
    if not isinstance(account, dict) or not isinstance(account.get("id"), str):
        raise Unreadable(f"{name}: account.id is missing")
    if not ACCOUNT_ID.fullmatch(account["id"]):
        raise Unreadable(f"{name}: account.id is no account id of 12 digits")
    partition, alias = account.get("partition", "aws"), account.get("alias")
    if not isinstance(partition, str) or not isinstance(alias, str | None):
        raise Unreadable(f"{name}: account.{'alias' if isinstance(partition, str) else 'partition'} is no text")
    return Account(account["id"], partition, alias, endpoint)


def _from_details(raw: Mapping[str, Any], name: str) -> Snapshot:
    if raw.get("IsTruncated"):
        raise Unreadable(f"{name}: IsTruncated is true: this is one page of an account, not the account")
    if token := next((one for one in TOKENS if raw.get(one) is not None), None):
        raise Unreadable(f"{name}: {token} is there: {PART}; take it again without --max-items")
    owners = Counter(
        (found[1], found[2])
        for section in SECTIONS
        for entity in _listed(raw, section)
        if isinstance(entity, dict) and (found := ARN.fullmatch(str(entity.get("Arn"))))
    )
    if not owners:
        raise Unreadable(f"{name}: no entity has an ARN, so the account is unknown")
    partition, account_id = min(owners, key=lambda owner: (-owners[owner], owner))
    account = Account(account_id, partition)
    details = _checked(raw, account, name)
    if wrong := doubled(details):
        raise Unreadable(f"{name}: {wrong}: this is more than an account; take it again in one call")
    return Snapshot(account, details, {}, captured=True)


def _listed(raw: Mapping[str, Any], section: str) -> list[Any]:
    found = raw.get(section)
    return found if isinstance(found, list) else []


def _checked(details: Any, account: Account, name: str) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(details, dict):
        raise Unreadable(f"{name}: details is no object")
    if wrong := fault(details):
        raise Unreadable(f"{name}: {wrong}")
    whole = {
        section: [_in_account(decoded(one), account) for one in details[section]]
        for section in SECTIONS
        if details.get(section) is not None
    }
    if reason := part(whole, account.arn("policy/")):
        raise Unreadable(f"{name}: {reason}: {PART}; take it again without --filter")
    return whole


def _in_account(value: Any, account: Account, key: str = "") -> Any:
    """The entity with its ARNs moved to another account. Documents stay unchanged.

    Captures have been seen that were put together from several
    accounts.
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
    """Answers reads out of a snapshot, in place of live IAM.

    Facts that a snapshot lacks (keys, passwords, stacks, most
    AWS-managed policies) are answered as absent.
    """

    def __init__(self, snapshot: Snapshot, now: datetime = LONG_AGO) -> None:
        self.snapshot, self._now = snapshot, now
        self._policies = {one["Arn"]: one for one in snapshot.details["Policies"]}

    def caller(self) -> Caller:
        account = self.snapshot.account
        return Caller(account.arn("snapshot"), account.id, account.endpoint)

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
        """The answer to a question of `iamspec status`.

        For status an absent answer would look like a good answer.
        """
        unasked = call.operation == "GetAccountPasswordPolicy" and self.snapshot.captured
        if call.operation in BEYOND and call.operation not in self.snapshot.lists:
            return IamError(call.operation, NOT_SAVED, f"the snapshot has no {BEYOND[call.operation]}")
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
        if call.operation in self.snapshot.lists:
            return self.snapshot.lists[call.operation]
        if call.operation in PROVIDERS:
            return self.snapshot.providers.get(call.params[PROVIDERS[call.operation]], {})
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
        """A version of a policy in the capture.

        A capture may hold AWS-managed policies, too.
        """
        versions = self._policies.get(arn, {}).get("PolicyVersionList") or ()
        found = next((one for one in versions if one.get("VersionId") == version and one.get("Document")), None)
        return {"PolicyVersion": found} if found else {}
