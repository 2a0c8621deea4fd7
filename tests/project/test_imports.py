"""The modules that a command loads. A check of a spec does not wait for AWS's libraries."""

import subprocess
import sys

import pytest
from places import ROOT

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
    command = [sys.executable, "-X", "importtime", "-m", "iamspec", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert (done.returncode, "iamspec.cli" in loaded) == (0, True)
    assert sorted(loaded & SLOW) == []
