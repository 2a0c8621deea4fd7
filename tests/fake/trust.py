"""Trust policies: whether IAM takes them, and how IAM keeps and shows the principals."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from fake.grammar import checked_statements, malformed, size
from fake.rules import limited
from fake.state import State
from iamspec.policy.grammar.issuers import uncontrolled
from iamspec.policy.statement import Statement

ORDER = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "Condition")
ACTION = re.compile(r"sts:(AssumeRole(With(SAML|WebIdentity))?|TagSession|SetSourceIdentity|SetContext)", re.IGNORECASE)
OWNER = re.compile(r"arn:(?P<partition>[^:]+):(iam|sts)::(?P<account>\d{12}):(?P<resource>[^*?]+)")
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com)")
FEDERATED = re.compile(r"arn:[^:]+:iam::\d{12}:(oidc|saml)-provider/.+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/.*)?")
UNIQUE_ID = re.compile(r"A(IDA|ROA)[A-Z0-9]{12,}")


def stored_trust(state: State, text: str) -> str:
    """The text that IAM keeps of a trust policy: written anew, own users and roles by their ids."""
    document, statements = checked_statements(text)
    for statement in statements:
        _check(statement)
    kept = [_rewritten(one, lambda kind, name: _stored(state, kind, name)) for one in statements]
    limited(state, "AssumeRolePolicySizeQuota", size(text))
    head = {"Version": document.get("Version", "2008-10-17")} | ({"Id": document["Id"]} if "Id" in document else {})
    return json.dumps(head | {"Statement": kept})


def shown_trust(state: State, text: str) -> Any:
    """The document as IAM shows it: by ARN who is there, by id who is gone."""
    document = json.loads(text)
    arns = {one.id: state.arn(one) for one in state.principals()}
    statements = [_rewritten(one, lambda _, name: arns.get(name, name)) for one in document["Statement"]]
    return document | {"Statement": statements}


def _check(statement: Mapping[str, Any]) -> None:
    if statement.keys() & {"Resource", "NotResource"}:
        malformed("Has prohibited field Resource")
    named = [name for name in ("Principal", "NotPrincipal") if name in statement]
    if len(named) != 1:
        malformed("Missing required field Principal")
    if not isinstance(statement[named[0]], dict) or not statement[named[0]]:
        malformed("Invalid principal in policy.")
    if "Action" not in statement or not all(ACTION.fullmatch(one) for one in _listed(statement["Action"])):
        malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    for shared in uncontrolled(Statement(statement)):
        malformed(f"{shared.issuer} must be limited by {' or '.join(shared.keys)} which is not scoped to all")


def _rewritten(statement: Mapping[str, Any], named: Callable[[str, str], str]) -> dict[str, Any]:
    found = {}
    for element in ORDER:
        if element in {"Principal", "NotPrincipal"} and isinstance(statement.get(element), dict):
            found[element] = {
                kind: _scalar([named(kind, one) for one in _listed(names)])
                for kind, names in statement[element].items()
            }
        elif element == "Condition" and element in statement:
            found[element] = {
                operator: {key: _scalar(values) for key, values in keys.items()}
                for operator, keys in statement[element].items()
            }
        elif element in statement:
            found[element] = _scalar(statement[element])
    return found


def _stored(state: State, kind: str, name: Any) -> str:
    text = str(name)
    if kind == "AWS" and (found := _aws(state, text)):
        return found
    forms = {"Service": SERVICE, "Federated": FEDERATED}
    if kind in forms and forms[kind].fullmatch(text):
        return text
    return malformed(f'Invalid principal in policy: "{kind}":"{text}"')


def _aws(state: State, name: str) -> str | None:
    """An ARN, the id of a user or role of this account, or nothing if IAM knows nobody of the name."""
    if name == "*":
        return name
    if re.fullmatch(r"\d{12}", name):
        return f"arn:{state.account.partition}:iam::{name}:root"
    if UNIQUE_ID.fullmatch(name):
        return next((one.id for one in state.principals() if one.id == name), None)
    found = OWNER.fullmatch(name)
    if found is None or found["partition"] != state.account.partition:
        return None
    kind, _, session = found["resource"].partition("/")
    if found["account"] != state.account.id or kind in {"root", "federated-user"}:
        return name  # nobody here knows the principals of another account
    if kind == "assumed-role":
        return name if session.partition("/")[0].lower() in state.roles else None
    return next((one.id for one in state.principals() if state.arn(one) == name), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _scalar(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
