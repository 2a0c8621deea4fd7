"""Reading before thinking: accounts that cannot be read, that are others, or that are in another partition."""

import json
import re

import pytest
from fake import FakeIam
from story import AWS, OWN, PRUNE, Story, called, seen

from iamspec.commands import plan as commands
from iamspec.errors import IamError, InvalidSpec
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
    "GetAccountPasswordPolicy",
    "GetAccountAuthorizationDetails Filter=['Group', 'LocalManagedPolicy', 'Role', 'User'] MaxItems=1000",
    f"GetPolicy PolicyArn={AWS}ReadOnlyAccess",
    f"GetPolicy PolicyArn={OWN}p",
    "GetUser UserName=mallory",
    "GetLoginProfile UserName=mallory",
    "ListAccessKeys UserName=mallory",
    "ListSSHPublicKeys UserName=mallory",
    "ListServiceSpecificCredentials UserName=mallory",
    "ListSigningCertificates UserName=mallory",
    "ListMFADevices UserName=mallory",
    "GetAccessKeyLastUsed AccessKeyId=AKIA",
    "GetAccountSummary",
]


def read(call):
    """A read, whatever number an id has."""
    return re.sub(r"\d{16}", "", called(call))


def peopled(story):
    story.policy("p")
    story.user("mallory")
    story.iam.add_credentials("mallory")


DOCUMENTS = [  # what the plan does to access is told as far as these are known
    f"GetPolicy PolicyArn={AWS}ReadOnlyAccess",
    f"GetPolicyVersion PolicyArn={AWS}ReadOnlyAccess VersionId=v1",
]


def test_the_reads_of_a_plan_are_these(story):
    """Kills: a read that the next tests do not know of."""
    peopled(story)
    story.plan(EVERYTHING)
    assert {read(call) for call in story.iam.calls} == {*READS, *DOCUMENTS}


def test_a_document_of_aws_that_cannot_be_read_changes_no_step(story):
    peopled(story)
    steps = story.plan(EVERYTHING).steps
    story.iam.fail = lambda call: IamError(call.operation, "AccessDenied", "no") if read(call) == DOCUMENTS[1] else None
    assert story.plan(EVERYTHING).steps == steps


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ServiceFailure"])
@pytest.mark.parametrize("failing", READS)
def test_a_read_that_fails_leaves_no_plan(story, failing, code):
    """Kills: an account that is half read, whose other half looks deleted."""
    peopled(story)
    before = story.iam.dump()
    story.iam.fail = lambda call: IamError(call.operation, code, "no") if read(call) == failing else None
    with pytest.raises(IamError) as failed:
        story.plan(EVERYTHING)
    assert str(failed.value) == f"{failing.split()[0]}: {code}: no"
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
        "user/a: policies[0]: AWS has no policy Billing; did you mean aws:job-function/Billing?",
        "user/a: policies[1]: AWS has no policy Nonesuch",
        "user/a: permissions_boundary: AWS has no policy Nope",
    ]


def test_an_aws_policy_that_does_not_exist_is_told_with_its_place(story):
    assert story.refused("users: {a: {policies: [aws:ReadOnlyAccess, aws:Billing]}}\n") == [
        "user/a: policies[1]: AWS has no policy Billing; did you mean aws:job-function/Billing?"
    ]


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


ELSEWHERE = """
policies:
  p:
    document:
      Version: 2012-10-17
      Statement:
        - {Effect: Allow, Action: s3:*, Resource: ["arn:${iamspec:partition}:s3:::b", "arn:aws:s3:::b", "arn:*:s3:::b"]}
users:
  ann:
    inline_policies:
      own: {Version: 2012-10-17, Statement: {Effect: Deny, Action: s3:*, NotResource: "arn:aws-cn:s3:::b/*"}}
"""


def test_a_resource_of_another_partition_is_an_error_with_its_place(tmp_path):
    """Kills: a plan that is fine and an apply that fails with MalformedPolicyDocument."""
    story = Story(tmp_path, FakeIam(Account("123456789012", "aws-us-gov")))
    (story.folder / "iamspec.yaml").write_text(ELSEWHERE)
    with pytest.raises(InvalidSpec) as refused:
        commands.plan([str(story.folder)], story.iam)
    advice = 'but the account is in aws-us-gov; write "${iamspec:partition}"'
    own = f'user/ann: inline_policies.own.Statement.NotResource: Resource "arn:aws-cn:s3:::b/*" is in partition aws-cn, {advice}'
    assert [str(one).removeprefix(f"{story.folder}/") for one in refused.value.issues] == [
        f'iamspec.yaml:7:87: policy/p: document.Statement[0].Resource[1]: Resource "arn:aws:s3:::b" is in partition aws, {advice}',
        f"iamspec.yaml:11:87: {own}",
    ]


def test_an_arn_of_another_partition_is_an_error(tmp_path):
    story = Story(tmp_path, FakeIam(Account("123456789012", "aws-cn")))
    assert story.refused("users: {ann: {policies: ['arn:aws:iam::aws:policy/ReadOnlyAccess', aws:Billing]}}\n") == [
        "user/ann: policies[0]: arn:aws:iam::aws:policy/ReadOnlyAccess is of another partition; this account is in aws-cn",
        "user/ann: policies[1]: AWS has no policy Billing; did you mean aws:job-function/Billing?",
    ]


@pytest.mark.parametrize(
    ("partition", "host"), [("aws-cn", "signin.amazonaws.cn"), ("aws-us-gov", "signin.amazonaws-us-gov.com")]
)
def test_the_sign_in_address_is_that_of_the_partition(tmp_path, partition, host):
    story = Story(tmp_path, FakeIam(Account("123456789012", partition)))
    story.iam.given("CreateAccountAlias", AccountAlias="old")
    [note] = story.plan("account: {alias: new}\n").notes
    assert f"old.{host}" in note


def test_variables_are_replaced_in_the_keys_of_a_document_too(story):
    condition = {"StringEquals": {"aws:PrincipalTag/${iamspec:account_id}": "${aws:username}"}}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    (step,) = story.plan(f"policies: {{p: {{document: {document}}}}}\n").steps
    assert json.loads(step.call.params["PolicyDocument"])["Statement"]["Condition"] == {
        "StringEquals": {"aws:PrincipalTag/123456789012": "${aws:username}"}
    }
