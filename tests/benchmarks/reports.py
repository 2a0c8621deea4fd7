"""IAM's credential report of an account, with the columns and values that IAM writes."""

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.account import ACCOUNT_ID, CREATED, Declared

ROOT = "<root_account>"
COLUMNS = [
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"),
    *("password_next_rotation", "mfa_active"),
    *(
        f"access_key_{number}_{name}"
        for number in (1, 2)
        for name in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    *(f"cert_{number}_{name}" for number in (1, 2) for name in ("active", "last_rotated")),
]


def generated(_: Declared) -> dict[str, str]:
    """The answer of GenerateCredentialReport."""
    return {"State": "COMPLETE"}


def reported(account: Declared) -> dict[str, str]:
    """The answer of GetCredentialReport, of this moment: everybody as the sign-in calls answer, too."""
    root = {"user": ROOT, "arn": f"arn:aws:iam::{ACCOUNT_ID}:root", "password_enabled": "not_supported"}
    rows = [root, *(_row(name, user) for name, user in account.users.items())]
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"Content": b64encode(csv_text(rows).encode()).decode(), "ReportFormat": "text/csv", "GeneratedTime": made}


def _row(name: str, user: Mapping[str, Any]) -> dict[str, str]:
    path = user.get("path", "/")
    row = {"user": name, "arn": f"arn:aws:iam::{ACCOUNT_ID}:user{path}{name}", "user_creation_time": CREATED}
    if user.get("console"):
        row |= {"password_enabled": "true", "password_last_used": "no_information", "password_last_changed": CREATED}
    for number in range(1, user.get("access_keys", 0) + 1):
        row |= {f"access_key_{number}_active": "true", f"access_key_{number}_last_rotated": CREATED}
    return row


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows below the columns. What a row does not say is not there, or not active."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([row.get(one, _unsaid(one)) for one in COLUMNS])
    return text.getvalue()


def _unsaid(column: str) -> str:
    return "false" if column.endswith(("_active", "_enabled")) else "N/A"
