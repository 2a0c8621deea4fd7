"""Saved plans: the account must be as it was when the plan was made, and a forged file gets nothing done."""

import contextlib
import json
from copy import deepcopy

import jsonschema
import pytest
from places import ROOT
from story import ACCOUNT, ALLOW, AWS, OWN, PRUNE, Story, seen

from iamspec.cli import main
from iamspec.commands import plan as commands, saved as saved_apply
from iamspec.commands.options import Options
from iamspec.errors import IamspecError
from iamspec.plan.fingerprint import digest
from iamspec.saved import plan_file as planfile
from iamspec.saved.plan import read_plan
from iamspec.saved.plan_document import plan_document

ADMIN = f"{AWS}AdministratorAccess"
SCHEMA = json.loads((ROOT / "schemas/plan.schema.json").read_text(encoding="utf-8"))
SPEC = f"""{ACCOUNT}
users:
  ann: {{policies: [aws:AdministratorAccess]}}
  bob: {{policies: [aws:AdministratorAccess]}}
  cid: {{groups: [devs], policies: [aws:ReadOnlyAccess]}}
groups: {{devs: {{policies: [deploy]}}}}
policies: {{deploy: {{document: ALLOW}}}}
"""
TOLD = (
    "grant AttachUserPolicy PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess UserName=cid",
    "grant AddUserToGroup GroupName=devs UserName=cid",
)


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    story.policy("deploy")
    story.group("devs", policies=[f"{OWN}deploy"])
    for name in ("ann", "bob"):
        story.user(name, policies=[ADMIN])
    story.user("cid")
    return story


def saved(story, spec=SPEC, *allow):
    return json.loads(json.dumps(plan_document(story.plan(spec, *allow))))


def sealed(file):
    """A file with the hashes that iamspec would write."""
    with contextlib.suppress(ValueError, KeyError):  # it may be so forged that it has none
        file["fingerprint"] = planfile._plan(planfile.File.model_validate(file)).fingerprint
    return {**file, "checksum": digest({key: value for key, value in file.items() if key != "checksum"})}


def ready(story, file, *allow, **approved):
    return saved_apply.ready(read_plan(json.dumps(file), "plan.json"), story.iam, allow, **approved)


def refused(story, file, *allow):
    """Why a file is not run; the account has not been written to then."""
    try:
        plan = ready(story, file, *allow)
    except IamspecError as error:
        reasons = str(error).split("\n")
    else:
        assert plan.refused, seen(plan)
        reasons = seen(plan)["complaints"]
    assert story.iam.writes == []
    return reasons


def command(story, file, *words):
    """The exit code of `apply` of a file."""
    path = story.folder / "plan.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    journal = ("--journal", str(story.folder / "journal"))
    return main(["apply", str(path), "--auto-approve", *journal, *words], connect=lambda *_, **__: story.iam)


# What is run


def test_a_saved_plan_fits_its_schema_and_runs_exactly_its_calls(story, capsys):
    file = saved(story)
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(file)) == []
    assert command(story, file) == 0
    assert [{"operation": one.operation, "params": one.params} for one in story.iam.writes] == [
        {"operation": one["operation"], "params": one["params"]} for one in file["steps"]
    ]
    assert [f"{one['phase']} {one['operation']}" for one in file["steps"]] == [
        " ".join(one.split()[:2]) for one in TOLD
    ]
    assert capsys.readouterr().err.endswith("proved: read again, and nothing is left to do for 123456789012\n")


def test_a_saved_plan_is_run_once(story, capsys):
    file = saved(story)
    assert command(story, file) == 0
    (story.folder / "journal").unlink()
    story.iam.calls.clear()
    assert command(story, file) == 1
    assert story.iam.writes == []
    again = "has changed since; nothing was run, plan again"
    assert capsys.readouterr().err.endswith(
        f"error: {story.folder}/plan.json: group/devs {again}\n{story.folder}/plan.json: user/cid {again}\n"
    )


@pytest.mark.parametrize("name", ["plan.json", "plan", "plan.tfplan"])
def test_a_saved_plan_may_have_any_name(story, name):
    """Kills: a plan that is read as a spec, which says nothing that helps."""
    path = story.folder / name
    path.write_text(json.dumps(saved(story), indent=2), encoding="utf-8")
    assert saved_apply.is_plan_file([str(path)])
    with pytest.raises(IamspecError, match="is a saved plan, which is run whole and by itself"):
        saved_apply.is_plan_file([str(path), str(story.folder)])


