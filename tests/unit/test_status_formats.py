"""A status in every format: read and approved as a whole, and nothing of live IAM breaks out of it."""

import base64
import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from datetime import date
from html.parser import HTMLParser

import places
import pytest
from reports import MADE, NOW, ago, content, root, row
from sarif_shape import assert_sarif

from iamspec.errors import Location
from iamspec.iam import Account
from iamspec.kinds.contract import Address
from iamspec.kinds.password_policy import PasswordPolicy
from iamspec.render.html import page
from iamspec.render.junit import Case, junit
from iamspec.render.lines import visible
from iamspec.render.result_formats import RESULT_FORMATS
from iamspec.render.results import Result, Results, Rule
from iamspec.render.status import STATUS_FORMATS
from iamspec.status.assess import assess
from iamspec.status.evidence import Certificate, Evidence, Missing, ServiceKey
from iamspec.status.model import Accepted
from iamspec.status.report import read_report

GOLDEN = places.GOLDEN / "status"
EVIL = "<script>alert(1)</script>`@team|\u202e\x1b[2J::error::"
OLD = {"access_key_1_active": "true", "access_key_1_last_rotated": ago(131), "access_key_1_last_used_date": ago(1)}


def status(*rows, framework="iamspec", **facts):
    """An account of which some things fail, one is accepted, and some are not known."""
    report = read_report(content(*(rows or (root(), row("etl", **OLD), row("bot", **OLD)))).decode(), MADE)
    known = {
        "summary": {"AccountAccessKeysPresent": 1, "AccountMFAEnabled": 1, "AccountPasswordPresent": 1},
        "password_policy": PasswordPolicy(minimum_password_length=14),
        "entities": Missing("iam:GetAccountAuthorizationDetails was denied"),
        "root_devices": (),
        "certificates": (),
        "service_keys": (),
        "contact": False,
        **facts,
    }
    accept = {
        "keys-90": Accepted("a partner's key", date(2026, 12, 31), (Address("user", "bot"),)),
        "security-contact": Accepted("the one of the organization", date(2026, 12, 31)),
        "pw-length": Accepted("gone", date(2026, 12, 31)),
    }
    places_ = {Address("user", "etl"): Location("iam/users.yaml", 39, 3)}
    return assess(
        Evidence(Account("123456789012", alias="acme"), NOW, report=report, **known), framework, accept, places_
    )


@pytest.mark.parametrize("name", [*sorted(STATUS_FORMATS), "text.all", "text.colour"])
def test_what_is_shown_is_what_was_read_and_approved(name):
    kind, _, option = name.partition(".")
    shown = STATUS_FORMATS[kind](status(), colour=option == "colour", everything=option == "all")
    shown = re.sub(r'("version": "|iamspec )\d+\.\d+\.\d+', r"\1VERSION", shown)
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f"status.{name}").write_text(shown, encoding="utf-8")
    assert shown == (GOLDEN / f"status.{name}").read_text(encoding="utf-8")


def evil():
    """A status in which a user and a certificate have names that nobody could make, as a forged answer may have."""
    odd = row(EVIL, **OLD, password_enabled="true")
    return status(root(), odd, certificates=(Certificate(EVIL, NOW),))


@pytest.mark.parametrize("name", ["text", "markdown", "sarif", "json", "github"])
def test_a_name_cannot_write_on_a_terminal_or_command_a_runner(name):
    shown = STATUS_FORMATS[name](evil())
    assert [sign for sign in ("\x1b", "\u202e") if sign in shown] == []
    commands = [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    own = r"::(error|warning|notice) [^:]*::" if name == "github" else r"\Znever"
    assert [line for line in commands if not re.match(own, line)] == []


def test_a_name_stays_in_its_code_span():
    """Kills: a mention of a team, or an element of HTML, in a comment."""
    shown = STATUS_FORMATS["markdown"](evil())
    unfenced = re.sub(r"^(`{3,}).*?^\1$", "", shown, flags=re.DOTALL | re.MULTILINE)
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", unfenced)
    assert [part for part in ("<script", "@team") if part in bare] == []


class Elements(HTMLParser):
    """The elements of a page, and the addresses that it names."""

    def __init__(self, text):
        super().__init__()
        self.names, self.links, self.policy = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "action", "srcset", "style"}]
        self.links += [name for name in found if name.startswith("on")]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]


