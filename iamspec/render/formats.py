"""The formats of a plan: functions from a review to text, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.render import text
from iamspec.render.result_formats import RESULT_FORMATS
from iamspec.review.model import Review


def _json(review: Review, **_: object) -> str:
    """The same document in every mode: before is live and after the spec."""
    from iamspec.saved.plan_document import plan_text  # noqa: PLC0415 - each format loads its own

    return plan_text(review)


def _markdown(review: Review, *, mode: str = "plan", base: str | None = None, **_: object) -> str:
    from iamspec.render.markdown import markdown  # noqa: PLC0415 - each format loads its own

    return markdown(review, mode=mode, base=base)


def _awscli(review: Review, **_: object) -> str:
    from iamspec.render.awscli import awscli  # noqa: PLC0415 - each format loads its own

    return awscli(review)


def _html(review: Review, *, mode: str = "plan", base: str | None = None, **_: object) -> str:
    from iamspec.render.plan_html import as_html  # noqa: PLC0415 - jinja2, which only pages need

    return as_html(review, mode, base)


def _for_ci(format_name: str) -> Callable[..., str]:
    def shown(review: Review, *, mode: str = "plan", **_: object) -> str:
        from iamspec.render.plan_results import results  # noqa: PLC0415 - each format loads its own

        return RESULT_FORMATS[format_name](results(review, mode))

    return shown


def _text(review: Review, *, mode: str = "plan", colour: bool = False, **_: object) -> str:
    return text.text(review, mode=mode, colour=colour)


FORMATS: dict[str, Callable[..., str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "awscli": _awscli,
    "html": _html,
    **{name: _for_ci(name) for name in RESULT_FORMATS},
}