def test_a_saved_plan_is_run_whole(story, capsys):
    assert command(story, saved(story), "--target", "user/cid") == 1
    assert "a saved plan is run whole; --target and --exclude are for the plan that is saved" in capsys.readouterr().err
    assert story.iam.writes == []


def test_a_plan_for_a_part_can_be_saved(story):
    """Kills: an order that is that of the whole plan."""
    spec = SPEC.replace("groups: {devs", "groups: {new: {}, devs").replace("cid: {groups: [", "cid: {groups: [new, ")
    (story.folder / "iamspec.yaml").write_text(spec.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")
    plan = commands.plan([str(story.folder)], story.iam, Options(targets=("group/*",)))
    assert [str(one) for one in plan.plan.skipped] == ["user/cid"]
    assert ready(story, json.loads(json.dumps(plan_document(plan)))).steps == plan.steps


def test_what_was_lifted_for_the_plan_must_be_lifted_for_its_apply_too(story):
    """Kills: a file whose `allowed` is believed."""
    spec = SPEC.replace("[aws:AdministratorAccess]", "[]")
    told = saved(story, spec, "admin-quorum")
    assert [one["allowed"] for one in told["complaints"]] == [True]
    assert refused(story, told) == [
        "admin-quorum None: 0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    ]
    assert not ready(story, told, "admin-quorum").refused


# What has moved


MOVES = {
    "the user": ("AttachUserPolicy", {"UserName": "cid", "PolicyArn": f"{AWS}IAMFullAccess"}, ["user/cid"]),
    "its group": ("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": ADMIN}, ["group/devs"]),
    "who is in the group": ("AddUserToGroup", {"GroupName": "devs", "UserName": "bob"}, ["group/devs"]),
    "a path": ("UpdateUser", {"UserName": "cid", "NewPath": "/x/"}, ["user/cid"]),
    "a tag": ("TagUser", {"UserName": "cid", "Tags": [{"Key": "a", "Value": "b"}]}, ["user/cid"]),
}


@pytest.mark.parametrize("move", MOVES)
def test_what_has_moved_since_is_named_and_nothing_is_run(story, move, capsys):
    file = saved(story)
    operation, params, moved = MOVES[move]
    story.iam.given(operation, **params)
    assert refused(story, file) == [f"plan.json: {one} has changed since; nothing was run, plan again" for one in moved]
    assert command(story, file) == 1
    assert story.iam.writes == []
    assert not (story.folder / "journal").exists()


def test_what_is_gone_or_there_by_now_is_named(story):
    file = saved(story, SPEC.replace("users:", "users:\n  dan: {}"))
    story.iam.given("DeleteUser", UserName="cid")
    story.user("dan")
    assert refused(story, file) == [
        "plan.json: user/cid is gone by now; nothing was run, plan again",
        "plan.json: user/dan exists by now; nothing was run, plan again",
    ]


BEHIND = {  # what stands behind a grant of the spec, and whose move nobody has reviewed
    "the policy of a group that somebody joins": "groups: {ops: {external: true}}\nusers: {cid: {groups: [ops]}}\n",
    "a boundary that stays": "users: {cid: {policies: [aws:AdministratorAccess], permissions_boundary: deploy}}\n",
}


@pytest.mark.parametrize("grant", BEHIND)
def test_a_document_behind_a_grant_has_moved(story, grant):
    """Kills: a reviewed membership of readers that makes an administrator, since the group's policy is another by now."""
    story.group("ops", policies=[f"{OWN}deploy"])
    story.iam.given("PutUserPermissionsBoundary", UserName="cid", PermissionsBoundary=f"{OWN}deploy")
    kept = "" if "boundary" in BEHIND[grant] else "permissions_boundary: deploy, "
    spec = f"{ACCOUNT}policies: {{deploy: {{external: true}}}}\n{BEHIND[grant].replace('cid: {', f'cid: {{{kept}')}"
    file, fingerprint = saved(story, spec), story.plan(spec).fingerprint
    everything = json.dumps({**ALLOW, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}deploy", PolicyDocument=everything, SetAsDefault=True)
    assert "plan.json: user/cid has changed since; nothing was run, plan again" in refused(story, file)
    assert story.plan(spec).fingerprint != fingerprint


def test_somebody_who_joins_a_group_whose_policy_is_to_change_has_moved(story):
    """Kills: a wider document that was reviewed for nobody, and reaches whoever has joined the group meanwhile."""
    spec = SPEC.replace("document: ALLOW", "document: DENY").replace("groups: [devs], ", "")
    file = saved(story, spec)
    story.iam.given("AddUserToGroup", GroupName="devs", UserName="bob")
    assert "plan.json: policy/deploy has changed since; nothing was run, plan again" in refused(story, file)


def test_a_user_made_anew_under_the_same_name_has_moved(story):
    file = saved(story)
    story.iam.given("DeleteUser", UserName="cid")
    story.user("cid")
    assert refused(story, file) == ["plan.json: user/cid has changed since; nothing was run, plan again"]


def test_what_the_plan_does_not_touch_may_move(story):
    file = saved(story)
    story.user("new")
    assert len(ready(story, file).steps) == 2


def test_two_plans_each_harmless_do_not_together_remove_the_last_administrator(story):
    """Kills: guards that are judged on the account as it was when the plan was made."""
    spec = SPEC.replace("cid: {groups: [devs], policies: [aws:ReadOnlyAccess]}", "cid: {}")
    first, second = (
        saved(story, spec.replace(f"{name}: {{policies: [aws:AdministratorAccess]}}", f"{name}: {{}}"))
        for name in ("ann", "bob")
    )
    assert command(story, first) == 0
    story.iam.calls.clear()
    assert refused(story, second) == [
        "admin-quorum None: 0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    ]
    (story.folder / "journal").unlink()
    assert command(story, second) == 1
    assert command(story, second, "--allow", "admin-quorum") == 0


# Files that no iamspec has written


def test_a_file_that_was_damaged_is_refused(story):
    file = saved(story)
    for path in (("steps", 0, "params", "UserName"), ("guards", "max_deletes"), ("spec_digest",), ("notes",)):
        damaged = deepcopy(file)
        holder = damaged
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = ["other"] if path[-1] == "notes" else 9 if path[-1] == "max_deletes" else "other"
        assert refused(story, damaged) == [
            "plan.json: the checksum does not fit the content: the file was changed after it was written"
        ]


FOREIGN = {
    "no JSON": ("{", "plan.json: not JSON: line 1: Expecting property name enclosed in double quotes"),
    "a number that is none": ('{"format_version": NaN}', "plan.json: not JSON that iamspec writes"),
    "too deep": ("[" * 100_000, "plan.json: not JSON that iamspec writes"),
    "too many digits": ('{"format_version": ' + "9" * 5000 + "}", "plan.json: not JSON that iamspec writes"),
    "half a character": ('{"format_version": "\\ud800"}', "plan.json: format_version holds half of a surrogate pair"),
    "a list": ("[]", "plan.json: this was not written by `iamspec plan --out`"),
    "a spec": ('{"users": {}}', "plan.json: this was not written by `iamspec plan --out`"),
    "a later format": ('{"format_version": 2}', "plan.json: format_version is 2; this iamspec reads 1"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_plan_is_refused_in_a_sentence(story, name):
    text, message = FOREIGN[name]
    with pytest.raises(IamspecError) as refused:
        read_plan(text, "plan.json")
    assert str(refused.value) == message


def test_a_plan_without_a_part_is_refused_with_all_that_is_missing(story):
    file = saved(story)
    for key in ("fingerprints", "guards", "steps"):
        del file[key]
    assert refused(story, sealed(file)) == [
        "plan.json: fingerprints: Field required",
        "plan.json: guards: Field required",
        "plan.json: steps: Field required",
    ]


def forged(story, change, spec=SPEC):
    """A saved plan changed by somebody who knows how its hashes are made."""
    file = saved(story, spec)
    change(file)
    return sealed(file)


def _step(operation, params, phase="grant", address="user/cid", others=()):
    """Puts another call in the place of the first."""

    def change(file):
        step = {"operation": operation, "params": params, "phase": phase, "address": address, "others": list(others)}
        file["steps"][0].update(step)

    return change


def _set(*path, value):
    def change(file):
        holder = file
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value

    return change


def _drop(*path):
    def change(file):
        holder = file
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]

    return change


OTHERS = "for what these calls change iamspec plans others"
FORGED = {
    "a key": (
        _step("CreateAccessKey", {"UserName": "cid"}),
        ["plan.json: user/cid has changed since; nothing was run, plan again"],
    ),
    "an operation of roles": (
        _step("AttachRolePolicy", {"RoleName": "deploy", "PolicyArn": ADMIN}),
        ["plan.json: steps[0]: AttachRolePolicy is not about user/cid"],
    ),
    "a trust policy": (
        _step("UpdateAssumeRolePolicy", {"RoleName": "deploy", "PolicyDocument": "{}"}),
        ["plan.json: steps[0]: UpdateAssumeRolePolicy is not about user/cid"],
    ),
    "an operation of nobody's": (
        _step("CreateServiceLinkedRole", {"AWSServiceName": "ec2.amazonaws.com"}),
        ["plan.json: steps[0]: CreateServiceLinkedRole is no operation that iamspec plans"],
    ),
    "somebody else": (
        _step("AttachUserPolicy", {"UserName": "bob", "PolicyArn": ADMIN}),
        ["plan.json: steps[0]: AttachUserPolicy is not about user/cid"],
    ),
    "somebody without a fingerprint": (
        _step("AttachUserPolicy", {"UserName": "dan", "PolicyArn": ADMIN}, address="user/dan"),
        ["plan.json: its steps are not in the order of execution, or belong to no change", "plan.json: steps[0]: there is no fingerprint of user/dan"],
    ),
    "another account's policy": (
        _step("AttachUserPolicy", {"UserName": "cid", "PolicyArn": "arn:aws:iam::210987654321:policy/x"}),
        ["plan.json: steps[0]: AttachUserPolicy: arn:aws:iam::210987654321:policy/x is no policy that it may be about in account 123456789012"],
    ),
    "a further parameter": (
        _step("AttachUserPolicy", {"UserName": "cid", "PolicyArn": ADMIN, "Force": "1"}),
        ["plan.json: steps[0]: AttachUserPolicy takes no Force"],
    ),
    "a version that is not put in force": (
        _step("CreatePolicyVersion", {"PolicyArn": f"{OWN}deploy", "PolicyDocument": "{}", "SetAsDefault": False}),
        ["plan.json: steps[0]: CreatePolicyVersion: SetAsDefault is not what it must be"],
    ),
    "a parameter of another type": (
        _step("AttachUserPolicy", {"UserName": ["cid"], "PolicyArn": ADMIN}),
        ["plan.json: steps[0]: AttachUserPolicy: UserName is not what it must be"],
    ),
    "another phase": (
        _set("steps", 0, "phase", value="revoke"),
        ["plan.json: its steps are not in the order of execution, or belong to no change"],
    ),
    "a grant in the time of revokes": (
        lambda file: (_set("steps", 0, "phase", value="revoke")(file), file["steps"].reverse()),
        [f"user/cid: {OTHERS} (AttachUserPolicy); plan again"],
    ),
    "a phase that there is not": (_set("steps", 0, "phase", value="soon"), ["plan.json: soon is no phase"]),
    "a kind that there is not": (
        _set("changes", 0, "address", value="server/deploy"),
        ["plan.json: server/deploy is no address of what iamspec plans for"],
    ),
    "a call less": (
        lambda file: file["steps"].pop(),
        [],
    ),
    "a call twice": (
        lambda file: file["steps"].insert(0, deepcopy(file["steps"][0])),
        [f"user/cid: {OTHERS} (AttachUserPolicy); plan again"],
    ),
    "a further key of a step": (
        _set("steps", 0, "force", value=True),
        ["plan.json: steps[0].force: Extra inputs are not permitted"],
    ),
    "no fingerprint of the group": (
        _drop("fingerprints", "group/devs"),
        ["plan.json: steps[1]: there is no fingerprint of group/devs"],
    ),
    "no fingerprints": (
        _set("fingerprints", value={}),
        [
            "plan.json: steps[0]: there is no fingerprint of user/cid",
            "plan.json: steps[1]: there is no fingerprint of group/devs",
            "plan.json: steps[1]: there is no fingerprint of user/cid",
        ],
    ),
    "another account": (
        _set("account", "id", value="210987654321"),
        ["plan.json: the plan is for account 210987654321, but the credentials are for 123456789012; nothing was run, plan again"],
    ),
    "another partition": (
        _set("account", "partition", value="aws-cn"),
        [
            "plan.json: steps[0]: AttachUserPolicy: arn:aws:iam::aws:policy/ReadOnlyAccess is no policy that it may be about in account 123456789012"
        ],
    ),
    "another format": (_set("format_version", value=2), ["plan.json: format_version is 2; this iamspec reads 1"]),
    "a later wave": (
        _set("steps", 1, "wave", value=1),
        ["plan.json: iamspec would make these calls in another order; plan again"],
    ),
    "a deletion that is called an update": (
        lambda file: (
            file["steps"].clear(),
            file["steps"].append(
                {"address": "user/cid", "phase": "delete", "operation": "DeleteUser", "params": {"UserName": "cid"}, "others": [], "wave": 0, "after": []}
            ),
        ),
        ["user/cid: its calls do not update it"],
    ),
    "the same change twice": (
        lambda file: file["changes"].append({**file["changes"][0], "address": "user/CID"}),
        ["plan.json: its steps are not in the order of execution, or belong to no change", "plan.json: two of its changes are about the same address"],
    ),
    "calls of what is blocked": (
        _set("changes", 0, "blocked", value="cannot be"),
        ["plan.json: user/cid is blocked, but has calls"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_plan_is_refused(story, name):
    """Kills: a check that a new hash satisfies, or one that looks at the operation only."""
    change, reasons = FORGED[name]
    file = forged(story, change)
    if reasons:
        assert refused(story, file) == reasons
    else:
        ready(story, file)  # a smaller plan is a plan


def test_a_forged_fingerprint_is_refused(story):
    file = saved(story)
    file["fingerprint"] = f"sha256:{'0' * 64}"
    file["checksum"] = digest({key: value for key, value in file.items() if key != "checksum"})
    assert refused(story, file) == ["plan.json: the fingerprint does not fit the content"]


def test_an_operation_swapped_for_another_that_iamspec_plans_meets_the_guards(story):
    """Kills: guards that believe the changes in the file."""
    story.iam.given("DetachUserPolicy", UserName="bob", PolicyArn=ADMIN)
    spec = SPEC.replace("ann: {policies: [", "ann: {policies: [aws:ReadOnlyAccess, ").replace(
        "bob: {policies: [aws:AdministratorAccess]}", "bob: {}"
    )
    file = saved(story, spec)
    [grant] = [one for one in file["steps"] if one["address"] == "user/ann"]
    grant.update(operation="DetachUserPolicy", phase="revoke", params={"UserName": "ann", "PolicyArn": ADMIN})
    file["steps"].sort(key=lambda one: one["phase"] == "revoke")
    assert refused(story, sealed(file)) == [
        "admin-quorum None: 0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    ]


def test_more_than_was_reviewed_is_not_run_where_the_fingerprint_is_expected(story, capsys):
    """Kills: a fingerprint that is read out of the file instead of worked out."""
    reviewed = saved(story)
    swapped = forged(story, _step("AttachUserPolicy", {"UserName": "cid", "PolicyArn": ADMIN}))
    assert command(story, swapped, "--expect", reviewed["fingerprint"]) == 1
    assert story.iam.writes == []
    assert "refused: this plan is not the one that was expected" in capsys.readouterr().err
    assert command(story, reviewed, "--expect", reviewed["fingerprint"]) == 0


def many(story, *guards):
    for number in range(6):
        story.user(f"u{number}")
    return SPEC.replace(ACCOUNT, f"{PRUNE}guards: {{{', '.join(guards)}}}\n")


DELETES = "6 users would be deleted, more than guards.max_deletes"


def test_limits_that_a_file_loosens_count_only_for_who_has_seen_its_fingerprint(story):
    """Kills: a forged file that brings its own limits, so that it meets no guard at all."""
    file = saved(story, many(story, "max_deletes: 50"))
    assert file["complaints"] == []
    assert refused(story, file) == [f"mass-delete None: {DELETES}: 5; is a file of the spec missing?"]
    [note] = seen(ready(story, file))["notes"]
    assert note == (
        "limits of the guards that a file loosens count only for who has seen its fingerprint: "
        f"--expect {file['fingerprint']}"
    )
    plan = ready(story, file, approved=True)
    assert (plan.complaints, plan.fingerprint) == ((), file["fingerprint"])
    assert not ready(story, file, "mass-delete").refused


def test_limits_that_a_file_tightens_count(story):
    file = saved(story, many(story, "max_deletes: 5", "protected: {users: [u1]}"), "mass-delete", "protected:user/u1")
    assert refused(story, file, "mass-delete") == [
        f"allowed mass-delete None: {DELETES}: 5; is a file of the spec missing?",
        "protected user/u1: is protected, and would be deleted",
    ]


def test_a_fingerprint_covers_the_limits_of_the_guards(story):
    """Kills: a forged file that has the fingerprint which was reviewed, and other limits."""
    file = saved(story, many(story, "max_deletes: 5"))
    loose = deepcopy(file)
    loose["guards"]["max_deletes"] = 50
    assert sealed(loose)["fingerprint"] != file["fingerprint"]


BOUND = SPEC.replace("cid: {groups: [devs], policies: [aws:ReadOnlyAccess]}", "cid: {BOUNDARY}")


def test_a_boundary_without_a_line_is_a_complaint_out_of_a_file_too(story):
    story.iam.given("PutUserPermissionsBoundary", UserName="cid", PermissionsBoundary=f"{OWN}deploy")
    file = saved(story, BOUND.replace("BOUNDARY", ""))
    message = (
        "boundary user/cid: its boundary deploy would come off because the spec has no line for it; "
        "write permissions_boundary: deploy, or null if it is meant to go"
    )
    assert refused(story, file) == [message]
    assert not ready(story, file, "boundary:user/cid").refused
    decided = saved(story, BOUND.replace("BOUNDARY", "permissions_boundary: null"))
    assert not ready(story, decided).refused
    forged_one = deepcopy(file)
    forged_one["changes"][0]["boundary_written"] = True
    assert sealed(forged_one)["fingerprint"] != file["fingerprint"]


NEVER = {
    "a tag that protects": ("UntagUser", {"UserName": "bob", "TagKeys": ["iamspec:protected"]}, "update"),
    "iamspec's own inline policy": ("DeleteUserPolicy", {"UserName": "bob", "PolicyName": "iamspec-suspended"}, "grant"),
    "a quarantine": ("DetachUserPolicy", {"UserName": "bob", "PolicyArn": f"{AWS}AWSCompromisedKeyQuarantineV2"}, "revoke"),
}  # fmt: skip


@pytest.mark.parametrize("what", NEVER)
def test_what_iamspec_never_takes_off_comes_off_by_no_file(story, what):
    operation, params, phase = NEVER[what]
    story.iam.given("TagUser", UserName="bob", Tags=[{"Key": "iamspec:protected", "Value": "1"}])
    story.iam.given("AttachUserPolicy", UserName="bob", PolicyArn=f"{AWS}AWSCompromisedKeyQuarantineV2")
    story.iam.given("PutUserPolicy", UserName="bob", PolicyName="iamspec-suspended", PolicyDocument=json.dumps(ALLOW))
    file = saved(story, SPEC.replace("bob: {policies: [", "bob: {policies: [aws:ReadOnlyAccess, "))
    [step] = [one for one in file["steps"] if one["address"] == "user/bob"]
    step.update(operation=operation, params=params, phase=phase)
    file["steps"].sort(key=lambda one: (["update", "grant", "revoke"].index(one["phase"]), one["address"]))
    assert refused(story, sealed(file), "quarantine:user/bob")[0].startswith("user/bob: ")


def test_what_a_stack_owns_by_now_is_deleted_by_no_file(story):
    """Kills: a question that is asked when the plan is made, and not when it is run."""
    story.user("made")
    file = saved(story, SPEC.replace(ACCOUNT, PRUNE))
    story.iam.stacks["made"] = "infra"
    assert refused(story, file) == [
        "plan.json: user/made: the CloudFormation stack infra owns it; nothing was run, plan again"
    ]


def test_a_policy_that_a_role_holds_is_deleted_by_no_file(story):
    """A deletion that the spec would keep back: IAM itself refuses it."""
    story.policy("old")
    file = saved(story, SPEC.replace(ACCOUNT, PRUNE))
    assert [str(one["address"]) for one in file["changes"]] == ["policy/old", "user/cid"]
    story.iam.add_role("worker", attached=[f"{OWN}old"])
    assert refused(story, file) == ["plan.json: policy/old has changed since; nothing was run, plan again"]
