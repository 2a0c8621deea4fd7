"""The examples work: the account of the startup, and the shell steps of the workflow as they stand."""

import json
import re
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event

import boto3
import github
import pyrage
import pytest
from botocore.loaders import JSONFileLoader
from fake import FakeIam
from story import seen
from workflow import EXPRESSION, ROOT, WORKFLOW, Runner

from iamspec.access import questions
from iamspec.access.declared import spec_book
from iamspec.cli import main
from iamspec.commands import plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.commands.validate import validate
from iamspec.desired.lint import findings
from iamspec.errors import InvalidSpec
from iamspec.kinds.contract import Address
from iamspec.live import aws
from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Request
from iamspec.render.formats import FORMATS
from iamspec.render.text import text
from iamspec.review.permissions import clock
from iamspec.sandbox import environment, running

STARTUP = ROOT / "examples" / "startup"
LIFTABLE = re.compile(r"\*\*protected\*\* `user/ben`: .*; change `(?P<change>[0-9a-f]{40})`")
FINGERPRINT = re.compile(r"^`(sha256:[0-9a-f]{64})`$", re.MULTILINE)
JOBS = WORKFLOW["jobs"]
READ = JSONFileLoader.load_file
PROCESSES = pytest.mark.parametrize("runner", ["processes"], indirect=True)


@pytest.fixture
def startup(tmp_path):
    """A copy of the startup's spec that a test may change."""
    return Path(shutil.copytree(STARTUP, tmp_path / "startup"))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


# The startup


def test_the_startup_is_made_of_these():
    plan = commands.plan([str(STARTUP)], FakeIam())
    assert seen(plan)["changes"] == [
        "create policy/deploy-staging: path, description, tags, document",
        "create policy/developer-boundary: path, description, document",
        "create policy/read-assets: path, description, tags, document",
        "create group/administrators: path, policies",
        "create group/developers: path, policies",
        "create group/employees: path, inline_policies",
        "create group/finance: path, policies",
        "create user/ana: path, tags, groups, console",
        "create user/ben: path, tags, groups, console",
        "create user/chloe: path, tags, groups, permissions_boundary, console",
        "create user/ci-deploy: path, tags, policies, access_keys",
        "create user/dan: path, tags, groups, permissions_boundary, console",
        "create user/fay: path, tags, groups, console",
        "update account/alias: alias",
        (
            "update password-policy/account: minimum_password_length, require_symbols, require_numbers, "
            "require_uppercase_characters, require_lowercase_characters, allow_users_to_change_password, "
            "password_reuse_prevention, hard_expiry"
        ),
    ]
    assert not plan.refused


def test_the_startup_shows_the_same_as_a_role_without_a_key(startup):
    """Kills: advice that nobody can follow, since it does not fit the spec that it stands in."""
    users = startup / "users.yaml"
    written, _, advice = users.read_text(encoding="utf-8").partition("\n# The same as a role")
    role = "\n".join(line.removeprefix("# ") for line in advice.splitlines()[3:])
    kept = written.partition("  # The build server")[0]
    users.write_text(f"{kept}\n{role}\n", encoding="utf-8")
    spec, warnings = validate([str(startup)])
    assert warnings == []
    assert [str(one) for one in spec.entities if one.name in {"ci-deploy", "github"}] == [
        "identity-provider/github",
        "role/ci-deploy",
    ]


