"""SARIF 2.1.0 for every command: a log of rules and results, for code scanning and editors.

After the OASIS standard "Static Analysis Results Interchange
Format (SARIF) Version 2.1.0".
"""

from os.path import relpath
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from iamspec import __version__
from iamspec.render.lines import visible
from iamspec.render.results import Result, Results, Rule
from iamspec.saved.json_text import json_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


def sarif(found: Results) -> str:
    """A log with a single run.

    Files are named from the current folder, in a pull request the
    root of the repository.
    """
    order = {rule.id: index for index, rule in enumerate(found.rules)}
    driver = {"name": "iamspec", "version": __version__, "rules": [_rule(one) for one in found.rules]}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"iamspec/{found.command}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, order[one.rule]) for one in found.results],
    }
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
    found |= {"level": result.level if result.kind == "fail" else "none", "message": {"text": _plain(result.message)}}
    if locations := _locations(result):
        found["locations"] = [locations]
    if result.excuse:
        kind = "inSource" if result.excused_in_source else "external"
        found["suppressions"] = [{"kind": kind, "justification": _plain(result.excuse)}]
    return found


def _plain(text: str) -> str:
    """A line of text without links. The standard (3.11.6) allows links even in plain text."""
    return visible(text).replace("](", "]\\x28")


def _locations(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if result.place is not None:
        region = {"startLine": result.place.line, "startColumn": result.place.column}
        uri = quote(PurePath(relpath(result.place.file)).as_posix())
        found["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    if result.subject:
        found["logicalLocations"] = [{"fullyQualifiedName": visible(result.subject)}]
    return found
