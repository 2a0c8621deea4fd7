"""Credential reports as IAM writes them, and an account that answers the questions of a security status."""

import csv
import io
from datetime import UTC, datetime, timedelta

from fake import FakeIam
from fake.defaults import AWS_MANAGED

from iamspec.errors import IamError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MADE = NOW - timedelta(minutes=90)
COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]
ROOT = "<root_account>"
STATUS_CALLS = (
    "GetAccountSummary",
    "GenerateCredentialReport",
    "GetCredentialReport",
    "ListVirtualMFADevices",
    "ListServerCertificates",
    "ListServiceSpecificCredentials",
    "GetAlternateContact",
    "ListOrganizationsFeatures",
    "ListAnalyzers",
)
GOOD = {  # the answers of an account in which nothing is wrong
    "GetAccountSummary": {
        "SummaryMap": {
            "AccountAccessKeysPresent": 0,
            "AccountMFAEnabled": 1,
            "AccountPasswordPresent": 1,
            "ServerCertificates": 0,
            "Providers": 0,
        }
    },
    "GenerateCredentialReport": {"State": "STARTED"},
    "ListVirtualMFADevices": {"VirtualMFADevices": []},
    "ListServerCertificates": {"ServerCertificateMetadataList": []},
    "ListServiceSpecificCredentials": {"ServiceSpecificCredentials": []},
    "GetAlternateContact": {"AlternateContact": {"Name": "Security", "PhoneNumber": "+1 555 0100"}},
    "ListOrganizationsFeatures": {"EnabledFeatures": ["RootCredentialsManagement"]},
}


def ago(days, since=MADE):
    return (since - timedelta(days=days)).isoformat()


def row(user, **known):
    """A row of the report; flags are false and dates N/A where nothing is said."""
    flags = {name: "false" for name in COLUMNS if name.endswith(("_active", "_enabled"))}
    values = {"user": user, "arn": f"arn:aws:iam::123456789012:user/{user}", **flags, **known}
    return {name: values.get(name, "N/A") for name in [*COLUMNS, *(set(known) - set(COLUMNS))]}


def root(**known):
    return row(ROOT, **{"password_enabled": "not_supported", "password_last_changed": "not_supported", **known})


def content(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def report(*rows, made=MADE):
    return {"Content": content(*(rows or (root(),))), "GeneratedTime": made, "ReportFormat": "text/csv"}


class Answering(FakeIam):
    """An account with the answers that a test gives to the reads of a status. A list has an answer for each read."""

    def __init__(self, *rows, aws_managed=AWS_MANAGED, **answers):
        super().__init__(aws_managed=aws_managed)
        self.answers = {**GOOD, "GetCredentialReport": report(*rows), **answers}
        self.asked = []
        self.state.clock = NOW

    def attempt_each(self, calls):
        return [self._answer(call) for call in calls]

    def _answer(self, call):
        if call.operation not in STATUS_CALLS:
            return super().attempt_each([call])[0]
        self.asked.append(call.operation)
        found = self.answers.get(call.operation, IamError(call.operation, "NotImplemented", "no"))
        return found.pop(0) if isinstance(found, list) else found


def denied(operation):
    return IamError(operation, "AccessDenied", "no")
