"""The rights of principals: a test for each rule of policy evaluation."""

import time

import pytest

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Decision, Principal, Reason, Request, Source, evaluate

ALLOWED, DENIED, DEPENDS = Answer.ALLOWED, Answer.DENIED, Answer.DEPENDS
ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:user/team/alice"
OBJECT = "arn:aws:s3:::b/alice/x"


def statement(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def source(label, *statements, version="2012-10-17"):
    return Source(label, Document({"Version": version, "Statement": list(statements)}))


def alice(*policies, boundary=None, tags=None):
    return Principal(ARN, ACCOUNT, "alice", tags or {}, policies, boundary)


def answer(*statements, action="s3:GetObject", resource=OBJECT, version="2012-10-17", tags=None, **context):
    """What alice with one policy of these statements may do; condition keys are given as `x__y` for `x:y`."""
    keys = {key.replace("__", ":"): values for key, values in context.items()}
    return evaluate(alice(source("p", *statements, version=version), tags=tags), Request(action, resource, keys)).answer


def test_nothing_is_allowed_without_a_policy():
    assert evaluate(alice(), Request("s3:GetObject", OBJECT)) == Decision(DENIED, (), "implicit deny")


def test_an_allow_that_matches_allows_and_is_the_reason():
    policy = source("p", statement(action="s3:PutObject"), statement())
    assert evaluate(alice(policy), Request("s3:GetObject", OBJECT)) == Decision(ALLOWED, (Reason(policy, 1, "Allow"),))


def test_a_deny_beats_every_allow():
    allow, deny = source("a", statement(action="*")), source("d", statement("Deny", "s3:*"))
    expected = Decision(DENIED, (Reason(deny, 0, "Deny"),), "explicit deny")
    assert evaluate(alice(allow, deny), Request("s3:GetObject", OBJECT)) == expected
    assert evaluate(alice(deny, allow), Request("s3:GetObject", OBJECT)) == expected


def test_nobody_can_be_denied_to_ask_who_they_are():
    """Kills: "denied" for sts:GetCallerIdentity, which IAM answers to everybody."""
    deny = source("d", statement("Deny", "*"))
    everybody = (alice(), alice(deny), alice(deny, boundary=deny))
    expected = Decision(ALLOWED, (), "nobody can be denied this")
    assert [evaluate(one, Request("STS:getcalleridentity")) for one in everybody] == [expected] * 3


def test_a_question_mark_of_a_resource_is_one_unit_of_utf_16():
    assert answer(statement(resource="arn:aws:s3:::b/?"), resource="arn:aws:s3:::b/\U00010400") is DENIED
    assert answer(statement(resource="arn:aws:s3:::b/??"), resource="arn:aws:s3:::b/\U00010400") is ALLOWED


def test_a_boundary_limits_and_does_not_grant():
    allow, fence = source("a", statement(action="*")), source("f", statement(action="s3:*"))
    inside, outside = Request("s3:GetObject", OBJECT), Request("ec2:RunInstances", OBJECT)
    granted = Decision(ALLOWED, (Reason(allow, 0, "Allow"), Reason(fence, 0, "Allow")))
    assert evaluate(alice(allow, boundary=fence), inside) == granted
    fenced_off = Decision(DENIED, (Reason(allow, 0, "Allow"),), "the permissions boundary does not allow it")
    assert evaluate(alice(allow, boundary=fence), outside) == fenced_off
    assert evaluate(alice(boundary=fence), inside) == Decision(DENIED, (), "implicit deny")


def test_a_deny_in_a_boundary_denies():
    fence = source("f", statement(action="*"), statement("Deny"))
    decision = evaluate(alice(source("a", statement()), boundary=fence), Request("s3:GetObject", OBJECT))
    assert decision == Decision(DENIED, (Reason(fence, 1, "Deny"),), "explicit deny")


def test_an_unknown_key_leaves_it_open_and_is_named_once():
    shut = {"Bool": {"aws:SecureTransport": "false", "AWS:securetransport": "false"}}
    near = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    allow = source("a", statement(Condition=near), statement(action="s3:PutObject", Condition=shut))
    deny = source("d", statement("Deny", "*", Condition=shut))
    decision = evaluate(alice(allow, deny), Request("s3:GetObject", OBJECT))
    reasons = (Reason(deny, 0, "Deny", ("AWS:securetransport",)), Reason(allow, 0, "Allow", ("aws:SourceIp",)))
    assert decision == Decision(DEPENDS, reasons, "depends on AWS:securetransport, aws:SourceIp")


def test_what_is_certain_decides_over_what_is_not():
    maybe = {"Bool": {"aws:SecureTransport": "true"}}
    assert answer(statement(Condition=maybe), statement()) == ALLOWED
    assert answer(statement(), statement("Deny", Condition=maybe), statement("Deny")) == DENIED
    assert answer(statement("Deny", Condition=maybe)) == DENIED
    assert answer(statement(), statement("Deny", Condition=maybe)) == DEPENDS
    assert answer(statement(), statement("Deny", Condition=maybe), aws__SecureTransport=("false",)) == ALLOWED
    assert answer(statement(Condition=maybe), aws__SecureTransport=()) == DENIED


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("*", ALLOWED),
        ("s3:*", ALLOWED),
        ("S3:getobject", ALLOWED),
        ("s3:Get*", ALLOWED),
        ("s3:*Object", ALLOWED),
        ("s3:G*t?bj*", ALLOWED),
        (["iam:*", "s3:GetObject"], ALLOWED),
        ("s3:Get", DENIED),
        ("s3:GetObject?", DENIED),
        ("s3:GetObjectAcl", DENIED),
        ("s3:GetObjec[t]", DENIED),
        ([], DENIED),
        (None, DENIED),
        ({"s3:GetObject": 1}, DENIED),
    ],
)
def test_an_action_matches_by_wildcards_in_any_case(action, expected):
    assert answer(statement(action=action)) == expected