def test_a_widened_wildcard_names_who_gains_how_much_of_which_kind_and_what_is_risky(startup):
    """The bugs: a star is told as one action, a user who gains is left out, or who has no part in it is named."""
    iam = FakeIam()
    for _ in run_plan(commands.plan([str(startup)], iam), iam, parallelism=1, stop=Event()):
        pass
    file = startup / "policies" / "read-assets.json"
    before = Document(json.loads(file.read_text("utf-8")))
    replace(file, "s3:Get*", "s3:*")
    plan = commands.plan([str(startup)], iam)
    known = catalogue()
    gained = known.allowed(Document(json.loads(file.read_text("utf-8")))) & ~known.allowed(before)
    levels = {name: (gained & mask).bit_count() for name, mask in known.levels.items() if gained & mask}
    risks = {name: mask.bit_count() for name, mask in known.risks(gained).items()}
    (document,), (chloe, dan) = plan.impact.documents, plan.impact.principals
    assert [(str(one.address), one.verdict.value) for one in (document, chloe, dan)] == [
        ("policy/read-assets", "widens"),
        ("user/chloe", "widens"),
        ("user/dan", "widens"),
    ]
    assert (document.gained.levels, document.gained.risks, document.lost.mask) == (levels, risks, 0)
    assert min(levels["Write"], levels["Permissions management"], risks["ResourceExposure"]) > 0
    counts = f"{levels['Permissions management']} permissions management, {levels['Write']} write"
    shown = text(plan)
    assert f"widens: +{gained.bit_count()} actions (s3: {counts}, " in shown
    assert f"risk: {', '.join(f'{name} {number}' for name, number in risks.items())}" in shown
    who = next(line for line in shown.splitlines() if line.startswith("  chloe, dan  widens: +"))
    assert all(f" {name.lower()}" in who for name in ("permissions management", "write"))
    assert json.loads(FORMATS["json"](plan))["access"]["principals"][0]["addresses"] == ["user/chloe", "user/dan"]


def test_there_is_nothing_to_warn_of_in_the_startup():
    spec, warnings = validate([str(STARTUP)])
    assert (warnings, findings(spec)) == ([], [])


def test_a_developer_without_the_boundary_breaks_what_must_stay_true(startup):
    """Kills: a test in the settings without users, or with an action that the boundary does not decide."""
    replace(startup / "users.yaml", "    permissions_boundary: developer-boundary\n", "")
    with pytest.raises(InvalidSpec) as broken:
        validate([str(startup)])
    assert [one.message for one in broken.value.issues] == [
        "user/chloe should have the boundary developer-boundary, but has none",
        "user/dan should have the boundary developer-boundary, but has none",
    ]


def test_an_employee_may_change_the_own_password_and_nobody_elses():
    book = spec_book(validate([str(STARTUP)])[0])
    arn = "arn:aws:iam::123456789012:user/people/"

    def may(user: str, whose: str) -> str:
        asked = Request("iam:ChangePassword", arn + whose)
        return questions.ask(book, book.powers[Address("user", user)], asked).answer.value

    found = {user: (may(user, user), may(user, "dan")) for user in ("ben", "chloe", "fay")}
    own = ("allowed", "denied")
    assert found == {"ben": ("allowed", "allowed"), "chloe": own, "fay": own}  # ben is an administrator


def test_the_account_is_changed_by_hand_only_in_the_sandbox(tmp_path):
    """Kills: a demo that runs against whatever account the shell has credentials for."""
    done = subprocess.run(
        [ROOT / "examples/demo.sh"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    reason = f"this changes the account that it finds: run it as  iamspec sandbox -- {ROOT / 'examples/demo.sh'}\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", reason)


# The workflow


@pytest.fixture
def sandbox():
    """An empty account."""
    with running() as sandbox:
        yield sandbox


@cache
def load_file(path: str):
    """A data file of botocore, read once and not once a session."""
    return READ(JSONFileLoader(), path)


@pytest.fixture
def runner(request, tmp_path, sandbox, monkeypatch):
    """A repository with the startup's spec, and an empty account.

    With PROCESSES each call of iamspec is a process.
    """
    monkeypatch.setattr(aws, "LOOKS", 1)  # the sandbox is consistent at once
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: load_file(path))
    processes = getattr(request, "param", None) == "processes"
    runner = Runner(tmp_path, environment(sandbox.endpoint, {}), processes=processes)
    shutil.copytree(STARTUP, runner.folder, dirs_exist_ok=True)
    yield runner
    runner.inside.close()


def iam(runner):
    return boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=runner.aws["AWS_ENDPOINT_URL"],
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def users(runner):
    return sorted(one["UserName"] for one in iam(runner).list_users()["Users"])


def administrators(runner):
    return sorted(one["UserName"] for one in iam(runner).get_group(GroupName="administrators")["Users"])


def merge(runner):
    """GitHub knows the pull request that the last plan was made for as merged."""
    runner.set(pulls=[{"number": 7, "head": {"sha": "reviewed"}}], runs=[{"headSha": "reviewed", "databaseId": 31}])


