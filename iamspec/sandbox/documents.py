"""Policy documents, checked by the grammar of this program and by moto's.

moto's known mistakes are put right.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from iamspec.policy.grammar import check, place
from iamspec.policy.grammar.issuers import uncontrolled
from iamspec.policy.statement import PRINCIPALS, statements
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import VALID_CONDITIONS, IdentityValidator, TrustValidator

VERSION = "2012-10-17"
VERSIONS = (None, "2008-10-17", VERSION)
OPERATORS: dict[str, str] = {name.lower(): name for name in VALID_CONDITIONS}
OPERATOR = re.compile(r"(?i)(foranyvalue:|forallvalues:)?(.*?)(ifexists)?")
TRUST_ACTIONS = re.compile(r"(?i)sts:(AssumeRole(With\w+)?|TagSession|SetSourceIdentity|SetContext)")
# What moto refuses in a resource although AWS's own policies hold it
OPEN_RESOURCE = re.compile(r"arn:[^:]*:(iam|s3):[^:]*:[^:]*:([*?$]|root$|role-template/|access-grants).*", re.DOTALL)


def size(text: str) -> int:
    """Characters as quotas count them: without white space."""
    return len(re.sub(r"\s", "", text))


def check_managed(text: str) -> None:
    """Raises MalformedPolicyDocument unless IAM takes the text for a managed policy.

    The policy must be of the current version.
    """
    data = _parsed(text)
    if data.get("Version") != VERSION:
        raise malformed(f"Policy document must be version {VERSION} or greater.")
    _check_identity(data)


def check_inline(text: str) -> None:
    """MalformedPolicyDocument unless IAM takes the text for an inline policy."""
    _check_identity(_parsed(text))


def check_trust(text: str) -> dict[str, Any]:
    """The trust policy of a role. Raises MalformedPolicyDocument if IAM refuses it.

    The principals are not checked.
    """
    data = _parsed(text)
    for statement in statements(data):
        if not statement.has(*PRINCIPALS):
            raise malformed("Missing required field Principal")
        if any(isinstance(statement.data.get(element), str) for element in PRINCIPALS):
            raise malformed("Invalid principal in policy.")
        if statement.has("NotAction") or not all(map(_is_trust_action, statement.values("Action"))):
            raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        for shared in uncontrolled(statement):
            raise malformed(
                f"The statement trusts {shared.issuer}, which many organisations share, and must evaluate, using "
                f"StringEquals, StringLike or StringEqualsIgnoreCase, {' or '.join(shared.keys)}, not scoped to all."
            )
    _Trust(json.dumps(_as_moto_likes(data))).validate()
    _check(data, trust=True)
    return data


def _is_trust_action(action: Any) -> bool:
    return TRUST_ACTIONS.fullmatch(str(action)) is not None


def _check(data: Any, *, trust: bool = False) -> None:
    """By the grammar that validates specs."""
    for finding in check(data, trust=trust):
        raise malformed(f"{place(finding.path)}: {finding.message}")


def malformed(message: str) -> Refused:
    return Refused("MalformedPolicyDocument", message)


class _Lenient:
    """Takes back moto's error about a resource that real policies hold."""

    def _validate_resource_format(self, resource: str) -> None:
        if not OPEN_RESOURCE.fullmatch(resource):
            super()._validate_resource_format(resource)  # type: ignore[misc]


class _Identity(_Lenient, IdentityValidator):
    pass


class _Trust(_Lenient, TrustValidator):
    @staticmethod
    def _validate_trust_policy_action(action: str) -> None:
        """Checked before, without regard to case."""


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise malformed("This policy contains invalid Json") from error
    if not isinstance(data, dict):
        raise malformed("Syntax errors in policy.")
    if data.get("Version") not in VERSIONS:
        raise malformed("The policy must contain a valid version string")
    return data


def _check_identity(data: dict[str, Any]) -> None:
    if any(statement.has(*PRINCIPALS) for statement in statements(data)):
        raise malformed("Policy document should not specify a principal.")
    _Identity(json.dumps(_as_moto_likes(data))).validate()
    _check(data)


def _as_moto_likes(data: dict[str, Any]) -> dict[str, Any]:
    """The document with the newer Version, the usual case of operators and numbers as text.

    moto refuses the rest.
    """
    written = data.get("Statement")
    statements = written if isinstance(written, list) else [written]
    usual = [
        one | {"Condition": _conditions(one["Condition"])}
        if isinstance(one, dict) and isinstance(one.get("Condition"), dict)
        else one
        for one in statements
    ]
    return data | {"Version": VERSION} | ({"Statement": usual} if "Statement" in data else {})


def _conditions(conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _operator(operator): {key: _texts(value) for key, value in keys.items()} if isinstance(keys, dict) else keys
        for operator, keys in conditions.items()
    }


def _operator(written: str) -> str:
    found = OPERATOR.fullmatch(written)
    if found is None or found[2].lower() not in OPERATORS:
        return written
    prefix = {"": "", "foranyvalue:": "ForAnyValue:", "forallvalues:": "ForAllValues:"}[(found[1] or "").lower()]
    return prefix + OPERATORS[found[2].lower()] + ("IfExists" if found[3] else "")


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
