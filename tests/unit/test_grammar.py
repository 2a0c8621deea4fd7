"""What IAM refuses in the structure of a policy document is found, in words that help."""

from typing import Any

import pytest
from documents import HINT, STATEMENT, TRUST, condition, document, found, found_in, statement

from iamspec.policy.grammar import Finding, check, place

# What is no policy document is not quoted


@pytest.mark.parametrize("data", [None, True, 7, 1.5, "root:x:0:0", ["root:x:0:0"], [document(STATEMENT)]])
def test_what_is_no_object_is_told_without_its_content(data: Any) -> None:
    assert check(data) == [Finding((), f"this is no policy document, since it is no object; {HINT}")]


@pytest.mark.parametrize(
    "data", [{}, {"password": "hunter2"}, {"Version": "hunter2"}, {"statement": "hunter2", "é€": None}]
)
def test_an_object_without_a_statement_is_told_without_its_content(data: Any) -> None:
    assert check(data) == [Finding((), f"this is no policy document, since it has no Statement; {HINT}")]


# Elements of the document


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_both_versions_of_the_language_are_taken(version: str) -> None:
    assert found(document(STATEMENT, Version=version)) == []


def test_a_document_without_version_is_taken() -> None:
    assert found({"Statement": [STATEMENT]}) == []


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("2012-10-18", '"2012-10-18"'),
        ("", '""'),
        (20121017, "the number 20121017"),
        (None, "null"),
        (["2012-10-17"], "a list"),
    ],
)
def test_another_version_is_refused(version: Any, shown: str) -> None:
    message = f'Version is {shown}; write "2012-10-17" (or the older "2008-10-17")'
    assert found(document(STATEMENT, Version=version)) == [("Version", message)]


def test_an_id_is_text() -> None:
    assert found(document(STATEMENT, Id="any text, with é")) == []
    assert found(document(STATEMENT, Id=7)) == [("Id", "Id is the number 7; write a text, or leave it out")]


def test_an_unknown_element_is_told_with_the_nearest_known_one() -> None:
    data = document(statement(Resources="*", effect="Allow"), Sttement=[], Comment="why")
    assert found(data) == [
        ("Sttement", '"Sttement" is not known in a policy document; did you mean "Statement"?'),
        ("Comment", '"Comment" is not known in a policy document; known are Version, Id, Statement'),
        ("Statement[0].Resources", '"Resources" is not known in a statement; did you mean "Resource"?'),
        ("Statement[0].effect", '"effect" is not known in a statement; did you mean "Effect"?'),
    ]


@pytest.mark.parametrize(
    ("value", "where", "message"),
    [
        ([], "Statement", "Statement is an empty list; write at least one statement"),
        (None, "Statement", "Statement is null; write an object or a list of objects"),
        ("Allow", "Statement", 'Statement is "Allow"; write an object or a list of objects'),
        (["afd"], "Statement[0]", 'a statement is "afd"; write an object with Effect, Action and Resource'),
        ([STATEMENT, []], "Statement[1]", "a statement is a list; write an object with Effect, Action and Resource"),
    ],
)
def test_a_statement_is_an_object_or_a_list_of_objects(value: Any, where: str, message: str) -> None:
    assert found({"Version": "2012-10-17", "Statement": value}) == [(where, message)]


# Elements of a statement


def test_all_that_a_statement_lacks_is_told_at_the_statement() -> None:
    assert found(document(STATEMENT, {})) == [
        ("Statement[1]", 'the statement has no Effect; write "Allow" or "Deny"'),
        ("Statement[1]", "the statement has neither Action nor NotAction; write one of them"),
        ("Statement[1]", "the statement has neither Resource nor NotResource; write one of them"),
    ]


def test_action_excludes_not_action_and_resource_excludes_not_resource() -> None:
    assert found_in(NotAction="s3:*", NotResource="*") == [
        ("Statement.NotAction", "the statement has both Action and NotAction; keep one of them"),
        ("Statement.NotResource", "the statement has both Resource and NotResource; keep one of them"),
    ]


def test_not_action_and_not_resource_stand_for_action_and_resource() -> None:
    assert found_in(Action=..., NotAction="s3:*", Resource=..., NotResource=["*"]) == []


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ("allow", 'Effect is "allow"; write "Allow" or "Deny", in exactly this case'),
        ("DENY", 'Effect is "DENY"; write "Allow" or "Deny", in exactly this case'),
        ("Permit", 'Effect is "Permit"; write "Allow" or "Deny"'),
        (True, 'Effect is true; write "Allow" or "Deny"'),
        (["Allow"], 'Effect is a list; write "Allow" or "Deny"'),
        ({}, 'Effect is an object; write "Allow" or "Deny"'),
    ],
)
def test_effect_is_allow_or_deny(effect: Any, message: str) -> None:
    assert found_in(Effect=effect) == [("Statement.Effect", message)]