def test_each_job_may_do_what_it_does_and_nothing_else():
    read = {"contents": "read"}
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "validate": read,
        "plan": {**read, "id-token": "write", "pull-requests": "write"},
        "apply": {**read, "id-token": "write", "pull-requests": "write", "actions": "read"},
        "replan": {"actions": "write", "pull-requests": "read"},
        "clock": {**read, "id-token": "write"},
        "drift": {**read, "id-token": "write", "issues": "write"},
    }


def test_a_pull_request_from_a_fork_is_validated_and_gets_no_credentials():
    """Kills: a fork that reads the account, or a fork with an unchecked spec."""
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    assert same in JOBS["plan"]["if"]
    assert same not in JOBS["validate"]["if"]
    reaching = [name for name, job in JOBS.items() if "id-token" in job["permissions"]]
    assert reaching == ["plan", "apply", "clock", "drift"]
    assert "pull_request_target" not in WORKFLOW["on"]


def test_one_apply_runs_at_a_time_and_is_never_cut_off():
    groups = {name: job.get("concurrency") for name, job in JOBS.items()}
    assert groups["apply"] == {"group": "iam-account", "cancel-in-progress": "false"}
    assert [name for name, one in groups.items() if one and one["group"] == "iam-account"] == ["apply"]


def test_nothing_that_others_write_is_pasted_into_a_shell():
    """Kills: a branch or pull request whose name is a command."""
    scripts = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
    assert [one for one in scripts if EXPRESSION.search(one)] == []


