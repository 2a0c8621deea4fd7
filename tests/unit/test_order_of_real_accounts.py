"""The order of calls where roles, tags, suspensions, credentials and AWS policies decide who may do what."""

from threading import Event

import pytest
from fake import ACCOUNT, FakeIam
from test_laws import planned, run
from test_schedule import ADMIN, allow, deny, short, spec

from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError
from iamspec.policy.suspension import DENY_ALL, NAME as SUSPENDED

OPS = {"policies": [ADMIN]}
READ_ONLY = "aws:ReadOnlyAccess"


def living(before, *aws):
    iam = FakeIam(aws_managed=("AdministratorAccess", "ReadOnlyAccess", *aws))
    iam.add_role("deploy")  # the role of the caller
    run(planned(before, iam), iam)
    iam.calls.clear()
    return iam


def asleep(before):
    """An account in which bob was suspended by hand, with all that he has."""
    iam = living(before)
    iam.given("PutUserPolicy", UserName="bob", PolicyName=SUSPENDED, PolicyDocument=DENY_ALL.text)
    return iam


def calls(plan):
    return [short(step.call) for step in plan.steps]


def after_failure(plan, iam, operation):
    """The calls that a run makes if every call of one operation fails."""
    iam.fail = lambda call: IamError(operation, "AccessDenied", "not today") if call.operation == operation else None
    done = [short(one.step.call) for one in run_plan(plan, iam, parallelism=1, stop=Event()) if one.status == "done"]
    iam.fail = None
    return done


def test_a_suspension_is_lifted_after_the_deny_that_takes_its_place():
    """Kills: a suspension that is lifted in the first wave, while a Deny of the same plan waits for the second."""
    loose, leash = allow("s3:Get*"), {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]}  # fmt: skip
    groups = {"ops": {"policies": ["leash"]}}
    bob = {"policies": [ADMIN], "groups": ["ops"]}
    iam = asleep(spec({"leash": loose}, groups, {"bob": bob, "cid": {"groups": ["ops"]}}))
    plan = planned(spec({"leash": leash}, groups, {"bob": bob | {"suspended": False}, "cid": {}}), iam)
    found = calls(plan)
    assert found.index("CreatePolicyVersion leash") < found.index("DeleteUserPolicy bob iamspec-suspended")
    assert plan.plan.windows == ()


def test_a_suspension_stays_while_a_revoke_that_it_covers_has_failed():
    """Kills: a suspended user who is released as an administrator because a revoke has failed."""
    iam = asleep(spec({}, {"ops": OPS}, {"bob": {"groups": ["ops"]}}))
    narrowed = {"ops": {"policies": [READ_ONLY]}}
    plan = planned(spec({}, narrowed, {"bob": {"suspended": False, "groups": ["ops"]}}), iam)
    assert after_failure(plan, iam, "DetachGroupPolicy") == ["AttachGroupPolicy ops ReadOnlyAccess"]


def test_a_suspended_user_gains_nothing_if_the_suspension_fails():
    """Kills: policies that are widened for a user whose suspension could not be written."""
    policies = {"p": allow("s3:Get*")}
    iam = living(spec(policies, {}, {"bob": {"policies": ["p"]}}))
    plan = planned(spec({"p": allow("*")}, {}, {"bob": {"policies": ["p"], "suspended": True}}), iam)
    assert after_failure(plan, iam, "PutUserPolicy") == []


def test_a_deny_that_moves_between_policies_of_a_role_never_leaves_it():
    """Kills: a role that no order of calls looks at, because iamspec does not manage it."""
    own = "arn:aws:iam::123456789012:policy/"
    open_, closed = allow("s3:*"), {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]}  # fmt: skip
    iam = living(spec({"p": closed, "q": open_}))
    iam.add_role("worker", attached=[f"{own}p", f"{own}q"])
    plan = planned(spec({"p": open_, "q": closed}), iam)
    assert calls(plan) == ["CreatePolicyVersion q", "CreatePolicyVersion p"]
    assert (plan.plan.windows, after_failure(plan, iam, "CreatePolicyVersion")) == ((), [])


def test_a_tag_that_a_policy_asks_for_changes_before_the_policy_asks_for_it():
    """Kills: iam:* for a moment, between a policy that asks for team b and the tag that leaves b."""

    def asking(team):
        statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*",
                     "Condition": {"StringEquals": {"aws:PrincipalTag/team": team}}}  # fmt: skip
        return {"Version": "2012-10-17", "Statement": [statement]}

    iam = living(spec({"abac": asking("a")}, {}, {"ann": {"policies": ["abac"], "tags": {"team": "b"}}}))
    plan = planned(spec({"abac": asking("b")}, {}, {"ann": {"policies": ["abac"], "tags": {"team": "c"}}}), iam)
    assert [one.split()[0] for one in calls(plan)] == ["TagUser", "CreatePolicyVersion"]
    assert plan.plan.windows == ()


