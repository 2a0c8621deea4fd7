"""The login of a pipeline, rehearsed on loopback: a token, AssumeRoleWithWebIdentity, plan, apply."""

import os

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from places import ROOT

from iamspec.cli import main
from iamspec.commands.ci_roles import APPLY, CLOCK, PLAN, command
from iamspec.commands.validate import validate
from iamspec.desired.tree import plain
from iamspec.policy.document import Document
from iamspec.sandbox import environment, running
from iamspec.sandbox.issuer import Issuer

ACCOUNT = "123456789012"
ISSUER = "https://token.actions.githubusercontent.com"
SPEC = f"account: {{id: '{ACCOUNT}'}}\ngroups: {{devs: {{policies: [aws:ReadOnlyAccess]}}}}\n"


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running() as found:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(found.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        yield found


def login(sandbox, monkeypatch, role, subject, **claims):
    """The credentials of a role for a job whose token has this subject."""
    sts = boto3.client("sts", endpoint_url=sandbox.endpoint, config=Config(proxies={}))
    found = sts.assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        RoleSessionName="job",
        WebIdentityToken=claims.pop("token", None) or sandbox.token(ISSUER, subject, **claims),
    )["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", found["SessionToken"])


def held_to(sandbox, spec, role):
    """From here on the sandbox refuses what the policy of a role does not allow."""
    (policy,) = [one for one in spec.of("policy") if one.address.name == role]
    sandbox.enforce = Document(plain(policy.shape.document))


def refused(sandbox, monkeypatch, role, subject, **claims):
    with pytest.raises(ClientError) as error:
        login(sandbox, monkeypatch, role, subject, **claims)
    return error.value.response["Error"]["Code"]


def test_a_pipeline_logs_in_plans_and_applies_with_the_roles_of_the_example(sandbox, monkeypatch, tmp_path, capsys):
    """Kills: roles that nobody can assume, that another repository can assume, or that cannot do their work."""
    text = (ROOT / "examples/ci/roles.yaml").read_text(encoding="utf-8").replace("OWNER/REPOSITORY", "acme/iam")
    (tmp_path / "roles.yaml").write_text(text, encoding="utf-8")
    words = command("github", "roles.yaml").split()[1:]
    assert main([*words, "--auto-approve", "--account", ACCOUNT]) == 0, capsys.readouterr()
    assert main(["plan", "roles.yaml", "--detailed-exitcode"]) == 0
    (tmp_path / "iam").mkdir()
    (tmp_path / "iam" / "iamspec.yaml").write_text(SPEC, encoding="utf-8")

    for role, subject in (
        (PLAN, "repo:evil/iam:pull_request"),
        (PLAN, "repo:acme/iam:ref:refs/heads/other"),
        (APPLY, "repo:acme/iam:pull_request"),
        (APPLY, "repo:acme/other:environment:iam"),
        (CLOCK, "repo:acme/iam:environment:iam"),
    ):
        assert refused(sandbox, monkeypatch, role, subject) == "AccessDenied"

    right = "repo:acme/iam:environment:iam"
    forged = Issuer().token({"iss": ISSUER, "sub": right})
    for claims, code in (
        ({"exp": 1}, "ExpiredTokenException"),
        ({"aud": "https://github.com/acme"}, "InvalidIdentityToken"),
        ({"token": forged}, "InvalidIdentityToken"),
    ):
        assert refused(sandbox, monkeypatch, APPLY, right, **claims) == code

    spec, _ = validate(["roles.yaml"])
    login(sandbox, monkeypatch, PLAN, "repo:acme/iam:pull_request")
    held_to(sandbox, spec, PLAN)
    assert main(["plan", "iam", "--detailed-exitcode"]) == 2
    assert main(["apply", "iam", "--auto-approve"]) == 1
    assert "AccessDenied" in capsys.readouterr().err

    sandbox.enforce = None
    login(sandbox, monkeypatch, APPLY, "repo:acme/iam:environment:iam")
    held_to(sandbox, spec, APPLY)
    assert main(["apply", "iam", "--auto-approve"]) == 0
    sandbox.enforce = None
    login(sandbox, monkeypatch, PLAN, "repo:acme/iam:ref:refs/heads/main")
    held_to(sandbox, spec, PLAN)
    assert main(["plan", "iam", "--detailed-exitcode"]) == 0