def test_not_action_is_every_other_action():
    rest = {"Effect": "Allow", "NotAction": ["iam:*", "S3:Put*"], "Resource": "*"}
    assert [answer(rest, action=one) for one in ("s3:GetObject", "s3:putobject", "iam:CreateUser")] == [
        ALLOWED,
        DENIED,
        DENIED,
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ALLOWED),
        (OBJECT, ALLOWED),
        ("arn:aws:s3:::b/*", ALLOWED),
        ("arn:aws:s3:::b/*/?", ALLOWED),
        ("arn:*:s3:::*", ALLOWED),
        ("arn:aws:s3", ALLOWED),
        ("arn:aws:s3:*", ALLOWED),
        ("arn:aws:s3:::b/${aws:username}/*", ALLOWED),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team, 'alice'}/x", ALLOWED),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team}/x", DENIED),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team}*", DENIED),  # a user without the tag does not get everything
        ("arn:aws:s3:::b/${s3:prefix}/x", DEPENDS),
        ("arn:aws:s3::${aws:PrincipalAccount}:b/alice/x", DEPENDS),
        ("arn:aws:s3::${aws:PrincipalAccount}:c/alice/x", DENIED),
        ("arn:aws:s3:::B/*", DENIED),
        ("arn:aws:s3:::b", DENIED),
        ("arn:aws:s3:::b/${*}", DENIED),
        ("arn:aws:sqs", DENIED),
        ("arn:aws:s3?:::b/*", DENIED),
        ("", DENIED),
        ([], DENIED),
        (7, DENIED),
    ],
)
def test_a_resource_matches_segment_by_segment_in_its_case(pattern, expected):
    assert answer(statement(resource=pattern)) == expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("arn:aws:logs:*:log-group:x", "arn:aws:logs:r:1:log-group:x", ALLOWED),  # a last * runs on over colons
        ("arn:aws:logs:r*r:1:x", "arn:aws:logs:r:1:r:1:x", DENIED),  # any other stays
        ("arn:aws:logs:r:1:log-group:a*:z", "arn:aws:logs:r:1:log-group:a/b:c:z", ALLOWED),
        ("arn:aws:logs:?:1:x", "arn:aws:logs:::1:x", DENIED),
        ("arn:aws:logs:*:1*2:x*y", "arn:aws:logs:r:12:1:12:x:y", ALLOWED),
        ("arn:aws:logs:*:*:*", "log-group", DENIED),
        ("**", "log-group", ALLOWED),
    ],
)
def test_a_wildcard_at_the_end_of_a_segment_crosses_colons(pattern, resource, expected):
    assert answer(statement(resource=pattern), resource=resource) == expected


