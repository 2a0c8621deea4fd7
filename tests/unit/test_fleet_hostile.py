"""Hostile names of accounts, entities and documents through every format of a report over a fleet."""

import json
from datetime import UTC, datetime

import pytest
from story import Story
from test_hostile_formats import CHECKS, HOSTILE, capture

from iamspec.errors import is_visible
from iamspec.fleet.folder import ERROR
from iamspec.fleet.formats import FLEET_FORMATS
from iamspec.fleet.index import AccountRow, Index, ResultRow, Settings
from iamspec.fleet.report import of_documents


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Accounts with hostile names, each with the drift of a hostile account and an alarm, or with a hostile error."""
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "live.json").write_text(json.dumps(capture()), encoding="utf-8")
    (folder / "iamspec.yaml").write_text("users: {}\n", encoding="utf-8")
    out = folder / "plan.json"
    words = ["plan", str(folder), "--snapshot", str(folder / "live.json"), "--out", str(out)]
    Story(folder).run(*words)
    document = json.loads(out.read_text(encoding="utf-8"))
    rows = [AccountRow(id=f"{number:012}", organization_name=text, unit=text) for number, text in enumerate(HOSTILE, 1)]
    results = {row.id: ResultRow(file="f", digest=ERROR if row.id.endswith("1") else "d") for row in rows}
    index = Index(
        command="drift",
        accounts=rows,
        made=datetime(2026, 11, 24, tzinfo=UTC),
        results=results,
        settings=Settings(digest="d"),
    )
    found = []
    for row in rows:
        own = {**document, "alarms": [row.unit], "error": row.unit}  # so that each account has a fold of its own
        found.append((row, results[row.id], own))
    return of_documents(found, index, HOSTILE)


@pytest.mark.parametrize("name", FLEET_FORMATS)
def test_no_hostile_text_speaks_in_a_report_over_a_fleet(reported, name):
    """Kills: the name of an account that mentions a team, or is a link, in the summary of a fold."""
    out = FLEET_FORMATS[name](reported)
    assert is_visible("".join(set(out) - {"\n", "\t"}))
    CHECKS[name](out)
