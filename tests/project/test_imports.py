"""The modules that a command loads. A check of a spec does not wait for AWS's libraries."""

import os
import subprocess
import sys

import pytest
from fake import ACCOUNT, FakeIam
from places import ROOT

from iamspec.commands.snapshot import take_snapshot

OFFLINE = {
    "validate": ["validate", "examples/startup"],  # it has `tests`, some of users with policies of AWS
    "validate --strict": ["validate", "--strict", "examples/startup"],
    "lint": ["lint", "examples/startup"],
    "access": ["access", "chloe", "s3:GetObject", "--spec", "examples/startup"],
    "schema": ["schema"],
    "help": ["--help"],
}
SLOW = {"boto3", "botocore", "moto", "werkzeug", "deepdiff", "rich"}


@pytest.mark.parametrize("words", OFFLINE.values(), ids=OFFLINE)
def test_offline_nothing_of_aws_is_loaded(words):
    """Kills: a spec with `tests` that reads AWS's policies out of moto, and boto with it."""
    assert sorted(loaded(words, ROOT) & SLOW) == []


def test_a_plan_with_nothing_to_do_loads_neither_the_order_of_calls_nor_other_formats(tmp_path):
    """Kills: a check of an account that waits for what only changes need."""
    (tmp_path / "iamspec.yaml").write_text(f'account: {{id: "{ACCOUNT.id}"}}\nusers: {{}}\n', encoding="utf-8")
    (tmp_path / "saved.json").write_text(take_snapshot(FakeIam()).text(), encoding="utf-8")
    found = loaded(["plan", "--snapshot", "saved.json", "iamspec.yaml"], tmp_path)
    assert (
        sorted(found & {"iamspec.plan.order.schedule", "iamspec.policy.lint", "iamspec.render.markdown", *SLOW}) == []
    )


def loaded(words, folder):
    """The modules that a command loads, which ends well."""
    command = [sys.executable, "-X", "importtime", "-m", "iamspec", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert (done.returncode, "iamspec.cli" in found) == (0, True), done.stderr[-2000:]
    return found
