"""The recipes in examples/ci: audited, held against the schemas of the CI systems, and the function tried out."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml
from places import ROOT

from iamspec.commands.permissions import without_plan
from iamspec.sandbox import environment, running

CI = ROOT / "examples" / "ci"
ACTIONS = [CI / "github-actions.yml", CI / "action" / "action.yml"]
SCHEMAS = {
    CI / "github-actions.yml": ["--builtin-schema", "vendor.github-workflows"],
    CI / "action" / "action.yml": ["--builtin-schema", "vendor.github-actions"],
    CI / "gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def program(name):
    """A program of the environment that runs the tests."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def test_the_audit_of_the_workflow_finds_nothing():
    """Kills: text of a pull request in a shell, a token that stays in the folder, rights that no job needs."""
    command = [
        program("zizmor"),
        "--offline",
        "--no-progress",
        "--color",
        "never",
        "--format",
        "json",
        *map(str, ACTIONS),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (json.loads(done.stdout), done.returncode) == ([], 0)


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name)
def test_a_recipe_is_what_the_ci_system_takes(file):
    done = subprocess.run(
        [program("check-jsonschema"), *SCHEMAS[file], str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.name)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(file):
    """Kills: a tag that somebody moves to other code."""
    uses = re.findall(r"^\s*- (uses: [a-z].*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    assert [one for one in uses if not PINNED.fullmatch(one)] == []


def test_init_writes_the_same_workflow():
    for name in ("github-actions.yml", "gitlab-ci.yml"):
        packaged = ROOT / "iamspec" / "commands" / "data" / name
        assert packaged.read_text(encoding="utf-8") == (CI / name).read_text(encoding="utf-8")


def test_hooks_check_a_spec_as_a_whole():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [(one["id"], one["entry"].split()[:2], one["language"], one["pass_filenames"]) for one in hooks] == [
        ("iamspec-validate", ["iamspec", "validate"], "python", False),
        ("iamspec-lint", ["iamspec", "lint"], "python", False),
    ]


JOBS = {
    "iamspec-drift": ("iamspec", ["iamspec", "drift", "/spec/iam", "--blame"]),
    "iamspec-clock": (
        "iamspec-clock",
        [
            *("iamspec", "apply", "/spec/iam", "--only=expiry,rotation", "--auto-approve"),
            "--credentials-out=secretsmanager:iamspec/",
        ],
    ),
}


def test_each_job_in_a_cluster_runs_one_at_a_time_and_may_do_nothing_in_the_cluster():
    """Kills: two nights at once; a drift that has the role of the night."""
    found = list(yaml.safe_load_all((CI / "kubernetes-cronjob.yaml").read_text(encoding="utf-8")))
    accounts, jobs = ([one for one in found if one["kind"] == kind] for kind in ("ServiceAccount", "CronJob"))
    assert [(one["metadata"]["name"], one["automountServiceAccountToken"]) for one in accounts] == [
        ("iamspec", False),
        ("iamspec-clock", False),
    ]
    roles = [one["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].rpartition("/")[2] for one in accounts]
    assert (roles, [one["metadata"]["name"] for one in jobs]) == (["iamspec-plan", "iamspec-clock"], list(JOBS))
    for job in jobs:
        spec, (account, command) = job["spec"], JOBS[job["metadata"]["name"]]
        pod = spec["jobTemplate"]["spec"]["template"]["spec"]
        assert (spec["concurrencyPolicy"], spec["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 0)
        assert (pod["automountServiceAccountToken"], pod["securityContext"]["runAsNonRoot"]) == (False, True)
        (container,) = pod["containers"]
        assert (pod["serviceAccountName"], container["command"]) == (account, command)
        for one in (container, *pod["initContainers"]):
            assert one["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_the_role_of_the_night_stores_secrets_below_its_prefix_and_reads_none():
    """Kills: a nightly role that can read, or overwrite, every secret of the account."""
    policies = yaml.safe_load((CI / "roles.yaml").read_text(encoding="utf-8"))["policies"]
    (statement,) = policies["iamspec-clock-sink"]["document"]["Statement"]
    actions = [f"secretsmanager:{one}" for one in ("CreateSecret", "DeleteSecret", "DescribeSecret", "PutSecretValue")]
    assert statement == {
        "Effect": "Allow",
        "Action": actions,
        "Resource": "arn:aws:secretsmanager:*:*:secret:iamspec/*",
    }


def test_the_night_of_gitlab_runs_on_a_schedule_and_drift_after_it():
    """Kills: a clock that a merge request can start, and a drift that is skipped where the clock failed."""
    jobs = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))
    (rule,) = jobs["clock"]["rules"]
    assert '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == "schedule"' in rule["if"]
    assert jobs["clock"]["resource_group"] == jobs["apply"]["resource_group"]
    assert jobs["drift"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"', "when": "always"}]
    assert jobs["stages"][-2:] == ["clock", "drift"]


def test_a_merge_request_links_its_plan_and_a_refused_plan_fails():
    """Kills: a plan that nobody finds in the log of a job, and a pipe that hides the exit code of the plan."""
    plan = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))["plan"]
    assert plan["script"][1:] == ["set -o pipefail", 'iamspec plan "$SPEC" --defer-credentials | tee plan.txt']
    assert plan["artifacts"] == {"when": "always", "access": "developer", "expose_as": "plan", "paths": ["plan.txt"]}


# AWS Lambda


class Topic:
    """A topic that remembers what was published."""

    def __init__(self):
        self.published = []

    def publish(self, **given):
        self.published.append(given)


@pytest.fixture
def function(tmp_path, monkeypatch):
    """The function as it is deployed, with the spec of an empty account beside it, and the topic."""
    shutil.copy(CI / "lambda" / "handler.py", tmp_path)
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "iamspec.yaml").write_text("account: {id: '123456789012'}\nusers: {}\n")
    found = importlib.util.spec_from_file_location("handler", tmp_path / "handler.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    topic = Topic()
    monkeypatch.setattr(module, "boto3", type("Boto", (), {"client": staticmethod(lambda _: topic)}))
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:drift")
    monkeypatch.chdir(tmp_path)
    with running() as sandbox:
        for name, value in environment(sandbox.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        yield module.handler, topic, module


def test_the_function_publishes_drift_and_nothing_else(function):
    """Kills: a mail every night without news, and drift without a mail."""
    handler, topic, module = function
    assert (handler({}, None), topic.published) == ({"code": 0}, [])
    boto3.client("iam", region_name="us-east-1").create_user(UserName="mallory")
    assert handler({}, None) == {"code": 2}
    (message,) = topic.published
    assert message["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:drift"
    assert "user/mallory" in message["Message"]
    assert "CreateUser" in message["Message"]
    (module.SPEC / "iamspec.yaml").write_text("account: {id: '999999999999'}\n")
    with pytest.raises(module.NotComparedError, match="999999999999"):
        handler({}, None)


def test_the_role_of_the_function_reads_and_publishes():
    text = (CI / "lambda" / "template.yaml").read_text(encoding="utf-8")
    (policy,) = yaml.safe_load(text)["Resources"]["Role"]["Properties"]["Policies"]
    allowed = {one["Sid"]: one["Action"] for one in policy["PolicyDocument"]["Statement"]}
    reading = [one["Action"] for one in without_plan("plan", ()).document["Statement"]]
    assert allowed == {
        "Read": sorted({name for one in reading for name in ([one] if isinstance(one, str) else one)}),
        "Blame": "cloudtrail:LookupEvents",
        "Tell": "sns:Publish",
        "Log": ["logs:CreateLogStream", "logs:PutLogEvents"],
    }
