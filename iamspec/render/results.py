"""Findings for CI systems, as one value for every command, and the formats that show them.

`validate`, `lint`, `plan`, `drift` and `status` each make a
`Results`. SARIF, JUnit and the annotations of GitHub are readers
of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from iamspec.errors import Issue, Location

Level = Literal["error", "warning", "note", "none"]
Kind = Literal["fail", "pass", "open", "review", "notApplicable", "informational"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that results refer to by id.

    `tags` are ids of the rule in other frameworks.
    """

    id: str
    text: str
    help: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A finding. `subject` is an address such as `user/alice`, `excuse` the reason why the finding is accepted.

    A `kind` other than "fail" has the level "none".
    """

    rule: str
    level: Level
    message: str
    place: Location | None = None
    subject: str = ""
    excuse: str | None = None
    kind: Kind = "fail"
    excused_in_source: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """The findings of a command, the most important first, and the rules that were looked at.

    `title` is a sentence about the whole. `command` keeps the
    findings of different commands apart.
    """

    command: str
    title: str
    rules: Sequence[Rule]
    results: Sequence[Result]


INVALID = Rule("invalid", "The spec cannot be used")
WARNING = Rule("warning", "IAM takes the spec, but it hardly says what is meant")
FAILED = Rule("failed", "The command could not be run")


def of_issues(
    command: str, errors: Iterable[Issue], warnings: Iterable[Issue] = (), *, strict: bool = False
) -> Results:
    """Errors and warnings about a spec. Where `strict`, warnings are errors."""
    found = [_of_issue(INVALID, "error", one) for one in errors]
    found += [_of_issue(WARNING, "error" if strict else "warning", one) for one in warnings]
    errors_found = sum(one.level == "error" for one in found)
    title = f"iamspec {command}: {errors_found} errors, {len(found) - errors_found} warnings"
    return Results(command, title, (INVALID, WARNING), found)


def of_failure(command: str, message: str) -> Results:
    """The error that has ended a command."""
    return Results(command, f"iamspec {command}: failed", (FAILED,), (Result(FAILED.id, "error", message),))


def _of_issue(rule: Rule, level: Level, issue: Issue) -> Result:
    message = f"{issue.where}: {issue.message}" if issue.where else issue.message
    return Result(rule.id, level, message, issue.location)
