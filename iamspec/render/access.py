"""Answers to who may do what, as text and as JSON."""

from collections.abc import Callable, Iterator
from typing import Any

from iamspec.access.assume import DEPTH
from iamspec.access.book import Answered, Ground
from iamspec.access.questions import NOT_MODELLED
from iamspec.access.report import Report
from iamspec.iam import elsewhere
from iamspec.policy.actions.action_set import Actions
from iamspec.policy.evaluate import Request
from iamspec.render.access_words import about, summary_lines
from iamspec.render.lines import visible
from iamspec.saved.json_text import json_text


def text(report: Report) -> str:
    """The answers with reasons, and the limits of the answers."""
    lines = [*elsewhere(report.endpoint)]
    lines += _answers(report, report.question) if report.question else summary_lines(report)
    lines += [f"not known what they say: {', '.join(report.unknown)}"] if report.unknown else []
    return "".join(f"{visible(line)}\n" for line in [*lines, f"note: {NOT_MODELLED}"])


def _answers(report: Report, question: Request) -> Iterator[str]:
    if report.who and not report.answers and not report.through and not report.others:
        yield f"nobody may do {about(question)}"
    for one in report.answers:
        yield f"{one.address}: {one.answer.value}: {about(question)}{f': {one.note}' if one.note else ''}"
        yield from (f"  {ground.text}" for ground in one.grounds)
    yield from (f"{one.text}: {one.answer.value}: {about(question)}" for one in report.through)
    yield from (f"{one}: {about(question)}" for one in report.others)
    if report.through:
        yield f"roles that are assumed one after the other are followed {DEPTH} deep"


def as_json(report: Report) -> str:
    """The same as data."""
    question = report.question
    data = {
        "format_version": 1,
        "endpoint": report.endpoint,
        "user": str(report.user) if report.user else None,
        "question": _question(question, who=report.who) if question else None,
        "answers": [_answer(one) for one in report.answers],
        "through": [
            {"address": str(one.who), "roles": list(map(str, one.roles)), "answer": one.answer.value}
            for one in report.through
        ],
        "others": list(report.others),
        "summary": _actions(report.summary) if report.summary is not None else None,
        "unknown": list(report.unknown),
        "not_modelled": NOT_MODELLED,
    }
    return json_text(data)


def _question(question: Request, *, who: bool) -> dict[str, Any]:
    context = {key: list(values) for key, values in sorted(question.context.items())}
    return {"action": question.action, "resource": question.resource, "context": context, "who": who}


def _answer(one: Answered) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "answer": one.answer.value,
        "note": one.note,
        "grounds": [_ground(ground) for ground in one.grounds],
        "unknown": list(one.unknown),
    }


def _ground(ground: Ground) -> dict[str, Any]:
    place, held = ground.location, ground.held
    return {
        "effect": ground.reason.effect,
        "policy": str(held.owner),
        "path": [*held.path, "Statement", ground.reason.statement],
        "through": str(held.through) if held.through else None,
        "missing": list(ground.reason.missing),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _actions(actions: Actions) -> dict[str, Any]:
    return {
        "actions": actions.listed,
        "levels": actions.levels,
        "risks": actions.risks,
        "services": actions.services,
    }


def _html(report: Report) -> str:
    from iamspec.render.access_html import as_html  # noqa: PLC0415 - jinja2, which only pages need

    return as_html(report)


ACCESS_FORMATS: dict[str, Callable[[Report], str]] = {"text": text, "json": as_json, "html": _html}
