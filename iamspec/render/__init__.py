"""The formats of a plan: functions from a plan to text, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec.plan import Plan
from iamspec.render.awscli import awscli
from iamspec.render.json_plan import json_plan
from iamspec.render.markdown import markdown
from iamspec.render.text import text


def _markdown(plan: Plan, *, mode: str = "plan", colour: bool = False) -> str:  # noqa: ARG001 - a comment has none
    return markdown(plan, mode=mode)


def _json(plan: Plan, **_: object) -> str:
    """The same document in every mode: before is live and after the spec."""
    return json_plan(plan)


def _awscli(plan: Plan, **_: object) -> str:
    return awscli(plan)


FORMATS: dict[str, Callable[..., str]] = {"text": text, "json": _json, "markdown": _markdown, "awscli": _awscli}
