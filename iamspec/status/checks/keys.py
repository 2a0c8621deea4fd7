"""Checks of passwords and access keys by use, age and number, after IAM's credential report."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from iamspec.kinds.contract import Address
from iamspec.kinds.user.credentials import ROTATION
from iamspec.status.checks.reported import judged
from iamspec.status.checks.rulings import cannot_tell, counted, failed, passed, within
from iamspec.status.evidence import Entities, Evidence, ServiceKey
from iamspec.status.frameworks import ids
from iamspec.status.model import Check, Cure, Form, Judge, Ruling, Severity, Subject
from iamspec.status.report import Report, ReportedKey, Row
from iamspec.status.sources import REPORT, SERVICE_KEYS

OLD = 90

ROTATE = Cure("access_keys: {active: 1, rotate_after_days: 90}", Form.USER)


def _idle(key: ReportedKey, now: datetime, limit: int) -> bool:
    """Whether an active key is unused for so many days.

    A never used key counts from its creation.
    """
    return not within(key.used or key.rotated, now, limit)


def _oldest(dates: Sequence[datetime | None]) -> datetime | None:
    return min((one for one in dates if one is not None), default=None)


def unused(limit: int) -> Judge[Report]:
    """A judge of passwords and active keys that nobody used for `limit` days."""

    def judge(report: Report, _: Evidence) -> Ruling:
        def faulty(row: Row) -> Subject | None:
            dates = [key.used or key.rotated for key in row.active_keys if _idle(key, report.made, limit)]
            notes = [counted(len(dates), "key")] if dates else []
            used = row.password_used or row.password_changed
            if row.may_sign_in and not within(used, report.made, limit):
                notes, dates = ["password", *notes], [used, *dates]
            return Subject(row.address, " and ".join(notes), _oldest(dates)) if notes else None

        bad, good = f"with a password or key unused for {limit} days", f"Nothing is unused for {limit} days"
        return judged(report, faulty, bad, good, of_keys=True)

    return judge


def unused_year(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        idle = [key.used or key.rotated for key in row.active_keys if _idle(key, report.made, 365)]
        return Subject(row.address, counted(len(idle), "key"), _oldest(idle)) if idle else None

    bad, good = "with an active key unused for a year", "Every active key was used within a year"
    return judged(report, faulty, bad, good, of_keys=True)


def _is_old(key: ReportedKey, now: datetime) -> bool:
    return key.rotated is None or now - key.rotated > timedelta(days=OLD)


def old(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        dates = [key.rotated for key in row.active_keys if _is_old(key, report.made)]
        return Subject(row.address, counted(len(dates), "key"), _oldest(dates)) if dates else None

    bad, good = f"with a key older than {OLD} days", f"No active key is older than {OLD} days"
    return judged(report, faulty, bad, good, of_keys=True)


def at_creation(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        never = [key.rotated for key in row.active_keys if key.used is None] if row.may_sign_in else []
        return Subject(row.address, counted(len(never), "key"), _oldest(never)) if never else None

    bad = "with a password and a key that was never used"
    return judged(report, faulty, bad, "No user with a password has a key that was never used", of_keys=True)


def one_key(report: Report, found: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        if len(row.active_keys) < 2:
            return None
        since = max((key.rotated for key in row.active_keys if key.rotated), default=None)
        return Subject(row.address, "rotating" if _rotates(found, row.address) else "2 keys", since)

    return judged(report, faulty, "with two active keys", "No user has two active keys", of_keys=True)


def _rotates(found: Evidence, address: Address) -> bool:
    """Whether iamspec made the second key, as the tag of the user says."""
    entities = found.entities
    user = entities.live.resources.get(address) if isinstance(entities, Entities) else None
    return user is not None and ROTATION in user.facts.reserved_tags


def no_certificates(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        number = sum(one is not False for one in row.certificates)
        return Subject(row.address, counted(number, "certificate")) if number else None

    if any(not row.certificates for row in report.users):
        return cannot_tell("the credential report has no columns of certificates")
    bad, good = "with an active signing certificate", "No user has an active signing certificate"
    return judged(report, faulty, bad, good, of_keys=True)


def api_keys_end(keys: tuple[ServiceKey, ...], _: Evidence) -> Ruling:
    endless = [Subject(Address("user", one.user), one.service, one.created) for one in keys if one.expires is None]
    if not endless:
        return passed("Every service-specific credential ends by itself")
    return failed(f"{counted(len(endless), 'service-specific credential')} without an end", endless)


REPORT_CHECKS: tuple[Check[Report], ...] = (
    Check(
        key="no-key-at-creation",
        title="No access key was made along with a console user",
        severity=None,
        frameworks=ids("", "1.11", "1.10", "2.10"),
        source=REPORT,
        judge=at_creation,
        names=True,
        why="Such a key is made without a need, and its theft goes unnoticed.",
        cure=Cure("access_keys: 0", Form.USER),
        about="Passes if no user with a password has an active key that was never used.",
    ),
    Check(
        key="unused-45",
        title="Nothing is unused for 45 days",
        severity=Severity.MEDIUM,
        frameworks=ids("", "1.12", "1.11", "2.11", "2.11", hub="IAM.22"),
        source=REPORT,
        judge=unused(45),
        names=True,
        why="The theft of a forgotten password or key goes unnoticed.",
        cure=Cure("console: false, access_keys: 0", Form.USER),
        about=(
            "Passes if every enabled password and every active key was used less than 45 days before the credential "
            "report. A password that was never used counts from its last change, a key from its making."
        ),
    ),
    Check(
        key="unused-90",
        title="Nothing is unused for 90 days",
        severity=Severity.MEDIUM,
        frameworks=ids("1.3", hub="IAM.8"),
        source=REPORT,
        judge=unused(90),
        names=True,
        why="The theft of a forgotten password or key goes unnoticed.",
        cure=Cure("console: false, access_keys: 0", Form.USER),
        about="As unused-45, with 90 days.",
    ),
    Check(
        key="unused-year",
        title="No active key is unused for a year",
        severity=None,
        frameworks=ids(console="recommendation 4"),
        source=REPORT,
        judge=unused_year,
        names=True,
        why="A key that nobody used for a year is only of use to a thief.",
        cure=Cure("access_keys: 0", Form.USER),
        about="Passes if every active key was used within 365 days. The console asks this of your own keys alone.",
    ),
    Check(
        key="one-key",
        title="Each user has at most one active key",
        severity=None,
        frameworks=ids("", "1.13", "1.12", "2.12"),
        source=REPORT,
        judge=one_key,
        names=True,
        why="A second key is one more secret to lose, and hides whether the first is still in use.",
        cure=Cure("access_keys: 1", Form.USER),
        about=(
            "Passes if no user has two active keys. During a rotation a user has two for a while. Then the status "
            'says "rotating", and the next applies take the old key away.'
        ),
    ),
    Check(
        key="keys-90",
        title="Access keys are younger than 90 days",
        severity=Severity.MEDIUM,
        frameworks=ids("1.4", "1.14", "1.13", "2.13", "2.12", hub="IAM.3"),
        source=REPORT,
        judge=old,
        names=True,
        why="The longer a key lives, the more places have a copy of it.",
        cure=ROTATE,
        about="Passes if every active key was made at most 90 days before the credential report.",
    ),
    Check(
        key="no-certs",
        title="No user has an active signing certificate",
        severity=None,
        frameworks={},
        source=REPORT,
        judge=no_certificates,
        names=True,
        why="X.509 certificates sign requests like access keys, and hardly anybody remembers that they exist.",
        cure=Cure(
            "aws iam update-signing-certificate --user-name NAME --certificate-id ID --status Inactive", Form.COMMAND
        ),
        about="Passes if the credential report counts no active signing certificate.",
    ),
)
SERVICE_CHECKS: tuple[Check[tuple[ServiceKey, ...]], ...] = (
    Check(
        key="api-keys-end",
        title="Service-specific credentials end by themselves",
        severity=None,
        frameworks={},
        source=SERVICE_KEYS,
        judge=api_keys_end,
        names=True,
        why="A long-term API key of a service is a password that no rotation and no MFA protects.",
        cure=Cure(
            "aws iam delete-service-specific-credential --user-name NAME --service-specific-credential-id ID",
            Form.COMMAND,
        ),
        about="Passes if every service-specific credential (Bedrock, CodeCommit, Keyspaces …) has an expiration date.",
    ),
)
