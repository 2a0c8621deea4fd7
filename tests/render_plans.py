"""Plans made by hand that hold everything there is to render, hostile text included."""

from dataclasses import replace
from typing import Any

from iamspec.access.account import AccountAccess
from iamspec.apply.run import Outcome, Status
from iamspec.errors import Location
from iamspec.iam import Account, Call, Caller
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.live.observe import Live
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Kept
from iamspec.plan.model import Action, Change, Plan
from iamspec.review.impact import Impact
from iamspec.review.model import Complaint, Review

ACCOUNT = Account("123456789012", "aws", "acme-prod")
DEPLOY = "arn:aws:iam::123456789012:policy/deploy-artifacts"
HOSTILE = "\x1b[31mred\x07 | `code` ``` <img src=x> @octocat #1 \u202e\x9b"


def user(name: str) -> Address:
    return Address("user", name)


def group(name: str) -> Address:
    return Address("group", name)


def policy(name: str) -> Address:
    return Address("policy", name)


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def step(address: Address, phase: Phase, operation: str, *others: Address, **params: Any) -> Step:
    return Step(address, phase, Call(operation, params), others)


READ = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
UPLOAD = {"Sid": "Upload", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"}
MFA = {
    "Effect": "Deny",
    "NotAction": ["iam:*MFA*", "sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": False}},
}
MANY = {"Effect": "Allow", "Action": [f"ec2:Describe{number:02}" for number in range(40)], "Resource": "*"}


def created_policy() -> Change:
    return Change(
        policy("describe"),
        Action.CREATE,
        (
            Difference("path", None, "/"),
            Difference("description", None, "Looks; touches nothing"),
            Difference("tags", None, {"owner": "platform"}),
            Difference("document", None, document(MANY)),
        ),
        (
            step(
                policy("describe"),
                Phase.CREATE,
                "CreatePolicy",
                PolicyName="describe",
                Path="/",
                PolicyDocument='{"Version":"2012-10-17","Statement":[]}',
                Description="Looks; touches nothing",
                Tags=[{"Key": "owner", "Value": "platform"}],
            ),
        ),
        Location("policies.yaml", 3),
    )


def updated_policy() -> Change:
    before = document(MFA, READ, {**UPLOAD, "Action": ["S3:putobject"]})
    more = {**UPLOAD, "Action": ["s3:PutObject", "s3:AbortMultipartUpload"]}
    after = document(more, {**MFA, "Condition": {"boolifexists": {"aws:multifactorauthpresent": "false"}}}, READ)
    versions = {"PolicyArn": DEPLOY}
    return Change(
        policy("deploy-artifacts"),
        Action.UPDATE,
        (Difference("document", before, after),),
        (
            step(policy("deploy-artifacts"), Phase.UPDATE, "DeletePolicyVersion", **versions, VersionId="v3"),
            step(
                policy("deploy-artifacts"),
                Phase.UPDATE,
                "CreatePolicyVersion",
                **versions,
                PolicyDocument='{"Statement":[{"Sid":"it\'s"}]}',
                SetAsDefault=True,
            ),
        ),
        Location("policies.yaml", 9),
    )


def blocked_policy() -> Change:
    return Change(
        policy("moved"),
        Action.UPDATE,
        (Difference("path", "/old/", "/new/"),),
        source=Location("policies.yaml", 20),
        blocked="IAM cannot move a policy from /old/ to /new/: write path: /old/",
    )


def created_group() -> Change:
    return Change(
        group("developers"),
        Action.CREATE,
        (
            Difference("path", None, "/"),
            Difference("policies", None, ["aws:ReadOnlyAccess", "deploy-artifacts"]),
            Difference("inline_policies", None, {"need-mfa": document(MFA)}),
        ),
        (
            step(group("developers"), Phase.CREATE, "CreateGroup", GroupName="developers", Path="/"),
            step(
                group("developers"),
                Phase.GRANT,
                "AttachGroupPolicy",
                policy("deploy-artifacts"),
                GroupName="developers",
                PolicyArn=DEPLOY,
            ),
        ),
        Location("groups.yaml", 5),
    )


