"""Entities that are taken over, renamed, deleted or kept, in accounts that differ from the spec."""

import pytest
from story import ACCOUNT, AWS, DENY, OWN, PRUNE, Story, seen

from iamspec.commands.drift import drifted
from iamspec.errors import IamError


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


TAKEN = "write {external: true} to refer to it, or change the scope to take it over"


@pytest.mark.parametrize(
    ("path", "spec", "message"),
    [
        (
            "/svc/",
            "scope: {exclude: {users: [/svc/*]}}\nusers: {alice: {}}\n",
            "user/alice is live at /svc/ and out of scope: scope.exclude names it",
        ),
        (
            "/",
            "scope: {users: [/eng/*]}\nusers: {alice: {path: /eng/}}\n",
            "user/alice is live at / and out of scope: no glob of scope names it",
        ),
    ],
)
def test_a_namesake_out_of_scope_is_never_taken_over(story, path, spec, message):
    """Kills: a scope that is judged on the declared path only."""
    story.user("alice", path)
    assert story.refused(spec) == [f"user/alice: {message}; {TAKEN}"]


def test_a_namesake_out_of_scope_in_another_case_is_told_with_its_own_name(story):
    story.user("SVC-alice")
    spec = "scope: {users: [svc-a*], exclude: {users: [/svc/*]}}\nusers: {svc-alice: {path: /x/}}\n"
    assert seen(story.plan(spec))["changes"] == ["update user/svc-alice: name, path"]
    story.iam.given("UpdateUser", UserName="SVC-alice", NewPath="/svc/")
    message = "user/SVC-alice is live at /svc/ and out of scope: scope.exclude names it"
    assert story.refused(spec) == [f"user/svc-alice: {message}; {TAKEN}"]


def test_nobody_is_renamed_out_of_what_is_out_of_scope(story):
    story.user("svc-old")
    message = "user/svc-old is live at / and out of scope: scope.exclude names it"
    spec = "scope: {exclude: {users: [svc-*]}}\nusers: {ann: {renamed_from: svc-old}}\n"
    assert story.refused(spec) == [f"user/ann: {message}; {TAKEN}"]


def test_a_user_is_renamed_in_place(story):
    story.group("devs")
    story.user("carol.smith", groups=["devs"], policies=[f"{AWS}ReadOnlyAccess"])
    story.iam.add_credentials("carol.smith")
    before = story.iam.dump()["users"]["carol.smith"]
    spec = "users: {carol: {renamed_from: carol.smith, groups: [devs], policies: [aws:ReadOnlyAccess]}}\ngroups: {devs: {}}\n"
    assert story.applied(spec) == {
        "changes": ["update user/carol: name"],
        "steps": ["rename UpdateUser NewUserName=carol UserName=carol.smith"],
    }
    assert story.iam.dump()["users"] == {"carol": before | {"name": "carol"}}


def test_a_spent_renamed_from_is_noted(story):
    story.user("carol")
    assert story.applied("users: {carol: {renamed_from: carol.smith}}\n") == {
        "notes": ["user/carol: renamed_from carol.smith is spent; take the line out"]
    }


def test_both_names_live_is_an_error_that_tells_them_apart(story):
    story.user("carol.smith")
    story.iam.state.clock = story.iam.state.clock.replace(month=3)
    story.user("carol")
    old, new = (story.iam.dump()["users"][name]["id"] for name in ("carol.smith", "carol"))
    both = f"carol.smith ({old}, created 2026-01-01) and carol ({new}, created 2026-03-01)"
    assert story.refused("users: {carol: {renamed_from: carol.smith}}\n") == [
        f"user/carol: renamed_from: both are live: {both}; delete one of them, or take the line out"
    ]


def test_a_pinned_rename_passes_by_a_later_user_of_the_old_name(story):
    """Kills: a pin that is not looked at, so that a new colleague is renamed to an old one."""
    story.user("carol.smith")
    story.user("carol")
    assert story.applied("users: {carol: {renamed_from: {name: carol.smith, id: AIDAGONE}}}\n") == {
        "undeclared": ["user/carol.smith"],
        "notes": ["user/carol: renamed_from carol.smith is spent; take the line out"],
    }


