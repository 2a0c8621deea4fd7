"""JUnit XML for every command, as CI systems read it: one suite, a test case for each finding or check.

All text is shown with escapes for what is invisible or acts on a
terminal, so XML 1.0 can hold it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from iamspec.render.lines import visible
from iamspec.render.results import Result, Results

OUTCOMES = {"failed": "failure", "error": "error", "skipped": "skipped"}  # the element that tells of each
ERRORS = frozenset({"open"})  # kinds of results that say that something is not known


@dataclass(frozen=True, slots=True)
class Case:
    """A test case.

    `group` is the class name, `message` a line, `details` the rest
    of a failure.
    """

    group: str
    name: str
    outcome: Literal["passed", "failed", "error", "skipped"] = "passed"
    message: str = ""
    details: str = ""


def junit(suite: str, cases: Sequence[Case]) -> str:
    """A test suite with its counts."""
    counts = {one: sum(case.outcome == one for case in cases) for one in OUTCOMES}
    head = (
        f"<testsuite name={_value(suite)} tests={_value(len(cases))} failures={_value(counts['failed'])} "
        f"errors={_value(counts['error'])} skipped={_value(counts['skipped'])}>"
    )
    body = "".join(map(_case, cases))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}\n{body}</testsuite>\n</testsuites>\n'


def junit_of(found: Results) -> str:
    """A test case for each finding, and one for each rule without a finding.

    Notes and accepted findings do not fail.
    """
    concerned = {one.rule for one in found.results}
    passed = [Case(f"iamspec.{found.command}", one.id) for one in found.rules if one.id not in concerned]
    return junit(found.title, [*(_of_result(one, found.command) for one in found.results), *passed])


def _of_result(one: Result, command: str) -> Case:
    group, where = f"iamspec.{command}.{one.rule}", str(one.place or "")
    name = one.subject or where or one.rule
    if one.excuse:
        return Case(group, name, "skipped", f"{one.message} ({one.excuse})")
    if one.kind in ERRORS:
        return Case(group, name, "error", one.message, where)
    if one.kind == "fail" and one.level in {"error", "warning"}:
        return Case(group, name, "failed", one.message, where)
    return Case(group, name)


def _case(case: Case) -> str:
    start = f"<testcase classname={_value(case.group)} name={_value(case.name)}"
    if case.outcome == "passed":
        return f"{start}/>\n"
    element = OUTCOMES[case.outcome]
    details = _text(case.details)
    inner = f"<{element} message={_value(case.message)}>{details}</{element}>"
    return f"{start}>{inner}</testcase>\n"


def _value(value: object) -> str:
    return quoteattr(visible(str(value)))


def _text(text: str) -> str:
    return escape("\n".join(map(visible, text.split("\n"))))
