"""The checks as frozen rows. CHECKS lists all of them."""

from typing import Any

from iamspec.status.checks import account, keys, mfa, passwords, permissions, root
from iamspec.status.model import Check

ROWS: tuple[Check[Any], ...] = (
    *root.CHECKS,
    *passwords.CHECKS,
    *mfa.CHECKS,
    *mfa.OF_CALLER,
    *keys.REPORT_CHECKS,
    *keys.SERVICE_CHECKS,
    *permissions.CHECKS,
    *account.SWEPT,
    *account.FACTS,
    *account.OTHERS,
    *account.REGIONS,
    *account.FEATURES,
    *account.MANUAL,
)
CHECKS: dict[str, Check[Any]] = {one.key: one for one in ROWS}
