"""Warnings about all documents of a spec, without the ignored codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamspec.desired.check import offline
from iamspec.desired.granted import documents, given
from iamspec.desired.load import Spec
from iamspec.desired.tree import plain
from iamspec.desired.trusts import trusts
from iamspec.desired.validation import did_you_mean
from iamspec.errors import Issue, Location
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Declared, dotted
from iamspec.policy import lint
from iamspec.policy.document import Document, substitute
from iamspec.policy.lint_texts.texts import OF_SPECS

NEARLY = 0.9  # of the quota
RULES = lint.RULES
CODES = (*RULES, *OF_SPECS)  # of all warnings that may be ignored for a reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A warning about a place in the spec.

    `code` is a key of RULES. `reason` says why the author accepts
    it, if so.
    """

    code: str
    address: Address
    path: tuple[str | int, ...]
    message: str
    location: Location
    reason: str | None = None

    @property
    def where(self) -> str:
        return f"{self.address}: {dotted(self.path)}"


def findings(spec: Spec) -> list[Finding]:
    """Every warning by place, those with a reason to be ignored included."""
    boundaries = _boundaries(spec)
    found = [
        one
        for declared in spec.entities.values()
        if KINDS[declared.address.kind].places
        for one in _of_entity(spec, declared, bounds_only=declared.address in boundaries)
    ]
    found += [
        _finding(spec, trust.declared, remark.code, trust.place(remark.path), remark.message)
        for trust in trusts(spec, offline(spec))
        for remark in lint.lint_trust(trust.document, offline(spec)["account_id"])
    ]
    return sorted(found, key=lambda one: (one.location, one.where, one.code, one.message))


def check_codes(spec: Spec) -> Iterator[Issue]:
    """Faults in `lint.ignore`: unknown codes, and codes without a reason."""
    for code, reason in spec.settings.lint.ignore.items():
        if problem := _problem(code, reason):
            yield spec.issue(problem, "lint", "ignore", code)
    for declared in spec.entities.values():
        for code, reason in declared.shape.lint.ignore.items() if hasattr(declared.shape, "lint") else ():
            if problem := _problem(code, reason):
                yield declared.issue(problem, "lint", "ignore", code)


def _problem(code: str, reason: str) -> str | None:
    if code not in CODES:
        return f'there is no warning "{code}"{did_you_mean(code, CODES)}'
    return None if reason.strip() else "write why this is meant to be so"


def _boundaries(spec: Spec) -> set[Address]:
    """The policies that serve as boundaries only. Their Allow statements grant nothing."""
    bounds: set[Address] = set()
    granted: set[Address] = set()
    for declared in spec.entities.values():
        own = given(declared)
        bounds |= {Address("policy", own.boundary or "")}
        granted |= {Address("policy", one.name) for one in own.policies}
    return bounds - granted


def _of_entity(spec: Spec, declared: Declared[Any], *, bounds_only: bool) -> Iterator[Finding]:
    total = 0
    kind = KINDS[declared.address.kind]
    for path, data in documents(declared):
        document = Document(substitute(plain(data), offline(spec)))
        total += document.size
        for remark in lint.lint(document, grants=not bounds_only):
            yield _finding(spec, declared, remark.code, (*path, *remark.path), remark.message)
    quota = kind.inline_size
    if quota is not None and total > quota * NEARLY:
        message = f"{total} of {quota} characters are used; move one into a managed policy"
        yield _finding(spec, declared, "inline-size", ("inline_policies",), message)


def _finding(spec: Spec, declared: Declared[Any], code: str, path: tuple[str | int, ...], message: str) -> Finding:
    reason = declared.shape.lint.ignore.get(code) or spec.settings.lint.ignore.get(code)
    return Finding(code, declared.address, path, message, declared.locate(path), reason)
