"""Checks of the root user, who has every right and whom no policy limits."""

from iamspec.status.checks.rulings import cannot_tell, days, failed, missing, passed, within
from iamspec.status.evidence import Evidence, Missing
from iamspec.status.frameworks import ids
from iamspec.status.model import Check, Cure, Form, Ruling, Severity
from iamspec.status.report import Row
from iamspec.status.root import Root
from iamspec.status.sources import ROOT, ROOT_ROW

NONE = "Root has no credentials: nobody can sign in as root"


def no_keys(root: Root, _: Evidence) -> Ruling:
    if root.keys is None:
        return cannot_tell(root.reason or "the account summary does not say whether root has access keys")
    return failed("Root has an access key, active or not") if root.keys else passed("Root has no access key")


def no_active_keys(root: Root, found: Evidence) -> Ruling:
    """The console complains about active keys alone."""
    if root.keys and root.active_keys is False:
        return passed("Root has an access key, but it is inactive")
    return no_keys(root, found)


def mfa(root: Root, _: Evidence) -> Ruling:
    if root.mfa:
        return passed("Root has MFA")
    if root.password is False:
        return passed(NONE if root.bare else "Root has no password to sign in with")
    if root.mfa is None:
        return cannot_tell(root.reason or "the account summary does not say whether root has MFA")
    return failed("Root has no MFA")


def hardware_mfa(root: Root, found: Evidence) -> Ruling:
    if not root.mfa:
        return mfa(root, found)
    if isinstance(found.root_devices, Missing):
        return missing(found.root_devices)
    if found.root_devices:
        return failed(f"Root has a virtual MFA device: {', '.join(found.root_devices)}")
    return passed("Root has MFA, and no virtual device")


def unused(row: Row, found: Evidence) -> Ruling:
    """The newest use counts, be it of the password or of a key."""
    used = max((one for one in (row.password_used, *(key.used for key in row.keys)) if one), default=None)
    limit = found.asked.root_unused_days
    if used is None:
        return passed("The credential report knows of no use of root")
    text = f"Root was used on {used.date()}, {days(used, found.now)} ago"
    return failed(f"{text}; the limit is {limit} days") if within(used, found.now, limit) else passed(text)


CHECKS: tuple[Check[Root] | Check[Row], ...] = (
    Check(
        key="root-no-keys",
        title="Root has no access key",
        severity=Severity.CRITICAL,
        frameworks=ids("1.12", "1.4", "1.3", "2.3", "2.4", hub="IAM.4", console="recommendation 2, earlier item 1"),
        source=ROOT,
        judge=no_keys,
        variants={"console": no_active_keys},
        why="Whoever finds a key of root can do anything in the account, and no policy can stop them.",
        cure=Cure("Sign in as root: Security credentials, Access keys, Delete.", Form.STEPS),
        about=(
            "Passes if the account summary counts no access key of root. An inactive key fails, too: it can be "
            "activated again. The framework `console` looks at active keys alone, as the console does."
        ),
    ),
    Check(
        key="root-mfa",
        title="Root has MFA",
        severity=Severity.CRITICAL,
        frameworks=ids("1.13", "1.5", "1.4", "2.4", "2.5", hub="IAM.9", console="recommendation 1, earlier item 2"),
        source=ROOT,
        judge=mfa,
        why="Without MFA, a stolen root password opens the whole account.",
        cure=Cure("Sign in as root: Security credentials, Assign MFA device.", Form.STEPS),
        about=(
            "Passes if the account summary says that root has MFA, or that root has no password. A member account "
            "without root credentials (centralized root access) passes."
        ),
    ),
    Check(
        key="root-hardware-mfa",
        title="The MFA device of root is hardware",
        severity=Severity.CRITICAL,
        frameworks=ids("1.14", "1.6", "1.5", "2.5", "2.6", hub="IAM.6"),
        source=ROOT,
        judge=hardware_mfa,
        why="The secret of a virtual device can be copied from a phone or from its backup.",
        cure=Cure(
            "Sign in as root: Security credentials, assign a passkey or a hardware device, remove the virtual one.",
            Form.STEPS,
        ),
        about=(
            "Passes if root has MFA and none of the virtual MFA devices of the account belongs to root, or if root "
            "has no credentials. Level 2 in CIS."
        ),
    ),
    Check(
        key="root-unused",
        title="Root is not used day to day",
        severity=Severity.LOW,
        frameworks=ids("1.1", "1.7", "1.6", "2.6", "2.7"),
        source=ROOT_ROW,
        judge=unused,
        why="Root has no limits, and its trail does not name a person.",
        cure=Cure("Give this work to a user or a role, and lock the password of root away.", Form.STEPS),
        about=(
            "Passes if the newest use of the password or of a key of root is at least `status.root_unused_days` days "
            "ago (30 if left out). IAM.20 of Security Hub asks another question (a CloudTrail metric filter), so this "
            "check does not stand for it."
        ),
    ),
)
