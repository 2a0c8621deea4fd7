"""Reports for people, held by golden files (IAMSPEC_GOLDEN=write writes them anew), and hostile text on a terminal."""

import os
import re

import pytest
from hypothesis import given, strategies as st
from places import GOLDEN
from profiles import law
from render_plans import HOSTILE, changed, clean, ended, full, small, user

from iamspec.apply.run import Outcome, Status
from iamspec.errors import Location
from iamspec.iam import Call
from iamspec.kinds.contract import Phase, Step
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Excess
from iamspec.plan.model import Action, Change, Plan
from iamspec.render.formats import FORMATS
from iamspec.render.lines import scalar, visible
from iamspec.render.text import outcomes, progress_line, text
from iamspec.review.model import Complaint

ANSI = re.compile(r"\x1b\[[0-9;]*m")
RENDERED = {
    "full.txt": lambda: text(full()),
    "full.colour.txt": lambda: text(full(), colour=True),
    "full.drift.txt": lambda: text(full(), mode="drift"),
    "full.json": lambda: FORMATS["json"](full()),
    "full.md": lambda: FORMATS["markdown"](full()),
    "full.drift.md": lambda: FORMATS["markdown"](full(), mode="drift"),
    "full.sh": lambda: FORMATS["awscli"](full()),
    "small.txt": lambda: text(small()),
    "small.md": lambda: FORMATS["markdown"](small()),
    "outcomes.txt": lambda: outcomes(full(), ended()),
    "outcomes.colour.txt": lambda: outcomes(full(), ended(), colour=True),
    "progress.txt": lambda: "".join(f"{progress_line(one)}\n" for one in ended()),
}


@pytest.mark.parametrize("name", RENDERED)
def test_what_is_rendered_is_what_was_read_and_approved(name):
    rendered = RENDERED[name]()
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        (GOLDEN / name).write_text(rendered, encoding="utf-8")
    assert rendered == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_golden_file_is_rendered_by_a_test():
    assert sorted(path.name for path in GOLDEN.iterdir() if path.is_file()) == sorted(RENDERED)


def test_with_nothing_to_do_there_is_one_sentence_and_the_fingerprint():
    fingerprint = f"fingerprint {clean().fingerprint}\n"
    account = "account 123456789012 (acme) is what the spec says.\n"
    assert text(clean()) == f"Nothing to do: {account}{fingerprint}"
    assert text(clean(), mode="drift") == f"No drift: {account}{fingerprint}"


def test_what_is_undeclared_is_drift_but_nothing_to_do():
    plan = changed(clean(), undeclared=(user("zoe"),))
    assert text(plan).splitlines()[-2] == "Nothing to do in account 123456789012 (acme); left alone: 1 undeclared."
    assert text(plan, mode="drift").splitlines()[-2] == "Drift in account 123456789012 (acme): 1 undeclared"


def test_a_part_of_a_plan_does_not_speak_for_the_whole_account():
    said = text(changed(clean(), skipped=(user("carol"),))).splitlines()[-2]
    assert said == "Nothing to do: all that was asked for in account 123456789012 (acme) is what the spec says."


def test_a_credential_beyond_the_spec_is_in_the_sentence_of_a_plan_that_leaves_it_alone():
    """Kills: "is what the spec says" beside a second access key."""
    plan = changed(clean(), excess=(Excess(user("carol"), "access key AKIA1"),))
    left = "left alone: 1 credential beyond the spec."
    assert text(plan).splitlines()[-2] == f"Nothing to do in account 123456789012 (acme); {left}"


def test_colours_are_all_that_sets_coloured_text_apart():
    assert ANSI.sub("", text(full(), colour=True)) == text(full())
    assert ANSI.sub("", outcomes(full(), ended(), colour=True)) == outcomes(full(), ended())


def test_colours_do_not_depend_on_the_terminal_that_runs_the_tests(monkeypatch):
    expected = text(full(), colour=True)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20"}.items():
        monkeypatch.setenv(name, value)
    assert text(full(), colour=True) == expected


def test_the_order_in_which_a_plan_was_put_together_is_not_seen():
    plan = full()
    other = changed(
        plan,
        undeclared=plan.plan.undeclared[::-1],
        complaints=plan.complaints[::-1],
        fingerprints=dict(reversed(plan.plan.fingerprints.items())),
        kept=plan.plan.kept[::-1],
    )
    assert {name: render(other) for name, render in FORMATS.items()} == {
        name: render(plan) for name, render in FORMATS.items()
    }


