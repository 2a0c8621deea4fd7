"""The grammar check is total, orderly and quick, and takes every policy that AWS ships."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from documents import HINT, TRUST, document, found, statement
from hypothesis import given, settings, strategies as st
from places import DATA
from profiles import law

from iamspec.policy.grammar import Finding, check, place
from iamspec.policy.grammar.rules import EFFECTS, ELEMENTS, STATEMENT_ELEMENTS

# Real documents: what AWS itself ships and shows is taken


def data_file(name: str) -> Any:
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"{name} is not here; name the folder that has it in IAMSPEC_DATA")
    return json.loads(file.read_text(encoding="utf-8"))


def aws_managed_policies() -> dict[str, Any]:
    shipped = pytest.importorskip("moto.iam.aws_managed_policies")
    return {name: policy["Document"] for name, policy in json.loads(shipped.aws_managed_policies_data).items()}


def mentions_a_principal(value: Any) -> bool:
    if isinstance(value, dict):
        return not value.keys().isdisjoint({"Principal", "NotPrincipal"}) or any(
            map(mentions_a_principal, value.values())
        )
    return isinstance(value, list) and any(map(mentions_a_principal, value))


def test_every_policy_that_aws_manages_is_taken() -> None:
    documents = aws_managed_policies()
    assert len(documents) > 1500
    assert {name: found(one) for name, one in documents.items() if check(one)} == {}


def test_the_identity_policies_of_the_user_guide_are_taken_apart_from_its_placeholders() -> None:
    documents = {
        f"{Path(one['file']).stem}#{one['n']}": one["document"]
        for one in data_file("user-guide-policies.json")
        if not mentions_a_principal(one["document"])
    }
    assert len(documents) > 200
    refused = {name: [where for where, _ in found(one)] for name, one in documents.items() if check(one)}
    assert refused == {
        "id_roles_use_passrole#0": ["Statement.Action[0]", "Statement.Resource[0]"],  # "A list of the permissions …"
        "reference_policies_condition-keys#29": ["Statement.Resource"],  # "arn:partition:…"
        "troubleshoot_policies#8": ["Statement[0].Resource"],  # " *"
    }


def test_every_policy_of_a_real_account_is_taken() -> None:
    account = data_file("account-authorization-details.json")
    holders = account["UserDetailList"] + account["GroupDetailList"] + account["RoleDetailList"]
    inline = [
        policy["PolicyDocument"]
        for holder in holders
        for kind in ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
        for policy in holder.get(kind, [])
    ]
    managed = [version["Document"] for policy in account["Policies"] for version in policy["PolicyVersionList"]]
    trusts = [role["AssumeRolePolicyDocument"] for role in account["RoleDetailList"]]
    assert (len(managed) > 80, len(trusts) > 70, bool(inline)) == (True, True, True)
    assert [found(one) for one in inline + managed if check(one)] == []
    assert [found(one, trust=True) for one in trusts if check(one, trust=True)] == []


def test_fifteen_hundred_documents_take_less_than_half_a_second() -> None:
    documents = list(aws_managed_policies().values())
    times = []
    for _ in range(3):
        start = time.process_time()
        for one in documents:
            check(one)
        times.append(time.process_time() - start)
    assert min(times) < 0.5


# Laws

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WORDS = st.sampled_from(
    [
        *ELEMENTS,
        *STATEMENT_ELEMENTS,
        *EFFECTS,
        "AWS",
        "StringEquals",
        "DateLessThan",
        "IpAddress",
        "BinaryEquals",
        "ForAnyValue:Bool",
        "*",
        "arn:aws:",
        "${",
        "2012-10-17",
    ]
)
VALUE = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FULL = document(
    statement(Sid="A", Condition={"StringEquals": {"aws:a": ["b"]}, "IpAddress": {"aws:SourceIp": "::1"}}),
    {"Sid": "B", "Effect": "Deny", "NotAction": ["a:b"], "NotResource": ["*"], "Condition": {"DateLessThan": {"a": 1}}},
    TRUST,
    Id="i",
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of a value and of all within it, in document order."""
    parts = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [at, *(path for key, one in parts for path in places(one, (*at, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A nearly acceptable document in which some values are replaced by anything."""
    data = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(data)[1:]))
        parent = data
        for part in path[:-1]:
            parent = parent[part]
        parent[path[-1]] = draw(VALUE)
    return data


@given(VALUE | damaged(), st.booleans())
@law(400)
def test_no_value_makes_the_check_fail_and_every_finding_is_in_its_place_and_in_order(data: Any, trust: bool) -> None:
    findings = check(data, trust=trust)
    order = {path: index for index, path in enumerate(places(data))}
    positions = [order[finding.path] for finding in findings]
    assert positions == sorted(positions)
    assert all(finding.message and len(finding.message) < 500 for finding in findings)
    assert all(finding.message.isprintable() and place(finding.path).isprintable() for finding in findings)


@given(damaged(), st.booleans())
@law(200)
def test_a_statement_alone_is_checked_like_a_list_of_one(data: Any, trust: bool) -> None:
    for one in data["Statement"] if isinstance(data["Statement"], list) else []:
        if isinstance(one, dict):
            alone = check({"Statement": one}, trust=trust)
            listed = check({"Statement": [one]}, trust=trust)
            assert [(("Statement", 0, *finding.path[1:]), finding.message) for finding in alone] == [
                (finding.path, finding.message) for finding in listed
            ]


@given(st.dictionaries(st.text(), VALUE) | VALUE.filter(lambda value: not isinstance(value, dict)))
@settings(deadline=None)
def test_what_is_no_document_always_gives_the_same_words(data: Any) -> None:
    if isinstance(data, dict):
        data.pop("Statement", None)
    reason = "it has no Statement" if isinstance(data, dict) else "it is no object"
    assert check(data) == [Finding((), f"this is no policy document, since {reason}; {HINT}")]


def test_a_document_of_any_depth_and_any_length_is_checked_in_time() -> None:
    deep: Any = "x"
    for _ in range(3000):
        deep = [deep]
    long = {"Action": "s" * 10**6, "Resource": "${" * 10**6, "Condition": {"DateEquals": {"a": "1-" * 10**6}}}
    start = time.process_time()
    assert [finding.path for finding in check(document(deep, statement(**long)))] == [
        ("Statement", 0),
        ("Statement", 1, "Action"),
        ("Statement", 1, "Resource"),
        ("Statement", 1, "Condition", "DateEquals", "a"),
    ]
    assert time.process_time() - start < 5
