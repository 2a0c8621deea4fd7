"""The sentence of a plan about the access of each user, held against decisions of the evaluator.

`IAMSPEC_EDITS` says how many random edits are tried; the suite tries few.
"""

import copy
import os
from random import Random

import yaml
from fake import ACCOUNT, FakeIam
from vault import delivered

from iamspec.access import questions
from iamspec.access.book import Book
from iamspec.commands import plan as commands
from iamspec.commands.options import Options
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.managed import managed_documents
from iamspec.policy.meaning import Verdict

EDITS = int(os.environ.get("IAMSPEC_EDITS", "12"))
REQUESTS = 200
REAL = (
    "AmazonS3ReadOnlyAccess",
    "AmazonSQSFullAccess",
    "IAMUserChangePassword",
    "CloudWatchReadOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
)
ACTIONS = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteBucket", "s3:ListBucket", "sqs:SendMessage", "sqs:DeleteQueue"),
    *("ec2:DescribeInstances", "ec2:RunInstances", "iam:ChangePassword", "iam:CreateAccessKey", "iam:GetUser"),
    *("logs:GetLogEvents", "cloudwatch:GetMetricData", "sns:Publish", "lambda:InvokeFunction", "sts:AssumeRole"),
)
PATTERNS = (*ACTIONS, "s3:Get*", "s3:*", "sqs:*", "iam:*", "ec2:Describe*", "*", "s3:*Object")
RESOURCES = (
    *("*", "arn:aws:s3:::data/*", "arn:aws:s3:::data", "arn:aws:s3:::dev-*/*", "arn:aws:s3:::home/${aws:username}/*"),
    *("arn:aws:sqs:eu-west-1:123456789012:jobs", "arn:aws:iam::123456789012:user/${aws:username}"),
)
ASKED = (
    *(
        "arn:aws:s3:::data/a",
        "arn:aws:s3:::data",
        "arn:aws:s3:::dev-1/x",
        "arn:aws:s3:::home/u1/y",
        "arn:aws:s3:::other/z",
    ),
    *(
        "arn:aws:sqs:eu-west-1:123456789012:jobs",
        "arn:aws:iam::123456789012:user/u1",
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
    ),
)
CONDITIONS = (
    *(
        {},
        {},
        {},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    ),
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
)
CONTEXTS = [
    {"aws:MultiFactorAuthPresent": (mfa,), "aws:RequestedRegion": (region,), "aws:SourceIp": (address,)}
    for mfa in ("true", "false")
    for region in ("eu-west-1", "us-east-1")
    for address in ("203.0.113.9", "198.51.100.7")
]


def statement(random):
    found = {
        "Effect": random.choices(["Allow", "Deny"], [4, 1])[0],
        random.choices(["Action", "NotAction"], [9, 1])[0]: random.sample(PATTERNS, random.randint(1, 3)),
        "Resource": random.sample(RESOURCES, random.randint(1, 2)),
    }
    condition = random.choice(CONDITIONS)
    return {**found, **({"Condition": condition} if condition else {})}


def document(random):
    return {"Version": "2012-10-17", "Statement": [statement(random) for _ in range(random.randint(1, 3))]}


def account(random):
    """Users in groups, with policies as AWS writes them and as people do, some with a boundary."""
    managed = managed_documents("aws")
    policies = {
        f"like-{name.lower()}": {"document": copy.deepcopy(managed[f"arn:aws:iam::aws:policy/{name}"].data)}
        for name in REAL
    }
    policies |= {f"own-{number}": {"document": document(random)} for number in range(4)}
    policies["bounds"] = {
        "document": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*", "iam:Get*"], "Resource": "*"}],
        }
    }
    names = sorted(policies)
    groups = {f"g{number}": {"policies": random.sample(names, 2)} for number in range(3)}
    users = {
        f"u{number}": {
            "groups": random.sample(sorted(groups), random.randint(0, 2)),
            "policies": random.sample(names, random.randint(0, 2)),
            "permissions_boundary": random.choice([None, None, "bounds"]),
        }
        for number in range(5)
    }
    return {
        "account": {"id": ACCOUNT.id},
        "guards": {"max_revokes": 999},
        "users": users,
        "groups": groups,
        "policies": policies,
    }