def test_a_key_is_made_after_the_revokes_of_its_owner():
    """Kills: a key that could be used as an administrator before the administrator's policy is detached."""
    iam = living(spec({}, {}, {"bot": {"policies": [ADMIN], "access_keys": 0}}))
    plan = planned(spec({}, {}, {"bot": {"policies": [READ_ONLY], "access_keys": 1}}), iam)
    found = calls(plan)
    assert found.index("DetachUserPolicy bot AdministratorAccess") < found.index("CreateAccessKey bot")
    assert "CreateAccessKey bot" not in after_failure(plan, iam, "DetachUserPolicy")


def test_an_aws_policy_that_denies_counts_with_its_deny():
    """Kills: AWS policies that count as an Allow of everything they name."""
    lake = "AWSLakeFormationDataAdmin"
    iam = living(
        spec({}, {"lake": {"policies": [f"aws:{lake}"]}}, {"ann": {"groups": ["lake"], "inline_policies": {
            "lf": allow("lakeformation:*")}}}), lake)  # fmt: skip
    plan = planned(spec({}, {"lake": {}}, {"ann": {"groups": ["lake"]}}), iam)
    assert calls(plan) == ["DeleteUserPolicy ann lf", f"DetachGroupPolicy lake {lake}"]
    assert plan.plan.windows == ()


def test_a_window_is_told_as_it_happens_and_not_as_the_demand_that_failed():
    """Kills: "for a moment more: ec2:*" where in truth somebody is without s3:Get* for a moment."""
    old, read = allow("*"), allow("s3:Get*")
    iam = living(spec({"p": old, "r": read}, {}, {
        "ann": {"policies": ["r"], "permissions_boundary": "p"},
        "cid": {"policies": ["r"], "permissions_boundary": "p"}}))  # fmt: skip
    not_iam = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
    plan = planned(spec({"p": allow("ec2:*"), "r": not_iam}, {}, {
        "ann": {"policies": ["r"], "permissions_boundary": "r"},
        "cid": {"policies": ["r"], "permissions_boundary": "p"}}), iam)  # fmt: skip
    assert [(one.direction, str(one.address)) for one in plan.plan.windows if one.direction == "more"] == []


def test_nobody_is_told_to_be_without_what_they_do_not_have_afterwards():
    """Kills: "for a moment without ReadOnlyAccess" for a user who does not have it after the plan either."""
    groups = {"devs": {"policies": [READ_ONLY, "deploy"]}}
    users = {"dan": {"groups": ["devs"], "policies": ["deploy"]}}
    iam = living(spec({"deploy": allow("s3:*")}, groups, users))
    after = {"devs": {"policies": ["deploy"]}}
    plan = planned(spec({"deploy": allow("s3:Get*")}, after, {"dan": {"policies": ["deploy"]}}), iam)
    assert plan.plan.windows == ()


def test_long_patterns_of_wildcards_do_not_make_a_plan_slow():
    """Kills: a search that is quadratic in the length of two patterns, so that a plan lasts minutes."""
    pattern = "arn:aws:s3:::" + "*a?" * 300
    wild = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": pattern}]}
    fence = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": f"{pattern}b"}]}
    iam = living(spec({"p": wild, "q": deny("iam:*")}, {}, {"ann": {"policies": ["p", "q"]}}))
    plan = planned(spec({"p": fence, "q": wild}, {}, {"ann": {"policies": ["p", "q"]}}), iam)
    assert sorted(calls(plan)) == ["CreatePolicyVersion p", "CreatePolicyVersion q"]


SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a"


def crossing(action, **ann):
    """A user joins two groups: one allows an action anywhere, the other one all but GetSecretValue of a secret."""
    guarded = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "secretsmanager:GetSecretValue", "Resource": SECRET}]}  # fmt: skip
    open_ = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*"}]}  # fmt: skip
    groups = {"one": {"policies": ["guarded"]}, "two": {"policies": ["open"]}}
    return spec({"guarded": guarded, "open": open_}, groups, {"ann": {"groups": ["one", "two"], **ann}})


def test_no_window_is_announced_for_a_request_that_nobody_can_send():
    """Kills: ecr:BatchGetImage for a secret as a reason to refuse a plan."""
    assert planned(crossing("ecr:BatchGetImage"), living(spec({}, {}, {"ann": {}}))).plan.windows == ()


