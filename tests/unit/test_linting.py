"""Warnings about a whole spec: places, ignored warnings, and formats."""

import json
import re

import pytest
from faulty import faults, written

from iamspec.cli import main
from iamspec.commands.validate import validate
from iamspec.desired.lint import RULES, findings
from iamspec.kinds.contract import Address
from iamspec.render.lint import LINT_FORMATS
from iamspec.render.sarif import SCHEMA as SARIF_SCHEMA

WIDE = "{Version: 2012-10-17, Statement: {Effect: Allow, Action: '*', Resource: '*'}}"
TYPO = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:GetObjet', Resource: '*'}]}"
BOTH = f"policies:\n  p: {{document: {WIDE}}}\nusers:\n  u:\n    inline_policies:\n      own: {TYPO}\n"
ADMINISTRATOR = "allows every action on every resource without a condition; list what is needed"
UNKNOWN = 'no action "s3:GetObjet" is known; did you mean "s3:GetObject"?'


@pytest.fixture
def found(tmp_path, monkeypatch):
    """What there is to warn of in a spec."""
    monkeypatch.chdir(tmp_path)

    def of(files):
        written(tmp_path, files)
        return findings(validate(["spec"])[0])

    return of


def told(found):
    return [f"{one.location}: {one.where}: {one.code}" + (f" ({one.reason})" if one.reason else "") for one in found]


def test_each_document_of_a_spec_is_looked_at_and_each_warning_has_its_place(found):
    assert [(str(one.location), one.where, one.code, one.message) for one in found(BOTH)] == [
        ("spec/a.yaml:2:50", "policy/p: document.Statement", "administrator", ADMINISTRATOR),
        ("spec/a.yaml:6:70", "user/u: inline_policies.own.Statement[0].Action", "unknown-action", UNKNOWN),
    ]


def test_a_warning_about_a_document_in_a_file_stands_in_that_file(found):
    """The bug: the place is that of the line that names the file."""
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, indent=1
    )
    one = found({"a.yaml": "policies: {p: {document: {file: d.json}}}\n", "d.json": document})[0]
    assert str(one.location) == "spec/d.json:3:15"


def test_what_fills_in_for_an_account_is_no_mistake(found):
    """The bug: documents are looked at before `${iamspec:…}` is replaced."""
    resource = "'arn:aws:s3:::b/" + "${iamspec:partition}" * 95 + "'"  # too much for an inline policy as it is written
    document = f"{{Statement: {{Effect: Allow, Action: 's3:GetObject', Resource: {resource}}}}}"
    assert told(found(f"users: {{u: {{inline_policies: {{own: {document}}}}}}}\n")) == []


def test_a_warning_is_ignored_for_a_reason_in_the_entity_or_in_the_settings(found):
    entity = BOTH.replace("p: {", "p: {lint: {ignore: {administrator: they are few}}, ")
    settings = "lint: {ignore: {unknown-action: it is new}}\n"
    assert told(found({"a.yaml": entity, "iamspec.yaml": settings})) == [
        "spec/a.yaml:2:97: policy/p: document.Statement: administrator (they are few)",
        "spec/a.yaml:6:70: user/u: inline_policies.own.Statement[0].Action: unknown-action (it is new)",
    ]


def test_an_entity_ignores_what_it_has_itself_only(found):
    """The bug: an ignored warning of an entity is ignored everywhere."""
    files = BOTH.replace("p: {", "p: {lint: {ignore: {administrator: meant, unknown-action: meant}}, ")
    assert [one.reason for one in found(files)] == ["meant", None]


def test_only_a_warning_that_exists_is_ignored_and_only_for_a_reason(tmp_path):
    files = {
        "iamspec.yaml": "lint: {ignore: {administrators: x, escalation: ' '}}\n",
        "a.yaml": "users: {u: {lint: {ignore: {nothing: x}}}}\n",
    }
    meant = '; did you mean "administrator"?'
    assert faults(tmp_path, files) == [
        'spec/a.yaml:1:38: user/u: lint.ignore.nothing: there is no warning "nothing"',
        f'spec/iamspec.yaml:1:33: lint.ignore.administrators: there is no warning "administrators"{meant}',
        "spec/iamspec.yaml:1:48: lint.ignore.escalation: write why this is meant to be so",
    ]