def edited(spec, random):
    """The spec after an edit of a document, a boundary or a membership."""
    new = copy.deepcopy(spec)
    what = random.choice(
        ["statement", "statement", "added", "dropped", "condition", "boundary", "membership", "attached"]
    )
    user = new["users"][random.choice(sorted(new["users"]))]
    statements = new["policies"][random.choice(sorted(new["policies"]))]["document"]["Statement"]
    if what in {"statement", "added", "dropped", "condition"} and not isinstance(statements, list):
        return edited(spec, random)
    if what == "statement":
        statements[random.randrange(len(statements))] = statement(random)
    elif what == "added":
        statements.append(statement(random))
    elif what == "dropped" and len(statements) > 1:
        statements.pop(random.randrange(len(statements)))
    elif what == "condition":
        one = random.choice(statements)
        one.pop("Condition", None)
        if condition := random.choice(CONDITIONS):
            one["Condition"] = condition
    elif what == "boundary":
        user["permissions_boundary"] = None if user["permissions_boundary"] else "bounds"
    elif what == "membership":
        user["groups"] = random.sample(sorted(new["groups"]), random.randint(0, 3))
    else:
        user["policies"] = random.sample(sorted(new["policies"]), random.randint(0, 3))
    return new


def planned(spec, iam, folder):
    (folder / "iamspec.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    return commands.plan([str(folder)], iam, Options())


def moved(review, address, random):
    """Whether requests of a user were denied and are allowed, or the other way round, as far as it is certain."""
    book = Book({}, ACCOUNT.id)
    before, after = review.before.powers[address], review.after.powers[address]
    gained = lost = None
    for _ in range(REQUESTS):
        request = Request(random.choice(ACTIONS), random.choice(ASKED), random.choice(CONTEXTS))
        was, becomes = questions.ask(book, before, request).answer, questions.ask(book, after, request).answer
        if (was, becomes) == (Answer.DENIED, Answer.ALLOWED):
            gained = request
        elif (was, becomes) == (Answer.ALLOWED, Answer.DENIED):
            lost = request
    return gained, lost


ALLOWED = {  # whether a request may be gained, and whether one may be lost
    None: (False, False),
    Verdict.COSMETIC: (False, False),
    Verdict.WIDENS: (True, False),
    Verdict.NARROWS: (False, True),
    Verdict.BOTH: (True, True),
    Verdict.OTHER: (True, True),
}


def test_what_a_plan_says_of_a_user_is_what_the_evaluator_decides(tmp_path):
    """Kills: "the same" where a decision changed, "widens" where something is lost, "narrows" where something is gained."""
    wrong, told, changed, edits = [], 0, 0, 0
    for seed in range((EDITS + 11) // 12):
        random = Random(seed)
        spec, iam = account(random), FakeIam()
        delivered(planned(spec, iam, tmp_path), iam)
        assert planned(spec, iam, tmp_path).changes == ()
        for _ in range(12):
            new, edits = edited(spec, random), edits + 1
            review = planned(new, iam, tmp_path)
            effects = {one.address: one.verdict for one in review.impact.principals}
            for address in sorted(one for one in review.after.powers if one.kind == "user"):
                verdict = effects.get(address)
                gained, lost = moved(review, address, random)
                told, changed = told + (verdict is not None), changed + bool(gained or lost)
                may_gain, may_lose = ALLOWED[verdict]
                if (gained and not may_gain) or (lost and not may_lose):
                    wrong.append((seed, str(address), verdict, gained, lost, new))
    assert [one[:5] for one in wrong] == []
    assert told > edits // 4
    assert changed > edits // 8
