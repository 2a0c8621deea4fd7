"""What holds of a document that is narrowed to one principal; each law with the bug that it is there to find."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from profiles import law
from test_evaluate_laws import ARN, CONTEXTS, RAW, REQUESTS, RESOURCES, STATEMENTS, some

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Source, evaluate
from iamspec.policy.evaluate.narrowed import narrowed
from iamspec.policy.evaluate.request import Request, own

MANY = law(400)
TAGS = st.dictionaries(
    st.sampled_from(("team", "Team", "gone")), st.sampled_from(("a", "b*", "", "$a", "x:a")), max_size=2
)
TEAM = ("arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:s3:::b/${aws:PrincipalTag/gone, 'a'}", *RESOURCES)
IN_FOLDERS = st.builds(
    lambda statement, resources: {
        **{key: one for key, one in statement.items() if key not in {"Resource", "NotResource"}},
        **resources,
    },
    STATEMENTS,
    st.builds(lambda name, texts: {name: texts}, st.sampled_from(("Resource", "NotResource")), some(TEAM, 1)),
)
DOCUMENTS = RAW | st.builds(
    lambda statements: {"Version": "2012-10-17", "Statement": statements}, st.lists(IN_FOLDERS, min_size=1, max_size=3)
)


def asking(data, tags):
    return Principal(ARN, "123456789012", "alice", tags, (Source("p", Document(data)),))


@MANY
@given(DOCUMENTS, TAGS, REQUESTS, CONTEXTS)
def test_a_document_says_the_same_to_the_principal_that_it_is_narrowed_to(data, tags, request_, context):
    """The bug: a test is taken as decided that depends on the request, or a variable is read where IAM reads none.

    Of an unknown resource, a narrowed document may know more.
    """
    principal, request = asking(data, tags), replace(request_, context={**request_.context, **context})
    document = narrowed(principal.policies[0].document, own(principal, Request("*")))
    alone = replace(principal, policies=(Source("p", document),))
    expected = evaluate(principal, request).answer
    if request.resource != "*" or expected is not Answer.DEPENDS:
        assert evaluate(alone, request).answer is expected


@MANY
@given(DOCUMENTS, TAGS)
def test_what_is_narrowed_stays(data, tags):
    """The bug: what the keys decide is decided in part, and a second look finds more."""
    principal = asking(data, tags)
    keys = own(principal, Request("*"))
    once = narrowed(principal.policies[0].document, keys)
    assert narrowed(once, keys) is once


@pytest.mark.parametrize(
    ("condition", "tags", "left"),
    [
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, {"team": "a"}, {}),
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, {}, None),
        ({"Null": {"aws:PrincipalTag/team": "true"}}, {}, {}),
        (
            {"StringNotEquals": {"aws:PrincipalTag/team": "a", "aws:SourceVpc": "v"}},
            {},
            {"Condition": {"StringNotEquals": {"aws:SourceVpc": "v"}}},
        ),
        (
            {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}},
            {"team": "a"},
            {"Condition": {"StringEquals": {"s3:prefix": ["a"]}}},
        ),
        ({"StringEquals": {"aws:username": "bob"}}, {}, None),
    ],
)
def test_the_tests_of_a_principal_are_decided(condition, tags, left):
    statement = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
    data = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    found = narrowed(Document(data), own(asking(data, tags), Request("*")))
    expected = [] if left is None else [{**statement, **left}]
    assert [{key: one for key, one in each.items() if one != {}} for each in found.data["Statement"]] == expected