def updated_user() -> Change:
    alice = user("alice")
    relabelled = {**READ, "Sid": "ReadAll"}
    return Change(
        alice,
        Action.UPDATE,
        (
            Difference("name", "alice.smith", "alice"),
            Difference("path", "/a/", "/b/"),
            Difference(
                "tags", {"team": "core", "old": HOSTILE, "kept": "k"}, {"team": HOSTILE, "größe": "", "kept": "k"}
            ),
            Difference("groups", ["testers"], ["admins", "developers"], via={"admins": user("bob")}),
            Difference("policies", ["aws:ReadOnlyAccess", "z"], ["deploy-artifacts", "z"]),
            Difference("inline_policies", {"own": document(READ)}, {"own": document(relabelled)}, cosmetic=True),
            Difference("permissions_boundary", None, "developer-boundary", via={"developer-boundary": user("bob")}),
        ),
        (
            step(alice, Phase.RENAME, "UpdateUser", UserName="alice.smith", NewUserName="alice", NewPath="/b/"),
            step(alice, Phase.UPDATE, "UntagUser", UserName="alice", TagKeys=["old"]),
            step(alice, Phase.UPDATE, "TagUser", UserName="alice", Tags=[{"Key": "team", "Value": HOSTILE}]),
            step(
                alice,
                Phase.UPDATE,
                "PutUserPermissionsBoundary",
                policy("developer-boundary"),
                UserName="alice",
                PermissionsBoundary="arn:aws:iam::123456789012:policy/developer-boundary",
            ),
            step(alice, Phase.GRANT, "AddUserToGroup", group("admins"), GroupName="admins", UserName="alice"),
            step(
                alice,
                Phase.REVOKE,
                "DetachUserPolicy",
                UserName="alice",
                PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
            ),
        ),
        Location("users.yaml", 12),
    )


def deleted_user() -> Change:
    mallory = user("mallory")
    return Change(
        mallory,
        Action.DELETE,
        (
            Difference("path", "/", None),
            Difference("tags", {"team": HOSTILE}, None),
            Difference("groups", ["testers"], None),
            Difference("inline_policies", {"everything": document(UPLOAD)}, None),
        ),
        (
            step(mallory, Phase.LOCK_OUT, "DeleteAccessKey", UserName="mallory", AccessKeyId="AKIAIOSFODNN7EXAMPLE"),
            step(mallory, Phase.LOCK_OUT, "DeleteAccessKey", UserName="mallory", AccessKeyId="AKIAI44QH8DHBEXAMPLE"),
            step(mallory, Phase.LOCK_OUT, "DeleteLoginProfile", UserName="mallory"),
            step(mallory, Phase.DELETE, "DeleteUser", UserName="mallory"),
        ),
        Location("iamspec.yaml", 9),
        reason="absent in the spec, and created before 2026-11-23",
    )


def reviewed(plan: Plan, *complaints: Complaint) -> Review:
    """The review of a plan for an account without entities."""
    access = AccountAccess(Live(plan.account, Caller("", plan.account.id), {}))
    return Review(plan, access, access, complaints=complaints)


def full() -> Review:
    plan = Plan(
        account=ACCOUNT,
        spec_digest="sha256:" + "0" * 64,
        changes=(
            created_policy(),
            updated_policy(),
            blocked_policy(),
            created_group(),
            updated_user(),
            deleted_user(),
        ),
        undeclared=(user("zoe"), policy("forgotten"), user("bob")),
        strays=((user("bob"), group("developers")),),
        kept=(
            Kept(user("ci"), "absent, but out of scope: scope does not name it"),
            Kept(policy("lambda"), "role/Lambda, which the spec does not manage, attaches it", held=True),
        ),
        alarms=("user/eve: AWS has attached AWSCompromisedKeyQuarantineV3: an access key of this user has leaked",),
        notes=("user/alice: a quota leaves no room, so 1 of its grants are taken away before the new ones",),
        fingerprints={"user/alice": "sha256:" + "a" * 64, "group/developers": "absent"},
        connections={user("alice"): frozenset({group("admins"), policy("deploy-artifacts")})},
        skipped=(user("carol"),),
    )
    return reviewed(
        plan,
        Complaint(
            "boundary",
            user("alice"),
            "its boundary b would come off because the spec has no line for it",
            change="b" * 40,
        ),
        Complaint(
            "mass-delete",
            None,
            "6 users would be deleted, more than guards.max_deletes: 5",
            allowed=True,
            change="c" * 40,
        ),
        Complaint("protected", user("mallory"), f"is protected {HOSTILE}", change="d" * 40),
    )


def clean() -> Review:
    return reviewed(Plan(account=Account("123456789012", "aws", "acme"), spec_digest="sha256:" + "0" * 64))


def small() -> Review:
    return reviewed(Plan(account=Account("123456789012"), spec_digest="sha256:" + "0" * 64, changes=(created_group(),)))


def ended() -> list[Outcome]:
    """The outcomes of the full plan: two calls failed, and one call was held back."""
    fates = {
        "CreateGroup": (Status.FAILED, "CreateGroup: LimitExceeded: Cannot exceed quota\x1b[0m (request 4f2c)"),
        "AttachGroupPolicy": (Status.HELD, "group/developers could not be made"),
        "AddUserToGroup": (Status.FAILED, "AddUserToGroup: AccessDenied: not authorized"),
        "DeleteLoginProfile": (Status.DONE, "was gone already"),
    }
    return [Outcome(one, *fates.get(one.call.operation, (Status.DONE, ""))) for one in full().steps]


def changed(review: Review, *, impact: Impact | None = None, complaints: Any = None, **fields: Any) -> Review:
    """The review with other fields of its plan, or of its own."""
    own = {name: value for name, value in (("impact", impact), ("complaints", complaints)) if value is not None}
    return replace(review, plan=replace(review.plan, **fields), **own)
