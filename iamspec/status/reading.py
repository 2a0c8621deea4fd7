"""Reads the evidence for some checks, with few calls for any number of users.

Each call may be refused by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from iamspec.errors import IamError
from iamspec.iam import Account, Call, Caller, Reader
from iamspec.live.snapshot import content
from iamspec.status import answers
from iamspec.status.credential_report import REPORT, Notice, newest, parsed
from iamspec.status.evidence import Asked, Evidence, Missing
from iamspec.status.report import Report
from iamspec.status.root import root_of
from iamspec.status.sweeping import swept

SUMMARY = Call("GetAccountSummary")
DEVICES = Call("ListVirtualMFADevices", {"AssignmentStatus": "Assigned", "MaxItems": 1000})
CERTIFICATES = Call("ListServerCertificates", {"MaxItems": 1000})
SERVICE_KEYS = Call("ListServiceSpecificCredentials", {"AllUsers": True, "MaxItems": 1000})
CONTACT = Call("GetAlternateContact", {"AlternateContactType": "SECURITY"}, "account")
FIRST = {
    "summary": SUMMARY,
    "report": REPORT,
    "service_keys": SERVICE_KEYS,
    "contact": CONTACT,
    "organization": Call("ListOrganizationsFeatures"),
}
SAVED = (SUMMARY, DEVICES, CERTIFICATES, SERVICE_KEYS)  # what a snapshot takes along beside report and contact
NO_NUMBERS = Asked()


def read(
    reader: Reader,
    caller: Caller,
    wanted: Collection[str],
    *,
    asked: Asked = NO_NUMBERS,
    regions: Sequence[str] = (),
    offline: bool = False,
    notice: Notice = lambda _: None,
) -> Evidence:
    """The evidence for the reads that some checks need.

    `notice` hears of a wait before it begins.

    `offline` says that nobody is signed in, and that ages count up
    to the day of the credential report.
    """
    found = Evidence(
        Account(caller.account, caller.partition, endpoint=caller.endpoint),
        reader.now(),
        None if offline else caller,
        asked,
    )
    found = swept(reader, found, caller) if "entities" in wanted else found
    calls = {name: call for name, call in FIRST.items() if name in wanted}
    heard = dict(zip(calls, reader.attempt_each(list(calls.values())), strict=True))
    if "report" in heard:
        found = _with_report(reader, heard["report"], found, notice, offline=offline)
    return _last(reader, wanted, regions, _with_answers(found, heard))


def _with_report(
    reader: Reader, answer: Mapping[str, Any] | IamError, found: Evidence, notice: Notice, *, offline: bool
) -> Evidence:
    report = parsed(newest(reader, answer, found.now, notice, any_age=offline))
    now = report.made if offline and isinstance(report, Report) else found.now
    return replace(found, report=report, now=now)


def _with_answers(found: Evidence, heard: Mapping[str, Any]) -> Evidence:
    if "summary" in heard:
        found = replace(found, summary=answers.summary(heard["summary"]))
    if "service_keys" in heard:
        found = replace(found, service_keys=answers.service_keys(heard["service_keys"]))
    if "contact" in heard:
        found = replace(found, contact=answers.contact(heard["contact"]))
    if "organization" in heard:
        found = replace(found, organization=answers.organization(heard["organization"]))
    return found


def _last(reader: Reader, wanted: Collection[str], regions: Sequence[str], found: Evidence) -> Evidence:
    """The evidence with lists that are read only where the account summary shows a need."""
    root = root_of(found)
    if "root_devices" in wanted and not isinstance(root, Missing) and root.mfa:
        found = replace(found, root_devices=answers.root_devices(*reader.attempt_each([DEVICES])))
    if "certificates" in wanted:
        none = not isinstance(found.summary, Missing) and found.summary.get("ServerCertificates") == 0
        read_now = () if none else answers.certificates(*reader.attempt_each([CERTIFICATES]))
        found = replace(found, certificates=read_now)
    if "analyzers" in wanted and regions:
        calls = [Call("ListAnalyzers", {}, "accessanalyzer", region) for region in regions]
        heard = zip(regions, reader.attempt_each(calls), strict=True)
        found = replace(found, analyzers={region: answers.analyzer(answer) for region, answer in heard})
    return found


def saved(reader: Reader, notice: Notice) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Answers for an offline status, by operation, and the reasons for missing answers.

    They hold no secret.
    """
    (answer, contact, *others) = reader.attempt_each([REPORT, CONTACT, *SAVED])
    report = newest(reader, answer, reader.now(), notice)
    known = answers.contact(contact)
    kept: dict[str, Mapping[str, Any]] = {}
    lacking = [f"{REPORT.operation}: {report.reason}"] if isinstance(report, Missing) else []
    if not isinstance(report, Missing):
        kept[REPORT.operation] = {"Content": _text(report.get("Content")), "GeneratedTime": report.get("GeneratedTime")}
    if isinstance(known, Missing):
        lacking.append(f"{CONTACT.operation}: {known.reason}")
    else:  # whose name and number stay private
        kept[CONTACT.operation] = {"AlternateContact": dict(CONTACT.params) if known else {}}
    for call, one in zip(SAVED, others, strict=True):
        if isinstance(one, IamError):
            lacking.append(f"{call.operation}: {answers.refused(one).reason}")
        else:
            kept[call.operation] = content(one)
    return kept, lacking


def _text(content: Any) -> str:
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
