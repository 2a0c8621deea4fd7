"""Whether IAM would take a trust policy: the grammar of all documents, then the rules of trust policies.

After "AWS JSON policy elements: Principal" and "Identity-provider
controls for shared OIDC providers" in the IAM User Guide, and
recorded answers of IAM.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iamspec.policy.document import substitute
from iamspec.policy.grammar import Finding, check as check_document
from iamspec.policy.grammar.arn import PARTITIONS
from iamspec.policy.grammar.issuers import uncontrolled
from iamspec.policy.grammar.quoting import nearest, quoted
from iamspec.policy.statement import PRINCIPALS, Path, Statement, statements
from iamspec.policy.trust.trusted import Sort, trusted

ACTIONS = (
    *("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"),
    *("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"),
)
KINDS = ("AWS", "Service", "Federated")
STAND_IN = {"account_id": "123456789012", "partition": "aws"}  # what the spec's variables look like when replaced
ACCOUNT_DIGITS = 12

_PATTERN = re.compile(r"sts:AssumeRole[*?]+", re.IGNORECASE)
_PARTITION = re.compile(r"arn:([^:*?]*):")
_DIGITS = re.compile(r"\d+", re.ASCII)
_ACCOUNT_IN_ARN = re.compile(r"arn:[^:]*:(iam|sts)::(?P<account>[^:]*):")


def check(data: Any) -> list[Finding]:
    """Everything for which IAM would refuse the trust policy of a role.

    Whether the principals exist is not asked.
    """
    found = check_document(data, trust=True)
    if isinstance(data, Mapping) and not found:
        found = [one for statement in statements(data) for one in _statement(statement)]
    return found


def _statement(statement: Statement) -> Iterator[Finding]:
    for element in PRINCIPALS:
        if statement.has(element):
            yield from _principal(statement.data[element], (*statement.path, element))
    if statement.has("NotAction"):
        message = f"NotAction is not allowed in a trust policy; write the actions, such as {ACTIONS[0]}"
        yield Finding((*statement.path, "NotAction"), message)
    for at, action in statement.texts("Action"):
        if reason := _action_error(action):
            yield Finding(at, f"Action {quoted(action)} {reason}")
    replaced = Statement(substitute(statement.data, STAND_IN), statement.index, statement.alone)
    for shared in uncontrolled(replaced):
        yield Finding(
            (*statement.path, "Condition") if statement.has("Condition") else statement.path,
            f"{shared.issuer} gives tokens to anybody, so IAM demands a condition on {' or '.join(shared.keys)}; "
            "write StringEquals with the value that is yours",
        )


def _principal(value: Any, at: Path) -> Iterator[Finding]:
    if value == "*":
        message = f'{at[-1]} is "*", which IAM refuses in a trust policy; write {{"AWS": "*"}} if anybody is meant'
        yield Finding(at, message)
        return
    for kind, members in value.items():
        if kind not in KINDS:
            yield Finding((*at, kind), f"{kind} cannot assume a role; write {', '.join(KINDS[:-1])} or {KINDS[-1]}")
            continue
        is_list = isinstance(members, list | tuple)
        for index, one in enumerate(members if is_list else (members,)):
            if reason := principal_error(kind, str(substitute(one, STAND_IN))):
                yield Finding((*at, kind, index) if is_list else (*at, kind), f"{kind} {quoted(str(one))} {reason}")


def principal_error(kind: str, text: str) -> str | None:
    """The reason why IAM would refuse a principal, as the end of a sentence that begins with it.

    Or None.
    """
    if (found := _PARTITION.match(text)) and found[1] not in PARTITIONS:
        return f'is in "{found[1]}", which is no partition of AWS; write "arn:${{iamspec:partition}}:…"'
    if trusted(kind, text).sort is not Sort.UNKNOWN:
        return None
    if kind == "Service":
        return 'is no AWS service; write its principal, such as "lambda.amazonaws.com"'
    if kind == "Federated":
        return 'is no identity provider; write its ARN, such as "arn:aws:iam::123456789012:oidc-provider/HOST"'
    return account_error(text) or _arn_error(text)


def account_error(text: str) -> str | None:
    """The reason why IAM would refuse an account id or the account of an ARN, by its length.

    Or None.
    """
    found = _ACCOUNT_IN_ARN.match(text)
    digits = found["account"] if found else text
    if _DIGITS.fullmatch(digits) and len(digits) != ACCOUNT_DIGITS:
        return f"has an account id of {len(digits)} digits; an account id has {ACCOUNT_DIGITS}"
    return None


def _arn_error(text: str) -> str:
    if re.search(r"[*?]", text):
        return 'has a wildcard, which IAM refuses there; name the account, with a condition on "aws:PrincipalArn"'
    return 'is no principal; write an account id, or the ARN of a user or role, or "*"'


def _action_error(action: str) -> str | None:
    if action.lower() in {one.lower() for one in ACTIONS} or _PATTERN.fullmatch(action):
        return None
    near = nearest(action, ACTIONS) if action.lower().startswith("sts:") else None
    hint = f'did you mean "{near}"?' if near else f'write "{ACTIONS[0]}" or another action that assumes a role'
    return f"is not allowed in a trust policy; {hint}"
