"""One statement taken apart: every reader of documents sees the same elements, values and places."""

import pytest

from iamspec.policy.document import Document
from iamspec.policy.evaluate.statements import compiled
from iamspec.policy.lint import lint
from iamspec.policy.statement import Part, Statement, Test as ConditionTest, statements
from iamspec.render.documents import document_lines

ROOT = "arn:aws-cn:iam::123456789012:root"


def test_a_statement_has_a_part_for_each_element_and_each_test():
    """Kills: an element that one reader of documents forgets."""
    statement = {
        "Sid": 7,
        "Effect": "Allow",
        "NotAction": ["S3:Get*", True],
        "Resource": "*",
        "Principal": {"AWS": ["123456789012"], "Service": "123456789012"},
        "Condition": {"StringEqualsIgnoreCase": {"a:B": "X"}, "Bool": {"c:d": [True]}, "Null": "odd"},
        "Strange": [1],
    }
    parts = Statement(statement).parts()
    assert parts == [
        Part(("Sid",), ("7",), "whole"),
        Part(("Effect",), ("Allow",), "whole"),
        Part(("NotAction",), ["S3:Get*", True], "name"),
        Part(("Resource",), ("*",), "text"),
        Part(("Principal", "AWS"), ["123456789012"], "principal"),
        Part(("Principal", "Service"), ("123456789012",), "text"),
        Part(("Condition", "StringEqualsIgnoreCase", "a:B"), ("X",), "name"),
        Part(("Condition", "Bool", "c:d"), [True], "text"),
        Part(("Condition", "Null"), ("odd",), "whole"),
        Part(("Strange",), ([1],), "whole"),
    ]
    assert [part.meanings("aws-cn") for part in parts[2:8]] == [
        ["s3:get*", "true"],
        ["*"],
        [ROOT],
        ["123456789012"],
        ["x"],
        ["true"],
    ]


@pytest.mark.parametrize("odd", [None, "text", 5, [], {"Statement": "text"}, {"Statement": [1, None]}, {}])
def test_a_document_without_statements_has_none(odd):
    """Kills: an exception on what live IAM may hold."""
    assert list(statements(odd)) == []


def test_the_place_of_a_statement_counts_list_members_that_are_no_statement():
    """Kills: a warning or a reason that points to the statement before."""
    data = {"Version": "2012-10-17", "Statement": ["odd", {"Effect": "Allow", "Action": "s3:Nope", "Resource": "*"}]}
    assert [one.path for one in statements(data)] == [("Statement", 1)]
    assert [rule.index for rule in compiled(Document(data))] == [1]
    assert [one.path for one in lint(Document(data))] == [("Statement", 1, "Action")]
    assert [one.path for one in statements({"Statement": data["Statement"][1]})] == [("Statement",)]


def test_the_tests_of_a_condition_keep_what_has_no_keys():
    statement = Statement({"Condition": {"Bool": {"a:b": "x"}, "Null": "odd"}})
    assert list(statement.tests()) == [ConditionTest("Bool", "a:b", "x"), ConditionTest("Null", None, "odd")]
    assert list(Statement({"Condition": "odd"}).tests()) == []


def test_no_principal_at_all_is_not_an_empty_one():
    """Kills: a policy for nobody that is taken for a policy for everybody."""
    nobody, missing = ({"Statement": {"Effect": "Allow", "Action": "a:b", **more}} for more in ({"Principal": {}}, {}))
    assert Document(nobody) != Document(missing)
    assert document_lines(nobody)[-1] == "    Action: a:b"
    assert "    Principal: {}" in document_lines(nobody)
