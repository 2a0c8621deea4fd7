"""What the fake IAM takes: quotas, documents, aliases, passwords and keys."""

import json

import pytest
from fake.grammar import checked_size
from fake.scene import ALLOW, OWN, TEXT, ask, document, numbered, refusal, scene

from iamspec.iam import Call, Caller


@pytest.fixture
def iam():
    return scene()


TOO_MANY = {
    "users": ("UsersQuota", 1, [], ("CreateUser", {"UserName": "bob"})),
    "groups": ("GroupsQuota", 1, [], ("CreateGroup", {"GroupName": "ops"})),
    "policies": ("PoliciesQuota", 1, [], ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": TEXT})),
    "groups of a user": (
        "GroupsPerUserQuota",
        10,
        numbered("CreateGroup", "GroupName", 10)
        + numbered("AddUserToGroup", "GroupName", 9, UserName="alice"),  # devs is the tenth
        ("AddUserToGroup", {"GroupName": "g9", "UserName": "alice"}),
    ),
    "policies of a user": (
        "AttachedPoliciesPerUserQuota",
        10,
        numbered("CreatePolicy", "PolicyName", 10, PolicyDocument=TEXT)
        + [("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{OWN}p{number}"}) for number in range(10)],
        ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{OWN}deploy"}),
    ),
    "policies of a group": (
        "AttachedPoliciesPerGroupQuota",
        10,
        numbered("CreatePolicy", "PolicyName", 10, PolicyDocument=TEXT)
        + [("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}p{number}"}) for number in range(10)],
        ("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}deploy"}),
    ),
    "versions of a policy": (
        "VersionsPerPolicyQuota",
        5,
        [("CreatePolicyVersion", {"PolicyArn": f"{OWN}deploy", "PolicyDocument": TEXT})] * 4,
        ("CreatePolicyVersion", {"PolicyArn": f"{OWN}deploy", "PolicyDocument": TEXT}),
    ),
    "access keys": (
        "AccessKeysPerUserQuota",
        2,
        [("CreateAccessKey", {"UserName": "alice"})] * 2,
        ("CreateAccessKey", {"UserName": "alice"}),
    ),
    "inline policies of a user together": (
        "UserPolicySizeQuota",
        2048,
        [
            ("PutUserPolicy", {"UserName": "alice", "PolicyName": "one", "PolicyDocument": document(1024)}),
            ("PutUserPolicy", {"UserName": "alice", "PolicyName": "two", "PolicyDocument": document(1024)}),
            ("PutUserPolicy", {"UserName": "alice", "PolicyName": "two", "PolicyDocument": document(1024)}),
        ],
        ("PutUserPolicy", {"UserName": "alice", "PolicyName": "two", "PolicyDocument": document(1025)}),
    ),
    "inline policies of a group together": (
        "GroupPolicySizeQuota",
        5120,
        [("PutGroupPolicy", {"GroupName": "devs", "PolicyName": "one", "PolicyDocument": document(5000)})],
        ("PutGroupPolicy", {"GroupName": "devs", "PolicyName": "two", "PolicyDocument": document(121)}),
    ),
    "size of a policy": (
        "PolicySizeQuota",
        6144,
        [("CreatePolicy", {"PolicyName": "full", "PolicyDocument": document(6144)})],
        ("CreatePolicy", {"PolicyName": "over", "PolicyDocument": document(6145)}),
    ),
    "size of a version": (
        "PolicySizeQuota",
        6144,
        [("CreatePolicyVersion", {"PolicyArn": f"{OWN}deploy", "PolicyDocument": document(6144)})],
        ("CreatePolicyVersion", {"PolicyArn": f"{OWN}deploy", "PolicyDocument": document(6145)}),
    ),
}


@pytest.mark.parametrize("case", TOO_MANY)
def test_a_quota_can_be_filled_and_not_exceeded(iam, case):
    quota, number, filling, (operation, params) = TOO_MANY[case]
    iam.state.quotas[quota] = number
    for name, given_params in filling:
        iam.given(name, **given_params)
    assert refusal(iam, operation, **params) == "LimitExceeded"
    iam.state.quotas[quota] += 1
    iam.write(Call(operation, params))
    assert ask(iam, "GetAccountSummary")["SummaryMap"][quota] == number + 1


def test_attaching_and_adding_again_is_no_error_even_when_there_is_no_room(iam):
    iam.given("AttachUserPolicy", UserName="alice", PolicyArn=f"{OWN}deploy")
    iam.state.quotas |= {"AttachedPoliciesPerUserQuota": 1, "GroupsPerUserQuota": 1}
    before = iam.dump()
    iam.write(Call("AttachUserPolicy", {"UserName": "alice", "PolicyArn": f"{OWN}deploy"}))
    iam.write(Call("AddUserToGroup", {"UserName": "alice", "GroupName": "devs"}))
    assert iam.dump() == before


