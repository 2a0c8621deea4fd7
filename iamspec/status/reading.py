"""Reads the evidence for some checks: a few calls for any number of users, each of which may be refused by itself."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from iamspec.errors import IamError, Unreadable
from iamspec.iam import Account, Call, Caller, Reader
from iamspec.kinds import KINDS
from iamspec.kinds.account import PASSWORD_POLICY, PasswordPolicy
from iamspec.kinds.contract import Address, moment
from iamspec.kinds.holdings import inline_documents, own_tags
from iamspec.live import observe
from iamspec.live.snapshot import NOT_SAVED
from iamspec.policy.document import Document, decode
from iamspec.status.evidence import (
    Asked,
    Certificate,
    Entities,
    Evidence,
    Missing,
    NotHere,
    RoleFacts,
    ServiceKey,
)
from iamspec.status.report import Report, read_report
from iamspec.status.root import root_of

FRESH = timedelta(hours=4)  # IAM makes no newer report
SUMMARY, REPORT, GENERATE = Call("GetAccountSummary"), Call("GetCredentialReport"), Call("GenerateCredentialReport")
DEVICES = Call("ListVirtualMFADevices", {"AssignmentStatus": "Assigned", "MaxItems": 1000})
CERTIFICATES = Call("ListServerCertificates", {"MaxItems": 1000})
SERVICE_KEYS = Call("ListServiceSpecificCredentials", {"AllUsers": True, "MaxItems": 1000})
CONTACT = Call("GetAlternateContact", {"AlternateContactType": "SECURITY"}, "account")
ORGANIZATION = Call("ListOrganizationsFeatures")
FIRST = {
    "summary": SUMMARY,
    "report": REPORT,
    "service_keys": SERVICE_KEYS,
    "contact": CONTACT,
    "organization": ORGANIZATION,
}
NOT_YET = frozenset({"ReportNotPresent", "ReportExpired"})
NOT_READY = frozenset({*NOT_YET, "ReportInProgress"})
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"})
UNKNOWN = DENIED | {NOT_SAVED}
DEFAULTS = Asked()
EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})
ELSEWHERE = {
    "AccountNotManagementOrDelegatedAdministratorException": "only the management account of the organization can tell",
    "OrganizationNotFoundException": "the account is in no organization",
    "ServiceAccessNotEnabledException": "the organization does not let IAM manage root access",
    "OrganizationNotInAllFeaturesModeException": "the organization has not all features enabled",
}

Answer = Mapping[str, Any]
Notice = Callable[[str], None]


class Listening:
    """A Reader that goes on where a listing is denied, remembers the refusal, and keeps the records of roles."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.refused: dict[str, IamError] = {}
        self.heard: dict[str, Answer] = {}
        self.roles: list[Answer] = []

    def caller(self) -> Caller:
        return self._reader.caller()

    def now(self) -> Any:
        return self._reader.now()

    def pages(self, call: Call) -> Iterator[Answer]:
        for page in self._reader.pages(call):
            self.roles += page.get("RoleDetailList", ())
            yield page

    def read_each(self, calls: Sequence[Call]) -> list[Answer | None]:
        return [self._heard(call, answer) for call, answer in zip(calls, self.attempt_each(calls), strict=True)]

    def attempt_each(self, calls: Sequence[Call]) -> list[Answer | IamError]:
        return self._reader.attempt_each(calls)

    def _heard(self, call: Call, answer: Answer | IamError) -> Answer | None:
        if not isinstance(answer, IamError):
            self.heard[call.operation] = answer
            return answer
        if answer.code in UNKNOWN:
            self.refused[call.operation] = answer
        elif not answer.missing:
            raise Unreadable(str(answer)) from answer
        return None


def read(
    reader: Reader,
    wanted: Collection[str],
    *,
    asked: Asked = DEFAULTS,
    regions: Sequence[str] = (),
    offline: bool = False,
    notice: Notice = lambda _: None,
) -> Evidence:
    """The evidence for the reads that some checks need. `notice` hears of a wait before it begins.

    `offline` says that nobody is signed in and that no report is newer than the one there is.
    """
    caller = reader.caller()
    found = Evidence(Account(caller.account, caller.partition), reader.now(), None if offline else caller, asked)
    found = _swept(reader, found, caller) if "entities" in wanted else found
    calls = {name: call for name, call in FIRST.items() if name in wanted}
    answers = dict(zip(calls, reader.attempt_each(list(calls.values())), strict=True))
    if "report" in answers:
        fresh = None if offline else FRESH
        found = replace(found, report=_report(reader, answers["report"], found.now, fresh, notice))
        found = replace(found, now=found.report.made) if offline and isinstance(found.report, Report) else found
    if "summary" in answers:
        found = replace(found, summary=_summary(answers["summary"]))
    if "service_keys" in answers:
        found = replace(found, service_keys=_service_keys(answers["service_keys"]))
    if "contact" in answers:
        found = replace(found, contact=_contact(answers["contact"]))
    if "organization" in answers:
        found = replace(found, organization=_organization(answers["organization"]))
    return _last(reader, wanted, regions, found)


def _last(reader: Reader, wanted: Collection[str], regions: Sequence[str], found: Evidence) -> Evidence:
    """The evidence with lists that are read only where the account summary says that there is something in them."""
    root = root_of(found)
    if "root_devices" in wanted and not isinstance(root, Missing) and root.mfa:
        found = replace(found, root_devices=_root_devices(*reader.attempt_each([DEVICES])))
    if "certificates" in wanted:
        none = not isinstance(found.summary, Missing) and found.summary.get("ServerCertificates") == 0
        found = replace(found, certificates=() if none else _certificates(*reader.attempt_each([CERTIFICATES])))
    if "analyzers" in wanted and regions:
        calls = [Call("ListAnalyzers", {}, "accessanalyzer", region) for region in regions]
        answers = zip(regions, reader.attempt_each(calls), strict=True)
        found = replace(found, analyzers={region: _analyzer(answer) for region, answer in answers})
    return found


