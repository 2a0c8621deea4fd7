"""Warnings about a spec as text, as JSON, and for CI systems."""

from collections.abc import Callable, Sequence

from iamspec.desired.lint import RULES, Finding
from iamspec.render.lines import count, visible
from iamspec.render.result_formats import RESULT_FORMATS
from iamspec.render.results import Result, Results, Rule
from iamspec.saved.json_text import json_text


def text(findings: Sequence[Finding], *, strict: bool) -> str:
    """A line for each warning that nobody has accounted for, and the counts."""
    level = "error" if strict else "warning"
    lines = [f"{one.location}: {level}: {one.where}: {one.message} [{one.code}]" for one in findings if not one.reason]
    silenced = sum(one.reason is not None for one in findings)
    more = f", {silenced} ignored for a reason" if silenced else ""
    lines.append(f"{len(lines)} {level}{'' if len(lines) == 1 else 's'}{more}")
    return "".join(f"{visible(line)}\n" for line in lines)


def as_json(findings: Sequence[Finding], *, strict: bool) -> str:
    """Every warning, the ignored ones with their reason."""
    found = [
        {
            "code": one.code,
            "level": "error" if strict else "warning",
            "address": str(one.address),
            "path": list(one.path),
            "message": one.message,
            "file": one.location.file,
            "line": one.location.line,
            "column": one.location.column,
            "ignored": one.reason,
        }
        for one in findings
    ]
    return json_text({"format_version": 1, "findings": found})


def results(findings: Sequence[Finding], *, strict: bool) -> Results:
    """The warnings for CI systems. An ignored warning is accepted, with its reason."""
    rules = [Rule(code, RULES[code]) for code in sorted(RULES)]
    open_ = sum(one.reason is None for one in findings)
    title = f"iamspec lint: {count(open_, 'error' if strict else 'warning')}"
    return Results("lint", title, rules, [_result(one, strict=strict) for one in findings])


def _result(finding: Finding, *, strict: bool) -> Result:
    return Result(
        rule=finding.code,
        level="error" if strict else "warning",
        message=f"{finding.where}: {finding.message}",
        place=finding.location,
        subject=str(finding.address),
        excuse=finding.reason,
        excused_in_source=True,
    )


def _for_ci(format_name: str) -> Callable[..., str]:
    return lambda findings, *, strict: RESULT_FORMATS[format_name](results(findings, strict=strict))


LINT_FORMATS: dict[str, Callable[..., str]] = {
    "text": text,
    "json": as_json,
    **{name: _for_ci(name) for name in RESULT_FORMATS},
}
