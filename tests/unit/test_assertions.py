"""Assertions of a spec: they hold, and each way to break one has its message, word by word."""

import pytest
from faulty import faults, written

from iamspec.commands.validate import validate

USERS = """\
users:
  ann: {groups: [devs]}
  bob: {path: /ops/, groups: [devs], permissions_boundary: fence}
  eve: {path: /ops/}
groups:
  devs: {policies: [deploy]}
  gone: {external: true}
policies:
  deploy:
    document:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}
        - Effect: Allow
          Action: "s3:PutObject"
          Resource: "arn:aws:s3:::b-${iamspec:account_id}/*"
          Condition: {Bool: {aws:MultiFactorAuthPresent: "true"}}
        - {Effect: Deny, Action: "s3:GetBucketAcl", Resource: "*"}
  fence:
    document:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Action: "*", Resource: "*"}
"""
AT = "spec/users.yaml"
GET = f"Allow by Statement[0] of policy/deploy through group/devs at {AT}:13:11"
PUT = f"Allow by Statement[1] of policy/deploy through group/devs at {AT}:14:11"
DENY = f"Deny by Statement[2] of policy/deploy through group/devs at {AT}:18:11"


def files(test, users=USERS):
    return {"users.yaml": users, "iamspec.yaml": f"account: {{id: '123456789012'}}\ntests:\n  it: {test}\n"}


def hold(folder, test, users=USERS):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        written(folder, files(test, users))
        validate(["spec"])
    return True


def broken(folder, test, users=USERS):
    """The failed assertions, without the file. The file is always the settings."""
    return [one.removeprefix("spec/iamspec.yaml:") for one in faults(folder, files(test, users))]


@pytest.mark.parametrize(
    "test",
    [
        "{users: [ann], allow: [{action: 's3:GetObject', resource: 'arn:aws:s3:::b/k'}]}",
        "{users: [ann], deny: [{action: 's3:GetObject', resource: 'arn:aws:s3:::other/k'}, 'iam:*', 's3:GetBucketAcl']}",
        "{groups: [devs], deny: ['iam:CreateUser', 's3:Delete*']}",
        "{users: ['/ops/*'], deny: ['iam:*']}",
        "{users: [bob], boundary: fence}",
        "{users: [ANN], deny: ['IAM:createuser']}",
    ],
)
def test_an_assertion_that_holds_is_silent(tmp_path, test):
    assert hold(tmp_path, test)


def test_what_should_be_denied_and_is_not_names_the_statement(tmp_path):
    """The bug: an assertion is not run."""
    test = "{users: [ann], deny: [{action: 's3:GetObject', resource: 'arn:aws:s3:::b/k'}]}"
    assert broken(tmp_path, test) == [
        f"3:29: tests.it.deny[0]: user/ann should be denied s3:GetObject on arn:aws:s3:::b/k, but is allowed: {GET}"
    ]


def test_what_should_be_allowed_and_is_not_says_why(tmp_path):
    """The bug: allow and deny are taken for each other."""
    test = "{users: [ann, eve], allow: ['s3:GetBucketAcl', 'iam:CreateUser']}"
    assert broken(tmp_path, test) == [
        f"3:35: tests.it.allow[0]: user/ann should be allowed s3:GetBucketAcl, but is denied: {DENY}",
        "3:35: tests.it.allow[0]: user/eve should be allowed s3:GetBucketAcl, but is denied: implicit deny",
        "3:54: tests.it.allow[1]: user/ann should be allowed iam:CreateUser, but is denied: implicit deny",
        "3:54: tests.it.allow[1]: user/eve should be allowed iam:CreateUser, but is denied: implicit deny",
    ]


def test_what_depends_is_neither_allowed_nor_denied(tmp_path):
    """The bug: what is not known counts as denied."""
    put = "{action: 's3:PutObject', resource: 'arn:aws:s3:::b-${iamspec:account_id}/k'}"
    for key, word in (("allow", "allowed"), ("deny", "denied")):
        [said] = broken(tmp_path, f"{{users: [ann], {key}: [{put}]}}")
        assert said.endswith(
            f"user/ann should be {word} s3:PutObject on arn:aws:s3:::b-${{iamspec:account_id}}/k, "
            f"but that depends: {PUT}, if aws:MultiFactorAuthPresent"
        )


def test_a_context_makes_it_known(tmp_path):
    """The bug: the context of a case is left out."""
    put = "{action: 's3:PutObject', resource: 'arn:aws:s3:::b-${iamspec:account_id}/k', context: {CONTEXT}}"
    with_mfa = put.replace("CONTEXT", "'aws:MultiFactorAuthPresent': 'true'")
    without = put.replace("CONTEXT", "'aws:MultiFactorAuthPresent': ['false']")
    assert hold(tmp_path, f"{{users: [ann], allow: [{with_mfa}], deny: [{without}]}}")


