"""A policy document as it is for one principal, after "Context key evaluation" in the IAM User Guide.

A test of a tag or of the name of a principal has the same truth in
every request of that principal.
"""

import re
from collections.abc import Mapping

from iamspec.policy.document import Document
from iamspec.policy.evaluate.patterns import VARIABLE
from iamspec.policy.evaluate.request import PRINCIPAL_TAG
from iamspec.policy.evaluate.statements import WILDCARDS, Rule, compiled
from iamspec.policy.evaluate.truth import Context
from iamspec.policy.statement import RESOURCES, Test, statements

READS_VARIABLES = re.compile("string|arn", re.IGNORECASE)  # operators of other types take the text as it is


def narrowed(document: Document, keys: Context) -> Document:
    """The document that allows and denies the same to a principal with these keys.

    It lacks the tests that the keys decide, and the statements that
    apply to no request. Resources have the tags of the principal.
    The same Document where the keys decide nothing.
    """
    rules = {rule.index: rule for rule in compiled(document)}
    whole = list(statements(document.data))
    found = [_statement(rules[one.index], keys) if one.index in rules else one.data for one in whole]
    if all(new is one.data for new, one in zip(found, whole, strict=True)):
        return document
    left = [one for one in found if one is not None]
    return Document({**document.data, "Statement": left}, document.partition)


def _statement(rule: Rule, keys: Context) -> Mapping[str, object] | None:
    """The statement for a principal. None if it applies to no request."""
    written = rule.statement.data
    found = {**written}
    if isinstance(written.get("Condition"), Mapping):
        condition = _condition(rule, keys)
        if condition is None:
            return None
        found["Condition"] = condition
    for element in RESOURCES if rule.variables else ():
        texts = rule.statement.stored(element)
        resolved = [one for text in texts if (one := _resolved(text, keys)) is not None]
        if resolved != list(texts):
            found[element] = resolved
    if found == written:
        return written
    if not found.get("NotResource", True):  # nothing is left to except
        del found["NotResource"]
        found["Resource"] = "*"
    return found if found.get("Resource", True) else None


def _condition(rule: Rule, keys: Context) -> Mapping[str, object] | None:
    """The tests that the keys leave open. None if a test never holds."""
    left: dict[str, dict[str, object]] = {}
    whole: dict[str, object] = {}  # operators without a mapping of keys
    for test, condition in zip(rule.statement.tests(), rule.tests, strict=True):
        truth = condition.holds(keys)
        if truth is False:
            return None
        if truth is True:
            continue
        if test.key is None:
            whole[test.operator] = test.written
        else:
            left.setdefault(test.operator, {})[test.key] = _values(rule, test, keys)
    return {**left, **whole}


def _values(rule: Rule, test: Test, keys: Context) -> object:
    """The values of a test with the tags of the principal, under an operator that reads variables."""
    if not rule.variables or not READS_VARIABLES.search(test.operator):
        return test.written
    found = [_resolved(one, keys) if isinstance(one, str) else one for one in test.values]
    return test.written if None in found or found == list(test.values) else found


def _resolved(text: str, keys: Context) -> str | None:
    """A text with the tags of the principal. None if it stands for nothing: a tag is missing that has no default."""
    missing = False

    def value(found: re.Match[str]) -> str:
        nonlocal missing
        key = (found["key"] or "").strip().lower()
        values = keys.values(key) if key.startswith(PRINCIPAL_TAG) else None
        if values == () and found["default"] is None:
            missing = True
        if values is None or not WILDCARDS.isdisjoint("".join(values)):
            return found[0]
        return (values[0] if values else found["default"] or "").replace("$", "${$}")

    replaced = VARIABLE.sub(value, text)
    return None if missing else replaced
