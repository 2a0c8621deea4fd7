"""Whether the account takes a password, after "Setting an account password policy" in the IAM User Guide."""

from typing import Any

from iamspec.sandbox.refusals import Refused

SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
DEFAULT_LENGTH = 8
DEFAULT_CLASSES = 3


def check_password(account: Any, password: str) -> None:
    """PasswordPolicyViolation unless it meets the account's policy, or IAM's own where there is none."""
    classes = {
        "uppercase letter": any("A" <= sign <= "Z" for sign in password),
        "lowercase letter": any("a" <= sign <= "z" for sign in password),
        "number": any("0" <= sign <= "9" for sign in password),
        "symbol": any(sign in SYMBOLS for sign in password),
    }
    policy = account.account_password_policy
    if policy is None:
        _require(len(password) >= DEFAULT_LENGTH, f"a length of at least {DEFAULT_LENGTH}")
        _require(sum(classes.values()) >= DEFAULT_CLASSES, f"{DEFAULT_CLASSES} of: {', '.join(classes)}")
        return
    _require(len(password) >= policy.minimum_password_length, f"a length of {policy.minimum_password_length} or more")
    asked = (
        policy.require_uppercase_characters,
        policy.require_lowercase_characters,
        policy.require_numbers,
        policy.require_symbols,
    )
    for (name, present), wanted in zip(classes.items(), asked, strict=True):
        _require(present or not wanted, f"at least one {name}")


def _require(met: object, what: str) -> None:
    if not met:
        raise Refused("PasswordPolicyViolation", f"Password does not conform to the account password policy: {what}")
