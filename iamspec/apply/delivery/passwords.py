"""Passwords from `secrets`. No other module of the program makes random values.

After "Setting an account password policy for IAM users" in the IAM
User Guide.
"""

import secrets
import string

from iamspec.kinds.password_policy import PasswordPolicy

SYMBOLS = "!@#$%^&*()_+-=[]{}|'"  # those that IAM counts
CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)
LEAST, MOST = 20, 128


def password(*policies: PasswordPolicy) -> str:
    """A password that meets several policies and IAM's own rules.

    It has characters of all four classes.

    It begins with a letter, so that no spreadsheet reads it as a
    formula.
    """
    length = min(MOST, max(LEAST, *(one.minimum_password_length or 0 for one in policies), 0))
    chosen = [secrets.choice(signs) for signs in CLASSES]
    chosen += [secrets.choice("".join(CLASSES)) for _ in range(length - len(CLASSES) - 1)]
    secrets.SystemRandom().shuffle(chosen)
    return secrets.choice(string.ascii_letters) + "".join(chosen)