@pytest.mark.parametrize("old", ["", "renamed_from: CAROL", "renamed_from: {name: CAROL, id: PIN}"])
def test_a_change_of_case_is_a_rename_with_or_without_its_line(story, old):
    """Kills: two names that differ in case taken for two users, one of whom is then deleted."""
    story.user("CAROL")
    pin = story.iam.dump()["users"]["CAROL"]["id"]
    spec = f"{PRUNE}users: {{carol: {{{old.replace('PIN', pin)}}}}}\n"
    steps = ["rename UpdateUser NewUserName=carol UserName=CAROL"]
    assert story.applied(spec) == {"changes": ["update user/carol: name"], "steps": steps}
    spent = {"notes": ["user/carol: renamed_from CAROL is spent; take the line out"]}
    assert seen(story.plan(spec)) == (spent if old else {})


def test_a_change_of_case_that_is_pinned_on_somebody_else_is_an_error(story):
    story.user("CAROL")
    assert story.refused("users: {carol: {renamed_from: {name: CAROL, id: AIDAGONE}}}\n") == [
        "user/carol: renamed_from: no live user CAROL has the id AIDAGONE"
    ]


def test_a_pin_on_nobody_is_an_error(story):
    story.user("carol.smith")
    assert story.refused("users: {carol: {renamed_from: {name: carol.smith, id: AIDAGONE}}}\n") == [
        "user/carol: renamed_from: no live user carol.smith has the id AIDAGONE"
    ]


def test_an_old_name_is_used_again_once_it_is_free(story):
    story.user("old")
    pin = story.iam.dump()["users"]["old"]["id"]
    spec = f"users: {{new: {{renamed_from: {{name: old, id: {pin}}}}}, old: {{path: /x/}}}}\n"
    assert story.applied(spec) == {
        "changes": ["update user/new: name", "create user/old: path"],
        "steps": ["rename UpdateUser NewUserName=new UserName=old", "create CreateUser Path=/x/ UserName=old"],
    }
    assert story.iam.dump()["users"]["new"]["id"] == pin


def test_a_group_is_renamed_with_its_members_and_policies_in_place(story):
    """Kills: a rename that plans memberships and attachments, or that takes others' memberships for strange."""
    story.policy("p")
    story.group("devs", policies=[f"{OWN}p"])
    story.user("ann", groups=["devs"])
    story.user("stranger", groups=["devs"])
    before = story.iam.dump()
    group = "groups: {engineers: {renamed_from: devs, path: /eng/, policies: [p]}}\n"
    assert story.applied(f"{group}users: {{ann: {{groups: [engineers]}}}}\npolicies: {{p: {{document: ALLOW}}}}\n") == {
        "changes": ["update group/engineers: name, path"],
        "steps": ["rename UpdateGroup GroupName=devs NewGroupName=engineers NewPath=/eng/"],
        "undeclared": ["user/stranger"],
        "strays": ["user/stranger in group/engineers"],
    }
    after = story.iam.dump()
    assert after["groups"] == {"engineers": before["groups"]["devs"] | {"name": "engineers", "path": "/eng/"}}
    assert [after["users"][name]["groups"] for name in ("ann", "stranger")] == [["engineers"], ["engineers"]]


def test_a_difference_in_case_is_a_rename(story):
    story.group("devs")
    story.user("ann", groups=["devs"])
    before = story.iam.dump()["users"]["ann"]
    assert story.applied("groups: {Devs: {}}\nusers: {Ann: {groups: [DEVS]}}\n") == {
        "changes": ["update group/Devs: name", "update user/Ann: name"],
        "steps": [
            "rename UpdateGroup GroupName=devs NewGroupName=Devs",
            "rename UpdateUser NewUserName=Ann UserName=ann",
        ],
    }
    assert story.iam.dump()["users"] == {"Ann": before | {"name": "Ann", "groups": ["Devs"]}}


def test_a_policy_in_another_case_is_blocked(story):
    story.policy("p")
    plan = story.plan("policies: {P: {document: DENY}}\n")
    assert (seen(plan), plan.refused) == ({"changes": ["blocked policy/P: name, document"]}, True)
    assert plan.changes[0].blocked == 'IAM cannot rename a policy: it is live as "p"; write its name like that'


