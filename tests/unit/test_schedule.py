"""The order of calls where one pass through the phases would open a window, call by call."""

from fake import ACCOUNT, FakeIam
from test_laws import planned, run

from iamspec.kinds.contract import Address

ADMIN = "aws:AdministratorAccess"


def allow(*actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}]}


def deny(*actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": [*actions], "Resource": "*"}]}


def both(*documents):
    return {"Version": "2012-10-17", "Statement": [one for document in documents for one in document["Statement"]]}


READ, WRITE, ALL = allow("s3:Get*"), allow("s3:Put*"), allow("s3:*")


def spec(policies=None, groups=None, users=None):
    return {
        "account": {"id": ACCOUNT.id},
        "policies": {name: {"document": document} for name, document in (policies or {}).items()},
        "groups": groups or {},
        "users": users or {},
    }


def living(before):
    iam = FakeIam()
    iam.add_role("deploy")  # that of the caller, who is then nobody unknown
    run(planned(before, iam), iam)
    iam.calls.clear()
    return iam


def change(before, after):
    return planned(after, living(before))


def told(plan):
    """The calls as text, each with its wave."""
    return [f"{step.wave} {short(step.call)}" for step in plan.steps]


def short(call):
    """`AttachUserPolicy ann read`."""
    keys = ("UserName", "GroupName", "PolicyName", "PolicyArn", "PermissionsBoundary")
    return " ".join([call.operation, *(call.params[key].rpartition("/")[2] for key in keys if key in call.params)])


# Neither before nor after


def test_who_leaves_a_group_is_out_before_the_group_gains():
    plan = change(
        spec({}, {"devs": {}}, {"ann": {"groups": ["devs"]}}), spec({}, {"devs": {"policies": [ADMIN]}}, {"ann": {}})
    )
    assert told(plan) == ["0 RemoveUserFromGroup ann devs", "1 AttachGroupPolicy devs AdministratorAccess"]
    assert plan.notes == ()


def test_who_leaves_a_group_is_out_before_what_the_group_holds_is_widened():
    plan = change(
        spec({"p": READ}, {"devs": {"policies": ["p"]}}, {"ann": {"groups": ["devs"]}}),
        spec({"p": ALL}, {"devs": {"policies": ["p"]}}, {"ann": {}}),
    )
    assert told(plan) == ["0 RemoveUserFromGroup ann devs", "1 CreatePolicyVersion p"]
    assert plan.notes == ()


def test_who_joins_a_group_is_in_after_the_group_has_lost():
    plan = change(
        spec({"p": READ}, {"devs": {"policies": ["p"]}}, {"ann": {}}),
        spec({"p": READ}, {"devs": {}}, {"ann": {"groups": ["devs"]}}),
    )
    assert told(plan) == ["0 DetachGroupPolicy devs p", "1 AddUserToGroup ann devs"]


def test_an_inline_policy_of_the_group_counts_like_an_attached_one():
    plan = change(
        spec({}, {"devs": {"inline_policies": {"in": READ}}}, {"ann": {"groups": ["devs"]}, "bob": {}}),
        spec({}, {"devs": {"inline_policies": {"in": WRITE}}}, {"ann": {}, "bob": {"groups": ["devs"]}}),
    )
    assert told(plan) == [
        "0 RemoveUserFromGroup ann devs",
        "1 PutGroupPolicy devs in",
        "1 AddUserToGroup bob devs",
    ]


def test_what_is_detached_is_gone_before_it_is_widened():
    plan = change(
        spec({"p": READ}, {}, {"ann": {"policies": ["p"]}}),
        spec({"p": ALL}, {}, {"ann": {}}),
    )
    assert told(plan) == ["0 DetachUserPolicy ann p", "1 CreatePolicyVersion p"]


def test_an_undeclared_member_is_out_of_a_closed_group_before_it_gains():
    iam = living(spec({}, {"devs": {}}, {"ann": {"groups": ["devs"]}, "eve": {"groups": ["devs"]}}))
    plan = planned(spec({}, {"devs": {"policies": [ADMIN], "members": ["ann"]}}, {"ann": {}}), iam)
    assert told(plan) == ["0 RemoveUserFromGroup eve devs", "1 AttachGroupPolicy devs AdministratorAccess"]


def test_a_user_who_goes_gains_nothing_on_the_way():
    before = spec({}, {"devs": {}}, {"ann": {"groups": ["devs"]}})
    plan = change(before, spec({}, {"devs": {"policies": [ADMIN]}}) | {"prune": True})
    assert told(plan) == [
        "0 RemoveUserFromGroup ann devs",
        "1 AttachGroupPolicy devs AdministratorAccess",
        "1 DeleteUser ann",
    ]


def test_what_is_narrowed_or_moved_without_hazard_needs_no_second_wave():
    plan = change(
        spec({"p": ALL}, {"devs": {"policies": ["p"]}}, {"ann": {"groups": ["devs"]}, "bob": {}}),
        spec({"p": READ}, {"devs": {"policies": ["p"]}}, {"ann": {}, "bob": {"groups": ["devs"]}}),
    )
    assert told(plan) == [
        "0 CreatePolicyVersion p",
        "0 AddUserToGroup bob devs",
        "0 RemoveUserFromGroup ann devs",
    ]


# Boundaries and denies


def bounded(policies, before, after):
    """Ann goes from one policy within the boundary `old` to another within `new`."""
    return change(
        spec(policies, {}, {"ann": {"policies": [before], "permissions_boundary": "old"}}),
        spec(policies, {}, {"ann": {"policies": [after], "permissions_boundary": "new"}}),
    )


def test_a_boundary_is_exchanged_between_revokes_and_grants():
    p, q = allow("s3:Get*", "ec2:Run*"), allow("s3:Put*", "ec2:Describe*")
    plan = bounded({"old": allow("s3:*"), "new": allow("ec2:*"), "p": p, "q": q}, "p", "q")
    assert told(plan) == [
        "0 DetachUserPolicy ann p",
        "0 PutUserPermissionsBoundary ann new",
        "1 AttachUserPolicy ann q",
    ]
    assert plan.notes == ()


def test_where_a_boundary_leaves_no_other_order_the_plan_says_who_is_without():
    p, q = allow("s3:Get*", "ec2:Run*"), allow("s3:GetObject", "s3:Put*")
    plan = bounded({"old": allow("s3:*"), "new": allow("ec2:*", "s3:Get*"), "p": p, "q": q}, "p", "q")
    assert told(plan) == [
        "0 DetachUserPolicy ann p",
        "0 PutUserPermissionsBoundary ann new",
        "1 AttachUserPolicy ann q",
    ]
    without = (
        "for a moment without s3:GetObject, though there before and after: any other order would give somebody more"
    )
    assert plan.notes == (f"user/ann: {without}",)


def test_a_boundary_that_lets_all_through_is_in_nobodys_way():
    policies = {"old": allow("s3:*"), "new": allow("s3:*", "ec2:*"), "p": READ, "q": allow("ec2:Run*")}
    plan = change(
        spec(policies, {}, {"ann": {"policies": ["p"], "permissions_boundary": "old"}}),
        spec(policies, {}, {"ann": {"policies": ["q"], "permissions_boundary": "new"}}),
    )
    assert told(plan) == [
        "0 AttachUserPolicy ann q",
        "0 DetachUserPolicy ann p",
        "0 PutUserPermissionsBoundary ann new",
    ]


def test_a_boundary_is_never_one_that_is_there_neither_before_nor_after():
    plan = change(
        spec({"old": READ, "new": ALL}, {}, {"ann": {"policies": [ADMIN], "permissions_boundary": "old"}}),
        spec({"old": ALL, "new": WRITE}, {}, {"ann": {"policies": [ADMIN], "permissions_boundary": "new"}}),
    )
    assert told(plan) == [
        "0 CreatePolicyVersion new",
        "0 PutUserPermissionsBoundary ann new",
        "1 CreatePolicyVersion old",
    ]


def test_a_deny_goes_after_the_one_in_its_place_has_come():
    policies = {"p": ALL, "no-put": deny("s3:Put*"), "no-get": deny("s3:*Object")}
    plan = change(
        spec(policies, {}, {"ann": {"policies": ["p", "no-put"]}}),
        spec(policies, {}, {"ann": {"policies": ["p", "no-get"]}}),
    )
    assert told(plan) == ["0 AttachUserPolicy ann no-get", "0 DetachUserPolicy ann no-put"]


def test_a_deny_leaves_a_document_after_it_has_come_by_another():
    before, after = both(ALL, deny("s3:Put*")), ALL
    plan = change(
        spec({"p": before, "limit": deny("s3:Put*")}, {}, {"ann": {"policies": ["p"]}}),
        spec({"p": after, "limit": deny("s3:Put*")}, {}, {"ann": {"policies": ["p", "limit"]}}),
    )
    assert told(plan) == ["0 AttachUserPolicy ann limit", "1 CreatePolicyVersion p"]


def test_a_group_that_denies_is_joined_before_one_that_allows():
    groups = {
        "devs": {"inline_policies": {"in": ALL}},
        "held": {"inline_policies": {"in": both(READ, deny("s3:Put*"))}},
    }
    plan = change(spec({}, groups, {"ann": {}}), spec({}, groups, {"ann": {"groups": ["devs", "held"]}}))
    assert told(plan) == ["0 AddUserToGroup ann held", "1 AddUserToGroup ann devs"]


# Both before and after


def test_who_moves_between_groups_that_give_the_same_keeps_it():
    groups = {"devs": {"policies": ["p"]}, "ops": {"policies": ["p"]}}
    plan = change(
        spec({"p": READ}, groups, {"ann": {"groups": ["devs"]}}),
        spec({"p": READ}, groups, {"ann": {"groups": ["ops"]}}),
    )
    assert told(plan) == ["0 AddUserToGroup ann ops", "0 RemoveUserFromGroup ann devs"]


def test_a_policy_that_moves_from_a_user_to_the_group_is_kept():
    plan = change(
        spec({"p": READ}, {"devs": {}}, {"ann": {"groups": ["devs"], "policies": ["p"]}}),
        spec({"p": READ}, {"devs": {"policies": ["p"]}}, {"ann": {"groups": ["devs"]}}),
    )
    assert told(plan) == ["0 AttachGroupPolicy devs p", "0 DetachUserPolicy ann p"]


def test_an_inline_policy_that_becomes_a_managed_one_is_kept():
    plan = change(
        spec({}, {}, {"ann": {"inline_policies": {"in": READ}}}), spec({"p": READ}, {}, {"ann": {"policies": ["p"]}})
    )
    assert told(plan) == ["0 CreatePolicy p", "0 AttachUserPolicy ann p", "0 DeleteUserPolicy ann in"]


def test_what_moves_out_of_a_document_is_there_before():
    plan = change(
        spec({"p": ALL, "q": READ}, {}, {"ann": {"policies": ["p"]}}),
        spec({"p": WRITE, "q": READ}, {}, {"ann": {"policies": ["p", "q"]}}),
    )
    assert told(plan) == ["0 AttachUserPolicy ann q", "1 CreatePolicyVersion p"]


def test_where_a_quota_leaves_no_room_the_plan_says_who_is_without():
    names = [f"g{number}" for number in range(11)]
    groups = {name: {"policies": ["p"]} if name in {"g0", "g10"} else {} for name in names}
    plan = change(
        spec({"p": READ}, groups, {"ann": {"groups": names[:10]}}),
        spec({"p": READ}, groups, {"ann": {"groups": names[1:]}}),
    )
    assert told(plan) == ["0 RemoveUserFromGroup ann g0", "0 AddUserToGroup ann g10"]
    assert plan.notes == (
        "user/ann: a quota leaves no room, so 1 of its grants are taken away before the new ones",
        "user/ann: for a moment without s3:Get*, though there before and after: any other order would give somebody more",
    )


def padded(document, size):
    """The document with so many characters more."""
    return document | {"Id": "x" * size}


def test_where_inline_policies_are_tight_what_shrinks_goes_before_what_grows():
    """Kills: an order that moves the one to a later wave and leaves the other, so that IAM refuses it for its size."""
    before = {"one": padded(ALL, 1000), "two": padded(WRITE, 700)}
    after = {"one": padded(WRITE, 700), "two": padded(WRITE, 1000)}
    plan = change(
        spec({"q": READ}, {}, {"ann": {"inline_policies": before}}),
        spec({"q": READ}, {}, {"ann": {"inline_policies": after, "policies": ["q"]}}),
    )
    assert told(plan) == ["0 AttachUserPolicy ann q", "1 PutUserPolicy ann one", "1 PutUserPolicy ann two"]


def test_a_user_whom_the_safety_of_another_one_leaves_without_a_policy_for_a_moment_is_named():
    """Kills: users without a Deny and a boundary who are not judged, though the boundary of another user moves their calls."""
    policies = {
        "p": allow("s3:Get*", "sqs:*"),
        "q": allow("s3:Get*", "sns:*"),
        "no-sqs": allow("s3:Get*", "sns:*"),
        "no-sns": allow("s3:Get*", "sqs:*"),
    }

    def with_(policy, boundary):
        users = {"ann": {"groups": ["devs"], "permissions_boundary": boundary}, "bob": {"groups": ["devs"]}}
        return spec(policies, {"devs": {"policies": [policy]}}, users)

    plan = change(with_("p", "no-sqs"), with_("q", "no-sns"))
    assert told(plan) == [
        "0 DetachGroupPolicy devs p",
        "1 PutUserPermissionsBoundary ann no-sns",
        "1 AttachGroupPolicy devs q",
    ]
    [note] = plan.notes
    assert note == (
        "user/ann, user/bob: for a moment without s3:Get*, though there before and after: any other order would give "
        "somebody more"
    )


def test_a_key_is_gone_before_its_user_is_given_anything():
    """Kills: a key that is taken away with the last call, and until then opens all that its user is given."""
    iam = living(spec({}, {}, {"ann": {}}))
    iam.given("CreateAccessKey", UserName="ann")
    plan = planned(spec({}, {}, {"ann": {"policies": [ADMIN], "access_keys": 0}}), iam)
    assert told(plan) == ["0 DeleteAccessKey ann", "1 AttachUserPolicy ann AdministratorAccess"]
    assert [step.after for step in plan.steps] == [(), (Address("user", "ann"),)]
    assert plan.notes == ()


def test_a_role_that_brings_no_tags_keeps_its_tag_until_what_the_tag_denies_is_gone():
    """Kills: sessions of every role that may have any tag, so that the tag of a role seems to deny nothing."""
    fenced = both(ALL, deny("s3:Put*"))
    fenced["Statement"][1]["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "a"}}

    tagged = {**ALL["Statement"][0], "Condition": fenced["Statement"][1]["Condition"]}

    def with_(tags, *policies):
        role = {"trust": [{"service": "lambda.amazonaws.com"}], "tags": tags, "policies": [*policies]}
        return {**spec({"p": fenced, "q": both({"Statement": [tagged]})}), "roles": {"job": role}}

    plan = change(with_({"team": "a"}, "p"), with_({}, "q"))
    assert told(plan) == ["0 AttachRolePolicy q", "0 DetachRolePolicy p", "1 UntagRole"]