def test_a_window_is_announced_for_a_request_about_a_resource_that_only_a_deny_names():
    """Kills: resources that are left out though an action applies to them."""
    told = planned(crossing("secretsmanager:DeleteSecret"), living(spec({}, {}, {"ann": {}}))).plan.windows
    assert [(str(one.address), one.direction) for one in told] == [("user/ann", "more")]


@pytest.mark.parametrize("ann", [{}, {"console": True}, {"access_keys": 1}], ids=str)
def test_a_new_user_has_no_window_until_a_password_or_key_is_there(ann):
    """Kills: a first apply that is refused for users whom nobody can be; a key before the Deny that belongs to it."""
    plan = planned(crossing("secretsmanager:DeleteSecret", **ann), living(spec()))
    assert plan.plan.windows == ()
    credentials = [one for one in calls(plan) if one.startswith(("CreateLoginProfile", "CreateAccessKey"))]
    assert calls(plan)[len(plan.steps) - len(credentials) :] == credentials


@pytest.mark.parametrize("group", ["one", "two"])
@pytest.mark.parametrize("operation", ["AddUserToGroup", "AttachGroupPolicy"])
def test_a_new_user_with_a_key_has_both_groups_or_nothing(operation, group):
    """Kills: a key for a user who has what a group allows without what the other group denies."""
    iam = living(spec())
    plan = planned(crossing("secretsmanager:DeleteSecret", access_keys=1), iam)
    refused = lambda call: call.operation == operation and call.params["GroupName"] == group  # noqa: E731
    iam.fail = lambda call: IamError(operation, "AccessDenied", "not today") if refused(call) else None
    list(run_plan(plan, iam, parallelism=1, stop=Event()))
    ann, groups = iam.state.users["ann"], iam.state.groups.values()
    held = [arn for one in groups if one.id in ann.groups for arn in one.attached]
    assert not ann.keys or len(held) in {0, 2}


def test_an_action_of_a_shared_prefix_can_apply_to_a_resource_of_another_service():
    """Kills: a grant of greengrass:Discover for a thing before the Deny of the same things."""
    things = "arn:aws:iot:eu-west-1:123456789012:thing/*"
    policies = {
        name: {"Version": "2012-10-17", "Statement": [{**one["Statement"][0], "Resource": things}]}
        for name, one in (("may", allow("greengrass:Discover")), ("never", deny("greengrass:Discover")))
    }
    groups = {"one": {"policies": ["may"]}, "two": {"policies": ["never"]}}
    iam = living(spec({}, {"one": {}, "two": {}}, {"ann": {"groups": ["one"]}}))
    found = calls(planned(spec(policies, groups, {"ann": {"groups": ["one", "two"]}}), iam))
    assert found[-2:] == ["AddUserToGroup ann two", "AttachGroupPolicy one may"]


def fenced(first, second, denied, prefix):
    """A user joins two groups: each allows an action anywhere, and denies a resource of its own to all such actions."""
    policies = {
        name: {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "*"},
            {"Effect": "Deny", **denied, "Resource": f"{prefix}{name}/*"}]}
        for name, action in (("one", first), ("two", second))
    }  # fmt: skip
    groups = {name: {"policies": [name]} for name in policies}
    return spec(policies, groups, {"ann": {"groups": ["one", "two"]}})


@pytest.mark.parametrize(
    ("service", "denied"),
    [("s3", {"Action": "s3:*"}), ("new", {"Action": "new:Get*"}), ("new", {"NotAction": "iam:*"})],
    ids=str,
)
def test_a_window_is_announced_for_an_action_that_the_reference_does_not_know(service, denied):
    """Kills: a Deny with a wildcard or NotAction that does not count for an action newer than the package."""
    after = fenced(f"{service}:GetNewA", f"{service}:GetNewB", denied, f"arn:aws:{service}:::")
    told = planned(after, living(spec({}, {}, {"ann": {}}))).plan.windows
    assert [(str(one.address), one.direction) for one in told] == [("user/ann", "more")]


@pytest.mark.parametrize(
    "variable", ["aws:username", "aws:userName", "aws:PrincipalTag/Team", "aws:PrincipalTag/no, 'x'"]
)
def test_a_window_is_announced_for_a_resource_that_is_named_by_a_variable(variable):
    """Kills: a request about a text with a variable, which no statement with this variable matches."""
    resource = f"arn:aws:s3:::b/${{{variable}}}/*"
    actions = "s3:GetObject", "s3:PutObject"
    policies = {
        name: {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource},
            {"Effect": "Deny", "Action": other, "Resource": "*"}]}
        for name, action, other in (("one", *actions), ("two", *reversed(actions)))
    }  # fmt: skip
    groups = {name: {"policies": [name]} for name in policies}
    iam = living(spec({}, {}, {"ann": {"tags": {"team": "red"}}}))
    after = {"ann": {"tags": {"team": "red"}, "groups": ["one", "two"]}}
    told = planned(spec(policies, groups, after), iam).plan.windows
    assert [(str(one.address), one.direction) for one in told] == [("user/ann", "more")]


