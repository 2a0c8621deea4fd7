"""Reading before thinking, and calls in their order: accounts that cannot be read, other partitions, deletions, limits."""

import json

import pytest
from fake import FakeIam
from stories import ALLOW, AWS, DENY, OWN, PRUNE, Story, called, seen

from iamspec.errors import IamError
from iamspec.iam import Account


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def test_a_spec_of_another_account_is_compared_with_nothing(story):
    story.user("mallory")
    message = "this spec is for account 210987654321, but the credentials are for 123456789012; nothing was compared"
    spec = "prune: true\naccount: {id: '210987654321'}\nusers: {a: {}}\n"
    assert story.refused(spec) == [f"account.id: {message}"]


EVERYTHING = (
    f"{PRUNE}guards: {{stack_regions: [us-east-1]}}\nabsent: {{users: {{mallory: 2026-11-23}}}}\n"
    "policies: {p: {tags: {a: b}, document: ALLOW}}\nusers: {ann: {policies: [p, aws:ReadOnlyAccess]}}\n"
)
READS = [
    "ListAccountAliases",
    "GetAccountAuthorizationDetails Filter=['Group', 'LocalManagedPolicy', 'Role', 'User'] MaxItems=1000",
    f"GetPolicy PolicyArn={AWS}ReadOnlyAccess",
    f"GetPolicy PolicyArn={OWN}p",
    "GetLoginProfile UserName=mallory",
    "ListAccessKeys UserName=mallory",
    "ListSSHPublicKeys UserName=mallory",
    "ListServiceSpecificCredentials UserName=mallory",
    "ListSigningCertificates UserName=mallory",
    "ListMFADevices UserName=mallory",
]


def peopled(story):
    story.policy("p")
    story.user("mallory")
    story.iam.add_credentials("mallory")


def test_the_reads_of_a_plan_are_these(story):
    """Kills: a read that the next test does not know of."""
    peopled(story)
    story.plan(EVERYTHING)
    assert [called(call) for call in story.iam.calls] == READS


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ServiceFailure"])
@pytest.mark.parametrize("read", READS)
def test_a_read_that_fails_leaves_no_plan(story, read, code):
    """Kills: an account that is half read, whose other half looks deleted."""
    peopled(story)
    before = story.iam.dump()
    story.iam.fail = lambda call: IamError(call.operation, code, "no") if called(call) == read else None
    with pytest.raises(IamError) as failed:
        story.plan(EVERYTHING)
    assert str(failed.value) == f"{read.split()[0]}: {code}: no"
    assert (story.iam.writes, story.iam.dump()) == ([], before)


class Torn(FakeIam):
    """Breaks off after the first page of a sweep."""

    def pages(self, call):
        pages = super().pages(call)
        yield next(pages)
        if call.operation == "GetAccountAuthorizationDetails":
            raise IamError(call.operation, "Throttling", "no")


def test_a_sweep_that_breaks_off_leaves_no_plan(tmp_path):
    story = Story(tmp_path, Torn())
    story.iam.page_size = 1
    peopled(story)
    with pytest.raises(IamError, match="GetAccountAuthorizationDetails: Throttling: no"):
        story.plan(EVERYTHING)
    assert story.iam.writes == []


def test_a_sweep_in_many_pages_is_one_account(story):
    """Kills: a plan for the first page."""
    story.iam.page_size = 1
    for name in ("ann", "bob", "cid"):
        story.user(name)
    story.group("g")
    story.policy("p")
    assert seen(story.plan("users: {bob: {}}\n")) == {"undeclared": ["group/g", "policy/p", "user/ann", "user/cid"]}


def test_an_aws_policy_without_its_path_is_told_where_it_is(story):
    spec = "users: {a: {policies: [aws:Billing, aws:Nonesuch, 'aws:job-function/Billing'], permissions_boundary: aws:Nope}}\n"
    assert story.refused(spec) == [
        "user/a: policies: AWS has no policy Billing; did you mean aws:job-function/Billing?",
        "user/a: policies: AWS has no policy Nonesuch",
        "user/a: permissions_boundary: AWS has no policy Nope",
    ]


@pytest.mark.xfail(strict=True, reason="a policy is told by its field only once it has become an ARN")
def test_an_aws_policy_that_does_not_exist_is_told_with_its_place(story):
    assert story.refused("users: {a: {policies: [aws:ReadOnlyAccess, aws:Billing]}}\n") == [
        "user/a: policies[1]: AWS has no policy Billing; did you mean aws:job-function/Billing?"
    ]


def test_a_policy_is_not_moved(story):
    story.policy("p", "/old/")
    plan = story.plan("policies: {p: {path: /new/, document: DENY}}\n")
    assert (seen(plan), plan.refused) == ({"changes": ["blocked policy/p: path, document"]}, True)
    assert plan.changes[0].blocked == (
        "IAM cannot move a policy from /old/ to /new/: write path: /old/, or declare a policy of another name there, "
        "move its holders to it and then remove this one"
    )


