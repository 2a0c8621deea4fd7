"""Checks of multi-factor authentication, after IAM's credential report."""

from iamspec.kinds.contract import Address
from iamspec.status.checks.reported import judged
from iamspec.status.checks.rulings import cannot_tell, failed, not_applicable, passed
from iamspec.status.evidence import Evidence, NotHere
from iamspec.status.frameworks import ids
from iamspec.status.model import Check, Cure, Form, Ruling, Severity, Subject
from iamspec.status.report import Report, Row
from iamspec.status.sources import CALLER, REPORT, caller_name

ENROLL = Cure("NAME signs in to the console: Security credentials, Assign MFA device.", Form.STEPS)


def console_mfa(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        lacks = row.may_sign_in and row.mfa is not True
        return Subject(row.address, "password", row.password_changed) if lacks else None

    return judged(report, faulty, "with a password and without MFA", "Every user with a password has MFA")


def all_mfa(report: Report, _: Evidence) -> Ruling:
    def faulty(row: Row) -> Subject | None:
        return Subject(row.address) if row.mfa is not True else None

    return judged(report, faulty, "without MFA", "Every user has MFA")


def caller_mfa(report: Report | NotHere, found: Evidence) -> Ruling:
    """The console asks this of the user who is signed in."""
    if isinstance(report, NotHere):
        return not_applicable(report.reason)
    address = Address("user", caller_name(found) or "")
    row = next((one for one in report.users if one.address == address), None)
    if row is None:
        return cannot_tell(f"the credential report does not know {address}; the next one, in at most four hours, will")
    if row.mfa is True:
        return passed(f"You are {address}, and you have MFA")
    return failed(f"You are {address}, and you have no MFA", [Subject(address)])


CHECKS: tuple[Check[Report], ...] = (
    Check(
        key="console-mfa",
        title="Every user with a password has MFA",
        severity=Severity.MEDIUM,
        frameworks=ids("1.2", "1.10", "1.9", "2.9", "2.10", hub="IAM.5"),
        source=REPORT,
        judge=console_mfa,
        names=True,
        why="Without MFA, a guessed or stolen password is enough to sign in.",
        cure=ENROLL,
        about=(
            "Passes if every user whose password is enabled has an MFA device. iamspec cannot enroll a device for a "
            "person. A policy that denies everything without MFA makes people do it."
        ),
    ),
    Check(
        key="all-mfa",
        title="Every IAM user has MFA",
        severity=Severity.MEDIUM,
        frameworks=ids(hub="IAM.19"),
        source=REPORT,
        judge=all_mfa,
        names=True,
        why="A user without a password today may be given one tomorrow, and then signs in without MFA.",
        cure=ENROLL,
        about="Passes if every user has an MFA device, users without a password included. Accept users of machines.",
    ),
)
OF_CALLER: tuple[Check[Report | NotHere], ...] = (
    Check(
        key="caller-mfa",
        title="You have MFA yourself",
        severity=None,
        frameworks=ids(console="recommendation 3"),
        source=CALLER,
        judge=caller_mfa,
        names=True,
        why="You read the security status of this account, so your own sign-in matters to it.",
        cure=ENROLL,
        about="Looks at the IAM user whose credentials run the command. Not applicable to a role and to root.",
    ),
)
