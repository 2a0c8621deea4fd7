"""Accounts as they are found: imported from captures, held against the import, and captures that are none."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from iamspec.cli import main

OWN = "arn:aws:iam::123456789012:"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
OLD = {"Statement": {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}}
QUOTED = {
    "Version": "2012-10-17",
    "Id": "x y",
    "Statement": {
        "Sid": "",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": ["arn:aws:s3:::b/${aws:username}"],
        "Condition": {
            "Bool": {"aws:SecureTransport": True},
            "NumericLessThan": {"s3:max-keys": 10},
            "StringLike": {"aws:x": ["a: b", "# no", "- x", "yes", "0042", "multi\nline ", "é ÿ"]},
        },
    },
}
NAMES = [  # legal, and something else to YAML, to a shell or to a file system
    *("a+=,.@-_b", "null", "true", "0042", "2026-01-01", "yes", "123456789012", "1e5", "-dash", "=eq", "@at", ",comma"),
    *("+plus", "a.yaml", "CON", ".hidden", "_.hidden", "__.hidden", ".", "..", "x-y", "A"),
]


def policy(name, document=ALLOW, path="/", **more):
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
    return {"PolicyName": name, "Path": path, "Arn": f"{OWN}policy{path}{name}", "PolicyVersionList": [version], **more}


def held(*names):
    return [{"PolicyName": name.rpartition("/")[2], "PolicyArn": f"{OWN}policy/{name}"} for name in names]


def versions(default, *numbers):
    """The newest is not the one that counts."""
    return [
        {
            "VersionId": f"v{number}",
            "IsDefaultVersion": number == default,
            "Document": ALLOW if number == default else OLD,
        }
        for number in numbers
    ]


ODD = {
    "UserDetailList": [
        {"UserName": "bare", "Arn": f"{OWN}user/bare"},
        {
            "UserName": "svc",
            "Path": "/service-role/",
            "Arn": f"{OWN}user/service-role/svc",
            "AttachedManagedPolicies": held("service-role/lambda"),
        },
        {
            "UserName": "tagged",
            "Path": "/t/",
            "Arn": f"{OWN}user/t/tagged",
            "GroupList": ["g"],
            "Tags": [
                {"Key": "büro key", "Value": "東京 : x"},
                {"Key": "empty", "Value": ""},
                {"Key": "n", "Value": "null"},
                {"Key": "o", "Value": "012"},
                {"Key": "aws:cloudformation:stack-name", "Value": "s"},
                {"Key": "iamspec:protected", "Value": "1"},
            ],
            "PermissionsBoundary": {"PermissionsBoundaryArn": f"{OWN}policy/service-role/lambda"},
            "AttachedManagedPolicies": [
                *held("service-role/lambda", "a/b/five"),
                {"PolicyArn": "arn:aws:iam::aws:policy/job-function/Billing"},
                {"PolicyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"},
            ],
            "UserPolicyList": [
                {"PolicyName": "iamspec-expiry", "PolicyDocument": ALLOW},
                {"PolicyName": "text", "PolicyDocument": json.dumps(OLD)},
                {"PolicyName": "encoded", "PolicyDocument": quote(json.dumps(ALLOW))},
            ],
        },
        {"UserName": "sso", "Path": "/aws-reserved/x/", "Arn": f"{OWN}user/aws-reserved/x/sso"},
    ],
    "GroupDetailList": [
        {"GroupName": "g", "Arn": f"{OWN}group/g", "GroupPolicyList": [{"PolicyName": "w", "PolicyDocument": QUOTED}]}
    ],
    "RoleDetailList": [
        {
            "RoleName": "r",
            "Path": "/",
            "Arn": f"{OWN}role/r",
            "PermissionsBoundary": {"PermissionsBoundaryArn": f"{OWN}policy/bound"},
            "AttachedManagedPolicies": held("bound"),
        }
    ],
    "Policies": [
        policy("five", path="/a/b/", PolicyVersionList=versions(3, 9, 8, 7, 4, 3)),
        policy("lambda", path="/service-role/"),
        policy("bound"),
        policy("old", OLD),
        policy("quoted", QUOTED),
        policy("without-document", None),
        {"PolicyName": "without-versions", "Arn": f"{OWN}policy/without-versions"},
    ],
}
NAMED = {
    "UserDetailList": [{"UserName": name, "Arn": f"{OWN}user/{name}"} for name in NAMES],
    "GroupDetailList": [{"GroupName": name, "Arn": f"{OWN}group/{name}"} for name in NAMES],
    "RoleDetailList": [],
    "Policies": [policy(name) for name in NAMES],
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(capture):
    Path("raw.json").write_text(json.dumps(capture), encoding="utf-8")
    return "raw.json"


def imported(capture, drift=0):
    """The import of a capture in `spec`, against which nothing is to be done."""
    raw = saved(capture)
    assert main(["import", "--snapshot", raw, "--out", "spec"]) == 0
    codes = [
        main(["validate", "spec"]),
        main(["plan", "spec", "--snapshot", raw, "--detailed-exitcode"]),
        main(["drift", "spec", "--snapshot", raw]),
    ]
    assert codes == [0, 0, drift]
    return sorted(str(path.relative_to("spec")) for path in Path("spec").rglob("*.yaml"))


def test_whatever_a_name_looks_like_it_is_imported_as_what_it_is(capsys):
    """Kills: names that YAML takes for numbers or dates, files that are hidden, two policies in one file."""
    files = imported(NAMED)
    count = len(NAMES)
    assert f"ok: {count} users, {count} groups, {count} policies\n" in capsys.readouterr().err
    assert [name for name in files if "/." in name or name.count("/") > 1] == []
    assert len(files) == count + 3


LEFT_OUT = """\
# Left out:
#   policy/without-document: its document is not known, so it is external
#   policy/without-versions: its document is not known, so it is external
#   user/tagged: AWSCompromisedKeyQuarantineV3, which AWS attached because a key leaked, is left out and left attached
#   policy/lambda: /service-role/ is where AWS services put what they make
#   1 role: `iamspec import --roles` writes roles, too
#   identity providers and instance profiles were not read: `iamspec import --roles` writes them, too
version: 1
"""
USERS = """\
users:
  bare: {}
  sso:
    path: /aws-reserved/x/
  svc:
    path: /service-role/
    policies: [lambda]
  tagged:
    path: /t/
    tags:
      büro key: '東京 : x'
      empty: ''
      'n': 'null'
      o: '012'
    groups: [g]
    policies: ['aws:job-function/Billing', five, lambda]
    inline_policies:
      encoded:
        Version: '2012-10-17'
        Statement:
        - Effect: Allow
          Action: s3:GetObject
          Resource: '*'
      text:
        Statement:
          Effect: Allow
          Action: ['s3:*']
          Resource: '*'
    permissions_boundary: lambda