def test_a_context_that_contradicts_a_user_is_an_error(tmp_path):
    """Kills: a test that holds for a user who does not exist."""
    users = USERS.replace("ann: {groups", "ann: {tags: {team: a}, groups")
    case = "{action: 's3:GetObject', context: {'aws:PrincipalTag/team': b}}"
    assert broken(tmp_path, f"{{users: [ann], deny: [{case}]}}", users) == [
        '3:29: tests.it.deny[0]: aws:PrincipalTag/team of user/ann is "a", not "b"; leave it out of the context'
    ]


def test_a_pattern_of_actions_is_about_each_of_them(tmp_path):
    """The bug: a pattern is asked for as if it were an action."""
    [said] = broken(tmp_path, "{users: [ann], deny: [{action: 's3:*', resource: 'arn:aws:s3:::b/k'}]}")
    assert said.startswith("3:29: tests.it.deny[0]: user/ann should be denied s3:Get")
    assert said.endswith(f"on arn:aws:s3:::b/k, but is allowed: {GET}")
    [said] = broken(tmp_path, "{users: [ann], allow: [{action: 's3:Get*', resource: 'arn:aws:s3:::b/k'}]}")
    assert said.endswith(f"user/ann should be allowed s3:GetBucketAcl on arn:aws:s3:::b/k, but is denied: {DENY}")


def test_an_assertion_about_nobody_or_about_no_action_is_an_error(tmp_path):
    """The bug: what is about nothing holds."""
    assert broken(tmp_path, "{users: [zoe], groups: [none], deny: ['iam:*']}") == [
        "3:7: tests.it: this is about nobody: no user has such a name, path or group"
    ]
    assert broken(tmp_path, "{users: [ann], deny: ['iam:CreateUsr', 'nothing:*']}") == [
        '3:29: tests.it.deny[0]: no action of AWS is called "iam:CreateUsr"; did you mean "iam:CreateUser"?',
        '3:46: tests.it.deny[1]: no action of AWS is called "nothing:*"',
    ]


def test_an_assertion_that_asks_for_nothing_is_an_error(tmp_path):
    """The bug: a test that tests nothing is green."""
    assert broken(tmp_path, "{users: [ann]}") == ["3:7: tests.it: this asks for nothing; write allow, deny or boundary"]


def test_a_boundary_is_that_one_or_it_breaks(tmp_path):
    test = "{groups: [devs], users: [eve], boundary: deploy}"
    assert broken(tmp_path, test) == [
        f"3:48: tests.it.boundary: user/{name}"
        for name in (
            "ann should have the boundary deploy, but has none",
            "bob should have the boundary deploy, but has fence",
            "eve should have the boundary deploy, but has none",
        )
    ]


def test_of_many_users_three_are_named(tmp_path):
    users = "users: {" + ", ".join(f"u{number}: {{}}" for number in range(10)) + "}\n"
    said = broken(tmp_path, "{users: ['*'], allow: ['iam:CreateUser']}", users)
    assert said == [
        *(
            f"3:30: tests.it.allow[0]: user/u{number} should be allowed iam:CreateUser, but is denied: implicit deny"
            for number in range(3)
        ),
        "3:30: tests.it.allow[0]: … and 7 more users like that",
    ]


def test_who_is_in_a_group_that_the_spec_does_not_know_depends_on_it(tmp_path):
    """The bug: an external group gives nothing."""
    users = USERS.replace("eve: {path: /ops/}", "eve: {groups: [gone]}")
    depends = "depends on group/gone, whose documents are not known here"
    assert broken(tmp_path, "{groups: [gone], deny: ['iam:CreateUser']}", users) == [
        f"3:31: tests.it.deny[0]: user/eve should be denied iam:CreateUser, but that {depends}",
    ]


def test_what_a_user_copies_or_is_listed_for_counts(tmp_path):
    """The bug: only what is written at the user is looked at."""
    users = USERS.replace("eve: {path: /ops/}", "eve: {copy_permissions_from: ann}").replace(
        "devs: {policies: [deploy]}", "devs: {policies: [deploy], members: [ann, bob, eve]}"
    )
    assert hold(tmp_path, "{users: [eve], allow: [{action: 's3:GetObject', resource: 'arn:aws:s3:::b/k'}]}", users)


def test_documents_of_aws_are_known_offline(tmp_path):
    users = "users: {ann: {policies: ['aws:AdministratorAccess']}, bob: {policies: ['aws:ReadOnlyAccess']}}\n"
    assert hold(tmp_path, "{users: [ann], allow: ['iam:CreateUser']}", users)
    assert hold(tmp_path, "{users: [bob], allow: ['s3:ListAllMyBuckets'], deny: ['iam:CreateUser']}", users)
