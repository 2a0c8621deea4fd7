"""From evidence to a status: each chosen check is judged, and accepted failures are marked."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from iamspec.errors import Location
from iamspec.kinds.contract import Address
from iamspec.status.checks import ROWS
from iamspec.status.checks.rulings import cannot_tell, missing
from iamspec.status.evidence import Evidence, Missing
from iamspec.status.frameworks import IAMSPEC
from iamspec.status.model import Accepted, Check, Finding, Ruling, Severity, Status, Verdict
from iamspec.status.report import Report
from iamspec.status.sources import CALLER, REPORT, ROOT_ROW

MANY = 10
FIRST = (Verdict.FAIL, Verdict.CANNOT_TELL, Verdict.MANUAL, Verdict.NOT_APPLICABLE, Verdict.PASS)


def chosen(framework: str) -> tuple[Check[Any], ...]:
    """The checks of a framework. All of them for `iamspec`."""
    return tuple(one for one in ROWS if framework == IAMSPEC or framework in one.frameworks)


def assess(
    found: Evidence,
    framework: str = IAMSPEC,
    accept: Mapping[str, Accepted] | None = None,
    places: Mapping[Address, Location] | None = None,
) -> Status:
    """The status of an account in a framework, the worst first."""
    today = found.now.date()
    findings = [
        _finding(check, rule(check, found, framework), (accept or {}).get(check.key), today, places or {})
        for check in chosen(framework)
    ]
    made = found.report.made if isinstance(found.report, Report) else None
    notes = tuple(_notes(findings, accept or {}, today))
    return Status(found.account, found.now, framework, tuple(sorted(findings, key=_order)), made, notes)


def rule(check: Check[Any], found: Evidence, framework: str = IAMSPEC) -> Ruling:
    """The verdict of a check. A missing or partial source never passes."""
    value = check.source.of(found)
    if isinstance(value, Missing):
        return missing(value)
    ruling = check.variants.get(framework, check.judge)(value, found)
    if ruling.verdict is Verdict.PASS and check.source in {REPORT, ROOT_ROW, CALLER} and (gaps := _gaps(found)):
        return cannot_tell(gaps)
    return ruling


def _gaps(found: Evidence) -> str:
    """Columns and dates of the credential report that may say anything."""
    if not isinstance(found.report, Report):
        return ""
    if unknown := found.report.unknown_columns:
        return f"the credential report has columns that this iamspec does not know: {', '.join(unknown)}"
    unread = [f"{name} of {one.user}" for one in found.report.rows for name in one.unread]
    return f"the credential report has dates that cannot be read: {', '.join(unread[:MANY])}" if unread else ""


def _finding(
    check: Check[Any],
    ruling: Ruling,
    accepted: Accepted | None,
    today: date,
    places: Mapping[Address, Location],
) -> Finding:
    there = {one.address: places[one.address] for one in ruling.who if one.address in places}
    if accepted is None or ruling.verdict is not Verdict.FAIL or accepted.until < today:
        return Finding(check, ruling, None, there)
    failing = {one.address for one in ruling.who}
    who = tuple(one for one in accepted.who if one in failing)
    if check.names and not who:
        return Finding(check, ruling, None, there)
    return Finding(check, ruling, Accepted(accepted.reason, accepted.until, who), there)


def _notes(findings: list[Finding], accept: Mapping[str, Accepted], today: date) -> Iterator[str]:
    """Accepted failures without effect: those that have ended, and those that fit no failure."""
    for one in sorted(findings, key=lambda one: one.check.key):
        accepted = accept.get(one.check.key)
        if accepted is None:
            continue
        where = f"status.accept.{one.check.key}"
        failing = {subject.address for subject in one.ruling.who}
        if accepted.until < today:
            yield f"{where} ended on {accepted.until} and has no effect"
        elif one.verdict not in {Verdict.FAIL, Verdict.CANNOT_TELL}:
            yield f"{where} fits nothing: the verdict is {one.verdict}"
        elif one.verdict is Verdict.FAIL and (gone := [str(name) for name in accepted.who if name not in failing]):
            yield f"{where} fits nothing for {', '.join(gone)}"


def _order(finding: Finding) -> tuple[bool, int, int, str]:
    severity = finding.check.severity or 0
    return (not finding.fails, FIRST.index(finding.verdict), -int(severity), finding.check.key)


def worst(status: Status, level: Severity) -> Verdict:
    """FAIL if a check at or above a level fails, else CANNOT_TELL if a verdict is unknown, else PASS."""
    rated = [one for one in status.findings if one.check.severity is not None and one.check.severity >= level]
    if any(one.fails for one in rated):
        return Verdict.FAIL
    unknown = any(one.verdict is Verdict.CANNOT_TELL for one in rated)
    return Verdict.CANNOT_TELL if unknown else Verdict.PASS