def test_a_policy_that_only_bounds_may_allow_much(found):
    """The bug: a boundary is taken for a grant, or a grant for a boundary because it bounds somebody, too."""
    spec = f"policies: {{p: {{document: {WIDE}}}}}\nusers: {{u: {{permissions_boundary: p}}, v: {{policies: []}}}}\n"
    assert told(found(spec)) == []
    assert [one.code for one in found(spec.replace("policies: []", "policies: [p]"))] == ["administrator"]


def test_inline_policies_that_nearly_fill_their_quota_are_told_at_nine_tenths(found):
    def spec(size):
        document = "{Statement: {Effect: Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::%s'}}"
        bare = len(
            json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::"}})
        )
        bare -= json.dumps({"Statement": {"Effect": "", "Action": "", "Resource": ""}}).count(" ")
        return f"users: {{u: {{inline_policies: {{own: {document % ('b' * (size - bare))}}}}}}}\n"

    assert told(found(spec(1843))) == []
    full = found(spec(1844))
    assert [(one.code, one.address, one.path, one.message) for one in full] == [
        (
            "inline-size",
            Address("user", "u"),
            ("inline_policies",),
            "1844 of 2048 characters are used; move one into a managed policy",
        )
    ]


# The forms


def test_as_text_what_is_ignored_is_counted(found):
    assert LINT_FORMATS["text"](found(BOTH), strict=True).endswith("[unknown-action]\n2 errors\n")
    files = {"a.yaml": BOTH, "iamspec.yaml": "lint: {ignore: {administrator: they are few}}\n"}
    place = "spec/a.yaml:6:70"
    where = "user/u: inline_policies.own.Statement[0].Action"
    assert LINT_FORMATS["text"](found(files), strict=False) == (
        f"{place}: warning: {where}: {UNKNOWN} [unknown-action]\n1 warning, 1 ignored for a reason\n"
    )
    assert LINT_FORMATS["text"]([], strict=False) == "0 warnings\n"


def test_as_data_each_warning_is_whole(found):
    files = {"a.yaml": BOTH, "iamspec.yaml": "lint: {ignore: {administrator: they are few}}\n"}
    first, second = json.loads(LINT_FORMATS["json"](found(files), strict=True))["findings"]
    assert first == {
        "code": "administrator",
        "level": "error",
        "address": "policy/p",
        "path": ["document", "Statement"],
        "message": ADMINISTRATOR,
        "file": "spec/a.yaml",
        "line": 2,
        "column": 50,
        "ignored": "they are few",
    }
    assert (second["code"], second["ignored"]) == ("unknown-action", None)


def test_as_sarif_it_has_what_the_standard_requires(found):
    """After SARIF 2.1.0: what is required of a log, a run, a tool, a rule, a result, a location and a suppression."""
    files = {"a b.yaml": BOTH, "iamspec.yaml": "lint: {ignore: {administrator: they are few}}\n"}
    log = json.loads(LINT_FORMATS["sarif"](found(files), strict=False))
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert (log["$schema"], log["version"], driver["name"]) == (SARIF_SCHEMA, "2.1.0", "iamspec")
    assert [rule["id"] for rule in driver["rules"]] == sorted(RULES)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    first, second = run["results"]
    assert first == {
        "ruleId": "administrator",
        "ruleIndex": [rule["id"] for rule in driver["rules"]].index("administrator"),
        "level": "warning",
        "message": {"text": f"policy/p: document.Statement: {ADMINISTRATOR}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "spec/a%20b.yaml"},
                    "region": {"startLine": 2, "startColumn": 50},
                },
                "logicalLocations": [{"fullyQualifiedName": "policy/p"}],
            }
        ],
        "suppressions": [{"kind": "inSource", "justification": "they are few"}],
    }
    assert "suppressions" not in second
    assert driver["rules"][second["ruleIndex"]]["id"] == second["ruleId"]


