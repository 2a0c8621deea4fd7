"""Names, ids, texts and documents as hostile as IAM lets them be (LAWFUL), and more than that (ANY)."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from saml import metadata

from iamspec.policy.limits import tag_value_error

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
NAMES = st.one_of(st.sampled_from(LEGAL), st.text(st.sampled_from("abzAZ019_+=,.@-"), min_size=1, max_size=12))
NOT_NAMES = ["a b", "é", "a/b", "a:b", "x" * 65, "x" * 129, "\n", "a\nprune: true"]
PATHS = ["/", "/", "/", "/", "/a/", "/b.c/d/", "/null/", "/" + "x" * 60 + "/", "/service-role/"]
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
    *[SOUND] * 4,
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
TAGGED = [text for text in TRAPS if tag_value_error(text) is None]
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
METADATA = [metadata(), metadata("urn:x:0042", 2)]


def tags(keys, texts):
    one = st.builds(lambda key, value: {"Key": key, "Value": value}, st.sampled_from(keys), texts)
    return st.lists(one, max_size=3, unique_by=lambda tag: tag["Key"].casefold())


@dataclass(frozen=True)
class Values:
    """The strategies for the values of an account."""

    names: Any
    paths: Any
    documents: Any
    tags: Any
    descriptions: Any
    durations: Any
    metadata: Any
    thumbprints: Any
    trusts: int  # the last trust policies, which IAM does not have


KEYS = [one for one in (*TAGGED, "team") if 0 < len(one) <= 128]
LATIN = st.sampled_from([one for one in TRAPS if one.isprintable() and one.isascii()])
LAWFUL = Values(
    NAMES,
    st.sampled_from(PATHS),
    SOUND,
    tags(KEYS, st.sampled_from(TAGGED)),
    LATIN,
    st.sampled_from([3600, 7200, 43200]),
    st.sampled_from(METADATA),
    st.sampled_from(["0" * 40, "1e5" + "0" * 37]),
    4,
)
ANY = Values(
    st.one_of(NAMES, st.sampled_from(NOT_NAMES)),
    st.sampled_from([*PATHS, "/a//b/", "/~!#/", "no path"]),
    DOCUMENTS,
    tags([*KEYS, "#", "x" * 129], TEXTS),
    TEXTS,
    st.sampled_from([3600, 60]),
    st.sampled_from([*METADATA, "<no metadata/>", "x" * 2000]),
    st.sampled_from(["0" * 40, "ABCDEF" * 6 + "0123", "0" * 39]),
    0,
)
