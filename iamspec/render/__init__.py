"""The formats of a plan: functions from a review to text, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.render import awscli, markdown, text
from iamspec.review.model import Review
from iamspec.saved.plan_document import plan_text


def _json(review: Review, **_: object) -> str:
    """The same document in every mode: before is live and after the spec."""
    return plan_text(review)


def _markdown(review: Review, *, mode: str = "plan", **_: object) -> str:
    return markdown.markdown(review, mode=mode)


def _awscli(review: Review, **_: object) -> str:
    return awscli.awscli(review)


FORMATS: dict[str, Callable[..., str]] = {"text": text.text, "json": _json, "markdown": _markdown, "awscli": _awscli}