def hostile(found):
    """A spec in which names, reasons and documents hold signs that are no letters."""
    action = "'s3:Get\u00adObjet'"
    files = {
        "a.yaml": BOTH.replace("'s3:GetObjet'", action),
        "iamspec.yaml": "lint: {ignore: {administrator: 'they\u200bare few'}}\n",
    }
    return found(files)


def test_signs_that_act_on_a_terminal_are_shown_and_leave_data_whole(found):
    """Kills: escapes of text in the data of a program, or invisible signs in a message that people read."""
    told = hostile(found)
    texts = {form: render(told, strict=False) for form, render in LINT_FORMATS.items()}
    assert [form for form, text in texts.items() if not text.replace("\n", "").isprintable()] == []
    assert json.loads(texts["json"])["findings"][0]["ignored"] == "they\u200bare few"
    assert "Get\\xadObjet" in json.loads(texts["sarif"])["runs"][0]["results"][1]["message"]["text"]


def required(value, shape, at="log"):
    """What a value lacks of a shape: types, texts as they must be, the members of objects and lists."""
    if isinstance(shape, dict):
        missing = [f"{at}.{key}" for key in shape if key not in value]
        inner = [one for key in shape if key in value for one in required(value[key], shape[key], f"{at}.{key}")]
        return missing + inner
    if isinstance(shape, list):
        return [one for number, item in enumerate(value) for one in required(item, shape[0], f"{at}[{number}]")]
    return [] if (isinstance(value, shape) if isinstance(shape, type) else shape(value)) else [at]


def test_a_log_has_the_structure_of_sarif_whatever_is_found(found, tmp_path, capsys):
    """The bug: code scanning refuses the file, or finds no place for a result."""
    found({"a b.yaml": BOTH, "iamspec.yaml": "lint: {ignore: {administrator: they are few}}\n"})
    kept = {"kind": lambda kind: kind in {"inSource", "external"}, "justification": str}
    region = {"startLine": lambda line: line >= 1, "startColumn": lambda column: column >= 1}
    relative = re.compile(r"[A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)*").fullmatch
    place = {"physicalLocation": {"artifactLocation": {"uri": relative}, "region": region}}
    result = {
        "ruleId": lambda code: code in RULES,
        "ruleIndex": int,
        "level": lambda level: level in {"none", "note", "warning", "error"},
        "message": {"text": str},
        "locations": [place],
    }
    rule = {"id": str, "shortDescription": {"text": str}}
    run_ = {"tool": {"driver": {"name": str, "version": str, "rules": [rule]}}, "results": [result]}
    shape = {"version": lambda version: version == "2.1.0", "$schema": lambda url: url == SARIF_SCHEMA, "runs": [run_]}
    for path in ("spec", str(tmp_path / "spec"), "./spec/../spec"):
        assert main(["lint", path, "--format", "sarif"]) == 0
        log = json.loads(capsys.readouterr().out)
        assert required(log, shape) == []
        first, second = log["runs"][0]["results"]
        uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in (first, second)]
        assert uris == ["spec/a%20b.yaml"] * 2
        rules = log["runs"][0]["tool"]["driver"]["rules"]
        assert [rules[one["ruleIndex"]]["id"] for one in (first, second)] == [first["ruleId"], second["ruleId"]]
        assert required(first, {"suppressions": [kept]}) == []
        assert "suppressions" not in second


# The command


def run(capsys, *words):
    code = main(list(words))
    return code, capsys.readouterr().out.splitlines()


def test_a_warning_is_an_error_when_one_is_strict_unless_it_is_meant(found, capsys):
    found(BOTH)
    assert run(capsys, "lint", "spec")[0] == 0
    code, lines = run(capsys, "lint", "--strict", "spec")
    assert (code, lines[-1]) == (1, "2 errors")
    assert run(capsys, "validate", "--strict", "spec")[0] == 1
    found({"iamspec.yaml": "lint: {ignore: {administrator: they are few, unknown-action: new}}\n"})
    assert run(capsys, "lint", "--strict", "spec") == (0, ["0 errors, 2 ignored for a reason"])
    assert run(capsys, "validate", "--strict", "spec")[0] == 0
    assert run(capsys, "validate", "spec")[0] == 0
