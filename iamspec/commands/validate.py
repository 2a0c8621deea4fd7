"""`iamspec validate`: reads a spec and reports every error in it, offline.

All commands that read a spec begin with `validate`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from iamspec.access.assertions import failures
from iamspec.access.declared import spec_book
from iamspec.desired.check import Findings, check
from iamspec.desired.copying import copying_warnings
from iamspec.desired.lint import check_codes
from iamspec.desired.load import Spec, load
from iamspec.errors import InvalidSpec, Issue
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Granted
from iamspec.status.accept import issues as accept_issues


def validate(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings. InvalidSpec has all errors, failing `tests` included. Needs no account.

    Ends are judged only where the day is known: accepted failures, and users whose permissions are copied.
    """
    spec, found = _checked(paths, today)
    if broken := failing_tests(spec, found.granted):
        raise InvalidSpec(broken)
    return spec, found.warnings


def checked(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings, without running its `tests`."""
    spec, found = _checked(paths, today)
    return spec, found.warnings


def _checked(paths: Sequence[str], today: date | None) -> tuple[Spec, Findings]:
    spec, issues = load(paths)
    found = check(spec)
    dated = list(_dated(spec, today)) if today is not None else []
    over = [issue for issue, is_error in dated if is_error]
    if wrong := [*issues, *found.issues, *over, *check_codes(spec), *accept_issues(spec, today)]:
        raise InvalidSpec(wrong)
    found.warnings += [issue for issue, is_error in dated if not is_error]
    found.warnings += copying_warnings(spec, today)
    return spec, found


def _dated(spec: Spec, day: date) -> Iterator[tuple[Issue, bool]]:
    """What is wrong with the entities of a spec on a day."""
    for declared in spec.entities.values():
        yield from KINDS[declared.address.kind].check_day(declared, day)


def failing_tests(spec: Spec, granted: Mapping[Address, Granted] | None = None) -> list[Issue]:
    """The entries of `tests` that do not hold."""
    return list(failures(spec, spec_book(spec, granted, assume=True))) if spec.settings.tests else []