@pytest.mark.parametrize(
    ("default", "left"),
    [
        ("v1", ["v1", "v3", "v4", "v5", "v6"]),
        ("v5", ["v2", "v3", "v4", "v5", "v6"]),
        ("v2", ["v2", "v3", "v4", "v5", "v6"]),
    ],
)
def test_the_oldest_version_that_is_not_the_default_makes_room_for_a_sixth(story, default, left):
    """Kills: a pruned default, and a version ten that sorts before version two."""
    story.policy("p", document=DENY)
    for _ in range(4):
        story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}p", PolicyDocument=json.dumps(DENY))
    story.iam.given("SetDefaultPolicyVersion", PolicyArn=f"{OWN}p", VersionId=default)
    oldest = "v2" if default == "v1" else "v1"
    assert story.applied("policies: {p: {document: ALLOW}}\n") == {
        "changes": ["update policy/p: document"],
        "steps": [
            f"update DeletePolicyVersion PolicyArn={OWN}p VersionId={oldest}",
            f"update CreatePolicyVersion PolicyArn={OWN}p PolicyDocument=ALLOW SetAsDefault=True",
        ],
    }
    policy = story.iam.dump()["policies"]["p"]
    assert (sorted(policy["versions"]), policy["default"], policy["document"]) == (left, "v6", ALLOW)


def test_four_versions_leave_room_for_a_fifth(story):
    """Kills: a history that is thrown away without need."""
    story.policy("p", document=DENY)
    for _ in range(3):
        story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}p", PolicyDocument=json.dumps(DENY))
    assert story.applied("policies: {p: {document: ALLOW}}\n")["steps"] == [
        f"update CreatePolicyVersion PolicyArn={OWN}p PolicyDocument=ALLOW SetAsDefault=True"
    ]
    assert sorted(story.iam.dump()["policies"]["p"]["versions"]) == ["v1", "v2", "v3", "v4", "v5"]


def test_a_description_is_used_at_creation_only(story):
    story.iam.given("CreatePolicy", PolicyName="p", PolicyDocument=json.dumps(ALLOW), Description="old")
    spec = "policies: {p: {description: new, document: ALLOW}, q: {description: Some words, document: ALLOW}}\n"
    assert story.applied(spec) == {
        "changes": ["create policy/q: path, description, document"],
        "steps": ["create CreatePolicy Description=Some words Path=/ PolicyDocument=ALLOW PolicyName=q"],
    }
    assert [story.live("policies", name)["description"] for name in "pq"] == ["old", "Some words"]


def test_a_user_with_credentials_of_every_kind_is_locked_out_first_and_leaves_nothing(story):
    """Kills: a credential that is forgotten, a name of a virtual MFA device that stays taken, a lock-out that waits."""
    story.group("g")
    story.policy("p")
    story.user("mallory", groups=["g"], policies=[f"{OWN}p", f"{AWS}ReadOnlyAccess"])
    story.iam.add_credentials("mallory")
    story.iam.given("PutUserPolicy", UserName="mallory", PolicyName="i", PolicyDocument=json.dumps(ALLOW))
    story.iam.given("PutUserPermissionsBoundary", UserName="mallory", PermissionsBoundary=f"{OWN}p")
    held = story.iam.dump()["users"]["mallory"]
    [key, other], [virtual, hardware] = sorted(one["id"] for one in held["keys"]), [one["id"] for one in held["mfa"]]
    ssh, certificate, service = (held[name][0]["id"] for name in ("ssh_keys", "certificates", "service_credentials"))
    user = "UserName=mallory"
    spec = "groups: {g: {}}\npolicies: {p: {document: ALLOW}}\nabsent: {users: {mallory: 2026-11-23}}\n"
    assert story.applied(spec) == {
        "changes": ["delete user/mallory: path, groups, policies, inline_policies, permissions_boundary"],
        "steps": [
            f"lock-out DeleteAccessKey AccessKeyId={key} {user}",
            f"lock-out DeleteAccessKey AccessKeyId={other} {user}",
            f"lock-out DeleteLoginProfile {user}",
            f"lock-out DeleteSSHPublicKey SSHPublicKeyId={ssh} {user}",
            f"lock-out DeleteServiceSpecificCredential ServiceSpecificCredentialId={service} {user}",
            f"lock-out DeleteSigningCertificate CertificateId={certificate} {user}",
            f"lock-out DeactivateMFADevice SerialNumber={hardware} {user}",
            f"lock-out DeactivateMFADevice SerialNumber={virtual} {user}",
            f"lock-out DeleteVirtualMFADevice SerialNumber={virtual}",
            f"revoke DeleteUserPolicy PolicyName=i {user}",
            f"revoke DetachUserPolicy PolicyArn={OWN}p {user}",
            f"revoke DetachUserPolicy PolicyArn={AWS}ReadOnlyAccess {user}",
            f"revoke RemoveUserFromGroup GroupName=g {user}",
            f"delete DeleteUser {user}",
        ],
    }
    left = story.iam.dump()
    assert (left["users"], left["unassigned_mfa"]) == ({}, [])


