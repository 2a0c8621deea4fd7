"""A security status in every format: functions from a status to text, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.render import status_json, status_text

STATUS_FORMATS: dict[str, Callable[..., str]] = {
    "text": status_text.text,
    "json": status_json.as_json,
}
