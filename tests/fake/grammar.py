"""Which documents IAM takes as an identity-based policy, after the User Guide's grammar of the JSON policy language.

The values of conditions are judged by the grammar of the program: what IAM stores of them is recorded, not written down.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

from fake.state import Refused
from iamspec.policy.grammar.condition import value_error

VERSIONS = ("2008-10-17", "2012-10-17")
ELEMENTS = {"Version", "Id", "Statement"}
STATEMENT_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"} | {
    "Principal",
    "NotPrincipal",
}
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9_*?]+")
RESOURCE = re.compile(r"\*|arn:(?:.*\*|(?:[^:]*:){4}.+)", re.DOTALL)
SID = re.compile(r"[A-Za-z0-9]*")
OPERATOR = re.compile(
    r"(?:ForAllValues:|ForAnyValue:)?"
    r"(?:Null|(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Arn(?:Not)?(?:Equals|Like)|Bool|BinaryEquals"
    r"|(?:Not)?IpAddress|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?))(?:IfExists)?)",
    re.IGNORECASE,
)


def malformed(message: str) -> NoReturn:
    raise Refused("MalformedPolicyDocument", message)


@lru_cache(maxsize=8192)
def checked_size(text: str) -> int:
    """The characters of a document that is well formed, white space not counted; MalformedPolicyDocument if it is not."""
    for statement in checked_statements(text)[1]:
        check_resource(statement)
    return size(text)


def size(text: str) -> int:
    return len(re.sub(r"\s", "", text))


def checked_statements(text: str) -> tuple[dict[str, Any], list[Any]]:
    """The document and the statements, checked but for principals and resources."""
    try:
        document = json.loads(text, object_pairs_hook=_unique_keys)
    except ValueError:
        malformed("This policy contains invalid Json")
    if not isinstance(document, dict) or document.keys() - ELEMENTS or "Statement" not in document:
        malformed("Syntax errors in policy.")
    if document.get("Version", VERSIONS[0]) not in VERSIONS or not isinstance(document.get("Id", ""), str):
        malformed("The policy must contain a valid version string.")
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    if not listed:
        malformed("Syntax errors in policy.")
    for statement in listed:
        _check_statement(statement)
    sids = [statement["Sid"] for statement in listed if statement.get("Sid")]
    if len(set(sids)) < len(sids):
        malformed("Statement IDs (SID) in a single policy must be unique.")
    return document, listed


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        malformed("This policy contains duplicate keys.")
    return found


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        malformed("Syntax errors in policy.")
    if statement.keys() - STATEMENT_ELEMENTS:
        malformed("Syntax errors in policy.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        malformed("Syntax errors in policy.")
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or not SID.fullmatch(sid):
        malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression.")
    _check_one_of(statement, "Action", ACTION, "Actions/Conditions must be prefaced by a vendor")
    _check_condition(statement.get("Condition", {}))


def check_resource(statement: Mapping[str, Any]) -> None:
    """That of an identity-based policy, which has no principal."""
    if "Principal" in statement or "NotPrincipal" in statement:
        malformed("Policy document should not specify a principal.")
    _check_one_of(statement, "Resource", RESOURCE, 'must be in ARN format or "*".')


def _check_one_of(statement: Mapping[str, Any], element: str, form: re.Pattern[str], complaint: str) -> None:
    named = [name for name in (element, f"Not{element}") if name in statement]
    if len(named) != 1:
        malformed(f"Policy statement must contain {element.lower()}s.")
    values = statement[named[0]]
    listed = values if isinstance(values, list) else [values]
    if not listed:
        malformed(f"Policy statement must contain {element.lower()}s.")
    for value in listed:
        if not isinstance(value, str) or not form.fullmatch(value):
            malformed(f"{element} {value} {complaint}")


def _check_condition(condition: Any) -> None:
    if not isinstance(condition, dict):
        malformed("Syntax errors in policy.")
    for operator, tests in condition.items():
        if not OPERATOR.fullmatch(operator):
            malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(tests, dict):
            malformed("Syntax errors in policy.")
        for values in tests.values():
            listed = values if isinstance(values, list) else [values]
            if not all(isinstance(value, str | bool | int | float) for value in listed):
                malformed("Syntax errors in policy.")
            if wrong := [value for value in listed if value_error(operator, value)]:
                malformed(f"The value {wrong[0]} does not suit {operator}.")