def test_a_user_in_ten_groups_is_moved(story):
    """Kills: an eleventh membership, and a revoke more than the quota forces."""
    for number in range(10):
        story.group(f"a{number}")
        story.group(f"b{number}")
    story.user("ann", groups=[f"a{number}" for number in range(10)])
    groups = ", ".join(f"{letter}{number}: {{}}" for letter in "ab" for number in range(10))
    spec = f"groups: {{{groups}}}\nusers: {{ann: {{groups: [a0, a1, a2, a3, a4, a5, b0, b1]}}}}\n"
    assert story.applied(spec) == {
        "changes": ["update user/ann: groups"],
        "steps": [
            "make-room RemoveUserFromGroup GroupName=a6 UserName=ann",
            "make-room RemoveUserFromGroup GroupName=a7 UserName=ann",
            "grant AddUserToGroup GroupName=b0 UserName=ann",
            "grant AddUserToGroup GroupName=b1 UserName=ann",
            "revoke RemoveUserFromGroup GroupName=a8 UserName=ann",
            "revoke RemoveUserFromGroup GroupName=a9 UserName=ann",
        ],
        "notes": ["user/ann: a quota leaves no room, so 2 of its grants are taken away before the new ones"],
    }


NOTE = "https://old.signin.aws.amazon.com/console stops working as soon as the alias changes"


@pytest.mark.parametrize(
    ("alias", "step"),
    [
        ("new", "update CreateAccountAlias AccountAlias=new"),
        ("null", "delete DeleteAccountAlias AccountAlias=old"),
    ],
)
def test_an_alias_is_replaced_in_one_call_or_taken_away_by_null(story, alias, step):
    """Kills: a deletion before the creation, which offers the old name to everybody."""
    story.iam.given("CreateAccountAlias", AccountAlias="old")
    assert seen(story.plan("account: {id: '123456789012'}\n")) == {}
    assert story.applied(f"account: {{alias: {alias}}}\n") == {
        "changes": ["update account/alias: alias"],
        "steps": [step],
        "notes": [NOTE],
    }
    assert story.iam.dump()["alias"] == (None if alias == "null" else alias)


PARTITIONED = """
policies:
  p:
    document:
      Version: 2012-10-17
      Statement: {Effect: Allow, Action: s3:*, Resource: "arn:${iamspec:partition}:s3:::b-${iamspec:account_id}"}
users:
  ann:
    policies: [p, aws:ReadOnlyAccess, "arn:${iamspec:partition}:iam::aws:policy/IAMFullAccess"]
    permissions_boundary: p
"""


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_arn_is_of_the_partition_of_the_caller(tmp_path, partition):
    story = Story(tmp_path, FakeIam(Account("123456789012", partition)))
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:{partition}:s3:::b-123456789012"},
        },
        separators=(",", ":"),
    )
    own, aws = f"arn:{partition}:iam::123456789012:policy/", f"arn:{partition}:iam::aws:policy/"
    assert story.applied(PARTITIONED) == {
        "changes": ["create policy/p: path, document", "create user/ann: path, policies, permissions_boundary"],
        "steps": [
            f"create CreatePolicy Path=/ PolicyDocument={document} PolicyName=p",
            f"create CreateUser Path=/ PermissionsBoundary={own}p UserName=ann",
            f"grant AttachUserPolicy PolicyArn={own}p UserName=ann",
            f"grant AttachUserPolicy PolicyArn={aws}IAMFullAccess UserName=ann",
            f"grant AttachUserPolicy PolicyArn={aws}ReadOnlyAccess UserName=ann",
        ],
    }


def test_an_arn_of_another_partition_is_an_error(tmp_path):
    story = Story(tmp_path, FakeIam(Account("123456789012", "aws-cn")))
    assert story.refused("users: {ann: {policies: ['arn:aws:iam::aws:policy/ReadOnlyAccess', aws:Billing]}}\n") == [
        "user/ann: policies: AWS has no policy Billing; did you mean aws:job-function/Billing?",
        "user/ann: policies: arn:aws:iam::aws:policy/ReadOnlyAccess is of another partition; this account is in aws-cn",
    ]


@pytest.mark.xfail(strict=True, reason="the sign-in address is that of the partition aws, whatever the account is in")
@pytest.mark.parametrize(
    ("partition", "host"), [("aws-cn", "signin.amazonaws.cn"), ("aws-us-gov", "signin.amazonaws-us-gov.com")]
)
def test_the_sign_in_address_is_that_of_the_partition(tmp_path, partition, host):
    story = Story(tmp_path, FakeIam(Account("123456789012", partition)))
    story.iam.given("CreateAccountAlias", AccountAlias="old")
    [note] = story.plan("account: {alias: new}\n").notes
    assert f"old.{host}" in note
