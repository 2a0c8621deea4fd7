"""What import writes is what validate reads, for accounts whose names, ids and texts are as hostile as a file may hold."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from iamspec.cli import main
from iamspec.desired.source import Plain, dump, parse_yaml, plain
from iamspec.live.snapshot import SnapshotReader, parse
from iamspec.policy.limits import tag_value_error

LAW = settings(
    max_examples=int(os.environ.get("IAMSPEC_IMPORTS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)

# Values


TRAPS = (
    *("null", "~", "true", "FALSE", "yes", "NO", "on", "y", "n", "", "0", "00", "012", "0o17", "0x1F", "1_000", "1e5"),
    *("12:30", "2026-01-01", "2012-10-17", ".5", "-1", "+1", ".inf", ".nan", "<<", "=", "-", "?", ":", "#", "- a"),
    *(
        "a: b",
        "a #b",
        "&a",
        "*a",
        "!t",
        "|",
        ">",
        "%",
        "@",
        "`",
        "{a: b}",
        "[a]",
        "'",
        '"',
        "\\",
        "---",
        "...",
        "{{x}}",
    ),
    *(
        " a",
        "a ",
        "a\n",
        "\na",
        "a\n\nb",
        " a\nb",
        "a \nb",
        "\ta",
        "a\r\nb",
        "é\u00ff",
        "\u0085",
        "\u2028",
        "\ufeff",
        "東京",
    ),
    *("${iamspec:account_id}", "${aws:username}", "${", "x" * 120, "a " * 80, "::error::x", "##[x]"),
)
TEXTS = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=10
)


def typed(value):
    """The texts in a tree that a field could take for null, a flag or a number."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = isinstance(value, Plain) and (value in {"", "~", "null", "true", "false"} or value.isdecimal())
    return [*([str(value)] if here else []), *(one for each in inner for one in typed(each))]


@settings(LAW, max_examples=300)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3))
def test_text_that_is_written_is_read_as_the_same_text(value):
    """Kills: 012345678901 as a number, `on` as a flag, a key of `<<`, texts that are folded into others."""
    data = parse_yaml(dump(value), "spec.yaml").data
    assert (plain(data), typed(data)) == (value, [])


# Accounts


