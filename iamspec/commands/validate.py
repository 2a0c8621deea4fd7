"""`iamspec validate`: reads a spec and reports every error in it, offline.

All commands that read a spec begin with `validate`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from iamspec.access.assertions import failures
from iamspec.access.declared import spec_book
from iamspec.access.first_sign_in import cannot_change_password
from iamspec.desired.check import Findings, check
from iamspec.desired.copying import copying_warnings
from iamspec.desired.exceptions import ended
from iamspec.desired.load import Spec, load
from iamspec.desired.variables import ForAccount
from iamspec.errors import InvalidSpec, Issue
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Granted

Loaded = Callable[[Spec], None]


def validate(
    paths: Sequence[str], today: date | None = None, account: ForAccount | None = None, loaded: Loaded | None = None
) -> tuple[Spec, list[Issue]]:
    """The spec and its warnings.

    InvalidSpec has all errors, failing `tests` included. Needs no
    access to an account. Ends and first sign-ins are judged only
    where the day is known: commands that go on to plan leave it
    out. `loaded` gets a spec with whole files before the checks
    begin.
    """
    spec, found = _checked(paths, today, account, loaded)
    if broken := failing_tests(spec, found.granted):
        raise InvalidSpec(broken)
    if today is not None:
        found.warnings += cannot_change_password(
            spec, today, cache(lambda: spec_book(spec, found.granted, assume=True))
        )
    return spec, found.warnings


def checked(paths: Sequence[str], today: date | None = None) -> tuple[Spec, list[Issue]]:
    """The spec and the warnings about it, without running `tests`."""
    spec, found = _checked(paths, today)
    return spec, found.warnings


def _checked(
    paths: Sequence[str], today: date | None, account: ForAccount | None = None, loaded: Loaded | None = None
) -> tuple[Spec, Findings]:
    spec, issues = load(paths, account)
    if loaded is not None and not issues:
        loaded(spec)
    found = check(spec)
    dated = list(_dated(spec, today)) if today is not None else []
    over = [*(issue for issue, is_error in dated if is_error), *_lifts(spec, today)]
    if wrong := [*issues, *found.issues, *over, *_ignored(spec), *_accepted(spec, today)]:
        raise InvalidSpec(wrong)
    found.warnings += [issue for issue, is_error in dated if not is_error]
    found.warnings += [*copying_warnings(spec, today), *exception_warnings(spec, today)]
    return spec, found


def exception_warnings(spec: Spec, today: date | None) -> Iterator[Issue]:
    """The exceptions of the settings that have ended. Without a day nothing has."""
    if today is not None:
        for number, message in ended(spec.settings.drift.accept, today):
            yield spec.issue(message, "drift", "accept", number)
        for number, message in ended(spec.settings.guards.allow, today):
            yield spec.issue(message, "guards", "allow", number)


def _lifts(spec: Spec, today: date | None) -> Iterator[Issue]:
    """The faults of lifted guards."""
    if spec.settings.guards.allow:
        from iamspec.review.lifts import issues  # noqa: PLC0415 - few specs have these, and the review takes 20 ms

        yield from issues(spec, today)


def _ignored(spec: Spec) -> Iterator[Issue]:
    """The faults of ignored warnings."""
    shapes = (one.shape for one in spec.entities.values())
    if spec.settings.lint.ignore or any(one.lint.ignore for one in shapes if hasattr(one, "lint")):
        from iamspec.desired.lint import check_codes  # noqa: PLC0415 - few specs have these, and all warnings take 5 ms

        yield from check_codes(spec)


def _accepted(spec: Spec, today: date | None) -> Iterator[Issue]:
    """The faults of accepted failures of the security status."""
    if spec.settings.status.accept:
        from iamspec.status.accept import issues  # noqa: PLC0415 - few specs have these, and all checks take 10 ms

        yield from issues(spec, today)


def _dated(spec: Spec, day: date) -> Iterator[tuple[Issue, bool]]:
    """What is wrong with the entities of a spec on a day."""
    for declared in spec.entities.values():
        yield from KINDS[declared.address.kind].check_day(declared, day)


def failing_tests(spec: Spec, granted: Mapping[Address, Granted] | None = None) -> list[Issue]:
    """The entries of `tests` that do not hold."""
    return list(failures(spec, spec_book(spec, granted, assume=True))) if spec.settings.tests else []
