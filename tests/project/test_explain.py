"""Whatever can be explained is: every key with an example that validate takes, every guard, code, check and word."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from places import ROOT
from saml import metadata
from test_readme import fields

from iamspec.cli import cli, main
from iamspec.commands.explain import LISTS, explain, topics
from iamspec.commands.guides import titles
from iamspec.commands.plan import validate
from iamspec.commands.spec_keys import all_keys, example, fleet_keys
from iamspec.commands.words import WORDS
from iamspec.commands.yaml_example import written
from iamspec.desired.lint import CODES, RULES
from iamspec.desired.load import file_shape
from iamspec.desired.source import parse_yaml
from iamspec.fleet.file import read as read_fleet
from iamspec.policy.lint_texts.texts import OF_SPECS, TEXTS
from iamspec.review.guard import BARE, GUARDS
from iamspec.review.texts import GUARD_TEXTS
from iamspec.status.checks import CHECKS
from iamspec.status.publishing import text as texts_of_checks

# what the examples refer to
AROUND = """\
users:
  alice: {path: /engineering/, groups: [developers], permissions_boundary: developer-boundary}
  break-glass: {}
  chloe: {}
  etl: {}
groups:
  developers: {policies: [deploy-artifacts]}
  on-call: {}
  admins: {}
roles:
  releaser:
    trust:
      document:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
identity_providers:
  github: {oidc: "https://token.actions.githubusercontent.com", client_ids: [sts.amazonaws.com]}
  acme-hub: {oidc: "https://token.actions.githubusercontent.com/acme", client_ids: [sts.amazonaws.com]}
  gitlab: {oidc: "https://gitlab.com", client_ids: ["https://gitlab.com"]}
  okta: {saml: {file: okta.xml}}