# The sweep


def _swept(reader: Reader, found: Evidence, caller: Caller) -> Evidence:
    listening = Listening(reader)
    try:
        live = observe.read_live(listening, caller)
    except IamError as error:
        if error.code not in UNKNOWN:
            raise
        return replace(found, entities=_refused(error), password_policy=_rules(listening, found.account))
    roles = tuple(_role(record, live.account) for record in listening.roles)
    rules = _rules(listening, found.account)
    return replace(found, account=live.account, entities=Entities(live, roles), password_policy=rules)


def _rules(listening: Listening, account: Account) -> PasswordPolicy | Missing:
    kind = KINDS[PASSWORD_POLICY.kind]
    if refused := listening.refused.get(kind.listing.operation):
        return _refused(refused)
    (record,) = kind.records(listening.heard.get(kind.listing.operation, {}))
    found: PasswordPolicy = kind.parse(record, account)
    return found


def _role(record: Answer, account: Account) -> RoleFacts:
    tags = own_tags(record.get("Tags") or ())
    return RoleFacts(
        address=Address("role", record["RoleName"]),
        path=record.get("Path", "/"),
        trust=Document(decode(record.get("AssumeRolePolicyDocument")), account.partition),
        inline=inline_documents(record.get("RolePolicyList") or (), account),
        tags=tags,
        created=moment(record.get("CreateDate")),
    )


# The credential report


def _report(
    reader: Reader, answer: Answer | IamError, now: datetime, fresh: timedelta | None, notice: Notice
) -> Report | Missing:
    """The report, asked for and waited for where there is none of the last hours."""
    if _is_late(answer, now, fresh):
        notice("IAM makes a credential report; this can take a minute")
        (made,) = reader.attempt_each([GENERATE])
        if isinstance(made, IamError):
            return _refused(made)
        (answer,) = reader.attempt_each([REPORT])
    if isinstance(answer, IamError):
        if answer.code in NOT_READY:
            return Missing("IAM has not finished the credential report; try again in some minutes")
        return _refused(answer)
    if _is_late(answer, now, fresh):
        return Missing(f"IAM gives no newer credential report than that of {answer.get('GeneratedTime')}")
    content, made_at = answer.get("Content", b""), moment(answer.get("GeneratedTime"))
    if made_at is None:
        return Missing("the credential report has no date")
    try:
        return read_report(content.decode("utf-8") if isinstance(content, bytes) else str(content), made_at)
    except (Unreadable, UnicodeDecodeError) as error:
        return Missing(f"the credential report cannot be read: {error}")


def _is_late(answer: Answer | IamError, now: datetime, fresh: timedelta | None) -> bool:
    if isinstance(answer, IamError):
        return answer.code in NOT_YET
    made = moment(answer.get("GeneratedTime"))
    return fresh is not None and made is not None and now - made > fresh


# The other answers


def _refused(error: IamError) -> Missing:
    if error.code in DENIED:
        return Missing(f"iam:{error.operation} was denied")
    return Missing("the snapshot does not have it" if error.code == NOT_SAVED else str(error))


def _summary(answer: Answer | IamError) -> Mapping[str, int] | Missing:
    return _refused(answer) if isinstance(answer, IamError) else dict(answer.get("SummaryMap", {}))


def _service_keys(answer: Answer | IamError) -> tuple[ServiceKey, ...] | Missing:
    if isinstance(answer, IamError):
        return _refused(answer)
    return tuple(
        ServiceKey(
            user=one["UserName"],
            service=one.get("ServiceName", ""),
            active=one.get("Status") != "Inactive",
            created=moment(one.get("CreateDate")),
            expires=moment(one.get("ExpirationDate")),
        )
        for one in answer.get("ServiceSpecificCredentials", ())
    )


def _contact(answer: Answer | IamError) -> bool | Missing:
    if not isinstance(answer, IamError):
        return bool(answer.get("AlternateContact"))
    return False if answer.code == "ResourceNotFoundException" else _refused(answer)


def _organization(answer: Answer | IamError) -> frozenset[str] | NotHere | Missing:
    if not isinstance(answer, IamError):
        return frozenset(answer.get("EnabledFeatures", ()))
    reason = ELSEWHERE.get(answer.code) or ELSEWHERE.get(f"{answer.code}Exception")
    return NotHere(reason) if reason else _refused(answer)


def _root_devices(answer: Answer | IamError) -> tuple[str, ...] | Missing:
    if isinstance(answer, IamError):
        return _refused(answer)
    serials = (
        one["SerialNumber"]
        for one in answer.get("VirtualMFADevices", ())
        if one["SerialNumber"].endswith(":mfa/root-account-mfa-device")
        or str((one.get("User") or {}).get("Arn")).endswith(":root")
    )
    return tuple(sorted(serials))


def _certificates(answer: Answer | IamError) -> tuple[Certificate, ...] | Missing:
    if isinstance(answer, IamError):
        return _refused(answer)
    return tuple(
        Certificate(one["ServerCertificateName"], moment(one.get("Expiration")))
        for one in answer.get("ServerCertificateMetadataList", ())
    )


def _analyzer(answer: Answer | IamError) -> bool | Missing:
    if isinstance(answer, IamError):
        return _refused(answer)
    return any(one.get("type") in EXTERNAL and one.get("status") == "ACTIVE" for one in answer.get("analyzers", ()))
