"""JUnit XML for every command, as CI systems read it.

There is a suite with a test case for each finding or check.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

OUTCOMES = {"failed": "failure", "error": "error", "skipped": "skipped"}  # the element that tells of each
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no way to write these


@dataclass(frozen=True, slots=True)
class Case:
    """A test case.

    `group` is the class name, `message` a line, `details` the rest of
    a failure.
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


def _case(case: Case) -> str:
    start = f"<testcase classname={_value(case.group)} name={_value(case.name)}"
    if case.outcome == "passed":
        return f"{start}/>\n"
    element = OUTCOMES[case.outcome]
    details = _text(case.details)
    inner = f"<{element} message={_value(case.message)}>{details}</{element}>"
    return f"{start}>{inner}</testcase>\n"


def _value(value: object) -> str:
    return quoteattr(NOT_XML.sub("\ufffd", str(value)), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(NOT_XML.sub("\ufffd", text))