def test_a_page_loads_nothing_and_runs_nothing_but_its_own_script():
    """Kills: a name that is a script, a font from a foreign host, a style that the policy does not know."""
    shown = STATUS_FORMATS["html"](evil())
    found = Elements(shown)
    assert (found.names.count("script"), found.names.count("style"), found.links) == (1, 1, [])
    assert re.findall(r"https?:|//[a-z]|@import|url\(", shown) == []
    hashes = {
        tag: "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in re.findall(r"<(style|script)>(.*?)</\1>", shown, re.DOTALL)
    }
    assert found.policy == (
        f"default-src 'none'; style-src '{hashes['style']}'; script-src '{hashes['script']}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_a_page_is_whole_html_and_says_that_it_is_confidential():
    shown = STATUS_FORMATS["html"](status())
    found = Elements(shown)
    assert shown.startswith("<!doctype html>")
    assert "Confidential" in shown
    assert found.names.count("details") == len(status().findings)


def test_a_template_without_a_value_is_an_error():
    """Kills: a page with holes."""
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        page("status.html", title="x")


def test_a_page_of_a_large_account_stays_small():
    many = [row(f"user-with-a-long-name-{number:05}", **OLD, password_enabled="true") for number in range(5000)]
    big = status(root(), *many)
    assert len(STATUS_FORMATS["html"](big)) < 2_000_000
    assert len(STATUS_FORMATS["markdown"](big, everything=True)) <= 65_536
    assert len(STATUS_FORMATS["text"](big)) < 20_000
    assert len(json.loads(STATUS_FORMATS["sarif"](big))["runs"][0]["results"]) > 5000


# SARIF


def test_a_log_is_sarif():
    for one in (status(), evil(), status(framework="cis-5.0")):
        log = assert_sarif(STATUS_FORMATS["sarif"](one))
        rules = log["runs"][0]["tool"]["driver"]["rules"]
        assert [rules[found["ruleIndex"]]["id"] for found in log["runs"][0]["results"]] == [
            found["ruleId"] for found in log["runs"][0]["results"]
        ]


def test_a_failing_entity_is_a_result_at_its_line_and_an_accepted_one_is_suppressed():
    log = json.loads(STATUS_FORMATS["sarif"](status()))
    etl, bot = (
        next(one for one in log["runs"][0]["results"] if one["ruleId"] == "keys-90" and name in str(one))
        for name in ("user/etl", "user/bot")
    )
    assert etl["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "iam/users.yaml"},
                "region": {"startLine": 39, "startColumn": 3},
            },
            "logicalLocations": [{"fullyQualifiedName": "user/etl"}],
        }
    ]
    assert (etl["level"], "suppressions" in etl) == ("warning", False)
    assert bot["suppressions"] == [{"kind": "external", "justification": "a partner's key"}]


def test_any_command_can_write_a_log():
    rules = [Rule("a", "A rule"), Rule("b", "Another", "more", ("CWE-1",))]
    results = [
        Result("b", "error", "wrong", Location("x y.yaml", 2, 3), "user/alice", "meant"),
        Result("a", "warning", "fine", kind="pass"),
    ]
    log = assert_sarif(RESULT_FORMATS["sarif"](Results("validate", "one error", rules, results)))
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in log["runs"][0]["results"]] == [
        ("b", 1, "error"),
        ("a", 0, "none"),
    ]


# JUnit


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - the program's own


def test_a_suite_counts_its_cases_and_holds_any_text():
    """Kills: a control character, which no XML can have, and a quote that ends an attribute."""
    found = parsed(junit(EVIL, [Case("g", EVIL, "failed", f'"{EVIL}\n', f"{EVIL}]]>"), Case("g", "ok")]))
    (suite,) = found
    assert suite.attrib == {
        "name": visible(EVIL),
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    first, second = suite
    assert (first[0].tag, first[0].attrib["message"], first[0].text, second.attrib) == (
        "failure",
        visible(f'"{EVIL}\n'),
        visible(f"{EVIL}]]>"),
        {"classname": "g", "name": "ok"},
    )


def test_each_check_is_a_test_case():
    one = status()
    (suite,) = parsed(STATUS_FORMATS["junit"](one))
    outcomes = {case.attrib["name"]: case[0].tag if len(case) else "passed" for case in suite}
    assert len(outcomes) == len(one.findings)
    wanted = ("root-no-keys", "groups-only", "security-contact", "contact-current", "root-mfa")
    assert [outcomes[key] for key in wanted] == ["failure", "error", "skipped", "skipped", "passed"]


def test_lines_fit_the_terminal():
    for width in (60, 80, 120):
        shown = STATUS_FORMATS["text"](status(), everything=True, width=width)
        assert max(map(len, shown.splitlines())) <= width


def test_a_command_of_several_lines_can_be_copied():
    """Kills: half a command, run by a person who pastes the cure."""
    endless = ServiceKey("etl", "bedrock.amazonaws.com", active=True, created=NOW, expires=None)
    lines = STATUS_FORMATS["text"](status(service_keys=(endless,))).splitlines()
    first = next(number for number, line in enumerate(lines) if "aws iam delete-service-specific" in line)
    assert [line.strip() for line in lines[first : first + 2]] == [
        "aws iam delete-service-specific-credential --user-name etl \\",
        "--service-specific-credential-id ID",
    ]
    assert max(map(len, lines)) <= 80
