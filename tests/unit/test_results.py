"""Findings for CI systems: each command in each format, read back by a reader of that format."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from render_plans import changed, full, user
from sarif_shape import assert_sarif
from story import ACCOUNT, AWS, Story

from iamspec.errors import Location
from iamspec.render.formats import FORMATS
from iamspec.render.result_formats import RESULT_FORMATS
from iamspec.render.results import Result, Results, Rule
from iamspec.review.texts import GUARD_TEXTS

ANNOTATION = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def unescaped(text: str) -> str:
    """A value as the runner of GitHub reads it."""
    for sign, written in ((":", "%3A"), (",", "%2C"), ("\n", "%0A"), ("\r", "%0D"), ("%", "%25")):
        text = text.replace(written, sign)
    return text


def annotations(shown: str) -> list[tuple[str, dict[str, str], str]]:
    """The annotations of a log as the runner reads them. Each line is one."""
    found = [ANNOTATION.fullmatch(line) for line in shown.splitlines()]
    assert None not in found, shown
    return [
        (
            one[1],
            {name: unescaped(value) for name, _, value in (part.partition("=") for part in one[2].split(","))},
            unescaped(one[3]),
        )
        for one in found
        if one is not None
    ]


def log(shown: str) -> list[dict[str, object]]:
    """The results of a log that is valid SARIF, each with the rule that its index names."""
    found = assert_sarif(shown)
    (run,) = found["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    return list(run["results"])


def cases(shown: str) -> dict[tuple[str, str], str]:
    """The outcome of each test case, and counts that add up."""
    (suite,) = ET.fromstring(shown)  # noqa: S314 - the program's own
    found = [(one.attrib["classname"], one.attrib["name"], one[0].tag if len(one) else "passed") for one in suite]
    assert int(suite.attrib["tests"]) == len(found)
    assert int(suite.attrib["failures"]) == sum(outcome == "failure" for *_, outcome in found)
    return {(group, name): outcome for group, name, outcome in found}


# What is common to all commands

ODD = Results(
    "validate",
    "title: 100%",
    (Rule("a", "A"), Rule("b", "B")),
    (
        Result("a", "error", "x: 100%\n::add-mask::y", Location("a,b:c/ü.yaml", 3, 4), "user/x"),
        Result("a", "warning", "meant", excuse="so"),
        Result("b", "note", "only a note"),
    ),
)


def test_an_annotation_is_read_as_it_was_meant():
    """Kills: a line break or a comma that ends a message or a property, and so begins a command."""
    assert annotations(RESULT_FORMATS["github"](ODD)) == [
        ("error", {"file": "a,b:c/ü.yaml", "line": "3", "col": "4", "title": "iamspec a"}, "x: 100%\\n::add-mask::y"),
        ("notice", {"title": "iamspec b"}, "only a note"),
        ("notice", {"title": "iamspec"}, "title: 100%"),
    ]


def test_of_many_annotations_the_last_counts_the_rest():
    """Kills: the eleventh error, which GitHub drops without a word."""
    many = [Result("a", "error", f"number {number}") for number in range(12)]
    found = annotations(RESULT_FORMATS["github"](Results("lint", "t", ODD.rules, many)))
    assert [text for level, _, text in found if level == "error"] == [
        *(f"number {number}" for number in range(9)),
        "and 3 more findings (a)",
    ]


def test_ten_annotations_are_all_shown():
    many = [Result("a", "error", f"number {number}") for number in range(10)]
    found = annotations(RESULT_FORMATS["github"](Results("lint", "t", ODD.rules, many)))
    assert len([one for one in found if one[0] == "error"]) == 10


def test_a_test_case_fails_for_a_warning_and_not_for_a_note():
    assert cases(RESULT_FORMATS["junit"](ODD)) == {
        ("iamspec.validate.a", "user/x"): "failure",
        ("iamspec.validate.a", "a"): "skipped",
        ("iamspec.validate.b", "b"): "passed",
    }


def test_a_rule_without_findings_is_a_test_case_that_passed():
    """Kills: a report without test cases, which CI systems take for a failure of their own."""
    clean = Results("validate", "fine", ODD.rules, ())
    assert cases(RESULT_FORMATS["junit"](clean)) == {
        ("iamspec.validate", "a"): "passed",
        ("iamspec.validate", "b"): "passed",
    }


def test_commands_do_not_overwrite_the_findings_of_each_other():
    """Kills: a plan that closes the alerts of lint in code scanning."""
    runs = [json.loads(RESULT_FORMATS["sarif"](Results(name, "", (), ())))["runs"][0] for name in ("plan", "lint")]
    assert [one["automationDetails"]["id"] for one in runs] == ["iamspec/plan/", "iamspec/lint/"]


# Plan and drift


def test_every_finding_of_a_plan_has_a_place_and_the_worst_come_first():
    """Kills: code scanning that refuses the whole log, because a finding has no place."""
    review = changed(full())
    found = log(FORMATS["sarif"](review, mode="plan"))
    assert [(one["ruleId"], one["level"], "suppressions" in one) for one in found] == [
        ("alarm", "error", False),
        ("boundary", "error", False),
        ("protected", "error", False),
        ("blocked", "error", False),
        ("undeclared", "warning", False),
        ("undeclared", "warning", False),
        ("undeclared", "warning", False),
        ("update", "note", False),
        ("delete", "note", False),
        ("create", "note", False),
        ("update", "note", False),
        ("create", "note", False),
        ("mass-delete", "error", True),
    ]


def test_all_drift_is_an_error():
    found = log(FORMATS["sarif"](full(), mode="drift"))
    assert {one["level"] for one in found} == {"error"}
    assert {one["ruleId"] for one in found} >= {"missing", "different", "surplus", "undeclared"}


def test_each_guard_is_a_rule_with_its_explanation():
    rules = json.loads(FORMATS["sarif"](full()))["runs"][0]["tool"]["driver"]["rules"]
    assert {one["id"] for one in rules} >= set(GUARD_TEXTS)


def test_a_message_of_a_log_has_no_links():
    """Kills: a link in an alert of code scanning that the text of a document has put there."""
    (found,) = log(
        RESULT_FORMATS["sarif"](Results("lint", "", ODD.rules, [Result("a", "error", "[a](http://x)\u202e")]))
    )
    assert found["message"] == {"text": "[a]\\x28http://x)\\u202e"}


def test_a_plan_of_thousands_of_changes_has_few_annotations():
    many = full().changes * 1000
    shown = FORMATS["github"](changed(full(), changes=many))
    assert len(shown.splitlines()) <= 31


# The commands


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def written(story: Story, text: str) -> str:
    (story.folder / "iamspec.yaml").write_text(ACCOUNT + text, encoding="utf-8")
    return str(story.folder)


BAD = "users: {ann: {groups: [nobody]}}\n"
WILD = (
    "policies: {p: {document: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:*', Resource: '*',"
    " Condition: {StringEquals: {'s3:prefix': 'a*'}}}]}}}\n"
)


@pytest.mark.parametrize("command", ["validate", "lint", "plan", "drift"])
def test_an_error_of_a_spec_is_a_finding_in_every_format(story, capsys, command):
    """Kills: an empty report beside exit code 1."""
    path = written(story, BAD)
    place, message = Location(f"{path}/iamspec.yaml", 2, 24), 'user/ann: groups[0]: no group "nobody" is declared'
    shown = {}
    for name in RESULT_FORMATS:
        assert story.run(command, path, "--format", name) == 1
        out, err = capsys.readouterr()
        assert err == f"{place}: {message}\n1 error\n"
        shown[name] = out
    (found,) = log(shown["sarif"])
    assert (found["ruleId"], found["message"], found["locations"][0]["physicalLocation"]["region"]) == (
        "invalid",
        {"text": message},
        {"startLine": 2, "startColumn": 24},
    )
    (level, properties, text), _ = annotations(shown["github"])
    assert (level, properties["line"], properties["title"], text) == ("error", "2", "iamspec invalid", message)
    assert cases(shown["junit"])[f"iamspec.{command}.invalid", str(place)] == "failure"


def test_a_failure_that_is_no_fault_of_the_spec_is_a_finding(story, capsys):
    assert story.run("plan", written(story, "users: {}\n"), "--allow", "no-guard", "--format", "sarif") == 1
    (found,) = log(capsys.readouterr().out)
    assert (found["ruleId"], found["level"]) == ("failed", "error")


def test_warnings_keep_the_exit_code_and_are_errors_when_strict(story, capsys):
    path = written(story, WILD)
    codes, levels = [], []
    for words in (["validate"], ["validate", "--strict"], ["lint"], ["lint", "--strict"]):
        codes.append(story.run(*words, path, "--format", "sarif"))
        levels.append({one["level"] for one in log(capsys.readouterr().out)})
    assert (codes, levels) == ([0, 1, 0, 1], [set(), {"error"}, {"warning"}, {"error"}])


def test_drift_and_plan_keep_their_exit_codes(story, capsys):
    story.user("ann", policies=[f"{AWS}AdministratorAccess"])
    path = written(story, "users: {}\n")
    found = {}
    for name in RESULT_FORMATS:
        codes = (
            story.run("plan", path, "--format", name),
            story.run("drift", path, "--format", name),
        )
        assert codes == (0, 2)
        found[name] = capsys.readouterr().out
    assert "user/ann is not in the spec: administrator" in found["github"]


def test_an_undeclared_entity_is_at_the_settings(story, capsys):
    story.user("ann", policies=[f"{AWS}AdministratorAccess"])
    path = written(story, "users: {}\n")
    story.run("drift", path, "--format", "github")
    (level, properties, text), _ = annotations(capsys.readouterr().out)
    assert (level, properties["title"], properties["line"]) == ("error", "iamspec undeclared", "1")
    assert properties["file"].endswith("iamspec.yaml")
    assert text.startswith("user/ann is not in the spec: administrator; no password, no active key; created ")


def test_a_user_who_is_not_dangerous_is_a_note_of_a_plan():
    assert {one["level"] for one in log(FORMATS["sarif"](changed(full(), undeclared=(user("zoe"),))))} == {
        "error",
        "warning",
        "note",
    }