IDS = st.sampled_from(["123456789012", "012345678901", "000000000000", "012345670123", "999999999999"])
LEGAL = (
    *(
        "null",
        "true",
        "NO",
        "on",
        "y",
        "0042",
        "123456789012",
        "2026-01-01",
        "1e5",
        "0x1F",
        "-",
        "=",
        "@",
        ",",
        "+",
        ".",
    ),
    *("..", ".hidden", "a.yaml", "CON", "iamspec", "users", "A", "a+=,.@-_b", "x" * 64),
)
NAMES = st.one_of(
    st.sampled_from(LEGAL),
    st.text(st.sampled_from("abzAZ019_+=,.@-"), min_size=1, max_size=12),
    st.sampled_from(
        [*LEGAL, "a b", "é", "a/b", "a:b", "x" * 65, "x" * 129, "\n", "a\nprune: true"]
    ),  # not all are IAM's
)
PATHS = st.sampled_from(
    [
        "/",
        "/",
        "/",
        "/",
        "/a/",
        "/b.c/d/",
        "/a//b/",
        "/null/",
        "/~!#/",
        "/" + "x" * 60 + "/",
        "/service-role/",
        "no path",
    ]
)
CONDITIONS = st.dictionaries(
    st.sampled_from(
        ["StringEquals", "Bool", "IpAddress", "NumericLessThan", "Null", "Nonsense", "ForAllValues:StringLike"]
    ),
    st.dictionaries(
        st.sampled_from(["aws:x", "aws:TagKeys", "null", "s3:max-keys"]),
        st.one_of(
            TEXTS, st.booleans(), st.integers(), st.lists(TEXTS, max_size=3), st.none(), st.sampled_from([1.5, 1e300])
        ),
        max_size=2,
    ),
    max_size=2,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": st.sampled_from(["", "Sid1", "null", "0042"]),
        "Action": st.sampled_from(["*", "s3:GetObject", ["s3:*"], ["iam:*", "ec2:Run*"], "nonsense"]),
        "Resource": st.sampled_from(
            ["*", "arn:aws:s3:::b/*", ["arn:aws:s3:::b/${aws:username}"], "${iamspec:account_id}"]
        ),
        "Condition": CONDITIONS,
    },
)
SOUND = st.sampled_from(
    [
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]},
        {
            "Statement": {
                "Effect": "Deny",
                "NotAction": ["iam:*"],
                "Resource": "*",
                "Condition": {"Bool": {"aws:x": True}},
            }
        },
        {
            "Version": "2012-10-17",
            "Id": "no",
            "Statement": {"Sid": "", "Effect": "Allow", "Action": "*", "Resource": ["*"]},
        },
    ]
)
DOCUMENTS = st.one_of(
    SOUND,
    SOUND,
    SOUND,
    SOUND,
    st.builds(
        lambda version, found: {"Version": version, "Statement": found},
        st.sampled_from(["2012-10-17", "2008-10-17", "2099-01-01", 1]),
        st.lists(STATEMENTS, min_size=1, max_size=2),
    ),
    st.sampled_from(
        [
            *({}, [], "text", None, {"file": "secret.json"}, {"document": {}, "expires": "2020-01-01"}),
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "x" * 7000}]},
            {"Version": "2012-10-17", "Statement": json.loads("[" * 60 + "]" * 60)},
        ]
    ),
)
TRUSTS = st.sampled_from(
    [
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action, **more}]}
        for principal, action, more in (
            ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", {}),
            ({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, "sts:AssumeRole", {"Sid": ""}),
            ({"AWS": "arn:aws:iam::210987654321:role/ci/deployer"}, ["sts:AssumeRole", "sts:TagSession"], {}),
            ({"AWS": "AROAEXAMPLEID1234567"}, "sts:AssumeRole", {}),
            ({"AWS": "arn:aws:iam::12345678901:root"}, "sts:AssumeRole", {}),
            ("*", "s3:*", {"Resource": "*"}),
            ({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity", {}),
            ({"AWS": "*"}, "sts:AssumeRole", {"Condition": {"StringEquals": {"sts:ExternalId": "${iamspec:no}"}}}),
        )
    ]
    + [{}, "no document", {"Statement": {"Effect": "Allow", "Principal": {"AWS": "210987654321"}}}]
)
TAGGED = [text for text in TRAPS if tag_value_error(text) is None]
TAGS = st.lists(
    st.builds(
        lambda key, value: {"Key": key, "Value": value},
        st.sampled_from([*filter(None, TAGGED), "team", "#", "x" * 129]),
        st.one_of(st.sampled_from(TAGGED), TEXTS),
    ),
    max_size=3,
    unique_by=lambda tag: tag["Key"].casefold(),
)
AWS = ("ReadOnlyAccess", "job-function/Billing", "AWSCompromisedKeyQuarantineV2", "nowhere/Nothing")
RULES = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"MinimumPasswordLength": st.sampled_from([6, 14, 128, 3])},
        optional={
            "RequireSymbols": st.booleans(),
            "MaxPasswordAge": st.sampled_from([0, 90, 4000]),
            "HardExpiry": st.booleans(),
        },
    ),
)


