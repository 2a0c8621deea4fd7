"""Sentences about a status that several formats share."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from iamspec.render.lines import count
from iamspec.status.frameworks import CIS, IAMSPEC
from iamspec.status.model import Finding, Status, Subject, Verdict

MOST_NAMES = 8
MARKS = {
    Verdict.PASS: "ok",
    Verdict.FAIL: "FAIL",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.CANNOT_TELL: "?",
    Verdict.MANUAL: "you",
}


def title(status: Status) -> str:
    """The heading in one line, with the endpoint if that is not AWS."""
    return "; ".join([heading(status), *status.account.elsewhere])


def heading(status: Status) -> str:
    """`Security status of account 123456789012 (acme-prod), by cis-5.0`."""
    account = f"{status.account.id} ({status.account.alias})" if status.account.alias else status.account.id
    framework = "" if status.framework == IAMSPEC else f", by {status.framework}"
    return f"Security status of account {account}{framework}"


def report_line(status: Status) -> str:
    """The time of the credential report. Empty if no check asked for it."""
    if status.report_made is None:
        asked = any("report" in one.check.source.reads for one in status.findings)
        return "Without a credential report" if asked else ""
    made = status.report_made.astimezone(UTC)
    age = _age(status.now, made)
    day = "" if made.date() == status.now.astimezone(UTC).date() else f"{made:%Y-%m-%d} "
    return f"Credential report of {day}{made:%H:%M} UTC, {age} old"


def _age(now: datetime, made: datetime) -> str:
    minutes = max(0, int((now - made).total_seconds() // 60))
    if minutes < 60:
        return count(minutes, "minute")
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 48 * 60 else count(minutes // 1440, "day")


def ids_line(finding: Finding, framework: str) -> str:
    """Text such as `CIS 7.0 2.5, IAM.9`.

    These are the ids in the chosen framework, or in the newest CIS
    and in Security Hub.
    """
    known = finding.check.frameworks
    if framework != IAMSPEC:
        return _named(framework, known.get(framework, ""))
    newest = next((name for name in reversed(CIS) if name in known), None)
    parts = [_named(name, known[name]) for name in (newest, "fsbp") if name and name in known]
    return ", ".join(parts)


def _named(framework: str, number: str) -> str:
    return f"CIS {framework.removeprefix('cis-')} {number}" if framework in CIS else number


def names(subjects: Sequence[Subject], now: datetime, most: int = MOST_NAMES) -> list[str]:
    """Each entity with the note and the start of the failure.

    Of many, the first and a count.
    """
    shown = [shown_subject(one, now) for one in subjects[:most]]
    rest = len(subjects) - most
    return [*shown, f"and {rest} more (--format json has all)"] if rest > 0 else shown


def shown_subject(subject: Subject, now: datetime) -> str:
    """`user/etl (1 key, 131 days)`."""
    parts = [subject.note] if subject.note else []
    if subject.since is not None:
        parts.append(count(max(0, (now - subject.since).days), "day"))
    return f"{subject.address} ({', '.join(parts)})" if parts else str(subject.address)


def reasons(status: Status) -> list[tuple[str, list[Finding]]]:
    """Why verdicts are not known, each reason with the checks that it concerns."""
    found: dict[str, list[Finding]] = {}
    for one in status.with_verdict(Verdict.CANNOT_TELL):
        found.setdefault(one.ruling.text, []).append(one)
    return list(found.items())


def acceptance(finding: Finding) -> str:
    """Text such as `accepted until 2026-12-31: a build server of the old kind`.

    Empty if nothing is accepted.
    """
    if finding.accepted is None:
        return ""
    whom = f" for {', '.join(map(str, finding.accepted.who))}" if finding.accepted.who else ""
    return f"accepted until {finding.accepted.until}{whom}: {finding.accepted.reason}"


def summary(status: Status) -> str:
    """`19 passed, 3 failed, 1 accepted, 1 cannot tell, 4 manual, 2 not applicable`."""
    found = Counter(_word(one) for one in status.findings)
    words = ("passed", "failed", "accepted", "cannot tell", "manual", "not applicable")
    return ", ".join(f"{found[word]} {word}" for word in words if found[word])


def _word(finding: Finding) -> str:
    if finding.verdict is Verdict.FAIL:
        return "failed" if finding.fails else "accepted"
    return "passed" if finding.verdict is Verdict.PASS else str(finding.verdict)
