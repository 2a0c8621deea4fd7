"""The sources of the checks: which reads answer, and where the evidence has the answer."""

from iamspec.status.evidence import Evidence, Missing, NotHere
from iamspec.status.model import Source
from iamspec.status.report import Report, Row
from iamspec.status.root import Root, root_of

SWEEP = Source("iam:GetAccountAuthorizationDetails", frozenset({"entities"}), lambda found: found.entities)
PASSWORD_POLICY = Source("iam:GetAccountPasswordPolicy", frozenset({"entities"}), lambda found: found.password_policy)
REPORT = Source("iam:GetCredentialReport", frozenset({"report"}), lambda found: found.report)
SUMMARY = Source("iam:GetAccountSummary", frozenset({"summary"}), lambda found: found.summary)
CERTIFICATES = Source(
    "iam:ListServerCertificates", frozenset({"summary", "certificates"}), lambda found: found.certificates
)
SERVICE_KEYS = Source(
    "iam:ListServiceSpecificCredentials", frozenset({"service_keys"}), lambda found: found.service_keys
)
CONTACT = Source("account:GetAlternateContact", frozenset({"contact"}), lambda found: found.contact)
ORGANIZATION = Source("iam:ListOrganizationsFeatures", frozenset({"organization"}), lambda found: found.organization)
ANALYZERS = Source("access-analyzer:ListAnalyzers", frozenset({"analyzers"}), lambda found: found.analyzers)
NOTHING: Source[None] = Source("a person", frozenset(), lambda _: None)
PEOPLE: Source[None] = Source("a person", frozenset({"summary", "report"}), lambda _: None)
COUNTED = Source("iam:GetAccountAuthorizationDetails", frozenset({"entities", "summary"}), lambda found: found.entities)


def _root(found: Evidence) -> Root | Missing:
    return root_of(found)


def caller_name(found: Evidence) -> str | None:
    """The name of the IAM user who asks.

    None for a role, for root, and for a snapshot.
    """
    resource = found.caller.arn.rpartition(":")[2] if found.caller else ""
    return resource.rpartition("/")[2] if resource.startswith("user/") else None


def _of_caller(found: Evidence) -> Report | NotHere | Missing:
    return NotHere("You are not signed in as an IAM user") if caller_name(found) is None else found.report


def _root_row(found: Evidence) -> Row | Missing:
    if not isinstance(found.report, Report):
        return found.report
    return found.report.root or Missing("the credential report has no row of root")


ROOT = Source("iam:GetAccountSummary", frozenset({"summary", "report", "root_devices"}), _root)
ROOT_ROW = Source("iam:GetCredentialReport", frozenset({"report"}), _root_row)
CALLER: Source[Report | NotHere] = Source("iam:GetCredentialReport", frozenset({"report"}), _of_caller)
