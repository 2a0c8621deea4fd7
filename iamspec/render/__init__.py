"""The formats of a plan: functions from a plan to text, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.plan.model import Plan
from iamspec.render import awscli, json_plan, markdown, text


def _json(plan: Plan, **_: object) -> str:
    """The same document in every mode: before is live and after the spec."""
    return json_plan.json_plan(plan)


def _markdown(plan: Plan, *, mode: str = "plan", **_: object) -> str:
    return markdown.markdown(plan, mode=mode)


def _awscli(plan: Plan, **_: object) -> str:
    return awscli.awscli(plan)


FORMATS: dict[str, Callable[..., str]] = {"text": text.text, "json": _json, "markdown": _markdown, "awscli": _awscli}
