"""A status as one page: the dangerous first, then a row for each check."""

from dataclasses import dataclass
from datetime import UTC

from iamspec import __version__
from iamspec.render.html import Facet, page
from iamspec.render.status_words import MARKS, acceptance, ids_line, report_line, summary, title
from iamspec.status.cures import cure, form, place
from iamspec.status.model import Finding, Form, Severity, Status, Subject, Verdict

MOST_NAMES = 300  # of one check: a page of a large account stays below two megabytes
ON_A_CARD = 4
TONES = {Verdict.FAIL: "bad", Verdict.CANNOT_TELL: "warn", Verdict.PASS: "good"}
GROUPS = {"failed": "failed", "accepted": "accepted", "unknown": "cannot tell", "others": "for you", "passed": "passed"}


@dataclass(frozen=True, slots=True)
class Named:
    """A failing entity on the page."""

    address: str
    note: str
    since: str


@dataclass(frozen=True, slots=True)
class Row:
    """A check on the page, in words."""

    group: str
    tone: str
    mark: str
    severity: str
    key: str
    text: str
    ids: str
    why: str
    folded: bool
    names: tuple[Named, ...] = ()
    more: int = 0
    accepted: str = ""
    cure: str = ""
    steps: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A dangerous failure at the top of the page."""

    text: str
    who: str


def as_html(status: Status, **_: object) -> str:
    rows = [_row(one, status) for one in status.findings]
    present = [(name, label) for name, label in GROUPS.items() if any(row.group == name for row in rows)]
    return page(
        "status.html",
        title=title(status),
        summary=summary(status),
        report=report_line(status),
        cards=[_card(one) for one in status.findings if _is_dangerous(one)],
        facets=[Facet("group", "Verdict", tuple(present))],
        rows=rows,
        notes=status.notes,
        version=__version__,
    )


def _is_dangerous(finding: Finding) -> bool:
    return finding.fails and (finding.check.severity or 0) >= Severity.HIGH


def _card(finding: Finding) -> Card:
    names = [str(one.address) for one in finding.open]
    rest = f" and {len(names) - ON_A_CARD} more" if len(names) > ON_A_CARD else ""
    return Card(finding.ruling.text, f"{', '.join(names[:ON_A_CARD])}{rest}" or finding.check.why)


def _row(finding: Finding, status: Status) -> Row:
    fails = finding.verdict is Verdict.FAIL
    shown = finding.open if finding.fails else finding.ruling.who
    return Row(
        group=_group(finding),
        tone=TONES.get(finding.verdict, "plain") if finding.fails or not fails else "plain",
        mark="accepted" if fails and not finding.fails else MARKS[finding.verdict],
        severity=finding.check.severity.label if finding.check.severity else "",
        key=finding.check.key,
        text=finding.ruling.text,
        ids=ids_line(finding, status.framework),
        why=finding.check.why if fails else finding.check.about,
        folded=not finding.fails,
        names=tuple(map(_named, shown[:MOST_NAMES])),
        more=max(0, len(shown) - MOST_NAMES),
        accepted=acceptance(finding),
        cure=cure(finding) if finding.fails else "",
        steps=form(finding) is Form.STEPS,
        place=place(finding),
    )


def _group(finding: Finding) -> str:
    if finding.verdict is Verdict.FAIL:
        return "failed" if finding.fails else "accepted"
    return {Verdict.PASS: "passed", Verdict.CANNOT_TELL: "unknown"}.get(finding.verdict, "others")


def _named(subject: Subject) -> Named:
    since = subject.since.astimezone(UTC).date().isoformat() if subject.since else ""
    return Named(str(subject.address), subject.note, since)
