"""Checks of the account's password policy. An account without one fails them all."""

from collections.abc import Callable

from iamspec.kinds.password_policy import PasswordPolicy
from iamspec.status.checks.rulings import failed, passed
from iamspec.status.evidence import Evidence
from iamspec.status.frameworks import ids
from iamspec.status.model import Check, Cure, Form, Judge, Ruling, Severity
from iamspec.status.sources import PASSWORD_POLICY

LENGTH, REUSE, AGE = 14, 24, 90
NO_POLICY = "The account has no password policy"
CHARACTERS = {
    "upper": "an upper-case letter",
    "lower": "a lower-case letter",
    "symbol": "a symbol",
    "number": "a digit",
}


def _exists(policy: PasswordPolicy) -> bool:
    return any(rule is not None for rule in policy.rules.values())


def _judge(lacks: Callable[[PasswordPolicy], list[str]], good: str) -> Judge[PasswordPolicy]:
    """A judge that fails with everything that the policy lacks."""

    def judge(policy: PasswordPolicy, _: Evidence) -> Ruling:
        if not _exists(policy):
            return failed(NO_POLICY)
        found = lacks(policy)
        return failed(f"The password policy {'; '.join(found)}") if found else passed(good)

    return judge


def _short(policy: PasswordPolicy, length: int) -> list[str]:
    found = policy.minimum_password_length or 0
    return [f"allows {found} characters instead of {length}"] if found < length else []


def _reused(policy: PasswordPolicy, number: int) -> list[str]:
    found = policy.password_reuse_prevention or 0
    return [f"remembers {found} passwords instead of {number}"] if found < number else []


def _old(policy: PasswordPolicy) -> list[str]:
    if policy.max_password_age is None:
        return ["never lets a password end"]
    found = policy.max_password_age
    return [f"lets a password live for {found} days instead of {AGE}"] if found > AGE else []


def _plain(policy: PasswordPolicy, *kinds: str) -> list[str]:
    flags = {
        "upper": policy.require_uppercase_characters,
        "lower": policy.require_lowercase_characters,
        "symbol": policy.require_symbols,
        "number": policy.require_numbers,
    }
    lacking = [CHARACTERS[one] for one in kinds if not flags[one]]
    return [f"does not ask for {', '.join(lacking)}"] if lacking else []


def _strong(policy: PasswordPolicy) -> list[str]:
    return _short(policy, 8) + _plain(policy, *CHARACTERS)


def _pci(policy: PasswordPolicy) -> list[str]:
    return _short(policy, 7) + _plain(policy, "upper", "lower", "number") + _reused(policy, 4) + _old(policy)


def _exists_at_all(policy: PasswordPolicy, _: Evidence) -> Ruling:
    return passed("The account has a password policy") if _exists(policy) else failed(NO_POLICY)


def _cure(rules: str) -> Cure:
    return Cure(f"account: {{password_policy: {{{rules}}}}}", Form.SETTINGS)


def _character(kind: str, rule: str, cis: str, hub: str) -> Check[PasswordPolicy]:
    named = CHARACTERS[kind]
    return Check(
        key=f"pw-{kind}",
        title=f"Passwords have {named}",
        severity=Severity.MEDIUM,
        frameworks=ids(cis, hub=hub),
        source=PASSWORD_POLICY,
        judge=_judge(lambda policy: _plain(policy, kind), f"Passwords have {named}"),
        why="A password of one kind of characters is guessed sooner.",
        cure=_cure(f"{rule}: true"),
        about=f"Passes if the password policy has `{rule}: true`. CIS dropped this rule after version 1.2.",
    )


CHECKS = (
    Check(
        key="password-policy",
        title="The account has a password policy",
        severity=None,
        frameworks=ids(console="earlier item 5"),
        source=PASSWORD_POLICY,
        judge=_exists_at_all,
        why="Without a policy of its own, an account has the weak rules that IAM starts with.",
        cure=_cure("minimum_password_length: 14"),
        about="Passes if the account has a password policy of its own, whatever its rules are.",
    ),
    Check(
        key="pw-length",
        title=f"Passwords have {LENGTH} characters or more",
        severity=Severity.MEDIUM,
        frameworks=ids("1.9", "1.8", "1.7", "2.7", "2.8", hub="IAM.15"),
        source=PASSWORD_POLICY,
        judge=_judge(lambda policy: _short(policy, LENGTH), f"Passwords have {LENGTH} characters or more"),
        why="Short passwords can be guessed by trying.",
        cure=_cure(f"minimum_password_length: {LENGTH}"),
        about=f"Passes if `minimum_password_length` is at least {LENGTH}. IAM's default is 6.",
    ),
    Check(
        key="pw-reuse",
        title=f"The last {REUSE} passwords cannot come back",
        severity=Severity.LOW,
        frameworks=ids("1.10", "1.9", "1.8", "2.8", "2.9", hub="IAM.16"),
        source=PASSWORD_POLICY,
        judge=_judge(lambda policy: _reused(policy, REUSE), f"The last {REUSE} passwords cannot come back"),
        why="A reused password may have leaked when it was used before.",
        cure=_cure(f"password_reuse_prevention: {REUSE}"),
        about=f"Passes if `password_reuse_prevention` is {REUSE}, which is the most that IAM takes.",
    ),
    Check(
        key="pw-strong",
        title="The password policy is strong",
        severity=Severity.MEDIUM,
        frameworks=ids(hub="IAM.7"),
        source=PASSWORD_POLICY,
        judge=_judge(_strong, "Passwords have 8 characters or more, of every kind"),
        why="Simple passwords are guessed first.",
        cure=_cure(
            "minimum_password_length: 14, require_uppercase_characters: true, require_lowercase_characters: true, "
            "require_symbols: true, require_numbers: true"
        ),
        about="Passes with 8 characters or more, and upper-case letters, lower-case letters, symbols and digits.",
    ),
    Check(
        key="pw-pci",
        title="The password policy is as PCI DSS asks",
        severity=Severity.MEDIUM,
        frameworks=ids(hub="IAM.10"),
        source=PASSWORD_POLICY,
        judge=_judge(_pci, "Passwords are as PCI DSS asks"),
        why="Accounts that handle payment cards are audited against these rules.",
        cure=_cure(
            "minimum_password_length: 14, require_uppercase_characters: true, require_lowercase_characters: true, "
            "require_numbers: true, password_reuse_prevention: 24, max_password_age: 90"
        ),
        about=(
            "Passes with 7 characters or more, upper-case letters, lower-case letters and digits, 4 remembered "
            "passwords or more, and an end after 90 days or less. Accept it where PCI DSS does not concern you."
        ),
    ),
    _character("upper", "require_uppercase_characters", "1.5", "IAM.11"),
    _character("lower", "require_lowercase_characters", "1.6", "IAM.12"),
    _character("symbol", "require_symbols", "1.7", "IAM.13"),
    _character("number", "require_numbers", "1.8", "IAM.14"),
    Check(
        key="pw-expires",
        title=f"Passwords end within {AGE} days",
        severity=Severity.LOW,
        frameworks=ids("1.11", hub="IAM.17"),
        source=PASSWORD_POLICY,
        judge=_judge(_old, f"Passwords end within {AGE} days"),
        why="A stolen password works until it ends.",
        cure=_cure(f"max_password_age: {AGE}"),
        about=(
            f"Passes if `max_password_age` is {AGE} or less. CIS dropped this rule after version 1.2, and NIST advises "
            "against it: people who must change passwords choose weaker ones. Accept it if that is your view."
        ),
    ),
)
