"""Words for questions about access, and for everything that a user may do."""

from collections.abc import Iterator

from iamspec.access.report import Report
from iamspec.policy.evaluate import Request
from iamspec.render.amounts import amount, levels, risk, services

UNKNOWN_RESOURCE = "*"


def about(question: Request) -> str:
    """`s3:GetObject on arn:aws:s3:::b/* with aws:SourceIp=10.0.0.1`."""
    on = "" if question.resource == UNKNOWN_RESOURCE else f" on {question.resource}"
    known = [f"{key}={','.join(values)}" for key, values in sorted(question.context.items())]
    given = f" with {' '.join(known)}" if known else ""
    return f"{question.action}{on}{given}"


def summary_lines(report: Report) -> Iterator[str]:
    """Everything that a user may do, by service."""
    actions = report.summary
    who = str(report.user) if report.user else "this user"
    if not actions:
        yield f"{who}: nothing is allowed"
        return
    yield f"{who}: {amount(actions)}, on some resource or under some condition"
    if not actions.is_everything:
        yield from (f"  {name}: {levels(found)}" for name, found in services(actions))
    if found := risk(actions):
        yield found