@st.composite
def accounts(draw):
    """An account at rest as `iamspec snapshot` writes it, with references between its entities."""
    account = draw(IDS)
    own = f"arn:aws:iam::{account}:"

    def unique():
        return st.lists(NAMES, max_size=4, unique_by=str.casefold)

    policies = [(name, draw(PATHS)) for name in draw(unique()) if "/" not in name]
    arns = [f"{own}policy{path}{name}" for name, path in policies] + [f"arn:aws:iam::aws:policy/{name}" for name in AWS]
    groups = draw(unique())

    def inline(section):
        names = st.lists(NAMES, max_size=2, unique_by=str.casefold)
        return {section: [{"PolicyName": name, "PolicyDocument": draw(DOCUMENTS)} for name in draw(names)]}

    def attached():
        return {
            "AttachedManagedPolicies": [
                {"PolicyArn": arn} for arn in draw(st.lists(st.sampled_from(arns), unique=True, max_size=3))
            ]
        }

    def user(name):
        path = draw(PATHS)
        bound = draw(st.one_of(st.none(), st.sampled_from(arns)))
        return {
            "UserName": name,
            "Path": path,
            "Arn": f"{own}user{path}{name}",
            "UserId": "AIDA1",
            "Tags": draw(TAGS),
            "GroupList": draw(st.lists(st.sampled_from(groups), unique=True)) if groups else [],
            **({"PermissionsBoundary": {"PermissionsBoundaryArn": bound}} if bound else {}),
            **inline("UserPolicyList"),
            **attached(),
        }

    def group(name):
        path = draw(PATHS)
        return {
            "GroupName": name,
            "Path": path,
            "Arn": f"{own}group{path}{name}",
            **inline("GroupPolicyList"),
            **attached(),
        }

    profiles = [(name, draw(PATHS)) for name in draw(unique()) if "/" not in name]

    def role(name, held):
        path = draw(st.one_of(PATHS, st.sampled_from(["/service-role/", "/aws-service-role/x.amazonaws.com/"])))
        return {
            "RoleName": name,
            "Path": path,
            "Arn": f"{own}role{path}{name}",
            "RoleId": "AROA1",
            "AssumeRolePolicyDocument": draw(TRUSTS),
            "Tags": draw(TAGS),
            "InstanceProfileList": [profile(*held)] if held else [],
            **inline("RolePolicyList"),
            **attached(),
        }

    def profile(name, path):
        return {"InstanceProfileName": name, "Path": path, "Arn": f"{own}instance-profile{path}{name}"}

    def policy(name, path):
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": draw(DOCUMENTS)}
        return {"PolicyName": name, "Path": path, "Arn": f"{own}policy{path}{name}", "PolicyVersionList": [version]}

    extras = {f"{own}policy{path}{name}": {"Tags": draw(TAGS), "Description": draw(TEXTS)} for name, path in policies}
    listed = [{**profile(*one), "Tags": draw(TAGS)} for one in profiles]
    held = [*draw(st.lists(st.sampled_from(profiles), unique=True)), None, None, None, None] if profiles else [None] * 4
    return {
        "format_version": 1,
        "account": {
            "id": account,
            "partition": "aws",
            "alias": draw(st.sampled_from([None, "acme", "on", "no--alias", "0042"])),
        },
        "details": {
            "UserDetailList": [user(name) for name in draw(unique())],
            "GroupDetailList": [group(name) for name in groups],
            "RoleDetailList": [role(name, one) for name, one in zip(draw(unique()), held, strict=False)],
            "Policies": [policy(name, path) for name, path in policies],
        },
        "policies": {arn: {key: one for key, one in extra.items() if one} for arn, extra in extras.items()},
        "password_policy": draw(RULES),
        **({"lists": {"ListInstanceProfiles": {"InstanceProfiles": listed}}} if draw(st.booleans()) else {}),
    }


@pytest.fixture
def quiet(capsys):
    """Lets the output of each example go."""
    return capsys.readouterr


@LAW
@given(accounts())
def test_an_import_is_valid_and_the_plan_after_it_is_empty(quiet, account):
    """Kills: an id that becomes a number, a name that is a path, a document that validate refuses, a hidden file."""
    with tempfile.TemporaryDirectory() as folder:
        raw, spec, text = Path(folder, "raw.json"), Path(folder, "spec"), Path(folder, "text.yaml")
        raw.write_text(json.dumps(account), encoding="utf-8")
        asked = ["import", "--snapshot", str(raw), *(["--roles"] if account["details"]["RoleDetailList"] else [])]
        assert main([*asked, "--out", str(spec)]) == 0
        quiet()
        assert main(asked) == 0
        text.write_text(quiet().out, encoding="utf-8")
        below = [one for one in Path(folder).rglob("*") if one.is_file() and one not in {raw, text}]
        assert [one for one in below if one.suffix != ".yaml" or one.name.startswith(".")] == []
        for path in (spec, text):
            codes = [
                main(["validate", str(path)]),
                main(["plan", str(path), "--snapshot", str(raw), "--detailed-exitcode"]),
            ]
            assert codes == [0, 0], quiet()


@LAW
@given(accounts())
def test_one_entity_is_imported_as_validly_as_all(quiet, account):
    """Kills: an entity to be pasted into a spec that validate refuses."""
    live = SnapshotReader(parse(json.dumps(account), "raw.json"))
    with tempfile.TemporaryDirectory() as folder:
        raw, spec = Path(folder, "raw.json"), Path(folder, "spec.yaml")
        raw.write_text(json.dumps(account), encoding="utf-8")
        for policy in live.snapshot.details["Policies"][:2]:
            name = policy["Arn"].rpartition("/")[2]
            if set("*?") & set(name) or main(["import", "--snapshot", str(raw), f"policy/{name}"]):
                continue
            printed = quiet().out
            if "\npolicies:\n" in f"\n{printed}":
                spec.write_text(printed, encoding="utf-8")
                assert main(["validate", str(spec)]) == 0, quiet()
