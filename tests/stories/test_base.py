"""`plan --base REF`: what a change of a spec loosens, compared with the spec of a git revision as understood."""

import json
import os
import subprocess

import pytest
from story import ACCOUNT, AWS, Story

SPEC = f"""{ACCOUNT}guards: {{max_deletes: 5, administrators: [ann], protected: {{groups: [ops]}}}}
tests:
  engineers: {{users: ['/eng/*'], deny: ['iam:*', {{action: 's3:DeleteBucket', resource: 'arn:aws:s3:::payroll'}}]}}
absent: {{users: {{mallory: 2026-01-01}}}}
users: {{ann: {{groups: [ops]}}, bob: {{path: /eng/}}, cid: {{}}}}
groups: {{ops: {{members: [ann]}}}}
"""


ASSERTED = "deny iam:* for user /eng/*; deny s3:deletebucket on arn:aws:s3:::payroll for user /eng/*"


def git(folder, *words):
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=folder, env=own, check=True, capture_output=True)


class Repository(Story):
    """A story whose spec is committed once."""

    def __init__(self, folder, spec=SPEC):
        self.root = folder
        (folder / "iam").mkdir()
        super().__init__(folder / "iam")
        git(folder, "init", "-q")
        self.user("ann")
        self.user("bob", "/eng/")
        self.user("cid")
        self.group("ops")
        self.iam.given("AddUserToGroup", UserName="ann", GroupName="ops")
        self.write(spec)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "base")

    def write(self, spec):
        (self.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")

    def compared(self, spec, capsys, ref="main", code=0):
        self.write(spec)
        assert self.run("plan", str(self.folder), "--base", ref) == code
        return capsys.readouterr().out.splitlines()

    def loosened(self, spec, capsys):
        """The sentences about what is looser, without the places."""
        place = f"  {self.folder}"
        return [one[8:].partition(place)[0] for one in self.compared(spec, capsys) if one.startswith("LOOSER")]


@pytest.fixture
def story(tmp_path):
    return Repository(tmp_path)


def test_the_first_lines_of_a_plan_say_what_the_change_loosens(story, capsys):
    """Kills: a pull request that raises a limit, drops a test and turns prune on, below 400 harmless lines."""
    changed = SPEC.replace("max_deletes: 5", "max_deletes: 99999").replace("account:", "prune: true\naccount:", 1)
    changed = changed.replace(SPEC[SPEC.index("tests:") : SPEC.index("absent:")], "")
    place = f"  {story.folder}/iamspec.yaml"
    assert story.compared(changed, capsys)[:3] == [
        f"LOOSER  guards.max_deletes 5 → 99999{place}:3",
        f"LOOSER  prune off → on: apply deletes what is not declared{place}:1",
        f"LOOSER  test engineers is removed: {ASSERTED}{place}:1",
    ]


CHANGES = {
    "fewer administrators that must stay": (
        ("administrators: [ann]", "administrators: []"),
        ["guards.administrators has ann no longer"],
    ),
    "less protected": (("groups: [ops]}}", "groups: []}}"), ["guards.protected.groups has ops no longer"]),
    "less of a test": (
        ("deny: ['iam:*', ", "deny: ["),
        ["test engineers asserts less: deny iam:* for user /eng/*"],
    ),
    "a tombstone": (("absent: {users: {mallory: 2026-01-01}}", "absent: {}"), ["absent has user/mallory no longer"]),
    "an open group": (("ops: {members: [ann]}", "ops: {}"), ["group/ops is a closed group no longer"]),
    "external": (
        ("cid: {}", "cid: {external: true}"),
        ["user/cid becomes external: nothing of it is compared any more"],
    ),
    "scope": (
        ("account:", "scope: {exclude: {users: [x]}}\naccount:"),
        ["scope.exclude.users left out → [x]"],
    ),
    "lint": (
        ("account:", "lint: {ignore: {unknown-service: meant}}\naccount:"),
        ["lint ignores unknown-service: meant"],
    ),
    "accepted drift": (
        ("account:", "drift: {accept: [{address: user/x, state: a, reason: why, until: 2027-01-01}]}\naccount:"),
        ["drift.accept accepts user/x until 2027-01-01: why"],
    ),
    "accepted findings": (
        ("account:", "status: {accept: {root-mfa: {reason: why, until: 2027-01-01}}}\naccount:"),
        ["status accepts root-mfa until 2027-01-01"],
    ),
    "a renamed test": (("engineers:", "people-of-engineering:"), []),
    "tighter limits": (("max_deletes: 5", "max_deletes: 2"), []),
    "other writing": (("users: {ann: {groups: [ops]}", "users: {ann: {groups: ['ops']}"), []),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_way_to_loosen_is_said_and_nothing_else(story, capsys, name):
    """Kills: a setting without a comparison, and a difference of spelling that is taken for a change."""
    (old, new), expected = CHANGES[name]
    assert story.loosened(SPEC.replace(old, new, 1), capsys) == expected


def test_a_lifted_complaint_is_said(story, capsys):
    until = story.iam.now().date()
    allow = f"allow: [{{guard: protected, address: group/ops, change: x, reason: why, until: {until}}}], "
    spec = SPEC.replace("guards: {", f"guards: {{{allow}")
    assert story.loosened(spec, capsys) == [f"guards.allow lifts protected of group/ops until {until}: why"]


def test_a_live_entity_that_is_newly_declared_is_accepted_with_its_facts(story, capsys):
    """Kills: an intruder who is made official by one harmless line."""
    story.user("intruder", policies=[f"{AWS}AdministratorAccess"])
    story.iam.given("CreateAccessKey", UserName="intruder")
    spec = SPEC.replace("\nusers: {", "\nusers: {intruder: {policies: [aws:AdministratorAccess]}, ")
    lines = story.compared(spec, capsys)
    assert lines[0].startswith("ACCEPTS user/intruder: administrator; no password, 1 active key; never used; created ")
    assert not [one for one in lines[1:] if one.startswith("ACCEPTS")]
    assert story.run("plan", str(story.folder), "--base", "main", "--format", "json") == 0
    base = json.loads(capsys.readouterr().out)["base"]
    assert ([one["address"] for one in base["accepts"]], base["ref"], len(base["commit"])) == (
        ["user/intruder"],
        "main",
        40,
    )
    assert story.run("plan", str(story.folder), "--base", "main", "--format", "markdown") == 0
    assert "**This change accepts what is live already**" in capsys.readouterr().out


def test_the_fleet_is_compared(story, capsys):
    (story.root / "fleet.yaml").write_text("version: 1\nguards: {max_accounts_changed: 50}\n", encoding="utf-8")
    git(story.root, "add", "-A")
    git(story.root, "commit", "-q", "-m", "fleet")
    (story.root / "fleet.yaml").write_text("version: 1\nguards: {max_accounts_changed: 500}\n", encoding="utf-8")
    assert story.loosened(SPEC, capsys) == ["fleet.yaml: guards.max_accounts_changed 50 → 500"]


def failed(story, capsys, ref, spec=SPEC):
    story.write(spec)
    assert story.run("plan", str(story.folder), "--base", ref) == 1
    assert story.iam.calls == []
    return capsys.readouterr().err


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-h", ""])
def test_a_revision_cannot_be_an_option(story, capsys, ref):
    """Kills: a branch name that git takes for an option."""
    story.iam.calls.clear()
    story.write(SPEC)
    assert story.run("plan", str(story.folder), f"--base={ref}") == 1
    assert capsys.readouterr().err == f'error: --base: "{ref}" is no revision; write a branch, a tag or a commit\n'


def test_a_base_that_is_missing_or_does_not_parse_is_an_error(story, capsys):
    """Kills: a comparison with nothing, in which nothing is looser."""
    story.iam.calls.clear()
    assert 'there is no revision "gone"' in failed(story, capsys, "gone")
    story.write("users: [\n")
    git(story.root, "commit", "-q", "-a", "-m", "broken")
    said = failed(story, capsys, "main")
    assert said.startswith("error: --base main: the spec of that revision has errors\nmain:iam/iamspec.yaml:")
    git(story.root, "rm", "-q", "-r", "--cached", "iam")
    git(story.root, "commit", "-q", "-m", "gone")
    assert failed(story, capsys, "main") == "error: --base main: that revision has no iam\n"


def test_outside_of_git_there_is_no_base(tmp_path, capsys):
    story = Story(tmp_path)
    (tmp_path / "iamspec.yaml").write_text(ACCOUNT, encoding="utf-8")
    assert story.run("plan", str(tmp_path), "--base", "main") == 1
    assert "is not in a git work tree" in capsys.readouterr().err


def test_git_runs_nothing_of_the_repository(story, capsys):
    """Kills: a checkout of the base, which runs the filters and hooks of whoever wrote the change."""
    mark = story.root / "ran"
    for name in ("post-checkout", "post-index-change", "fsmonitor"):
        hook = story.root / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    for key in ("filter.evil.smudge", "filter.evil.clean", "diff.external", "diff.evil.textconv", "core.pager"):
        git(story.root, "config", key, f"touch {mark}")
    git(story.root, "config", "core.fsmonitor", str(story.root / ".git/hooks/fsmonitor"))
    (story.root / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n", encoding="utf-8")
    assert story.compared(SPEC, capsys)[0] == "No setting is looser than in main"
    assert not mark.exists()


def test_a_link_of_the_base_leads_nowhere_else(story, capsys):
    """Kills: a revision whose link lets iamspec read the secrets of the runner."""
    (story.folder / "more.yaml").symlink_to("/etc/passwd")
    git(story.root, "add", "-A")
    git(story.root, "commit", "-q", "-m", "link")
    (story.folder / "more.yaml").unlink()
    said = failed_once(story, capsys)
    assert said.startswith("error: --base main: the spec of that revision has errors\nmain:iam/more.yaml")
    assert "root:" not in said


def failed_once(story, capsys):
    assert story.run("plan", str(story.folder), "--base", "main") == 1
    return capsys.readouterr().err