def test_not_resource_is_every_other_resource():
    def other(pattern):
        return {"Effect": "Allow", "Action": "*", "NotResource": pattern}

    patterns = (
        "arn:aws:s3:::c/*",
        OBJECT,
        "*",
        "arn:aws:s3:::b/${s3:prefix}/x",
        "arn:aws:s3:::b/${aws:PrincipalTag/x}",
    )
    assert [answer(other(one)) for one in patterns] == [ALLOWED, DENIED, DENIED, DEPENDS, ALLOWED]
    assert [answer(other(one), resource="*") for one in patterns] == [DEPENDS, DEPENDS, DENIED, DEPENDS, DEPENDS]


def test_a_resource_that_the_request_does_not_say_leaves_it_open():
    policy = source("p", statement(resource="arn:aws:s3:::b/*"))
    expected = Decision(DEPENDS, (Reason(policy, 0, "Allow", ("Resource",)),), "depends on Resource")
    assert evaluate(alice(policy), Request("s3:GetObject")) == expected
    assert answer(statement(), resource="*") == ALLOWED
    assert answer(statement(), statement("Deny", resource="arn:aws:s3:::b/*"), resource="*") == DEPENDS
    assert answer(statement("Deny", resource="arn:aws:s3:::b/*"), resource="*") == DENIED