"""


def test_an_account_with_a_past_is_imported_as_far_as_it_is_ours():
    names = ("bound", "five", "lambda", "old", "quoted", "without-document", "without-versions")
    assert imported(ODD, drift=2) == [  # the key that leaked
        "groups.yaml",
        "iamspec.yaml",
        *(f"policies/{name}.yaml" for name in names),
        "users.yaml",
    ]
    assert LEFT_OUT in Path("spec/iamspec.yaml").read_text(encoding="utf-8")
    assert Path("spec/users.yaml").read_text(encoding="utf-8") == USERS
    assert Path("spec/policies/lambda.yaml").read_text(encoding="utf-8") == "policies:\n  lambda:\n    external: true\n"


@pytest.mark.parametrize("made", ["full/.gitkeep", "full/users.yaml", "full"])
def test_an_import_overwrites_nothing(made, capsys):
    Path(made).parent.mkdir(exist_ok=True)
    Path(made).write_text("mine", encoding="utf-8")
    assert main(["import", "--snapshot", saved(NAMED), "--out", "full"]) == 1
    assert capsys.readouterr().err == "error: full is not an empty folder; import overwrites nothing\n"
    assert Path(made).read_text(encoding="utf-8") == "mine"


def test_one_entity_is_printed_ready_to_be_pasted(capsys):
    assert main(["import", "--snapshot", saved(ODD), "user/BARE", "policy/bou*"]) == 0
    document = "Version: '2012-10-17'\n      Statement:\n      - Effect: Allow\n        Action: s3:GetObject\n        Resource: '*'\n"
    printed = f"policies:\n  bound:\n    document:\n      {document}users:\n  bare: {{}}\n"
    assert capsys.readouterr() == (printed, "")


def with_user(**more):
    user = {"UserName": "a", "Arn": f"{OWN}user/a", **more}
    return {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}


def without(section):
    return {key: value for key, value in with_user().items() if key != section}


PART = "this is part of an account, not the account; take it again without"


OTHERS = "written neither by `iamspec snapshot` nor by `aws iam get-account-authorization-details`"
SNAPSHOT = {"format_version": 1, "account": {"id": "123456789012"}, "details": without("nothing")}
DEEP = json.loads("[" * 200 + "]" * 200)
FAULTY = {
    "no object": ([], f"this was {OTHERS}"),
    "something else": ({"Users": []}, f"this was {OTHERS}"),
    "one page": (
        {**with_user(), "IsTruncated": True},
        "IsTruncated is true: this is one page of an account, not the account",
    ),
    "a token": ({**with_user(), "NextToken": "x"}, f"NextToken is there: {PART} --max-items"),
    "no roles": (without("RoleDetailList"), f"RoleDetailList is missing: {PART} --filter"),
    "no lists": ({**SNAPSHOT, "details": {}}, f"UserDetailList is missing: {PART} --filter"),
    "a group elsewhere": (
        with_user(GroupList=["devs"]),
        f"UserDetailList[0] (a) is in the group devs, which is missing: {PART} --filter",
    ),
    "a policy elsewhere": (
        with_user(AttachedManagedPolicies=held("p")),
        f"UserDetailList[0] (a) holds {OWN}policy/p, which is missing: {PART} --filter",
    ),
    "a boundary elsewhere": (
        with_user(PermissionsBoundary={"PermissionsBoundaryArn": f"{OWN}policy/p"}),
        f"UserDetailList[0] (a) holds {OWN}policy/p, which is missing: {PART} --filter",
    ),
    "two users of a name": (
        {**with_user(), "UserDetailList": [*with_user()["UserDetailList"], {"UserName": "A", "Arn": f"{OWN}user/A"}]},
        "UserDetailList[1] (A) has the name of UserDetailList[0]: this is more than an account; take it again in one call",
    ),
    "a surrogate": (
        with_user(Tags=[{"Key": "k", "Value": "\ud800"}]),
        "UserDetailList[0].Tags[0].Value holds half of a surrogate pair",
    ),
    "an odd key": (with_user(**{"x\udfff": 1}), "UserDetailList[0].x\\udfff holds half of a surrogate pair"),
    "too deep": (with_user(Other=DEEP), "UserDetailList[0].Other is too deep"),
    "an id": ({**SNAPSHOT, "account": {"id": "1"}}, "account.id is no account id of 12 digits"),
    "an alias": ({**SNAPSHOT, "account": {"id": "123456789012", "alias": 1}}, "account.alias is no text"),
    "nobody": ({"UserDetailList": []}, "no entity has an ARN, so the account is unknown"),
    "no names": ({"UserDetailList": [{"Arn": f"{OWN}user/a"}]}, "UserDetailList[0] has no UserName"),
    "tags": (with_user(Tags="x"), "UserDetailList[0].Tags is no list"),
    "a tag": (with_user(Tags=[{"Key": "k"}]), "UserDetailList[0].Tags[0] has no Value"),
    "groups": (with_user(GroupList=[1]), "UserDetailList[0].GroupList is no list of names"),
    "attached": (
        with_user(AttachedManagedPolicies=[{}]),
        "UserDetailList[0].AttachedManagedPolicies[0] has no PolicyArn",
    ),
    "inline": (with_user(UserPolicyList=["x"]), "UserDetailList[0].UserPolicyList[0] has no PolicyName"),
    "boundary": (with_user(PermissionsBoundary="x"), "UserDetailList[0].PermissionsBoundary is no object"),
    "path": (with_user(Path=1), "UserDetailList[0].Path is no text"),
    "versions": (
        {"Policies": [policy("p", PolicyVersionList=[{}])]},
        "Policies[0].PolicyVersionList[0] has no VersionId",
    ),
    "another format": ({**SNAPSHOT, "format_version": 2}, "format_version is 2; this iamspec reads 1"),
    "extras": ({**SNAPSHOT, "policies": [1]}, "policies is no object of objects"),
    "an extra": ({**SNAPSHOT, "policies": {"p": {"Tags": 1}}}, 'policies["p"].Tags is no list'),
}


@pytest.mark.parametrize(("capture", "message"), FAULTY.values(), ids=FAULTY)
def test_a_file_that_is_no_capture_is_told_as_such(capture, message, capsys):
    """Kills: tracebacks, and accounts that are half read."""
    assert main(["import", "--snapshot", saved(capture)]) == 1
    assert capsys.readouterr() == ("", f"error: raw.json: {message}\n")


@pytest.mark.parametrize("more", [{}, {"IsTruncated": False}, {"NextToken": None}])
def test_a_capture_of_the_cli_that_says_nothing_of_pages_is_whole(more, capsys):
    """Kills: a refusal of what `aws iam get-account-authorization-details` prints, which leaves IsTruncated out."""
    assert main(["import", "--snapshot", saved({**with_user(GroupList=[]), **more})]) == 0
    capsys.readouterr()


def test_a_capture_in_another_encoding_is_told_as_such(capsys):
    Path("raw.json").write_bytes(json.dumps(ODD).encode("utf-16"))
    for words in (["plan", ".", "--snapshot", "raw.json"], ["sandbox", "--load", "raw.json", "--", "true"]):
        Path("iamspec.yaml").write_text("users: {}\n", encoding="utf-8")
        assert main(words) == 1
        assert capsys.readouterr() == ("", "error: raw.json: this is not UTF-8 text\n")


# What cannot be written


LONG = "x" * 7000
HOSTILE = {
    "RoleDetailList": [],
    "UserDetailList": [
        {
            "UserName": "inline",
            "Arn": f"{OWN}user/inline",
            "UserPolicyList": [{"PolicyName": "a b", "PolicyDocument": ALLOW}],
        },
        {"UserName": "holder", "Arn": f"{OWN}user/holder", "AttachedManagedPolicies": held("wrong", "deep")},
        {"UserName": "not a name", "Arn": f"{OWN}user/not a name"},
        {"UserName": "in-it", "Arn": f"{OWN}user/in-it", "GroupList": ["not a group"]},
    ],
    "GroupDetailList": [
        {
            "GroupName": "files",
            "Arn": f"{OWN}group/files",
            "GroupPolicyList": [{"PolicyName": "f", "PolicyDocument": {"file": "x"}}],
        },
        {"GroupName": "not a group", "Arn": f"{OWN}group/not a group"},
    ],
    "Policies": [
        policy("wrong", {"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}),
        policy("deep", {"Version": "2012-10-17", "Statement": json.loads("[" * 60 + "]" * 60)}),
        policy("variable", {**ALLOW, "Id": "${iamspec:account_id}"}),
        policy("sound"),
    ],
}
REASONS = [
    "group/files: inline_policies.f: this is no policy document, since it has no Statement",
    'group/not a group: "not a group" is no name',
    "policy/deep: nested deeper than 40 levels, so it is external",
    'policy/wrong: document.Statement.Effect: Effect is "allow"',
    'user/inline: inline_policies.a b: "a b" is no name',
    'user/not a name: "not a name" is no name',
]


def test_what_cannot_be_written_is_an_external_stub_with_a_comment(capsys):
    """Kills: an import that validate refuses because of one document, or that reads a file that a document names."""
    raw = saved(HOSTILE)
    assert main(["import", "--snapshot", raw, "--out", "spec"]) == 0
    assert [main(["validate", "spec"]), main(["plan", "spec", "--snapshot", raw, "--detailed-exitcode"])] == [0, 0]
    settings = Path("spec/iamspec.yaml").read_text(encoding="utf-8").splitlines()
    assert [reason for reason in REASONS if not any(line.startswith(f"#   {reason}") for line in settings)] == []
    assert "  not a name" not in Path("spec/users.yaml").read_text(encoding="utf-8")
    assert Path("spec/policies/wrong.yaml").read_text(encoding="utf-8") == "policies:\n  wrong:\n    external: true\n"
    assert (
        Path("spec/policies/variable.yaml").read_text(encoding="utf-8")
        == "policies:\n  variable:\n    external: true\n"
    )
    assert "document:" in Path("spec/policies/sound.yaml").read_text(encoding="utf-8")


def test_an_entity_that_names_such_a_stub_is_written_as_it_is():
    """Kills: a stub that takes its holders with it."""
    main(["import", "--snapshot", saved(HOSTILE), "--out", "spec"])
    users = Path("spec/users.yaml").read_text(encoding="utf-8")
    assert "  holder:\n    policies: [deep, wrong]\n" in users
    assert "  in-it:\n    external: true\n" in users


def test_an_account_id_that_begins_with_a_zero_stays_text():
    """Kills: 012345678901 without quotes, which validate refuses."""
    capture = json.loads(json.dumps(NAMED).replace("123456789012:", "012345678901:"))
    imported(capture)
    assert "  id: '012345678901'\n" in Path("spec/iamspec.yaml").read_text(encoding="utf-8")


def test_an_alias_and_rules_that_validate_refuses_are_left_out():
    account = {"id": "123456789012", "alias": "x"}
    imported({**SNAPSHOT, "account": account, "password_policy": {"MinimumPasswordLength": 3}})
    text = Path("spec/iamspec.yaml").read_text(encoding="utf-8")
    assert "#   account.alias: alias: " in text or "#   account.alias: " in text
    assert "#   account.password_policy: minimum_password_length: must be at least 6" in text
    assert "\naccount:\n  id: '123456789012'\n#" in text


def test_an_id_that_is_none_is_refused(capsys):
    """Kills: settings that a file smuggles in through its account."""
    raw = saved({**SNAPSHOT, "account": {"id": "1\nprune: true"}})
    assert main(["import", "--snapshot", raw]) == 1
    assert capsys.readouterr() == ("", "error: raw.json: account.id is no account id of 12 digits\n")


def test_a_large_section_is_several_files(monkeypatch):
    """Kills: a file that validate refuses as too large."""
    monkeypatch.setattr("iamspec.commands.imported.LARGEST", 100)
    files = imported(NAMED)
    assert [name for name in files if name.startswith("users")] == [
        *("users-2.yaml", "users-3.yaml", "users-4.yaml", "users.yaml")
    ]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Null", "user/null"), ("polcy/nul", None), ("user/trueq", "user/true"), ("policy/x-z", "policy/x-y")],
)
def test_a_name_alone_is_no_address(word, meant, capsys):
    """Kills: did you mean "obama"? as the answer to obama."""
    assert main(["import", "--snapshot", saved(NAMED), word]) == 1
    hint = f'; did you mean "{meant}"?' if meant else ""
    assert capsys.readouterr().err == f'error: nothing live is called "{word}"{hint}\n'