@pytest.mark.parametrize("sid", ["", "Upload", "1", "a" * 500])
def test_letters_and_digits_make_a_sid(sid: str) -> None:
    assert found_in(Sid=sid) == []


@pytest.mark.parametrize(
    ("sid", "shown"), [("Allow uploads", '"Allow uploads"'), ("a-b", '"a-b"'), ("é", '"é"'), ("a\n", r'"a\n"')]
)
def test_other_characters_make_no_sid(sid: str, shown: str) -> None:
    assert found_in(Sid=sid) == [("Statement.Sid", f"Sid is {shown}; write letters A to Z and digits only")]


def test_a_sid_is_text() -> None:
    assert found_in(Sid=[]) == [("Statement.Sid", "Sid is a list; write a text of letters and digits, or leave it out")]


def test_a_sid_is_used_once_in_a_document() -> None:
    data = document(statement(Sid="A"), statement(Sid=""), statement(Sid="a"), statement(Sid=""), statement(Sid="A"))
    message = 'Sid "A" is that of Statement[0] too; write a Sid only once in a document'
    assert found(data) == [("Statement[4].Sid", message)]


# Principals: a policy of an identity has none, a trust policy has one and no resource


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_an_identity_policy_names_no_principal(element: str) -> None:
    message = f"{element} is not allowed in an identity policy; remove it"
    assert found_in(**{element: "*"}) == [(f"Statement.{element}", message)]


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "123456789012"},
        {"AWS": ["*"], "Service": "x.amazonaws.com", "Federated": "y", "CanonicalUser": "z"},
    ],
)
def test_a_trust_policy_names_principals(principal: Any) -> None:
    assert found(document({**TRUST, "Principal": principal}), trust=True) == []


def test_a_trust_policy_has_a_principal_and_no_resource() -> None:
    message = "Resource is not allowed in a trust policy; remove it"
    assert found(document(STATEMENT), trust=True) == [
        ("Statement[0]", "the statement has neither Principal nor NotPrincipal; write one of them"),
        ("Statement[0].Resource", message),
    ]


@pytest.mark.parametrize(
    ("principal", "where", "message"),
    [
        ("alice", "", 'Principal is "alice"; write an object such as {"AWS": "123456789012"}, or "*"'),
        ({}, "", 'Principal is an object; write an object such as {"AWS": "123456789012"}, or "*"'),
        ({"Aws": "*"}, ".Aws", '"Aws" is not known in a principal; did you mean "AWS"?'),
        ({"AWS": []}, ".AWS", "AWS is an empty list; name at least one"),
        ({"AWS": ""}, ".AWS", 'AWS "" names no principal; write an ARN, an account id or a service'),
        ({"AWS": 123456789012}, ".AWS", "AWS is the number 123456789012; write a text or a list of texts"),
    ],
)
def test_another_principal_is_refused(principal: Any, where: str, message: str) -> None:
    data = document({**TRUST, "Principal": principal})
    assert found(data, trust=True) == [(f"Statement[0].Principal{where}", message)]


# Characters


def test_characters_beyond_latin_1_are_refused_wherever_they_stand() -> None:
    data = document(
        statement(Resource="arn:aws:s3:::b/–", Condition={"StringLike": {"aws:Clé€": ["é\t\n\r ÿ", "\x00"]}}), Id="…"
    )
    tail = "is not allowed in a policy document; use U+0020 to U+00FF, tab and line ends"
    assert found(data) == [
        ("Id", f"the character U+2026 {tail}"),
        ("Statement[0].Resource", f"the character U+2013 {tail}"),
        ("Statement[0].Condition.StringLike.aws:Clé€", f"in the key the character U+20AC {tail}"),
        ("Statement[0].Condition.StringLike.aws:Clé€[1]", f"the character U+0000 {tail}"),
    ]


def test_a_number_that_json_does_not_have_is_refused() -> None:
    message = "nan is no number that JSON has; write a finite one"
    assert condition("StringEquals", float("nan")) == [("Statement.Condition.StringEquals.aws:Key", message)]


# Messages


def test_a_message_quotes_at_most_eighty_characters_and_no_control_characters() -> None:
    ((_, message),) = found_in(Sid="-" * 1000)
    assert message == f'Sid is "{"-" * 79}…"; write letters A to Z and digits only'
    ((_, message),) = found_in(Sid="\x9b31m\n")
    assert message == r'Sid is "\x9b31m\n"; write letters A to Z and digits only'


def test_a_number_too_long_to_write_out_is_told_as_such() -> None:
    message = 'Version is a very large number; write "2012-10-17" (or the older "2008-10-17")'
    assert found(document(STATEMENT, Version=-(10**5000))) == [("Version", message)]
    assert condition("NumericEquals", 10**5000) == []


def test_a_place_is_written_as_people_write_it() -> None:
    assert place(("Statement", 2, "Resource")) == "Statement[2].Resource"
    assert place(()) == ""
