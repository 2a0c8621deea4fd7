"""Instance profiles without a role, of a role, and on their way from one role to another."""

import json
from threading import Event

import pytest
from journals import DONE, run, through_its_file, undoing
from samples import NARROW
from story import ACCOUNT, Story, seen

from iamspec.apply.run import Status
from iamspec.commands import importing
from iamspec.commands.apply import run as run_plan
from iamspec.commands.imported import as_files
from iamspec.commands.plan import plan
from iamspec.commands.snapshot import take_snapshot
from iamspec.commands.validate import validate
from iamspec.errors import IamError, InvalidSpec
from iamspec.live.snapshot import SnapshotReader, parse

EC2 = "trust: [{service: ec2.amazonaws.com}]"
DEPLOY = "deploy: {external: true}"


def spec(web="", app="", profiles="", settings=""):
    roles = f"roles: {{web: {{{EC2}{web}}}, app: {{{EC2}{app}}}, {DEPLOY}}}\n"
    return f"{ACCOUNT}{settings}{roles}" + (f"instance_profiles: {{{profiles}}}\n" if profiles else "")


@pytest.fixture
def story(tmp_path):
    """The roles web, with a profile of its name, and app; a profile `lone` without a role."""
    story = Story(tmp_path)
    for name in ("web", "app"):
        story.iam.given("CreateRole", RoleName=name, Path="/", AssumeRolePolicyDocument=json.dumps(NARROW))
    hosts = [{"Key": "host", "Value": "y"}]
    story.iam.given("CreateInstanceProfile", InstanceProfileName="web", Path="/fleet/", Tags=hosts)
    story.iam.given("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="web")
    tags = [{"Key": "team", "Value": "x"}]
    story.iam.given("CreateInstanceProfile", InstanceProfileName="lone", Path="/old/", Tags=tags)
    return story


def profiles(story):
    found = story.iam.dump(identity=False)["profiles"]
    return {name: (one["path"], one["role"], one["tags"]) for name, one in found.items()}


BEFORE = spec(web=", instance_profile: true")
LONE = "lone: {path: /old/, tags: {team: x}}"


def test_a_profile_without_a_role_is_undeclared_and_that_of_a_role_is_not(story):
    """Kills: profiles that nobody sees, and the profile of a role that is listed beside the role."""
    assert seen(story.plan(BEFORE))["undeclared"] == ["instance-profile/lone"]
    (entered,) = story.plan(BEFORE).plan.entered
    assert entered == (
        "instance profiles are in scope: 1 live, 1 of them not declared; apply leaves these alone, since prune does not "
        "name instance profiles"
    )
    assert seen(story.plan(spec(web=", instance_profile: true", profiles=LONE))) == {}


def test_a_profile_without_a_role_is_made_tagged_and_pruned(story):
    wanted = spec(
        web=", instance_profile: true", profiles="new: {tags: {a: b}}", settings="prune: [instance_profiles]\n"
    )
    assert story.applied(wanted)["steps"] == [
        "create CreateInstanceProfile InstanceProfileName=new Path=/ Tags=a:b",
        "delete DeleteInstanceProfile InstanceProfileName=lone",
    ]
    assert seen(story.plan(wanted.replace("{a: b}", "{c: d}"))) == {
        "changes": ["update instance-profile/new: tags"],
        "steps": [
            "update UntagInstanceProfile InstanceProfileName=new TagKeys=a",
            "update TagInstanceProfile InstanceProfileName=new Tags=c:d",
        ],
    }


@pytest.mark.parametrize("line", ["", ", instance_profile: other"])
def test_a_profile_that_goes_for_lack_of_a_line_is_a_complaint(story, line):
    """Kills: EC2 instances that lose all credentials since a line of the spec was forgotten."""
    lost = (
        "in-use role/web: would lose its instance profile web, which would be deleted, and EC2 instances with it their "
        "credentials; write instance_profile: web, or declare it under instance_profiles"
    )
    assert seen(story.plan(spec(web=line)))["complaints"] == [lost]
    kept = spec(web=line, profiles="web: {path: /fleet/, tags: {host: y}}")
    assert "complaints" not in seen(story.plan(kept))


@pytest.mark.parametrize(
    ("wanted", "lost"),
    [
        ({}, "be deleted"),
        ({"app": ", instance_profile: web"}, "lose role/web"),
        ({"settings": "absent: {roles: {web: 2030-01-01}}\n"}, ""),
    ],
)
def test_a_protected_profile_stays_with_its_role(story, wanted, lost):
    """Kills: a profile under guards.protected that goes as a part of its role, without a word."""
    guarded = {
        **wanted,
        "settings": f"guards: {{protected: {{instance_profiles: [web]}}}}\n{wanted.get('settings', '')}",
    }
    text = spec(**guarded)
    if not lost:
        text, lost = text.replace(f"web: {{{EC2}}}, ", ""), "be deleted"
    found = [one for one in story.plan(text).complaints if one.guard == "protected"]
    assert [(str(one.address), one.message) for one in found] == [
        ("instance-profile/web", f"is protected, and would {lost}")
    ]


def test_prune_of_roles_leaves_profiles_without_a_role(story):
    assert seen(story.plan(spec(web=", instance_profile: true", settings="prune: [roles]\n"))) == {
        "undeclared": ["instance-profile/lone"]
    }


def test_the_path_of_a_profile_is_blocked_with_the_way_out(story):
    (change,) = story.plan(spec(web=", instance_profile: true", profiles="lone: {}")).changes
    assert change.blocked == (
        "IAM cannot move an instance profile from /old/ to /: write path: /old/, or declare an instance profile of another "
        "name there, move its role and its instances and then remove this one"
    )


def test_a_profile_moves_from_one_role_to_another_and_is_never_deleted_in_between(story):
    """Kills: AddRoleToInstanceProfile before the role in it has left, and a profile that instances lose."""
    found = seen(story.plan(spec(app=", instance_profile: web")))
    assert (found["steps"], found["notes"]) == (
        [
            "make-room RemoveRoleFromInstanceProfile InstanceProfileName=web RoleName=web",
            "grant AddRoleToInstanceProfile InstanceProfileName=web RoleName=app",
        ],
        ["role/web leaves instance-profile/web first, so that its next role finds it empty"],
    )
    story.applied(spec(app=", instance_profile: web"))
    assert profiles(story)["web"] == ("/fleet/", "app", {"host": "y"})


def test_a_role_that_could_not_leave_a_profile_holds_the_next_one_back(story):
    """Kills: a call that IAM is known to refuse."""
    story.iam.fail = lambda call: IamError(call.operation, "AccessDenied", "") if "Remove" in call.operation else None
    ended = run_plan(story.plan(spec(app=", instance_profile: web")), story.iam, parallelism=1, stop=Event())
    assert [(one.step.call.operation, one.status, one.reason) for one in ended][1:] == [
        ("AddRoleToInstanceProfile", Status.HELD, "role/web has not made room for it")
    ]


def test_the_role_that_gives_a_profile_away_comes_along_with_a_target(story):
    """Kills: a target whose call fails since its other half was left out."""
    (story.folder / "iamspec.yaml").write_text(spec(app=", instance_profile: web"), encoding="utf-8")
    journal = ("--journal", str(story.folder / "j"))
    assert story.run("apply", str(story.folder), "--auto-approve", "--target", "role/app", *journal) == 0
    assert profiles(story)["web"] == ("/fleet/", "app", {"host": "y"})


def test_two_roles_exchange_their_profiles_by_one_apply(story):
    story.iam.given("AddRoleToInstanceProfile", InstanceProfileName="lone", RoleName="app")
    story.applied(spec(web=", instance_profile: lone", app=", instance_profile: web"))
    assert {name: role for name, (_, role, _) in profiles(story).items()} == {"web": "app", "lone": "web"}


def test_a_role_takes_a_profile_that_is_there_and_undo_leaves_it_there(story, tmp_path):
    """Kills: an undo that deletes what the apply did not make."""
    made = story.plan(spec(web=", instance_profile: true", app=", instance_profile: lone"))
    assert seen(made)["steps"] == ["grant AddRoleToInstanceProfile InstanceProfileName=lone RoleName=app"]
    before = profiles(story)
    assert {one.status for one in run(made, story.iam, tmp_path / "j")} == DONE
    back = undoing(tmp_path / "j", story.iam)
    assert seen(back)["steps"] == ["revoke RemoveRoleFromInstanceProfile InstanceProfileName=lone RoleName=app"]
    assert {one.status for one in run(back, story.iam, tmp_path / "k")} == DONE
    assert profiles(story) == before


CHANGES = {
    "a profile goes with the line": spec(),
    "a profile moves": spec(app=", instance_profile: web"),
    "a profile is made": spec(web=", instance_profile: true", app=", instance_profile: [app, more]"),
    "a profile stays without its role": spec(profiles="web: {path: /fleet/}"),
    "a profile is made by itself, for a role": spec(
        web=", instance_profile: true", app=", instance_profile: new", profiles="new: {path: /x/, tags: {a: b}}"
    ),
    "a role goes with its profile": f"{ACCOUNT}absent: {{roles: {{web: 2099-01-01}}}}\n{spec()[len(ACCOUNT) :]}".replace(
        f"web: {{{EC2}}}, ", ""
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_profiles_runs_out_of_a_file_and_is_taken_back(story, tmp_path, name):
    """Kills: a saved plan that is refused for calls which iamspec plans, and an undo that leaves something."""
    lifted = ("in-use:role/web", "recently-used:role/web")
    before, made = profiles(story), story.plan(CHANGES[name], *lifted)
    saved = through_its_file(made, story.iam, *lifted)
    assert {one.status for one in run(saved, story.iam, tmp_path / "j")} == DONE
    assert story.plan(CHANGES[name]).changes == ()
    assert profiles(story) != before
    back = undoing(tmp_path / "j", story.iam)
    assert {one.status for one in run(back, story.iam, tmp_path / "k")} == DONE
    assert profiles(story) == before
    assert story.plan(BEFORE).changes == ()


def test_an_undo_makes_a_profile_again_with_its_tags(story, tmp_path):
    """Kills: tags that nobody reads before the profile is deleted."""
    before, made = profiles(story), story.plan(spec())
    assert {one.status for one in run(made, story.iam, tmp_path / "j")} == DONE
    assert "web" not in profiles(story)
    assert {one.status for one in run(undoing(tmp_path / "j", story.iam), story.iam, tmp_path / "k")} == DONE
    assert profiles(story) == before


def test_a_tombstone_of_a_profile_lets_its_role_out_first(story):
    wanted = spec(settings="absent: {instance_profiles: {web: 2099-01-01}}\n")
    assert story.applied(wanted)["steps"] == [
        "revoke RemoveRoleFromInstanceProfile InstanceProfileName=web RoleName=web",
        "delete DeleteInstanceProfile InstanceProfileName=web",
    ]


def test_a_profile_whose_spelling_differs_from_the_live_one_plans_nothing(story):
    """Kills: a profile that is made anew for a letter that IAM ignores."""
    assert story.plan(spec(web=", instance_profile: WEB")).changes == ()


def test_a_profile_without_a_role_is_accepted_into_the_spec(story):
    """Kills: a kind that comes with another one, and that no command finds in scope."""
    file = story.folder / "iamspec.yaml"
    file.write_text(BEFORE, encoding="utf-8")
    assert story.run("accept", "instance-profile/lone", "--spec", str(story.folder)) == 0
    assert "instance_profiles:" in file.read_text(encoding="utf-8")
    assert plan([str(story.folder)], story.iam).changes == ()


def test_profiles_without_a_role_are_imported_and_kept_in_a_snapshot(story, tmp_path):
    """Kills: an import that forgets them, and a snapshot that knows no tags."""
    files = as_files(importing.take(story.iam, roles=True))
    assert files["instance_profiles.yaml"] == "instance_profiles:\n  lone:\n    path: /old/\n    tags:\n      team: x\n"
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert plan([str(tmp_path)], story.iam).changes == ()
    assert plan([str(tmp_path)], SnapshotReader(parse(take_snapshot(story.iam).text(), "saved"))).changes == ()


def test_a_profile_of_two_roles_is_refused_and_another_case_of_the_name_is_a_warning(story):
    """Kills: a plan with a call that IAM refuses, found offline."""
    wrong = spec(web=", instance_profile: Web", app=", instance_profile: [x, web]")
    (story.folder / "iamspec.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(InvalidSpec) as refused:
        validate([str(story.folder)])
    (issue,) = refused.value.issues
    assert str(issue).replace(f"{story.folder}/", "") == (
        "iamspec.yaml:2:145: role/app: instance_profile[1]: instance-profile/web is that of role/web at "
        "iamspec.yaml:2:72; IAM gives it a single role"
    )
    (story.folder / "iamspec.yaml").write_text(spec(web=", instance_profile: Web"), encoding="utf-8")
    (warning,) = validate([str(story.folder)])[1]
    assert str(warning).removeprefix(f"{story.folder}/") == (
        "iamspec.yaml:2:72: role/web: instance_profile: instance-profile/Web and role/web differ in case only; write "
        "`true` for one with the name of the role"
    )