policies:
  deploy-artifacts:
    document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::artifacts/*"}}
  developer-boundary: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}}
"""
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}


def around(given):
    """The surroundings, without what an example declares itself."""
    kept = parse_yaml(AROUND, "around.yaml").data
    issuers = {one.get("oidc") for one in given.get("identity_providers", {}).values()}
    for name in [name for name, one in kept["identity_providers"].items() if one.get("oidc") in issuers - {None}]:
        del kept["identity_providers"][name]
    for section, entities in kept.items():
        for name in set(entities) & set(given.get(section, {})):
            del entities[name]
    return written({section: dict(one) for section, one in kept.items() if one})


@pytest.mark.parametrize("key", all_keys())
def test_each_key_has_a_text_and_an_example_that_is_valid(key, tmp_path):
    """Kills: a key without help, and an example that would not work."""
    one = all_keys()[key]
    assert one.description.endswith(".")
    shown = example(one)
    if shown is None:
        assert one.children or "NAME" in key
        return
    (tmp_path / "iamspec.yaml").write_text(written(shown), encoding="utf-8")
    if "scope" not in shown:  # which leaves out what is around
        (tmp_path / "around.yaml").write_text(around(shown), encoding="utf-8")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own-mfa.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (tmp_path / "okta.xml").write_text(metadata(), encoding="utf-8")
    validate([str(tmp_path)])


def test_examples_show_every_key_of_a_spec():
    """Kills: a key that only readers of the source know."""
    shown: set[str] = set()

    def collect(value):
        if isinstance(value, dict):
            shown.update(map(str, value))
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)

    for one in all_keys().values():
        collect(example(one))
    assert fields(file_shape()) - shown == set()


@pytest.mark.parametrize("key", fleet_keys())
def test_each_key_of_a_fleet_has_a_text_and_an_example_that_is_valid(key, tmp_path):
    """Kills: a key of fleet.yaml without help, and an example that would not work."""
    one = fleet_keys()[key]
    assert one.description.endswith(".")
    around = {
        "accounts": [{"id": "333333333333"}],
        "paths": ["."],
        "assume_role": {"arn": "arn:aws:iam::${iamspec:account_id}:role/x"},
    }
    shown = example(one)
    shown["assume_role"] = around["assume_role"] | shown.get("assume_role", {})
    shown["accounts"] = [*around["accounts"], *shown.get("accounts", [])]
    (tmp_path / "fleet.yaml").write_text(written(around | shown), encoding="utf-8")
    read_fleet(str(tmp_path / "fleet.yaml"))


def test_every_command_is_explained_and_the_nearest_one_is_proposed(capsys):
    """Kills: a command that only --help knows."""
    listed = CliRunner().invoke(cli, ["explain", "commands"]).output
    names = [*cli.commands, *(f"fleet {name}" for name in cli.commands["fleet"].commands)]
    assert [name for name in names if f"\n{name}: " not in listed] == []
    for name in names:
        assert main(["explain", *name.split()]) == 0
        assert capsys.readouterr().out.startswith(f"iamspec {name}: a command\n")
    assert main(["explain", "rehersae"]) == 1
    assert capsys.readouterr().err == 'error: nothing is called "rehersae"; did you mean "rehearse"?\n'


def test_every_guard_code_check_and_word_has_a_text():
    assert set(GUARD_TEXTS) == set(GUARDS)
    assert {name for name, one in GUARD_TEXTS.items() if one.bare} == set(BARE)
    assert set(TEXTS) == set(RULES)
    assert set(TEXTS | OF_SPECS) == set(CODES)
    assert json.loads(texts_of_checks()).keys() == CHECKS.keys()


def test_the_published_texts_are_those_of_the_checks():
    """Kills: an explanation of last month; `make schemas` writes the file anew."""
    published = (ROOT / "iamspec/status/data/checks.json").read_text(encoding="utf-8")
    assert published == texts_of_checks()


@pytest.mark.parametrize("topic", sorted(topics()))
def test_each_topic_is_explained_within_80_columns(topic, capsys):
    assert main(["explain", topic]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    examples = {line for one in explain(topic) for line in one.example.splitlines()}
    assert [line for line in lines if len(line) > 80 and line.strip() not in {one.strip() for one in examples}] == []


def test_whatever_is_named_under_see_also_can_be_explained():
    """Kills: a way that leads nowhere."""
    named = {see.removeprefix("iamspec explain ") for topic in topics() for one in explain(topic) for see in one.see}
    assert {name for name in named if not explain(name)} == set()


@pytest.mark.parametrize(
    ("typed", "head"),
    [
        (
            "users.access_keys.rotate_after_days",
            "users.NAME.access_keys.rotate_after_days: integer, at least 1, at most 3650; default: never",
        ),
        ("users.NAME.access_keys.rotate_after_days", "users.NAME.access_keys.rotate_after_days: integer"),
        ("users.alice.groups[0].expires", "users.NAME.groups.expires: text; default: never"),
        ("rotate_after_days", "users.NAME.access_keys.rotate_after_days: integer"),
        ("policies.document.Statement.Effect", "policies.NAME.document.Statement.Effect: one of Allow, Deny"),
        ("absent.users", "absent.KIND: mapping of names to day"),
        ("path", "path: a key of 5 kinds"),
        ("mass-delete", "mass-delete: a guard"),
        ("administrator", "administrator: a warning of iamspec lint"),
        ("root-mfa", "root-mfa: a check of iamspec status, severity critical: Root has MFA"),
        ("closed group", "closed group: a word of iamspec"),
        ("fleet.waves.max_concurrent", "fleet.waves.max_concurrent: integer, at least 1; default: as many as"),
        ("failure_tolerance", "fleet.waves.failure_tolerance: integer"),
        ("fleet.organization", "fleet.organization: mapping"),
    ],
)
def test_a_topic_is_found_however_it_is_typed(typed, head):
    assert " ".join(explain(typed)[0].title.split()).startswith(head)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rotat", "rotation"),
        ("users.acess_keys", "users.access_keys"),
        ("mass-delet", "mass-delete"),
        ("sweeep", "sweep"),
        ("fleet.waves.max_concurent", "fleet.waves.max_concurrent"),
    ],
)
def test_an_unknown_topic_is_an_error_with_the_nearest_one(typed, meant, capsys):
    assert main(["explain", typed]) == 1
    assert f'nothing is called "{typed}"; did you mean "{meant}"?' in capsys.readouterr().err
    assert main(["explain", "#?"]) == 1
    assert "`iamspec explain` lists what there is" in capsys.readouterr().err


def test_the_lists_have_everything():
    owners = {
        "keys": all_keys(),
        "fleet.yaml": fleet_keys(),
        "guards": GUARDS,
        "lint": CODES,
        "checks": CHECKS,
        "words": WORDS,
        "pages": titles(),
    }
    assert owners.keys() == LISTS.keys()
    for name, owned in owners.items():
        assert {item for one in explain(name) for item, _ in one.items} == set(owned)


def test_no_topic_lists_what_there_is():
    done = CliRunner().invoke(cli, ["explain"])
    assert (
        done.exit_code,
        "Lists: commands, keys, fleet.yaml, guards, lint, checks, pages, words." in done.output,
    ) == (0, True)


def test_an_explanation_loads_no_model_and_no_check():
    """Kills: half a second of waiting for one sentence."""
    command = [sys.executable, "-X", "importtime", "-m", "iamspec", "explain", "users.path"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert (
        loaded
        & {"pydantic", "yaml", "iamspec.kinds", "iamspec.policy.lint", "iamspec.status.checks", "iamspec.review.guard"}
        == set()
    )
