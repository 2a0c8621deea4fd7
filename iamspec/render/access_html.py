"""An answer of `iamspec access` as one page: a row for each user, with the statements that decide."""

from collections.abc import Iterator
from dataclasses import dataclass

from iamspec import __version__
from iamspec.access.book import Answered
from iamspec.access.questions import NOT_MODELLED
from iamspec.access.report import Report
from iamspec.iam import elsewhere
from iamspec.policy.evaluate import Answer
from iamspec.render.access_words import about, summary_lines
from iamspec.render.headline import plural
from iamspec.render.html import Facet, page

TONES = {Answer.ALLOWED: "good", Answer.DENIED: "bad"}


@dataclass(frozen=True, slots=True)
class Row:
    """An answer on the page."""

    tone: str
    word: str
    kind: str
    name: str
    note: str
    grounds: tuple[str, ...]


def as_html(report: Report) -> str:
    """The answers, or everything that a user may do."""
    rows = [_row(one) for one in report.answers]
    words = tuple(dict.fromkeys(one.word for one in rows))
    kinds = tuple(dict.fromkeys(one.kind for one in rows))
    return page(
        "access.html",
        title=_title(report),
        elsewhere=elsewhere(report.endpoint),
        rows=rows,
        lines=[] if report.question else list(summary_lines(report)),
        facets=[
            Facet("action", "Answer", tuple((one, one) for one in words)),
            Facet("kind", "Kind", tuple((one, one) for one in kinds)),
        ],
        notes=list(_notes(report)),
        version=__version__,
    )


def _title(report: Report) -> str:
    if report.question is None:
        return f"Everything that {report.user or 'this user'} may do"
    return f"{'Who may do' if report.who else 'May it do'} {about(report.question)}"


def _row(one: Answered) -> Row:
    grounds = tuple(ground.text for ground in one.grounds)
    return Row(
        TONES.get(one.answer, "warn"), one.answer.value, plural(one.address.kind), str(one.address), one.note, grounds
    )


def _notes(report: Report) -> Iterator[str]:
    if report.who and not report.answers and report.question:
        yield f"Nobody may do {about(report.question)}"
    if report.unknown:
        yield f"Not known what they say: {', '.join(report.unknown)}"
    yield NOT_MODELLED
