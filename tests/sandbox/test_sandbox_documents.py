"""Policy documents in the sandbox: it accepts and refuses the same documents as IAM."""

import json

import pytest
from test_sandbox import OWN, TRUST, client, refusal

from iamspec.sandbox import running

MALFORMED = ("MalformedPolicyDocument", 400)


@pytest.fixture
def iam():
    with running() as sandbox:
        yield client(sandbox)


def statement(**changes):
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]})


def padded(size, name="x"):
    """A document of that many characters without white space, and with more of it."""
    text = statement(Resource="arn:aws:s3:::")
    return text.replace("s3:::", "s3:::" + name * (size - len("".join(text.split())))) + " " * 9


@pytest.mark.parametrize(("kind", "quota"), [("User", 2048), ("Group", 5120), ("Role", 10240)])
def test_inline_policies_have_a_size_together_without_white_space(iam, kind, quota):
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    name = {f"{kind}Name": "x"}
    getattr(iam, f"create_{kind.lower()}")(**name, **trust)
    put = getattr(iam, f"put_{kind.lower()}_policy")
    put(**name, PolicyName="a", PolicyDocument=padded(1000))
    put(**name, PolicyName="b", PolicyDocument=padded(quota - 1000))
    put(**name, PolicyName="b", PolicyDocument=padded(quota - 1000, "y"))
    refused = refusal(put, **name, PolicyName="b", PolicyDocument=padded(quota - 999))
    assert refused == ("LimitExceeded", 409)


def test_a_managed_policy_has_a_size_without_white_space(iam):
    iam.create_policy(PolicyName="fits", PolicyDocument=padded(6144))
    large = {"PolicyName": "large", "PolicyDocument": padded(6145)}
    assert refusal(iam.create_policy, **large) == ("LimitExceeded", 409)
    version = {"PolicyArn": f"{OWN}policy/fits", "PolicyDocument": padded(6145)}
    assert refusal(iam.create_policy_version, **version) == ("LimitExceeded", 409)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "{}",
        statement(Effect="allow"),
        statement(Effect=None),
        statement(Action=None),
        statement(Action="GetObject"),
        statement(Action=[]),
        statement(Resource=None),
        statement(Resource="bucket"),
        statement(NotResource="*"),
        statement(Foo="bar"),
        statement(Principal="*"),
        statement(Condition={"StringLooksLike": {"aws:username": "x"}}),
        statement().replace("2012-10-17", "2012-10-18"),
        json.dumps({"Version": "2012-10-17", "Statement": [json.loads(statement(Sid="A"))["Statement"][0]] * 2}),
    ],
)
def test_what_is_no_policy_is_refused(iam, document):
    iam.create_user(UserName="bob")
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=document) == MALFORMED
    assert refusal(iam.put_user_policy, UserName="bob", PolicyName="p", PolicyDocument=document) == MALFORMED


@pytest.mark.parametrize(
    "document",
    [
        statement(Resource="arn:aws:iam::*:*"),
        statement(Resource="arn:aws:iam::*:root"),
        statement(Resource="arn:aws:s3:*:*:access-grants/default/grant/*"),
        statement(Resource="arn:aws:iam::*:user/${aws:username}"),
        statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
        statement(Condition={"bool": {"aws:SecureTransport": True}}),
        statement(Condition={"forallvalues:stringlikeifexists": {"aws:TagKeys": ["a", "b"]}}),
        json.dumps({"Version": "2012-10-17", "Statement": json.loads(statement())["Statement"][0]}),
    ],
)
def test_what_real_policies_hold_is_taken(iam, document):
    iam.create_policy(PolicyName="p", PolicyDocument=document)
    kept = iam.get_policy_version(PolicyArn=f"{OWN}policy/p", VersionId="v1")["PolicyVersion"]["Document"]
    assert kept == json.loads(document)


def test_the_old_version_is_for_inline_policies_only(iam):
    iam.create_user(UserName="bob")
    old = statement().replace("2012-10-17", "2008-10-17")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=old)
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=old) == MALFORMED


def test_percent_signs_in_a_document_survive_everywhere(iam):
    iam.create_user(UserName="bob")
    text = statement(Resource="arn:aws:s3:::a%2Fb+c/*")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=text)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    found = iam.get_user_policy(UserName="bob", PolicyName="p")
    assert (found["UserName"], found["PolicyName"]) == ("bob", "p")
    details = iam.get_account_authorization_details(Filter=["User", "LocalManagedPolicy"])
    documents = [
        found["PolicyDocument"],
        iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"],
        details["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"],
        details["Policies"][0]["PolicyVersionList"][0]["Document"],
    ]
    assert documents == [json.loads(text)] * 4


def test_a_trust_policy_names_principals_and_sts_actions_only(iam):
    def create(**changes):
        whole = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}} | changes
        document = {"Version": "2012-10-17", "Statement": [{k: v for k, v in whole.items() if v is not None}]}
        return {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(document)}

    for wrong in ({"Principal": None}, {"Action": "s3:GetObject"}, {"Resource": "*"}, {"Action": "sts:*"}):
        assert refusal(iam.create_role, **create(**wrong)) == MALFORMED
    iam.create_role(**create(Action=["sts:AssumeRole", "sts:TagSession"]))
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Version"] == "2012-10-17"
    assert refusal(iam.create_role, **create() | {"RoleName": "R"}) == ("EntityAlreadyExists", 409)
