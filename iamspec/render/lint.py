"""Warnings about a spec as text, as JSON, and as SARIF 2.1.0 for code scanning in pull requests."""

import json
from collections.abc import Callable, Sequence
from os.path import relpath
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from iamspec import __version__
from iamspec.desired.lint import RULES, Finding
from iamspec.render.json_plan import escaped
from iamspec.render.lines import visible

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


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
    return escaped(json.dumps({"format_version": 1, "findings": found}, indent=2, ensure_ascii=False)) + "\n"


def sarif(findings: Sequence[Finding], *, strict: bool) -> str:
    """A SARIF 2.1.0 log; an ignored warning is a suppressed result with its justification.

    Places are told from the current folder, which in a pull request is the root of the repository.
    """
    rules = [{"id": code, "shortDescription": {"text": RULES[code]}} for code in sorted(RULES)]
    driver = {"name": "iamspec", "version": __version__, "rules": rules}
    results = [_result(one, strict=strict) for one in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _result(finding: Finding, *, strict: bool) -> dict[str, Any]:
    place = finding.location
    region = {"startLine": place.line, "startColumn": place.column}
    location = {"artifactLocation": {"uri": quote(PurePath(relpath(place.file)).as_posix())}, "region": region}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": sorted(RULES).index(finding.code),
        "level": "error" if strict else "warning",
        "message": {"text": f"{finding.where}: {finding.message}"},
        "locations": [{"physicalLocation": location}],
    }
    if finding.reason:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result


LINT_FORMATS: dict[str, Callable[..., str]] = {"text": text, "json": as_json, "sarif": sarif}