def test_a_list_that_is_too_long_for_a_line_gets_a_line_for_each_item():
    names = [f"member-{number:02}" for number in range(20)]
    change = Change(user("a"), Action.UPDATE, (Difference("groups", None, names),))
    lines = text(changed(clean(), changes=(change,))).splitlines()
    assert lines[2:6] == ["~ user/a  update", "    groups:", "      + member-00", "      + member-01"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain text", "plain text"),
        ("", '""'),
        (" a", '" a"'),
        ("a: b", '"a: b"'),
        ("a → b", '"a → b"'),
        ('"a"', '"\\"a\\""'),
        ("a\nb", '"a\\nb"'),
        ("größe €", "größe €"),
        (None, "(none)"),
        ("(none)", '"(none)"'),
        (True, "true"),
        ({"b": 1, "a": ["x"]}, '{"a": ["x"], "b": 1}'),
    ],
)
def test_a_value_is_quoted_where_it_could_be_read_as_something_else(value, shown):
    assert scalar(value) == shown


def test_what_does_not_show_or_acts_on_a_terminal_is_escaped():
    assert visible("a\x1b[2J\x9b\r\n\u202e\u2028\ud800b") == r"a\x1b[2J\x9b\r\n\u202e\u2028\ud800b"


def hostile_plan(evil: str) -> Plan:
    """A plan with the text wherever a spec, live IAM or an error can put one."""
    address = user(f"x{evil}")
    documents = {
        "Version": evil,
        evil: evil,
        "Statement": [{"Sid": evil, evil: evil, "Condition": {evil: {evil: evil}}}],
    }
    differences = (
        Difference("name", "a", evil),
        Difference("tags", {evil: "a"}, {evil: evil, "k": evil}),
        Difference("groups", ["a"], [evil], via={evil: address}),
        Difference("inline_policies", {evil: {}}, {evil: documents}),
    )
    steps = (Step(address, Phase.GRANT, Call("TagUser", {"UserName": evil, "Tags": [{"Key": evil, "Value": evil}]})),)
    place = Location(evil, 1)
    changes = (
        Change(address, Action.UPDATE, differences, steps, place, reason=evil),
        Change(user(f"y{evil}"), Action.CREATE, differences, (), place),
        Change(user(f"z{evil}"), Action.UPDATE, differences, (), place, blocked=evil),
    )
    return changed(
        full(),
        changes=changes,
        undeclared=(address,),
        alarms=(evil,),
        notes=(evil,),
        complaints=(Complaint("protected", address, evil, change="e" * 40),),
        skipped=(address,),
    )


EVIL = st.text(st.sampled_from("\x00\x07\x1b\x7f\x85\x9b\r\n\t\u2028\u202e\xa0[]31mab `|<>@#*_:/'\"\\$-+"), min_size=1)


@law(60)
@given(EVIL)
def test_no_text_reaches_a_terminal_with_control_characters(evil):
    plan = hostile_plan(evil)
    rendered = {
        f"{name} {mode}": render(plan, mode=mode) for name, render in FORMATS.items() for mode in ("plan", "drift")
    }
    rendered["colour"] = ANSI.sub("", text(plan, colour=True))
    failed = [Outcome(step, Status.FAILED, evil) for step in plan.steps]
    rendered |= {"outcomes": outcomes(plan, failed), "progress": progress_line(failed[0])}
    assert {name: "".join(set(one) - {"\n"}).isprintable() for name, one in rendered.items()} == dict.fromkeys(
        rendered, True
    )


def test_no_text_adds_a_line():
    assert len(text(hostile_plan("a\nb\r\u2028c")).split("\n")) == len(text(hostile_plan("ab c")).split("\n"))


def test_hostile_text_is_still_to_be_read():
    assert text(full()).count(visible(HOSTILE)) == 1
    assert text(full()).count(scalar(HOSTILE)) == 2


def test_a_deletion_says_what_goes_along():
    steps = tuple(
        Step(user("m"), Phase.LOCK_OUT, Call(operation, {"UserName": "m"}))
        for operation in ("DeleteSSHPublicKey", "DeleteAccessKey", "DeleteAccessKey", "DeactivateMFADevice")
    )
    plan = changed(clean(), changes=(Change(user("m"), Action.DELETE, (), steps, reason="not declared"),))
    assert text(plan).splitlines()[2:4] == [
        "- user/m  delete: not declared",
        "    with it: 2 access keys, 1 SSH key, 1 MFA device",
    ]


def test_a_finished_call_is_told_with_what_it_is_about_and_never_with_a_secret():
    call = Call("CreateLoginProfile", {"UserName": "alice", "Password": "s3cret"})
    step = Step(user("alice"), Phase.UPDATE, call)
    assert progress_line(Outcome(step, Status.DONE)) == "ok   user/alice  CreateLoginProfile"
    attach = Call(
        "AttachUserPolicy", {"UserName": "alice", "PolicyArn": "arn:aws:iam::aws:policy/job-function/Billing"}
    )
    held = Outcome(Step(user("alice"), Phase.GRANT, attach), Status.HELD, "interrupted")
    assert progress_line(held) == "skip user/alice  AttachUserPolicy job-function/Billing: interrupted"


def test_when_all_calls_are_done_the_report_is_one_line():
    done = [Outcome(step, Status.DONE) for step in full().steps]
    assert outcomes(full(), done) == "account 123456789012 (acme-prod): 15 calls done, 0 failed, 0 not tried\n"
