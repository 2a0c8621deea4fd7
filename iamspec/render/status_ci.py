"""A status for CI systems: SARIF for code scanning, annotations for GitHub, JUnit for lists of tests."""

from collections.abc import Iterator, Mapping

from iamspec.render.junit import Case, junit
from iamspec.render.result_formats import RESULT_FORMATS
from iamspec.render.results import Kind, Level, Result, Results, Rule
from iamspec.render.status_words import acceptance, names, shown_subject, summary, title
from iamspec.status.checks import ROWS
from iamspec.status.cures import cure, cure_of
from iamspec.status.model import Finding, Severity, Status, Subject, Verdict

KINDS: Mapping[Verdict, Kind] = {
    Verdict.PASS: "pass",
    Verdict.CANNOT_TELL: "open",
    Verdict.MANUAL: "review",
    Verdict.NOT_APPLICABLE: "notApplicable",
}
RULES = tuple(
    Rule(
        one.key,
        one.title,
        f"{one.why} {one.about}",
        tuple(f"{name}:{number}" for name, number in one.frameworks.items()),
    )
    for one in sorted(ROWS, key=lambda row: row.key)
)


def results(status: Status) -> Results:
    """A result for each failing entity, at the line that declares it or else at the settings."""
    found = [result for one in status.findings for result in _results(one, status)]
    return Results("status", f"{title(status)}: {summary(status)}", RULES, found)


def as_sarif(status: Status, **_: object) -> str:
    return RESULT_FORMATS["sarif"](results(status))


def as_github(status: Status, **_: object) -> str:
    return RESULT_FORMATS["github"](results(status))


def _results(finding: Finding, status: Status) -> Iterator[Result]:
    key, text = finding.check.key, finding.ruling.text
    if finding.verdict is not Verdict.FAIL:
        yield Result(key, "none", text, status.source, kind=KINDS[finding.verdict])
        return
    accepted = set(finding.accepted.who) if finding.accepted else set()
    for subject in finding.ruling.who or (None,):
        address = subject.address if subject else None
        excused = finding.accepted is not None and (subject is None or subject.address in accepted)
        yield Result(
            rule=key,
            level=_level(finding),
            message=f"{_sentence(finding, subject, status)} {finding.check.why} Cure: {cure_of(finding.check, address)}",
            place=finding.places.get(subject.address, status.source) if subject else status.source,
            subject=str(address or ""),
            excuse=finding.accepted.reason if finding.accepted and excused else None,
        )


def _sentence(finding: Finding, subject: Subject | None, status: Status) -> str:
    who = f": {shown_subject(subject, status.now)}" if subject else ""
    return f"{finding.ruling.text}{who}."


def _level(finding: Finding) -> Level:
    severity = finding.check.severity
    if severity is None:
        return "note"
    return "error" if severity >= Severity.HIGH else "warning"


def as_junit(status: Status, **_: object) -> str:
    """A test case for each check.

    An unknown verdict is an error, an accepted failure is skipped.
    """
    return junit(title(status), [_case(one, status) for one in status.findings])


def _case(finding: Finding, status: Status) -> Case:
    group = f"iamspec.status.{finding.check.severity.label if finding.check.severity else 'unrated'}"
    name, text = finding.check.key, finding.ruling.text
    if finding.fails:
        details = [*names(finding.open, status.now), finding.check.why, cure(finding)]
        return Case(group, name, "failed", text, "\n".join(details))
    if finding.verdict is Verdict.CANNOT_TELL:
        return Case(group, name, "error", text)
    if finding.verdict is Verdict.PASS:
        return Case(group, name)
    return Case(group, name, "skipped", acceptance(finding) or text)