def test_every_job_ends_by_itself_and_leaves_no_token_behind():
    assert [name for name, job in JOBS.items() if "timeout-minutes" not in job] == []
    checkouts = [step for job in JOBS.values() for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert [step["with"]["persist-credentials"] for step in checkouts] == ["false"] * (len(JOBS) - 1)  # replan has none


def test_a_merge_applies_the_plan_that_was_reviewed(runner):
    assert runner.job("validate").code == 0
    planned = runner.job("plan")
    (comment,) = runner.github["comments"]
    start, title = comment["body"].splitlines()[:2]
    assert (start, title) == (
        "<!-- iamspec plan -->",
        "### iamspec: 13 to create, 2 to change, 0 to delete in account 123456789012",
    )
    assert users(runner) == []

    merge(runner)
    applied = runner.job("apply")
    assert (planned.code, applied.code) == (0, 0), applied.printed
    result = runner.github["comments"][-1]["body"]
    assert result.startswith("### iamspec: applied\n")
    assert "proved: read again" in result
    assert users(runner) == ["ana", "ben", "chloe", "ci-deploy", "dan", "fay"]
    assert (planned.roles, applied.roles) == (
        ["arn:aws:iam::123456789012:role/iamspec-plan"],
        ["arn:aws:iam::123456789012:role/iamspec-apply"],
    )
    assert "a-token-that-nobody-must-see" not in planned.printed + applied.printed + json.dumps(runner.github)


def test_a_second_push_updates_the_comment_of_the_first_and_no_other(runner):
    """Kills: a comment for each push; a person's comment that quotes the plan overwritten."""
    quoted = {"id": 5, "user": {"login": "ana"}, "body": "<!-- iamspec plan --> looks good"}
    runner.set(comments=[quoted])
    runner.job("plan")
    replace(runner.folder / "users.yaml", "  fay:", "  gil: {groups: [employees]}\n\n  fay:")
    assert runner.job("plan").code == 0
    mine, other = sorted(runner.github["comments"], key=lambda one: one["user"]["login"] == "github-actions[bot]")
    assert mine == quoted
    assert (
        other["body"].splitlines()[1] == "### iamspec: 14 to create, 2 to change, 0 to delete in account 123456789012"
    )


def test_what_was_not_reviewed_is_not_applied(runner):
    """Kills: an apply that plans again and runs whatever comes out."""
    runner.job("plan")
    merge(runner)
    replace(runner.folder / "groups.yaml", "members: [ana, ben]", "members: [ana, ben, fay]")
    applied = runner.job("apply")
    assert applied.code == 1
    assert "refused: this plan is not the one that was expected" in applied.printed
    assert users(runner) == []
    result = runner.github["comments"][-1]["body"]
    assert result.startswith("### iamspec: not applied as reviewed\n")
    assert "**New administrator:** `user/fay`" in result


@pytest.fixture
def startups(runner, monkeypatch):
    """The repository, and the account as the startup has it: applied, with passwords and the first key handed over."""
    for name, value in runner.aws.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(runner.folder.parent)
    assert main(["apply", str(runner.folder), "--auto-approve", "--defer-credentials"]) == 0
    hand_over(runner)
    return runner


def kept(runner, folder):
    """Moves the artifact of a plan to where another plan does not write."""
    return (runner.artifacts / "plan").rename(folder)


def merged(runner, artifact, **inputs):
    """The apply after a merge, with the artifact of the pull request and a new checkout."""
    merge(runner)
    shutil.rmtree(runner.folder / "reviewed", ignore_errors=True)
    (runner.folder / "moved.txt").unlink(missing_ok=True)
    shutil.copytree(artifact, runner.artifacts / "plan", dirs_exist_ok=True)
    return runner.job("apply", **inputs)


def commit(folder):
    """A repository in which the commit before the last has the files as they are."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "a"), ("commit", "-qm", "b", "--allow-empty")):
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_a_guard_is_lifted_by_a_pull_request_and_another_one_meanwhile_shows_what_moved(startups, tmp_path):
    """Kills: an override for whatever comes next; two plans, reviewed apart, applied on top of each other."""
    runner, groups, users = startups, startups.folder / "groups.yaml", startups.folder / "users.yaml"
    commit(runner.folder)
    replace(users, "team: finance", "team: money")
    assert runner.job("plan").code == 0
    of_fay = kept(runner, tmp_path / "of-fay")

    replace(users, "team: money", "team: finance")
    replace(groups, "members: [ana, ben]", "members: [ana]")
    assert runner.job("plan").code == 1
    found = LIFTABLE.search(runner.github["comments"][-1]["body"])
    until = datetime.now(UTC).date() + timedelta(days=3)
    entry = f'{{guard: protected, address: user/ben, change: "{found["change"]}", reason: he leaves, until: {until}}}'
    replace(runner.folder / "iamspec.yaml", "guards: #", f"guards:\n  allow: [{entry}]\n  #")
    assert runner.job("plan").code == 0
    shown = runner.github["comments"][-1]["body"]
    assert f"lifted by `iamspec.yaml:25` until {until}: he leaves; change `{found['change']}`" in shown
    assert "> **This change loosens the settings**\n>\n> - `guards.allow` lifts protected of `user/ben`" in shown
    of_ben = kept(runner, tmp_path / "of-ben")
    assert merged(runner, of_ben).code == 0
    assert administrators(runner) == ["ana"]

    replace(users, "team: finance", "team: money")
    commits = [{"sha": "a" * 40, "commit": {"message": "Ben leaves\n\nSee issue 7."}}]
    runner.set(commits=commits)
    assert merged(runner, of_fay).code == 1
    said = runner.github["comments"][-1]["body"]
    assert said.startswith("### iamspec: not applied as reviewed\n")
    moved = said.partition("What moved since the review:\n\n")[2].partition("The plan as it would be now:")[0]
    assert (
        "    +- `iamspec.yaml:25:11`: `guards.allow[0]`: protected of `user/ben` is no complaint about this plan"
        in moved
    )
    assert "sha256:" not in moved
    assert said.endswith("Merged since the review, this pull request among it:\n\n    aaaaaaaaaaaa Ben leaves\n")
    (now,) = FINGERPRINT.findall(said.partition("The plan as it would be now:")[2])
    assert merged(runner, of_fay, fingerprint=now).code == 0


def test_open_pull_requests_are_planned_again_after_an_apply(runner):
    """Kills: an approval of a plan for an account that is no more."""
    runner.set(open=[{"headRefOid": "one"}, {"headRefOid": "two"}], runs=[{"headSha": "one", "databaseId": 5}])
    assert runner.job("replan").code == 0
    assert runner.github["reruns"] == [5]


def test_in_a_public_repository_there_are_counts_and_no_names(runner):
    """Kills: the users of an account in a comment, a log or an issue that everybody can read."""
    runner.set(visibility="public")
    printed = runner.job("plan").printed
    merge(runner)
    applied = runner.job("apply")
    hand_over(runner)
    night = runner.job("clock")
    iam(runner).create_user(UserName="mallory")
    drift = runner.job("drift")
    said = json.dumps([runner.github["comments"], runner.github["issues"]])
    said += (runner.folder.parent / "summary").read_text(encoding="utf-8")
    assert (applied.code, night.code, drift.code) == (0, 0, 0)
    assert "### iamspec: the night is done\n" in said
    assert "13 to create" in said
    assert "1 undeclared" in said
    everything = said + printed + applied.printed + night.printed + drift.printed
    assert [one for one in ("chloe", "mallory", "read-assets") if one in everything] == []


def test_a_push_without_a_reviewed_plan_applies_nothing(runner):
    runner.job("plan")
    runner.set(pulls=[], runs=[{"headSha": "reviewed", "databaseId": 31}])
    applied = runner.job("apply")
    reason = "::error::no reviewed plan belongs to this commit; run this workflow by hand, with a fingerprint\n"
    assert (applied.code, applied.printed, applied.roles) == (1, reason, [])


def test_by_hand_a_fingerprint_is_enough(runner):
    runner.job("plan")
    fingerprint = (runner.artifacts / "plan" / "fingerprint.txt").read_text(encoding="utf-8").strip()
    assert runner.job("apply", fingerprint=fingerprint).code == 0
    assert users(runner) == ["ana", "ben", "chloe", "ci-deploy", "dan", "fay"]


def test_what_is_wrong_with_a_spec_is_told_in_the_comment(runner):
    replace(runner.folder / "users.yaml", "groups: [employees, developers]", "groups: [employees, develoeprs]")
    planned = runner.job("plan")
    (comment,) = runner.github["comments"]
    error = './users.yaml:21:25: user/chloe: groups[1]: no group "develoeprs" is declared; did you mean "developers"?'
    assert comment["body"] == f"<!-- iamspec plan -->\n\n    {error.removeprefix('./')}\n    1 error\n\n"
    assert (planned.code, list(runner.artifacts.iterdir())) == (1, [])


def hand_over(runner):
    """What the pipeline leaves to a person."""
    for name in ("ana", "ben", "chloe", "dan", "fay"):
        iam(runner).create_login_profile(UserName=name, Password="Correct-horse-7-battery-staple")
    iam(runner).create_access_key(UserName="ci-deploy")


def test_drift_opens_one_issue_and_its_end_closes_it(runner):
    def issues():
        return [(one["state"], one["body"].splitlines()[1]) for one in runner.github["issues"]]

    runner.job("plan")
    merge(runner)
    runner.job("apply")
    hand_over(runner)
    assert (runner.job("drift").code, issues()) == (0, [])

    iam(runner).create_user(UserName="mallory")
    assert runner.job("drift").code == 0
    assert issues() == [("open", "### iamspec: drift in acme-startup (123456789012): 1 undeclared")]

    iam(runner).add_user_to_group(GroupName="finance", UserName="chloe")
    assert runner.job("drift").code == 0
    assert issues() == [("open", "### iamspec: drift in acme-startup (123456789012): 1 undeclared, 1 changed")]

    iam(runner).remove_user_from_group(GroupName="finance", UserName="chloe")
    iam(runner).delete_user(UserName="mallory")
    assert runner.job("drift").code == 0
    assert issues() == [("closed", "### iamspec: drift in acme-startup (123456789012): 1 undeclared, 1 changed")]


@PROCESSES
def test_a_drift_that_cannot_be_told_is_a_failure_and_no_issue(runner):
    """Kills: exit code 1 taken for no drift, which would close the issue."""
    runner.set(issues=[{"number": 1, "state": "open", "label": "iam-drift", "body": ""}])
    replace(runner.folder / "iamspec.yaml", '"123456789012"', '"210987654321"')
    assert runner.job("drift").code == 1
    assert runner.github["issues"] == [{"number": 1, "state": "open", "label": "iam-drift", "body": ""}]


ANSWERS = {
    github.MARKED: [
        {"id": 1, "user": {"login": "ana"}, "body": "<!-- iamspec plan -->"},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- iamspec plan -->\n## iamspec"},
        {"id": 3, "user": {"login": "github-actions[bot]"}, "body": "coverage"},
    ],
    github.MERGED: [{"number": 3, "head": {"sha": "a"}}, {"number": 4, "head": {"sha": "b"}}],
    github.SINCE: {"commits": [{"sha": "a" * 40, "commit": {"message": "Fay is in finance\n\nSee issue 7."}}]},
    ".[].headRefOid": [{"headRefOid": "a"}, {"headRefOid": "b"}],
    ".visibility": {"visibility": "private"},
    ".[].databaseId": [{"databaseId": 31}],
    ".[].number": [{"number": 3}, {"number": 2}],
}


@pytest.mark.parametrize("expression", github.JQ)
@pytest.mark.parametrize("some", [True, False])
def test_the_expressions_of_the_workflow_mean_to_jq_what_they_mean_to_its_tests(expression, some):
    if shutil.which("jq") is None:
        pytest.skip("there is no jq")
    answer = ANSWERS[expression] if some or isinstance(ANSWERS[expression], dict) else []
    done = subprocess.run(
        ["jq", "--raw-output", expression], input=json.dumps(answer), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == list(map(str, github.JQ[expression](answer)))


def keys(sandbox):
    """The access keys of the build server."""
    (user,) = [one for one in sandbox.backend.users.values() if one.name == "ci-deploy"]
    return user.access_keys


def test_a_night_ends_what_is_over_and_rotates_a_key_into_the_sink(startups, sandbox):
    """Kills: a nightly run that needs more rights than the role has, applies an unreviewed change, or prints a key."""
    runner, users_file = startups, startups.folder / "users.yaml"
    (old,) = keys(sandbox)
    old.create_date -= timedelta(days=95)
    replace(users_file, "[employees, finance]", "[employees, {name: finance, expires: 2020-01-01}]")
    replace(users_file, "  fay:", "  gil: {groups: [employees]}\n\n  fay:")
    sandbox.enforce = Document(clock(validate([str(runner.folder)])[0]).document)

    without_sink = runner.job("clock")
    assert (without_sink.code, without_sink.roles) == (0, ["arn:aws:iam::123456789012:role/iamspec-clock"])
    assert "waiting for credentials: user/ci-deploy: an access key" in without_sink.printed
    assert (keys(sandbox), list(runner.artifacts.iterdir())) == ([old], [])

    mine = pyrage.x25519.Identity.generate()
    runner.sink = f"age:{mine.to_public()}"
    night = runner.job("clock")
    assert night.code == 0, night.printed
    (new,) = [one for one in keys(sandbox) if one is not old]
    with tarfile.open(runner.artifacts / "credentials" / "credentials.tar") as sealed:
        content = pyrage.decrypt(sealed.extractfile("./ci-deploy.csv.age").read(), [mine]).decode()
    assert f"ci-deploy,,{new.access_key_id},{new.secret_access_key}," in content
    assert new.secret_access_key not in night.printed
    sandbox.enforce = None
    finance = iam(runner).get_group(GroupName="finance")["Users"]
    assert (finance, "gil" in users(runner), old.status) == ([], False, "Active")


def test_in_a_public_repository_no_key_becomes_an_artifact(runner):
    """Kills: the names of users who rotate, and their encrypted keys, for everybody to fetch."""
    runner.set(visibility="public")
    runner.sink = "age:age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    reason = "::error::in a public repository the sink is secretsmanager:PREFIX; everybody could fetch an artifact\n"
    night = runner.job("clock")
    assert (night.code, night.printed, list(runner.artifacts.iterdir())) == (1, reason, [])


def test_the_nights_run_apart_from_applies_and_before_drift():
    """Kills: an apply that waits and is cancelled by the night; drift that reports what the night ends."""
    assert JOBS["clock"]["environment"] == "iam-clock"
    assert JOBS["clock"]["concurrency"] == {"group": "iam-clock", "cancel-in-progress": "false"}
    assert "vars.IAMSPEC_CLOCK_ROLE != ''" in JOBS["clock"]["if"]
    assert JOBS["replan"]["needs"] == ["apply", "clock"]
    assert (JOBS["drift"]["needs"], "!cancelled()" in JOBS["drift"]["if"]) == ("clock", True)
