"""What the users of a real account may do."""

import json
from functools import cache

import pytest
from places import DATA

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate

ALLOWED, DENIED, DEPENDS = Answer.ALLOWED, Answer.DENIED, Answer.DEPENDS
CAPTURE = DATA / "account-authorization-details.json"

pytestmark = pytest.mark.skipif(not CAPTURE.exists(), reason=f"{CAPTURE} is absent")


@cache
def users():
    details = json.loads(CAPTURE.read_text())
    groups = {group["GroupName"]: group for group in details["GroupDetailList"]}
    documents = {
        policy["Arn"]: next(one["Document"] for one in policy["PolicyVersionList"] if one["IsDefaultVersion"])
        for policy in details["Policies"]
    }
    return {user["UserName"]: principal(user, groups, documents) for user in details["UserDetailList"]}


def principal(user, groups, documents):
    sources = list(held(f"user/{user['UserName']}", user, documents))
    for name in user["GroupList"]:
        sources += held(f"group/{name}", groups[name], documents)
    tags = {tag["Key"]: tag["Value"] for tag in user["Tags"]}
    return Principal(user["Arn"], user["Arn"].split(":")[4], user["UserName"], tags, tuple(sources))


def held(holder, record, documents):
    for one in record.get("UserPolicyList", record.get("GroupPolicyList", [])):
        yield Source(f"{one['PolicyName']} of {holder}", Document(one["PolicyDocument"]))
    for one in record["AttachedManagedPolicies"]:
        yield Source(f"{one['PolicyName']} through {holder}", Document(documents[one["PolicyArn"]]))


def answer(user, action, resource="*", **context):
    keys = {key.replace("__", ":"): values for key, values in context.items()}
    return evaluate(users()[user], Request(action, resource, keys)).answer


@pytest.mark.parametrize(
    ("user", "action", "resource", "expected"),
    [
        ("fp1-allow-and-deny-user", "iam:CreateUser", "*", DENIED),
        ("fp2-allow-and-deny-multiple-policies-user", "s3:GetObject", "arn:aws:s3:::b/k", DENIED),
        ("fp3-deny-iam-user", "iam:CreateUser", "*", DENIED),
        ("fp4-nonExploitableResourceConstraint-user", "iam:CreatePolicyVersion", "*", DEPENDS),
        ("fp4-nonExploitableResourceConstraint-user", "iam:CreatePolicyVersion", "arn:aws:iam::1:policy/fp4-x", DENIED),
        ("privesc1-CreateNewPolicyVersion-user", "iam:CreatePolicyVersion", "*", ALLOWED),
        ("privesc1-CreateNewPolicyVersion-user", "iam:CreateUser", "*", DENIED),
        ("fn4-exploitableNotAction-user", "iam:CreateUser", "*", DENIED),
        ("fn4-exploitableNotAction-user", "iam:PutUserPolicy", "*", ALLOWED),
        ("biden", "s3:GetObject", "arn:aws:s3:::b/k", ALLOWED),
        ("biden", "iam:CreateUser", "*", DENIED),
        ("obama", "iam:CreateUser", "*", ALLOWED),
        ("obama", "s3:GetObject", "arn:aws:s3:::b/k", ALLOWED),
    ],
)
def test_a_user_may_do_what_the_policies_say(user, action, resource, expected):
    assert answer(user, action, resource) == expected


def test_a_date_that_is_not_known_leaves_it_open():
    def told(*moments):
        moment = {"aws__TokenIssueTime": moments} if moments != (None,) else {}
        return answer("fp5-nonExploitableConditionConstraint-user", "iam:CreatePolicyVersion", **moment)

    assert [told(None), told(), told("2026-01-01T00:00:00Z"), told("2019-01-01T00:00:00Z")] == [
        DEPENDS,
        DENIED,
        DENIED,
        ALLOWED,
    ]


def test_a_member_is_allowed_through_the_group():
    admin = users()["obama"]
    through_group = tuple(one for one in admin.policies if one.label.endswith("group/admin"))
    member = Principal(admin.arn, admin.account, admin.name, admin.tags, through_group)
    decision = evaluate(member, Request("iam:CreateUser", admin.arn))
    assert [reason.source.label for reason in decision.reasons] == ["AdministratorAccess through group/admin"]
    assert decision.answer == ALLOWED
