"""Warnings about policy documents: what IAM accepts and hardly anybody means.

What IAM refuses is the business of `grammar`; a document that it refuses is looked at as far as it can be read.
"""

from collections.abc import Callable, Iterator, Mapping

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.lint import access, names, reach
from iamspec.policy.lint.subject import Remark, Subject

__all__ = ["RULES", "Remark", "lint"]

RULES: Mapping[str, str] = {
    "administrator": "an administrator can do everything, and undo what limits others",
    "allow-not-action": "Allow with NotAction allows whatever AWS adds later",
    "allow-not-resource": "Allow with NotResource allows access to whatever is created later",
    "escalation": "some actions let their holder gain more than was given",
    "no-such-wildcard": "a pattern that matches no action does nothing",
    "not-an-action": "an operation of the API is allowed by the action behind it, not by its own name",
    "pass-role-any": "who can pass any role can have a service act with the strongest",
    "resource-mismatch": "a statement has no effect on a resource that its action does not support",
    "unknown-action": "an action that does not exist does nothing",
    "unknown-condition-key": "a test of a key that is never set fails, or always holds with IfExists and negation",
    "unknown-service": "an action of a service that does not exist does nothing",
    "version-2008-variables": "policy variables are plain text before Version 2012-10-17",
}

ABOUT_WRITING: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    names.actions,
    names.condition_keys,
    reach.resource_mismatch,
    reach.version_2008_variables,
)
ABOUT_GRANTS: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    access.allow_not_action,
    access.allow_not_resource,
    access.power,
)


def lint(document: Document, *, grants: bool = True) -> list[Remark]:
    """The warnings about a document by place; `grants=False` for one that only bounds, as a permissions boundary does."""
    subject = Subject(document, catalogue())
    rules = ABOUT_WRITING + ABOUT_GRANTS if grants else ABOUT_WRITING
    return sorted((remark for rule in rules for remark in rule(subject)), key=lambda remark: remark.order)
