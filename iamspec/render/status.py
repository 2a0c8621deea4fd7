"""A security status in every format: functions from a status to text, by the names for `--format`."""

from collections.abc import Callable

from iamspec.render import status_ci, status_json, status_markdown, status_text
from iamspec.status.model import Status


def _html(status: Status, **_: object) -> str:
    from iamspec.render.status_html import as_html  # noqa: PLC0415 - jinja2, which only pages need

    return as_html(status)


STATUS_FORMATS: dict[str, Callable[..., str]] = {
    "text": status_text.text,
    "json": status_json.as_json,
    "markdown": status_markdown.markdown,
    "html": _html,
    "sarif": status_ci.as_sarif,
    "junit": status_ci.as_junit,
    "github": status_ci.as_github,
}
