"""Warnings about policy documents that IAM accepts and hardly an author means.

`grammar` finds the reasons for which IAM refuses a document.
Refused documents are read as far as possible.
"""

from collections.abc import Callable, Iterator, Mapping

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.lint import access, conditions, keys, names, reach, trust, variables
from iamspec.policy.lint.subject import Remark, Subject
from iamspec.policy.lint_texts.texts import TEXTS, LintText

__all__ = ["RULES", "TEXTS", "LintText", "Remark", "lint", "lint_trust"]

RULES: Mapping[str, str] = {code: one.title for code, one in TEXTS.items()}

ABOUT_WRITING: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    conditions.mfa,
    conditions.missing_qualifier,
    conditions.odd_values,
    conditions.private_address,
    conditions.wildcard_without_like,
    keys.never_set,
    names.actions,
    names.condition_keys,
    reach.resource_mismatch,
    reach.version_2008_variables,
    variables.unsupported,
    variables.variables,
)
ABOUT_GRANTS: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    access.allow_not_action,
    access.allow_not_resource,
    access.power,
    keys.forallvalues_allow,
)
ABOUT_TRUST: tuple[Callable[[Subject], Iterator[Remark]], ...] = (
    conditions.odd_values,
    conditions.wildcard_without_like,
    names.actions,
    trust.anybody,
    trust.service_without_source,
    trust.subjects,
    trust.whole_account,
)


def lint(document: Document, *, grants: bool = True) -> list[Remark]:
    """The warnings about a document by place.

    `grants=False` is for a document that only bounds, as a
    permissions boundary does.
    """
    subject = Subject(document, catalogue())
    rules = ABOUT_WRITING + ABOUT_GRANTS if grants else ABOUT_WRITING
    return sorted((remark for rule in rules for remark in rule(subject)), key=lambda remark: remark.order)


def lint_trust(document: Document, account: str = "") -> list[Remark]:
    """The warnings about the trust policy of a role by place.

    `account` is the role's account, if known.
    """
    subject = Subject(document, catalogue(), account)
    return sorted((remark for rule in ABOUT_TRUST for remark in rule(subject)), key=lambda remark: remark.order)