@pytest.mark.parametrize("operation", ["CreateBucket", "PutBucketPolicy", "ListAllMyBuckets"])
@pytest.mark.parametrize("guard", ["denies objects", "allows all but objects"])
def test_a_window_is_announced_for_buckets_where_a_statement_is_about_all_objects(operation, guard):
    """Kills: a request for no bucket in particular that stands for an object."""
    objects, actions = "arn:aws:s3:::*/*", ("s3:ListBucket", f"s3:{operation}")
    where = {"Resource": "*"} if guard == "denies objects" else {"NotResource": objects}
    policies = {
        name: {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, **where},
            {"Effect": "Deny", "Action": other, "Resource": "*"}]}
        for name, action, other in (("one", *actions), ("two", *reversed(actions)))
    }  # fmt: skip
    policies["never"] = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": objects}],
    }
    groups = {name: {"policies": [name]} for name in ("one", "two")}
    iam = living(spec({"never": policies["never"]}, {}, {"ann": {"policies": ["never"]}}))
    after = spec(policies, groups, {"ann": {"policies": ["never"], "groups": ["one", "two"]}})
    assert [(str(one.address), one.direction) for one in planned(after, iam).plan.windows] == [("user/ann", "more")]


def buckets(numbers):
    return [f"arn:aws:s3:::b{number}/*" for number in numbers]


@pytest.mark.parametrize("count", [5, 24, 25, 60])
@pytest.mark.parametrize("condition", [{}, {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}], ids=str)
def test_a_window_on_the_last_of_many_buckets_is_announced(count, condition):
    """Kills: requests that are left out in silence, since the documents name many resources."""
    one, two = (
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": allowed, "Resource": buckets(range(count)), **condition},
            {"Effect": "Deny", "Action": denied, "Resource": buckets([place])}]}
        for allowed, denied, place in
        (("s3:GetObject", "s3:PutObject", count - 1), ("s3:PutObject", "s3:GetObject", count - 2))
    )  # fmt: skip
    groups = {"one": {"policies": ["one"]}, "two": {"policies": ["two"]}}
    after = spec({"one": one, "two": two}, groups, {"ann": {"groups": ["one", "two"]}})
    told = planned(after, living(spec({}, {}, {"ann": {}}))).plan
    assert [(str(one.address), one.direction) for one in told.windows] == [("user/ann", "more")]


@pytest.mark.parametrize("credential", [{"access_keys": 1}, {"console": True}], ids=str)
def test_who_may_become_a_role_gets_a_key_once_the_role_has_lost_what_it_loses(credential):
    """Kills: a key that opens the way to a role which is an administrator for a moment longer."""
    assume = allow("sts:AssumeRole")
    bare = {"access_keys": 0, "console": False, "inline_policies": {"in": assume}}
    role = {"trust": [{"account": ACCOUNT.id}], "policies": [ADMIN]}
    iam = living({**spec({}, {}, {"ann": bare}), "roles": {"ops": role}})
    after = {**spec({}, {}, {"ann": bare | credential}), "roles": {"ops": role | {"policies": [READ_ONLY]}}}
    found = calls(planned(after, iam))
    made = next(place for place, one in enumerate(found) if one.startswith(("CreateAccessKey", "CreateLoginProfile")))
    assert found.index("DetachRolePolicy AdministratorAccess") < made


OF_TEAM = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}]}  # fmt: skip


def test_a_policy_that_names_a_tag_in_its_resource_is_gone_before_the_tag_changes():
    """Kills: the folder of another team that is open between TagUser and DetachUserPolicy."""
    before = {"tags": {"team": "a"}, "policies": ["p"]}
    iam = living(spec({"p": OF_TEAM}, {}, {"ann": before}))
    plan = planned(spec({"p": OF_TEAM}, {}, {"ann": {"tags": {"team": "b"}}}), iam)
    assert (calls(plan), plan.plan.windows) == (["DetachUserPolicy ann p", "TagUser ann"], ())


def test_a_policy_that_names_a_tag_in_its_resource_comes_after_the_tag_has_changed():
    """Kills: the folder of the old team that is open before the tag changes."""
    iam = living(spec({"p": OF_TEAM}, {}, {"ann": {"tags": {"team": "a"}}}))
    plan = planned(spec({"p": OF_TEAM}, {}, {"ann": {"tags": {"team": "b"}, "policies": ["p"]}}), iam)
    assert (calls(plan), plan.plan.windows) == (["TagUser ann", "AttachUserPolicy ann p"], ())
