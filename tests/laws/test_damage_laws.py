"""Whatever stands in a file or comes over the network: a command answers, or says in a sentence why it cannot."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from damage import damaged, damaged_xml
from fake import FakeIam
from hypothesis import HealthCheck, given, settings, strategies as st
from profiles import law

from iamspec.cli import main
from iamspec.commands.snapshot import take_snapshot
from iamspec.iam import Call
from iamspec.live import aws, retry
from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection
from iamspec.plan.fingerprint import digest
from iamspec.sandbox import environment, running

OVER_THE_LINE = True
LAW = settings(
    law(40),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]})  # fmt: skip
OWN = "arn:aws:iam::123456789012:policy/"
SPEC = """\
account: {id: "123456789012"}
prune: true
users: {u: {tags: {a: c}, permissions_boundary: p, console: true, access_keys: 1}, new: {groups: [g]}}
groups: {g: {policies: [p]}}
policies: {p: {tags: {a: c}, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}}
"""
LIFTED = ("mass-delete", "reissue:user/u", "recently-used:user/gone", "boundary:user/u")
APPLY = ("--auto-approve", "--credentials-out", "keys", *(word for one in LIFTED for word in ("--allow", one)))
HISTORY = [
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": ALLOW, "Tags": [{"Key": "a", "Value": "b"}]}),
    ("CreateGroup", {"GroupName": "g"}),
    ("AttachGroupPolicy", {"GroupName": "g", "PolicyArn": f"{OWN}p"}),
    ("CreateUser", {"UserName": "u", "Tags": [{"Key": "a", "Value": "b"}], "PermissionsBoundary": f"{OWN}p"}),
    ("CreateUser", {"UserName": "gone"}),
    ("AddUserToGroup", {"UserName": "u", "GroupName": "g"}),
    ("PutUserPolicy", {"UserName": "u", "PolicyName": "i", "PolicyDocument": ALLOW}),
    ("AttachUserPolicy", {"UserName": "u", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    ("CreateAccessKey", {"UserName": "gone"}),
]


def account():
    iam = FakeIam()
    for operation, params in HISTORY:
        iam.given(operation, **params)
    return iam


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("spec").mkdir()
    Path("spec/iamspec.yaml").write_text(SPEC, encoding="utf-8")


def command(*words, iam=None):
    """The output of a command. An exception that main does not handle fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert main(words, connect=lambda *_, **__: iam) in {0, 1, 2}
    return out.getvalue(), err.getvalue()


SNAPSHOT = json.loads(take_snapshot(account()).text())


@pytest.mark.parametrize("whole", [SNAPSHOT, SNAPSHOT["details"]], ids=["snapshot", "capture"])
def test_no_capture_is_a_traceback(whole):
    """Kills: a number where a list belongs, and text that no encoding has."""

    @LAW
    @given(damaged(whole), st.sampled_from(["text", "json", "markdown", "awscli"]))
    def law(capture, form):
        Path("capture.json").write_text(json.dumps(capture), encoding="utf-8")
        command("import", "--snapshot", "capture.json")
        command("plan", "spec", "--snapshot", "capture.json", "--format", form)
        command("status", "--snapshot", "capture.json")
        command("access", "u", "--snapshot", "capture.json")

    law()


def test_no_saved_plan_is_a_traceback():
    command("plan", "spec", "--out", "plan.json", iam=account())

    @LAW
    @given(damaged(json.loads(Path("plan.json").read_text(encoding="utf-8"))), st.booleans())
    def law(plan, forged):
        if forged and isinstance(plan, dict):
            plan["checksum"] = digest({key: value for key, value in plan.items() if key != "checksum"})
        Path("damaged.json").write_text(json.dumps(plan), encoding="utf-8")
        iam = account()
        command("permissions", "damaged.json", iam=iam)
        command("apply", "damaged.json", *APPLY, iam=iam)

    law()


def test_no_journal_is_a_traceback():
    iam = account()
    command("apply", "spec", *APPLY, "--journal", "journal", iam=iam)
    lines = [json.loads(line) for line in Path("journal").read_text(encoding="ascii").splitlines()]

    @LAW
    @given(damaged(lines), st.integers(0, 40))
    def law(journal, torn):
        found = journal if isinstance(journal, list) else [journal]
        text = "".join(f"{json.dumps(one)}\n" for one in found)
        Path("damaged").write_text(text[: len(text) - torn], encoding="ascii")
        command("undo", "damaged", "--out", "undo.json", iam=iam)

    law()


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox whose answers a test may damage on their way."""
    with running() as box, patch.dict(os.environ, environment(box.endpoint, os.environ), clear=True):
        writer = AwsWriter(Connection(endpoint_url=box.endpoint))
        for operation, params in HISTORY:
            writer.write(Call(operation, params))
        yield box, writer


COMMANDS = [
    ("plan", "spec"),
    ("plan", "spec", "--format", "json"),
    ("plan", "spec", "--format", "markdown"),
    ("drift", "spec"),
    ("import",),
    ("snapshot",),
    ("credentials",),
    ("credentials", "u"),
    ("status",),
    ("access", "u", "--live"),
    ("apply", "spec", *APPLY),
    ("suspend", "u", "--auto-approve"),
]


@settings(LAW, max_examples=law(100).max_examples)
@given(seed=st.integers(0, 2**32), words=st.sampled_from(COMMANDS), chance=st.sampled_from([0.05, 0.15, 0.3]))
def test_no_answer_of_the_network_is_a_traceback(sandbox, seed, words, chance):
    box, writer = sandbox
    random, real = Random(seed), box.gateway.answer

    def answer(asked):
        whole = real(asked)
        if random.random() < chance and whole.status < 300:
            return replace(whole, body=damaged_xml(random, whole.body))
        return whole

    with (
        patch.object(box.gateway, "answer", answer),
        patch.object(retry, "BUDGET", 0.0),
        patch.object(retry, "FOREIGN_BUDGET", 0.0),
        patch.object(aws, "LOOKS", 1),
    ):
        command(*words, iam=writer)