def test_a_tombstone_is_for_who_was_there_before_its_day(story):
    """Kills: a tombstone that deletes whoever gets the name next."""
    story.user("mallory")
    story.user("oscar")
    spec = "absent: {users: {mallory: 2026-01-01, oscar: 2026-01-02, nobody: 2026-01-02}}\n"
    assert story.applied(spec) == {
        "changes": ["delete user/oscar: path"],
        "steps": ["delete DeleteUser UserName=oscar"],
        "undeclared": ["user/mallory"],
        "kept": [
            "user/mallory: created on 2026-01-01, not before 2026-01-01 as the tombstone says: another entity of the same name"
        ],
    }
    assert story.names("users") == ["mallory"]


@pytest.mark.parametrize("kind", ["role", "boundary of a role", "undeclared user"])
def test_a_tombstone_for_what_others_hold_is_a_complaint_and_deletes_nothing(story, kind):
    story.policy("p")
    if kind == "undeclared user":
        story.user("x", policies=[f"{OWN}p"])
    else:
        story.iam.add_role(
            "app", attached=[f"{OWN}p"] if kind == "role" else (), boundary=None if kind == "role" else f"{OWN}p"
        )
    holder = "user/x" if kind == "undeclared user" else "role/app"
    how = "is bounded by it" if kind == "boundary of a role" else "attaches it"
    reason = f"{holder}, which the spec does not manage, {how}"
    spec = "absent: {policies: {p: 2026-11-23}}\n"
    told = {
        "kept": [f"policy/p: {reason}"],
        "complaints": [f"in-use policy/p: is absent in the spec, but {reason}"],
        "undeclared": ["policy/p", *(["user/x"] if kind == "undeclared user" else [])],
    }
    assert (seen(story.plan(spec)), story.plan(spec).refused) == (told, True)
    allowed = told | {"complaints": [f"allowed {told['complaints'][0]}"]}
    assert story.applied(spec, "in-use:policy/p") == allowed
    assert story.names("policies") == ["p"]


def test_a_tombstone_out_of_scope_does_nothing(story):
    story.user("svc-x")
    spec = "scope: {exclude: {users: [svc-*]}}\nabsent: {users: {svc-x: 2026-11-23}}\n"
    assert story.applied(spec) == {"kept": ["user/svc-x: absent, but out of scope: scope.exclude names it"]}


def test_what_cloudformation_owns_is_kept_with_what_it_holds(story):
    """Kills: a deletion of a stack's user, or of the policy without which that user cannot work."""
    for name in ("held", "own", "free"):
        story.policy(name)
    story.group("in-use")
    story.user("stack-user", groups=["in-use"], policies=[f"{OWN}held"])
    story.user("free")
    story.iam.stacks = {"stack-user": "app", f"{OWN}own": "app"}
    strange = "user/stack-user, which the spec does not manage,"
    told = story.applied(PRUNE, "in-use:group/in-use", "in-use:policy/held")
    assert {name: lines for name, lines in told.items() if name != "complaints"} == {
        "changes": ["delete policy/free: path, document", "delete user/free: path"],
        "steps": ["delete DeleteUser UserName=free", f"delete DeletePolicy PolicyArn={OWN}free"],
        "undeclared": ["group/in-use", "policy/held", "policy/own", "user/stack-user"],
        "kept": [
            f"group/in-use: {strange} is in it",
            f"policy/held: {strange} attaches it",
            "policy/own: the CloudFormation stack app owns it",
            "user/stack-user: the CloudFormation stack app owns it",
        ],
    }
    assert drifted(story.plan(PRUNE))


def test_what_is_kept_without_a_tombstone_is_no_complaint(story):
    """Kills: a prune that never runs again because one role holds one policy."""
    story.policy("held")
    story.policy("free")
    story.iam.add_role("app", attached=[f"{OWN}held"])
    plan = story.plan(PRUNE)
    told = {
        "changes": ["delete policy/free: path, document"],
        "steps": [f"delete DeletePolicy PolicyArn={OWN}free"],
        "undeclared": ["policy/held"],
        "kept": ["policy/held: role/app, which the spec does not manage, attaches it"],
    }
    assert (seen(plan), plan.refused) == (told, False)


def test_a_user_whose_tags_name_a_stack_is_kept_wherever_that_stack_is(story):
    """Kills: a deletion of what a stack owns in a region that nobody has asked."""
    story.user("tagged")
    story.iam.state.user("tagged").tags["aws:cloudformation:stack-name"] = "app"
    reason = "the CloudFormation stack app owns it, as its tag aws:cloudformation:stack-name says"
    assert story.applied(PRUNE) == {"undeclared": ["user/tagged"], "kept": [f"user/tagged: {reason}"]}


