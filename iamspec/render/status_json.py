"""A status for programs, as schemas/status.schema.json describes it."""

from typing import Any

from iamspec.saved.json_text import json_text
from iamspec.status.cures import cure
from iamspec.status.model import Accepted, Finding, Status, Verdict


def as_json(status: Status, **_: object) -> str:
    """Every check, passed ones included."""
    value = {
        "account": {"id": status.account.id, "partition": status.account.partition, "alias": status.account.alias},
        "endpoint": status.account.endpoint,
        "report_age": _age(status),
        "checks": [_check(one) for one in status.findings],
    }
    return json_text(value)


def _age(status: Status) -> int | None:
    if status.report_made is None:
        return None
    return max(0, int((status.now - status.report_made).total_seconds()))


def _check(finding: Finding) -> dict[str, Any]:
    fails = finding.verdict is Verdict.FAIL
    return {
        "key": finding.check.key,
        "title": finding.check.title,
        "severity": finding.check.severity.label if finding.check.severity else None,
        "frameworks": dict(finding.check.frameworks),
        "verdict": str(finding.verdict),
        "who": list(dict.fromkeys(str(one.address) for one in finding.ruling.who)),
        "why": f"{finding.ruling.text}. {finding.check.why}" if fails else finding.ruling.text,
        "cure": cure(finding) if fails else "",
        "accepted": _accepted(finding.accepted),
    }


def _accepted(accepted: Accepted | None) -> dict[str, Any] | None:
    if accepted is None:
        return None
    return {"reason": accepted.reason, "until": accepted.until.isoformat(), "who": [str(one) for one in accepted.who]}