@pytest.mark.parametrize("version", ["2008-10-17", None, 2012])
def test_an_older_policy_reads_variables_as_text(version):
    own = statement(resource="arn:aws:s3:::b/${aws:username}/x")
    assert answer(own, version=version) == DENIED
    assert answer(own, version=version, resource="arn:aws:s3:::b/${aws:username}/x") == ALLOWED


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:username", "alice"),
        ("StringEquals", "aws:PrincipalType", "User"),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/team/*"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("Null", "aws:PrincipalServiceName", "true"),
        ("StringEquals", "aws:PrincipalTag/TEAM", "Platform"),
        ("Null", "aws:PrincipalTag/other", "true"),
        ("StringEquals", "aws:ResourceAccount", "210987654321"),
    ],
)
def test_what_principal_and_resource_say_is_known_and_cannot_be_told_otherwise(operator, key, value):
    mine = statement(action="*", Condition={operator: {key: value}})
    request = {"action": "sqs:SendMessage", "resource": "arn:aws:sqs:r:210987654321:q", "tags": {"Team": "Platform"}}
    assert answer(mine, **request) == ALLOWED
    assert answer(mine, **request, **{key.replace(":", "__"): ("other",)}) == ALLOWED


@pytest.mark.parametrize(
    "key",
    [
        *("aws:MultiFactorAuthPresent", "aws:SourceIp", "aws:RequestedRegion", "aws:CurrentTime", "aws:userid"),
        *("aws:PrincipalOrgID", "aws:ResourceAccount", "aws:ViaAWSService", "s3:prefix", "aws:ResourceTag/x"),
    ],
)
def test_what_only_a_request_can_say_is_not_known(key):
    assert answer(statement(Condition={"StringLike": {key: "*"}})) == DEPENDS


def test_a_role_may_bring_tags_that_nobody_knows():
    tagged = source("p", statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))
    role = Principal(f"arn:aws:iam::{ACCOUNT}:role/r", ACCOUNT, "r", {"team": "x"}, (tagged,))
    assert evaluate(role, Request("s3:GetObject", OBJECT)).answer == DEPENDS


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", ALLOWED),
        ({"AWS": "*"}, ALLOWED),
        ({"AWS": [ARN]}, ALLOWED),
        ({"AWS": ACCOUNT}, ALLOWED),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, ALLOWED),
        ({"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}, DENIED),
        ({"AWS": ARN.upper()}, DENIED),
        ({"AWS": "210987654321"}, DENIED),
        ({"Service": "ec2.amazonaws.com"}, DENIED),
        ({"AWS": "AIDAS5NLFGDTZMKC4CBBZ"}, DEPENDS),
        ([], DENIED),
    ],
)
def test_a_principal_that_does_not_belong_there_is_read_all_the_same(principal, expected):
    opposite = {ALLOWED: DENIED, DENIED: ALLOWED, DEPENDS: DEPENDS}[expected]
    assert answer(statement(Principal=principal)) == expected
    assert answer(statement(NotPrincipal=principal)) == opposite


@pytest.mark.parametrize(
    "broken",
    [
        {"Action": "*", "Resource": "*"},
        {"Effect": "allow", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Resource": "*"},
        {"Effect": "Allow", "Action": "*"},
        {"Effect": "Allow", "NotAction": [], "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "NotResource": None},
        {"Effect": "Allow", "Action": "*", "NotAction": "s3:*", "Resource": "*"},
        "Allow",
    ],
)
def test_a_statement_that_iam_would_refuse_allows_nothing(broken):
    assert answer(broken) == DENIED


def test_twenty_policies_are_evaluated_in_far_less_than_a_second():
    many = [source(str(at), *[statement(action=f"s3:*{at}*{n}", resource="arn:aws:s3:::b/*") for n in range(10)])
            for at in range(20)]  # fmt: skip
    began = time.process_time()  # of CPU: another process may have the machine
    for _ in range(50):
        evaluate(alice(*many), Request("s3:GetObject", OBJECT))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "text"), [("*:" * 5 + "*x", ":" * 3000), ("*a" * 60 + "b", "a" * 3000), ("${a" * 2000, "x")]
)
def test_no_pattern_takes_long(pattern, text):
    began = time.process_time()
    assert answer(statement(resource=pattern), resource=text) == DENIED
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*", ALLOWED),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/*", ALLOWED),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/?", ALLOWED),
        ("*", "arn:aws:s3:::b/*", ALLOWED),
        ("arn:aws:s3", "arn:aws:s3:::b/*", ALLOWED),
        ("arn:aws:s3:::b/x", "arn:aws:s3:::b/*", DEPENDS),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/*", DEPENDS),
        ("arn:aws:s3:::b/?*", "arn:aws:s3:::b/*", DEPENDS),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", DEPENDS),
        ("arn:aws:s3:::b/*.txt", "arn:aws:s3:::b/x*", DEPENDS),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/*", DEPENDS),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/*", ALLOWED),
        ("arn:aws:s3:::c/*", "arn:aws:s3:::b/*", DENIED),
        ("arn:aws:s3:::b/*.txt", "arn:aws:s3:::b/*.csv", DENIED),
    ],
)
def test_a_question_with_wildcards_is_about_all_that_they_stand_for(pattern, asked, expected):
    """The bug: a wildcard in a question is a sign of a name, so that a Deny of a part is overlooked."""
    policy = source("p", statement(resource=pattern))
    assert evaluate(alice(policy), Request("s3:GetObject", asked, wild=True)).answer == expected
    fence = source("d", statement(), statement("Deny", resource=pattern))
    opposite = {ALLOWED: DENIED, DENIED: ALLOWED, DEPENDS: DEPENDS}[expected]
    assert evaluate(alice(fence), Request("s3:GetObject", asked, wild=True)).answer == opposite
    beside = source("n", {"Effect": "Allow", "Action": "*", "NotResource": pattern})
    assert evaluate(alice(beside), Request("s3:GetObject", asked, wild=True)).answer == opposite


def test_tags_that_nobody_knows_leave_it_open():
    """The bug: a user of whom no tags are known has none."""
    blocked = statement(Condition={"Null": {"aws:PrincipalTag/blocked": "true"}})
    known, unknown = alice(source("p", blocked)), Principal(ARN, ACCOUNT, "alice", None, (source("p", blocked),))
    assert evaluate(known, Request("s3:GetObject", OBJECT)).answer == ALLOWED
    assert evaluate(unknown, Request("s3:GetObject", OBJECT)).answer == DEPENDS
    told = Request("s3:GetObject", OBJECT, {"aws:PrincipalTag/blocked": ("x",)})
    assert evaluate(unknown, told).answer == DENIED


def test_an_account_that_nobody_knows_leaves_it_open():
    """The bug: a spec for any account is asked as if it were for a certain one."""
    elsewhere = statement(Condition={"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}})
    own = statement(action="iam:GetUser", resource="arn:aws:iam::${account.id}:user/alice")
    for version in ("2012-10-17", "2008-10-17"):
        nobody = Principal("", "", "alice", {}, (source("p", elsewhere, own, version=version),))
        assert evaluate(nobody, Request("s3:GetObject", OBJECT)).note == "depends on aws:PrincipalAccount"
        asked = [Request("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/{name}") for name in ("alice", "bob")]
        assert [evaluate(nobody, one).answer for one in asked] == [DEPENDS, DENIED]
