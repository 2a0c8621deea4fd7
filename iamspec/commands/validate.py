"""`iamspec validate`: reads a spec and reports every error in it, offline.

All commands that read a spec begin with `validate`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from iamspec.access.assertions import failures
from iamspec.access.declared import spec_book
from iamspec.desired.check import Findings, check
from iamspec.desired.copying import copying_warnings
from iamspec.desired.lint import check_codes
from iamspec.desired.load import Spec, load
from iamspec.desired.variables import ForAccount
from iamspec.errors import InvalidSpec, Issue
from iamspec.kinds.contract import Address, Granted
from iamspec.status.accept import issues as accept_issues


def validate(
    paths: Sequence[str], today: date | None = None, account: ForAccount | None = None
) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings. InvalidSpec has all errors, failing `tests` included. Needs no access to an account.

    Ends are judged only where the day is known: accepted failures, and users whose permissions are copied.
    """
    spec, found = _checked(paths, today, account)
    if broken := failing_tests(spec, found.granted):
        raise InvalidSpec(broken)
    return spec, found.warnings


def checked(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings, without running its `tests`."""
    spec, found = _checked(paths, today)
    return spec, found.warnings


def _checked(paths: Sequence[str], today: date | None, account: ForAccount | None = None) -> tuple[Spec, Findings]:
    spec, issues = load(paths, account)
    found = check(spec)
    if wrong := [*issues, *found.issues, *check_codes(spec), *accept_issues(spec, today)]:
        raise InvalidSpec(wrong)
    found.warnings += copying_warnings(spec, today)
    return spec, found


def failing_tests(spec: Spec, granted: Mapping[Address, Granted] | None = None) -> list[Issue]:
    """The entries of `tests` that do not hold."""
    return list(failures(spec, spec_book(spec, granted, assume=True))) if spec.settings.tests else []
