"""SARIF 2.1.0 for every command: a log of rules and results, for code scanning and editors.

After the OASIS standard "Static Analysis Results Interchange Format
(SARIF) Version 2.1.0".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import quote

from iamspec import __version__
from iamspec.errors import Location
from iamspec.saved.json_text import json_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


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
    """A finding.

    `subject` is an address such as `user/alice`. `excuse` is the
    reason why the finding is accepted. A `kind` other than "fail" has
    the level "none".
    """

    rule: str
    level: Literal["error", "warning", "note", "none"]
    message: str
    place: Location | None = None
    subject: str = ""
    excuse: str | None = None
    kind: Literal["fail", "pass", "open", "review", "notApplicable", "informational"] = "fail"
    excused_in_source: bool = False


def sarif(rules: Sequence[Rule], results: Sequence[Result]) -> str:
    """A log with a single run.

    Files are named from the current folder, in a pull request the
    root of the repository.
    """
    order = {rule.id: index for index, rule in enumerate(rules)}
    driver = {"name": "iamspec", "version": __version__, "rules": [_rule(one) for one in rules]}
    found = [_result(one, order[one.rule]) for one in results]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": found}
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return json_text(log)


def _rule(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"id": rule.id, "shortDescription": {"text": rule.text}}
    if rule.help:
        found["help"] = {"text": rule.help}
    if rule.tags:
        found["properties"] = {"tags": list(rule.tags)}
    return found


def _result(result: Result, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {"ruleId": result.rule, "ruleIndex": index}
    if result.kind != "fail":
        found["kind"] = result.kind
    found |= {"level": result.level if result.kind == "fail" else "none", "message": {"text": result.message}}
    if locations := _locations(result):
        found["locations"] = [locations]
    if result.excuse:
        kind = "inSource" if result.excused_in_source else "external"
        found["suppressions"] = [{"kind": kind, "justification": result.excuse}]
    return found


def _locations(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if result.place is not None:
        region = {"startLine": result.place.line, "startColumn": result.place.column}
        uri = quote(PurePath(relpath(result.place.file)).as_posix())
        found["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    if result.subject:
        found["logicalLocations"] = [{"fullyQualifiedName": result.subject}]
    return found
