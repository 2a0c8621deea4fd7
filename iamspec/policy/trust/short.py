"""The short forms of a trust policy: an entry that says who may assume a role, and the statement that it stands for.

After "Configuring OpenID Connect in Amazon Web Services" and
"OpenID Connect reference" in GitHub's documentation, "Referencing
permission sets in resource policies" in the IAM Identity Center
User Guide, and "Creating a role for SAML 2.0 federation" in the
IAM User Guide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.policy.canonical import DEFAULT_VERSION
from iamspec.policy.document import Document
from iamspec.policy.grammar.issuers import GITHUB
from iamspec.policy.statement import listed, statements
from iamspec.policy.trust.admission import ASSUME, BY_SAML, BY_TOKEN
from iamspec.policy.trust.entry import OWN, Entry, Like, read
from iamspec.policy.trust.trusted import Sort, Trusted, trusted
from iamspec.policy.trust.words import STS

VERSION = "2012-10-17"
SSO = "aws-reserved/sso.amazonaws.com"
SUFFIX = "?" * 16  # that Identity Center adds to the name of a permission set
SIGN_IN = {  # the audience of SAML assertions for the console
    "aws": "https://signin.aws.amazon.com/saml",
    "aws-cn": "https://signin.amazonaws.cn/saml",
    "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
}
EXTERNAL_ID, PRINCIPAL_ARN, SAML_AUDIENCE = "sts:ExternalId", "aws:PrincipalArn", "SAML:aud"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider as trust policies need it: the host and path of its tokens, and who they may be for."""

    name: str
    client_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The account of a role, and the issuers by the names that the spec gives them."""

    account: str
    partition: str = "aws"
    issuers: Mapping[str, Issuer] = field(default_factory=dict)

    def arn(self, resource: str, account: str = "") -> str:
        return f"arn:{self.partition}:iam::{account or self.account}:{resource}"


# From entries to a document


def expanded(entries: Sequence[Entry], around: Surroundings) -> dict[str, Any]:
    """The trust policy that the entries stand for: a statement for each, in their order."""
    return {"Version": VERSION, "Statement": [statement(one, around) for one in entries]}


def statement(entry: Entry, around: Surroundings) -> dict[str, Any]:
    """The statement that an entry stands for."""
    return _STATEMENTS[entry.form](entry, around)


def _github(entry: Entry, around: Surroundings) -> dict[str, Any]:
    issuer = around.issuers.get(entry.provider, Issuer(GITHUB)).name if entry.provider else GITHUB
    place, value = entry.place
    subject = f"repo:{_repository(entry)}:{place}{_text(value)}"
    return _by_token(issuer, (STS,), _like(value, subject), around)


def _repository(entry: Entry) -> str:
    owner, _, name = entry.value.partition("/")
    ids = entry.owner_id, entry.repository_id
    return f"{owner}@{ids[0]}/{name}@{ids[1]}" if all(ids) else entry.value


def _oidc(entry: Entry, around: Surroundings) -> dict[str, Any]:
    issuer = around.issuers[entry.value]
    return _by_token(issuer.name, issuer.client_ids, entry.subject or "", around)


def _by_token(issuer: str, audience: Sequence[str], subject: str | Like, around: Surroundings) -> dict[str, Any]:
    audiences = {f"{issuer}:aud": _scalar(audience)} if audience else {}
    about = {f"{issuer}:sub": _text(subject)}
    if isinstance(subject, Like):
        condition = {"StringEquals": audiences, "StringLike": about} if audiences else {"StringLike": about}
    else:
        condition = {"StringEquals": {**audiences, **about}}
    return _allow({"Federated": around.arn(f"oidc-provider/{issuer}")}, BY_TOKEN, condition)


def _account(entry: Entry, around: Surroundings) -> dict[str, Any]:
    account = "" if entry.value == OWN else entry.value
    named = f"role/{entry.role}" if entry.role else f"user/{entry.user}" if entry.user else "root"
    condition = {"StringEquals": {EXTERNAL_ID: entry.external_id}} if entry.external_id else {}
    return _allow({"AWS": around.arn(named, account)}, ASSUME, condition)


def _identity_center(entry: Entry, around: Surroundings) -> dict[str, Any]:
    """The roles of a permission set in the own account, with the Region of Identity Center in their path or without."""
    name = f"AWSReservedSSO_{entry.value}_{SUFFIX}"
    patterns = [around.arn(f"role/{SSO}/{name}"), around.arn(f"role/{SSO}/*/{name}")]
    return _allow({"AWS": around.arn("root")}, ASSUME, {"ArnLike": {PRINCIPAL_ARN: patterns}})


def _saml(entry: Entry, around: Surroundings) -> dict[str, Any]:
    audience = SIGN_IN.get(around.partition, SIGN_IN["aws"])
    condition = {"StringEquals": {SAML_AUDIENCE: audience}}
    return _allow({"Federated": around.arn(f"saml-provider/{entry.value}")}, BY_SAML, condition)


def _service(entry: Entry, _around: Surroundings) -> dict[str, Any]:
    return _allow({"Service": entry.value}, ASSUME, {})


_STATEMENTS = {
    "github": _github,
    "service": _service,
    "account": _account,
    "oidc": _oidc,
    "saml": _saml,
    "identity_center": _identity_center,
}


def _allow(principal: Mapping[str, Any], action: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": dict(principal), "Action": action}
    return {**found, "Condition": dict(condition)} if condition else found


def _text(value: str | Like | None) -> str:
    return value.pattern if isinstance(value, Like) else value or ""


def _like(value: str | Like | None, text: str) -> str | Like:
    return Like(text) if isinstance(value, Like) else text


def _scalar(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)


# From a document to entries


def shortened(document: Document, around: Surroundings) -> list[Entry] | None:
    """The entries that stand for exactly this trust policy.

    None if there are none.
    """
    data = document.data
    if not isinstance(data, Mapping) or data.get("Version", DEFAULT_VERSION) != VERSION:
        return None
    found = [_entry(one.data, around) for one in statements(data)]
    entries = [one for one in found if one is not None]
    whole = bool(entries) and len(entries) == len(found)
    return entries if whole and Document(expanded(entries, around), around.partition) == document else None


def _entry(data: Mapping[str, Any], around: Surroundings) -> Entry | None:
    """The entry that stands for a statement. None if no entry does."""
    principals = data.get("Principal")
    named = [
        (kind, str(name))
        for kind, names in (principals.items() if isinstance(principals, Mapping) else ())
        for name in listed(names)
    ]
    if len(named) != 1:
        return None
    condition = data.get("Condition")
    tests = {
        str(key): list(map(str, listed(values)))
        for keys in (condition.values() if isinstance(condition, Mapping) else ())
        for key, values in (keys.items() if isinstance(keys, Mapping) else ())
    }
    who, like = trusted(*named[0]), isinstance(condition, Mapping) and "StringLike" in condition
    for entry in _candidates(who, tests, around, like=like):
        if read(entry.written)[0] == entry and _one(statement(entry, around)) == _one(data):
            return entry
    return None


def _one(data: Mapping[str, Any]) -> Document:
    return Document({"Statement": [dict(data)]})


def _candidates(
    who: Trusted, tests: Mapping[str, Sequence[str]], around: Surroundings, *, like: bool
) -> Sequence[Entry]:
    if who.sort is Sort.SERVICE:
        return [Entry("service", who.name)]
    if who.sort in {Sort.ACCOUNT, Sort.ROLE, Sort.USER}:
        return [*_of_account(who, tests, around), *_of_center(tests)]
    if who.sort is Sort.SAML and who.account == around.account:
        return [Entry("saml", who.name)]
    if who.sort is Sort.ISSUER and who.account == around.account:
        return _of_issuer(who.name, tests, around, like=like)
    return []


def _of_account(who: Trusted, tests: Mapping[str, Sequence[str]], around: Surroundings) -> list[Entry]:
    ids = tests.get(EXTERNAL_ID, ())
    return [
        Entry(
            "account",
            OWN if who.account == around.account else who.account,
            role=who.name if who.sort is Sort.ROLE else "",
            user=who.name if who.sort is Sort.USER else "",
            external_id=ids[0] if len(ids) == 1 else "",
        )
    ]


def _of_center(tests: Mapping[str, Sequence[str]]) -> list[Entry]:
    names = {one.rpartition("/AWSReservedSSO_")[2].removesuffix(f"_{SUFFIX}") for one in tests.get(PRINCIPAL_ARN, ())}
    return [Entry("identity_center", name) for name in sorted(names) if name]


def _of_issuer(issuer: str, tests: Mapping[str, Sequence[str]], around: Surroundings, *, like: bool) -> list[Entry]:
    subjects = tests.get(f"{issuer}:sub", ())
    if len(subjects) != 1:
        return []
    names = [name for name, one in sorted(around.issuers.items()) if one.name == issuer]
    found = [Entry("oidc", name, subject=Like(subjects[0]) if like else subjects[0]) for name in names]
    if issuer == GITHUB:
        return [*_of_github(subjects[0], "", like=like), *found]
    return [*(one for name in names for one in _of_github(subjects[0], name, like=like)), *found]


def _of_github(subject: str, provider: str, *, like: bool) -> list[Entry]:
    found = Entry.of_subject(subject, provider, like=like)
    return [found] if found is not None else []