def test_a_stack_is_looked_for_in_each_region_that_the_guards_name(story):
    story.user("free")
    story.iam.stacks = {("eu-west-1", "free"): "app"}
    spec = f"{PRUNE}guards: {{stack_regions: [us-east-1, eu-west-1]}}\n"
    told = {"undeclared": ["user/free"], "kept": ["user/free: the CloudFormation stack app owns it"]}
    assert story.applied(spec) == told
    asked = [(call.region, call.params) for call in story.iam.calls if call.service == "cloudformation"]
    assert asked[:2] == [(region, {"PhysicalResourceId": "free"}) for region in ("us-east-1", "eu-west-1")]


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", "Throttling"])
def test_what_cloudformation_cannot_be_asked_about_is_kept(story, code):
    """Kills: a refusal that is taken for an answer."""
    story.user("free")
    story.iam.fail = lambda call: IamError(call.operation, code, "no") if call.service == "cloudformation" else None
    reason = f"CloudFormation could not be asked whether a stack owns it: DescribeStackResources: {code}: no"
    assert story.applied(PRUNE) == {"undeclared": ["user/free"], "kept": [f"user/free: {reason}"]}
    assert story.names("users") == ["free"]


def test_what_services_keep_under_their_path_is_left_alone(story):
    """Kills: a prune that deletes the policy that Lambda has made."""
    for name in ("lambda", "own"):
        story.policy(name, "/service-role/")
    spec = f"{PRUNE}policies: {{own: {{path: /service-role/, document: DENY}}}}\n"
    owner = f"PolicyArn={OWN}service-role/own"
    assert story.applied(spec) == {
        "changes": ["update policy/own: document"],
        "steps": [f"update CreatePolicyVersion {owner} PolicyDocument=DENY SetAsDefault=True"],
    }
    assert story.names("policies") == ["lambda", "own"]
    assert story.live("policies", "own")["document"] == DENY


@pytest.mark.parametrize("path", ["/service-role/", "/aws-reserved/x/", "/aws-service-role/x/"])
def test_nobody_hides_behind_a_path_of_aws(story, path):
    """Kills: an intruder with administrator access whom drift does not list."""
    story.group("admins", path)
    story.user("intruder", path, groups=["admins"], policies=[f"{AWS}AdministratorAccess"])
    plan = story.plan(ACCOUNT)
    assert [str(one) for one in plan.plan.undeclared] == ["group/admins", "user/intruder"]
    assert story.run("drift", str(story.folder)) == 2
    assert len(story.plan(PRUNE).changes) == 2


@pytest.mark.parametrize("path", ["/aws-reserved/x/", "/aws-service-role/x/"])
def test_policies_are_in_scope_at_the_paths_of_aws_roles(story, path):
    story.policy("own", path)
    assert seen(story.plan(ACCOUNT)) == {"undeclared": ["policy/own"]}


def test_one_of_ten_files_missing_under_prune_is_a_complaint(story):
    """Kills: a clone that lost a file, and an account that loses everybody in it."""
    for number in range(10):
        users = [f"u{number}{letter}" for letter in "abcdef"]
        (story.folder / f"{number}.yaml").write_text(f"users: {{{', '.join(f'{name}: {{}}' for name in users)}}}\n")
    story.applied(ACCOUNT)
    (story.folder / "7.yaml").unlink()
    gone = [f"u7{letter}" for letter in "abcdef"]
    plan = story.plan(PRUNE)
    assert seen(plan) == {
        "changes": [f"delete user/{name}: path" for name in gone],
        "steps": [f"delete DeleteUser UserName={name}" for name in gone],
        "complaints": [
            "mass-delete None: 6 users would be deleted, more than guards.max_deletes: 5; is a file of the spec missing?"
        ],
    }
    assert (plan.refused, story.plan(PRUNE, "mass-delete").refused) == (True, False)


def test_without_prune_what_is_not_declared_is_only_listed(story):
    story.user("x")
    story.group("y")
    story.policy("z")
    story.policy("lambda", "/service-role/")
    before = story.iam.dump()
    assert story.applied(ACCOUNT) == {"undeclared": ["group/y", "policy/z", "user/x"]}
    assert (story.iam.dump(), drifted(story.plan(ACCOUNT))) == (before, True)
