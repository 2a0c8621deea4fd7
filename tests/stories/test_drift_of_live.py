"""Drift in the direction of live: additions and gaps of the account, compared with the spec."""

import json

import pytest
from story import ACCOUNT, ALLOW, AWS, OWN, PRUNE, Story

ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def reported(story, spec, capsys, *words, command="drift"):
    (story.folder / "iamspec.yaml").write_text(spec.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")
    code = story.run(command, str(story.folder), *words)
    return code, capsys.readouterr().out


def test_drift_speaks_of_what_live_has_and_lacks(story, capsys):
    """Kills: a report about an attacker's policy that reads as if apply were to blame."""
    story.policy("all", document=ADMINISTRATOR)
    story.group("ops")
    story.group("devs")
    story.user("chloe", "/x/", groups=["ops"], policies=[f"{OWN}all"])
    policies = "policies: {all: {external: true}, read: {external: true}}\n"
    story.policy("read")
    spec = f"{ACCOUNT}{policies}groups: {{ops: {{}}, devs: {{}}}}\nusers: {{chloe: {{groups: [devs], policies: [read]}}}}\n"
    code, shown = reported(story, spec, capsys)
    assert code == 2
    lines = [
        "~ user/chloe  changed",
        "    path: / → /x/\n",
        "    is in group ops, which the spec does not say\n",
        "    is not in group devs, where the spec has it\n",
        "    has all, which the spec does not give\n",
        "    lacks read, which the spec gives\n",
        "  chloe  is administrator, which the spec does not say; wider than the spec: ",
    ]
    assert [line for line in lines if line not in shown] == []
    assert shown.index("is administrator") < shown.index("~ user/chloe")
    assert not [word for word in ("would gain", "apply would", "→ spec") if word in shown]


def test_the_data_have_live_before_and_the_spec_after(story, capsys):
    """Kills: a drift whose JSON is the mirror of a plan's."""
    story.user("chloe", policies=[f"{AWS}ReadOnlyAccess"])
    for command in ("plan", "drift"):
        _, shown = reported(story, f"{ACCOUNT}users: {{chloe: {{}}}}\n", capsys, "--format", "json", command=command)
        (change,) = json.loads(shown)["changes"]
        (difference,) = change["differences"]
        assert (difference["field"], difference["before"], difference["after"]) == (
            "policies",
            ["aws:ReadOnlyAccess"],
            None,
        )


def test_the_document_of_a_policy_is_wider_than_the_spec_where_live_allows_more(story, capsys):
    """Kills: signs that follow apply, so that the intruder's line has a minus."""
    story.policy("read", document=ADMINISTRATOR)
    code, shown = reported(story, f"{ACCOUNT}policies: {{read: {{document: ALLOW}}}}\n", capsys)
    assert code == 2
    assert "    document:  wider than the spec: " in shown
    signs = {(line.split()[0], line.split()[-1]) for line in shown.splitlines() if "Action:" in line}
    assert ({sign for sign, action in signs if "*" in action}, ("-", "s3:GetObject") in signs) == ({"+"}, True)


def test_an_entity_that_is_missing_is_missing(story, capsys):
    code, shown = reported(story, f"{ACCOUNT}users: {{ann: {{policies: [aws:ReadOnlyAccess]}}}}\n", capsys)
    assert (code, shown.splitlines()[0]) == (2, "Drift in account 123456789012: 1 missing")
    assert "- user/ann  is missing" in shown


def test_an_intruder_is_undeclared_with_all_facts_whether_prune_is_on_or_not(story, capsys):
    """Kills: a deletion somewhere in the list, where prune is on."""
    story.user("intruder", policies=[f"{AWS}AdministratorAccess"])
    story.iam.given("CreateAccessKey", UserName="intruder")
    for spec in (ACCOUNT, PRUNE):
        code, shown = reported(story, f"{spec}users: {{}}\n", capsys)
        assert code == 2
        assert shown.splitlines()[0] == "Drift in account 123456789012: 1 undeclared"
        assert "  user/intruder  administrator\n      sign-in      no password, 1 active key; never used\n" in shown
        assert shown.index("user/intruder  administrator") < 250


def test_a_renamed_entity_has_its_live_name(story, capsys):
    story.user("carol.smith")
    spec = f"{ACCOUNT}users: {{carol: {{renamed_from: carol.smith}}}}\n"
    _, shown = reported(story, spec, capsys)
    assert "~ user/carol.smith  changed" in shown


LOOSE = "guards: {max_deletes: 99999, min_admins: 0}\n"


def test_limits_looser_than_those_of_iamspec_are_the_first_lines_of_a_plan(story, capsys):
    """Kills: a pull request that switches the guards off and says nothing of it."""
    story.user("intruder", policies=[f"{AWS}AdministratorAccess"])
    _, shown = reported(story, f"{ACCOUNT}{LOOSE}", capsys, command="plan")
    place = f"{story.folder}/iamspec.yaml:2"
    assert shown.splitlines()[:2] == [
        f"LOOSE  guards.max_deletes is 99999 (iamspec's own: 5)  {place}",
        f"LOOSE  guards.min_admins is 0 (iamspec's own: 1)  {place}",
    ]
    _, shown = reported(story, f"{ACCOUNT}{LOOSE}", capsys, "--format", "json", command="plan")
    assert [(one["setting"], one["value"], one["own"]) for one in json.loads(shown)["looser"]] == [
        ("guards.max_deletes", 99999, 5),
        ("guards.min_admins", 0, 1),
    ]
    _, shown = reported(story, f"{ACCOUNT}guards: {{max_deletes: 3, min_admins: 2}}\n", capsys, command="plan")
    assert "LOOSE" not in shown