def test_an_upsert_counts_the_document_that_it_replaces_no_more(iam):
    name = {"UserName": "alice", "PolicyName": "own"}
    iam.write(Call("PutUserPolicy", {**name, "PolicyDocument": document(2048)}))
    iam.write(Call("PutUserPolicy", {**name, "PolicyDocument": TEXT}))
    assert iam.dump()["users"]["alice"]["inline"] == {"own": ALLOW}


def changed(**changes):
    """The statement of ALLOW with members replaced, or taken away where the change is None."""
    statement = ALLOW["Statement"][0] | changes
    return {"Version": "2012-10-17", "Statement": {name: one for name, one in statement.items() if one is not None}}


MALFORMED = {
    "no JSON": "{",
    "a list": "[]",
    "no statement": '{"Version": "2012-10-17"}',
    "no statements": {"Version": "2012-10-17", "Statement": []},
    "another version": ALLOW | {"Version": "2012-10-18"},
    "another element": ALLOW | {"version": "2012-10-17"},
    "a key twice": TEXT.replace('"Effect"', '"Effect": "Deny", "Effect"'),
    "a principal": changed(Principal="*"),
    "another effect": changed(Effect="allow"),
    "no effect": changed(Effect=None),
    "action and not action": changed(NotAction="s3:*"),
    "no action": changed(Action=None),
    "an empty list of actions": changed(Action=[]),
    "an action without service": changed(Action="GetObject"),
    "no resource": changed(Resource=None),
    "a resource that is no ARN": changed(Resource="my-bucket"),
    "a sid with a dash": changed(Sid="a-b"),
    "a sid twice": ALLOW | {"Statement": [ALLOW["Statement"][0] | {"Sid": "a"}] * 2},
    "an unknown operator": changed(Condition={"StringEqual": {"aws:username": "a"}}),
    "a condition on nothing": changed(Condition={"StringEquals": "a"}),
    "a condition with an object": changed(Condition={"StringEquals": {"aws:username": {}}}),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_document_is_refused_wherever_it_is_sent(iam, case):
    text = MALFORMED[case] if isinstance(MALFORMED[case], str) else json.dumps(MALFORMED[case])
    codes = {
        refusal(iam, "CreatePolicy", PolicyName="p", PolicyDocument=text),
        refusal(iam, "CreatePolicyVersion", PolicyArn=f"{OWN}deploy", PolicyDocument=text),
        refusal(iam, "PutUserPolicy", UserName="alice", PolicyName="p", PolicyDocument=text),
        refusal(iam, "PutGroupPolicy", GroupName="devs", PolicyName="p", PolicyDocument=text),
    }
    assert codes == {"MalformedPolicyDocument"}


@pytest.mark.parametrize(
    "well_formed",
    [
        changed(
            Action=["*", "s3:Get*", "execute-api:Invoke"], Resource=["arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3*"]
        ),
        changed(Action=None, NotAction="iam:*", Resource=None, NotResource="arn:aws:s3:::b"),
        changed(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:x": False}}),
        changed(
            Condition={"numericLessThanEquals": {"s3:max-keys": 10}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
        ),
        {"Id": "x", "Statement": [ALLOW["Statement"][0], ALLOW["Statement"][0] | {"Sid": ""}]},
    ],
)
def test_a_well_formed_document_is_measured_without_white_space(well_formed):
    assert checked_size(json.dumps(well_formed, indent=3)) == len("".join(json.dumps(well_formed).split()))


def test_the_policies_of_aws_are_well_formed(iam):
    texts = {policy.versions["v1"].text for policy in iam.state.aws_managed.values()}
    assert max(map(checked_size, texts)) < 200


def test_an_alias_is_replaced_by_the_next_and_taken_off_by_its_own_name_only(iam):
    iam.write(Call("CreateAccountAlias", {"AccountAlias": "acme"}))
    assert refusal(iam, "CreateAccountAlias", AccountAlias="acme") == "EntityAlreadyExists"
    iam.write(Call("CreateAccountAlias", {"AccountAlias": "acme-prod"}))
    assert ask(iam, "ListAccountAliases") == {"AccountAliases": ["acme-prod"]}
    assert refusal(iam, "DeleteAccountAlias", AccountAlias="acme") == "NoSuchEntity"
    iam.write(Call("DeleteAccountAlias", {"AccountAlias": "acme-prod"}))
    assert ask(iam, "ListAccountAliases") == {"AccountAliases": []}


def test_an_alias_of_another_account_or_of_twelve_digits_is_refused(iam):
    iam.state.aliases_elsewhere.add("acme")
    assert refusal(iam, "CreateAccountAlias", AccountAlias="acme") == "EntityAlreadyExists"
    assert refusal(iam, "CreateAccountAlias", AccountAlias="210987654321") == "InvalidInput"


@pytest.mark.parametrize(
    ("policy", "password", "accepted"),
    [
        (None, "Abcdef1", False),
        (None, "Abcdefg1", True),
        (None, "abcdefg1", False),
        (None, "abcdef-1", True),
        ({"MinimumPasswordLength": 10}, "aaaaaaaaa", False),
        ({"MinimumPasswordLength": 10}, "aaaaaaaaaa", True),
        ({}, "aaaaaa", True),
        ({"RequireSymbols": True}, "aaaaaa", False),
        ({"RequireSymbols": True}, "aaaaa|", True),
        ({"RequireNumbers": True, "RequireUppercaseCharacters": True}, "aaaaA", False),
        ({"RequireNumbers": True, "RequireUppercaseCharacters": True}, "aaaaA1", True),
    ],
)
def test_a_password_meets_the_policy_of_the_account_or_the_default_rule(iam, policy, password, accepted):
    if policy is not None:
        iam.given("UpdateAccountPasswordPolicy", **policy)
    if accepted:
        iam.write(Call("CreateLoginProfile", {"UserName": "alice", "Password": password}))
        assert iam.state.user("alice").password.text == password
    else:
        code = refusal(iam, "CreateLoginProfile", UserName="alice", Password=password)
        assert code == "PasswordPolicyViolation"


def test_a_login_profile_keeps_its_date_and_is_made_once(iam):
    params = {"UserName": "alice", "Password": "Correct-horse-7", "PasswordResetRequired": True}
    made = iam.write(Call("CreateLoginProfile", params))
    assert refusal(iam, "CreateLoginProfile", **params) == "EntityAlreadyExists"
    iam.write(Call("UpdateLoginProfile", {"UserName": "alice", "Password": "Other-horse-8"}))
    assert ask(iam, "GetLoginProfile", UserName="alice") == made
    assert made["LoginProfile"]["PasswordResetRequired"] is True


def test_a_password_policy_is_written_whole_each_time(iam):
    iam.write(Call("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 14, "MaxPasswordAge": 90}))
    assert ask(iam, "GetAccountPasswordPolicy")["PasswordPolicy"]["ExpirePasswords"] is True
    iam.write(Call("UpdateAccountPasswordPolicy", {"RequireSymbols": True}))
    assert ask(iam, "GetAccountPasswordPolicy") == {
        "PasswordPolicy": {
            "MinimumPasswordLength": 6,
            "RequireSymbols": True,
            "RequireNumbers": False,
            "RequireUppercaseCharacters": False,
            "RequireLowercaseCharacters": False,
            "AllowUsersToChangePassword": False,
            "ExpirePasswords": False,
        }
    }
    iam.write(Call("DeleteAccountPasswordPolicy"))
    assert ask(iam, "GetAccountPasswordPolicy") is None


def test_a_key_changes_its_status_and_remembers_its_use(iam):
    key = iam.write(Call("CreateAccessKey", {"UserName": "alice"}))["AccessKey"]["AccessKeyId"]
    never = {"UserName": "alice", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    assert ask(iam, "GetAccessKeyLastUsed", AccessKeyId=key) == never
    used = iam.state.user("alice").keys[key].used = iam.state.tick()
    assert ask(iam, "GetAccessKeyLastUsed", AccessKeyId=key)["AccessKeyLastUsed"]["LastUsedDate"] == used
    iam.write(Call("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": key, "Status": "Inactive"}))
    assert [one["Status"] for one in ask(iam, "ListAccessKeys", UserName="alice")["AccessKeyMetadata"]] == ["Inactive"]
    params = {"UserName": "alice", "AccessKeyId": key, "Status": "Expired"}
    assert refusal(iam, "UpdateAccessKey", **params) == "InvalidInput"


def test_a_key_call_without_a_user_is_about_the_caller(iam):
    assert refusal(iam, "CreateAccessKey") == "ValidationError"
    iam.caller_arn = "arn:aws:iam::123456789012:user/staff/alice"
    assert iam.write(Call("CreateAccessKey"))["AccessKey"]["UserName"] == "alice"
    assert iam.caller() == Caller("arn:aws:iam::123456789012:user/staff/alice", "123456789012")
