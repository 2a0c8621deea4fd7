"""Trust policies: their grammar, who is let in, what a change lets in, deleted principals, and words for people."""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from iamspec.policy import trust
from iamspec.policy.document import Document
from iamspec.policy.grammar import place
from iamspec.policy.trust import Sort, Trusted
from iamspec.policy.trust.checks import Check

OWN, OTHER, THIRD = "123456789012", "210987654321", "999999999999"
HUB = "token.actions.githubusercontent.com"
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/{HUB}"
GITLAB = f"arn:aws:iam::{OWN}:oidc-provider/gitlab.com"
OKTA = f"arn:aws:iam::{OWN}:saml-provider/okta"
MAIN = "repo:acme/infra:ref:refs/heads/main"


def allow(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def deny(principal: Any, **more: Any) -> dict[str, Any]:
    return {**allow(principal), "Effect": "Deny", **more}


def web(provider: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    return allow({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=condition)


def hub(*subjects: str, operator: str = "StringEquals") -> dict[str, Any]:
    audience = {f"{HUB}:aud": "sts.amazonaws.com"}
    by_operator = {"StringEquals": audience, operator: {f"{HUB}:sub": list(subjects)}}
    return web(GITHUB, by_operator if operator != "StringEquals" else {operator: audience | by_operator[operator]})


def document(*statements: Mapping[str, Any]) -> Document:
    return Document({"Version": "2012-10-17", "Statement": list(statements)})


def refused(*statements: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(place(one.path), one.message) for one in trust.check(document(*statements).data)]


def sentences(*statements: Mapping[str, Any]) -> list[str]:
    return [trust.sentence(one, OWN) for one in trust.admissions(document(*statements))]


def new(before: list[dict[str, Any]] | None, *after: dict[str, Any]) -> list[str]:
    old = None if before is None else document(*before)
    return [trust.sentence(one, OWN) for one in trust.newly_admitted(old, document(*after))]


# Grammar


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": "*"}),
        allow({"AWS": [OWN, f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OTHER}:user/ops/ana"]}),
        allow({"AWS": "arn:${iamspec:partition}:iam::${iamspec:account_id}:role/ci/deployer"}),
        allow({"AWS": "AROAEXAMPLEEXAMPLE123"}),
        allow({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/deploy/run"}),
        allow({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com.cn", "edgelambda.amazonaws.com"]}),
        allow({"AWS": OTHER}, ["sts:assumerole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"]),
        allow({"Federated": OKTA}, "sts:AssumeRoleWithSAML"),
        allow({"Federated": GITLAB}, "sts:AssumeRole*", Condition={"StringEquals": {"gitlab.com:sub": "x"}}),
        hub(MAIN),
        {"Effect": "Deny", "NotPrincipal": {"AWS": OWN}, "Action": "sts:AssumeRole"},
    ],
)
def test_iam_takes_a_trust_policy(statement: dict[str, Any]) -> None:
    assert refused(statement) == []


@pytest.mark.parametrize(
    ("statement", "where", "message"),
    [
        (
            allow("*"),
            "Principal",
            'Principal is "*", which IAM refuses in a trust policy; write {"AWS": "*"} if anybody is meant',
        ),
        (
            allow({"AWS": "12345678901"}),
            "Principal.AWS",
            'AWS "12345678901" has an account id of 11 digits; an account id has 12',
        ),
        (
            allow({"AWS": [OWN, "arn:aws:iam::12345678901:role/x"]}),
            "Principal.AWS[1]",
            'AWS "arn:aws:iam::12345678901:role/x" has an account id of 11 digits; an account id has 12',
        ),
        (
            allow({"AWS": f"arn:aws:iam::{OTHER}:role/*"}),
            "Principal.AWS",
            (
                f'AWS "arn:aws:iam::{OTHER}:role/*" has a wildcard, which IAM refuses there; name the account, with a '
                'condition on "aws:PrincipalArn"'
            ),
        ),
        (
            allow({"AWS": "alice"}),
            "Principal.AWS",
            'AWS "alice" is no principal; write an account id, or the ARN of a user or role, or "*"',
        ),
        (
            allow({"Service": "lambda"}),
            "Principal.Service",
            'Service "lambda" is no AWS service; write its principal, such as "lambda.amazonaws.com"',
        ),
        (
            allow({"Federated": "okta"}, "sts:AssumeRoleWithSAML"),
            "Principal.Federated",
            (
                'Federated "okta" is no identity provider; write its ARN, such as '
                '"arn:aws:iam::123456789012:oidc-provider/HOST"'
            ),
        ),
        (
            allow({"CanonicalUser": "79a5"}),
            "Principal.CanonicalUser",
            "CanonicalUser cannot assume a role; write AWS, Service or Federated",
        ),
        (
            allow({"AWS": OWN}, "sts:*"),
            "Action",
            'Action "sts:*" is not allowed in a trust policy; write "sts:AssumeRole" or another action that assumes a role',
        ),
        (
            allow({"AWS": OWN}, "s3:GetObject"),
            "Action",
            (
                'Action "s3:GetObject" is not allowed in a trust policy; write "sts:AssumeRole" or another action that '
                "assumes a role"
            ),
        ),
        (
            {"Effect": "Allow", "Principal": {"AWS": OWN}, "NotAction": "sts:TagSession"},
            "NotAction",
            "NotAction is not allowed in a trust policy; write the actions, such as sts:AssumeRole",
        ),
        (
            web(GITHUB, {"StringEquals": {f"{HUB}:aud": "sts.amazonaws.com"}}),
            "Condition",
            (
                f"{HUB} gives tokens to anybody, so IAM demands a condition on {HUB}:sub or {HUB}:job_workflow_ref; write "
                "StringEquals with the value that is yours"
            ),
        ),
    ],
)
def test_iam_refuses_a_trust_policy(statement: dict[str, Any], where: str, message: str) -> None:
    assert refused(statement) == [(f"Statement[0].{where}", message)]


def test_iam_takes_and_refuses_the_same_trust_policies_as_recorded(data: Path) -> None:
    """Kills: a rule for shared issuers that is stricter or laxer than the recorded answers."""
    found = json.loads((data / "recorded" / "behaviours.json").read_text())["behaviours"]
    asked = [one for one in found if one["call"]["operation"] == "UpdateAssumeRolePolicy"]
    answers = {one["id"]: one["result"]["ok"] for one in asked}
    assert {one["id"]: not trust.check(one["call"]["params"]["PolicyDocument"]) for one in asked} == answers
    assert len(set(answers.values())) == 2


def test_the_spec_variables_do_not_hide_a_shared_issuer() -> None:
    """Kills: a provider ARN with variables, so that the issuer is not recognised."""
    provider = f"arn:${{iamspec:partition}}:iam::${{iamspec:account_id}}:oidc-provider/{HUB}"
    assert [where for where, _ in refused(web(provider, {}))] == ["Statement[0].Condition"]


def test_a_resource_and_a_missing_principal_are_refused_as_in_every_document() -> None:
    assert refused({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}) == [
        ("Statement[0]", "the statement has neither Principal nor NotPrincipal; write one of them"),
        (
            "Statement[0].Resource",
            "Resource is not allowed in a trust policy; remove it",
        ),
    ]


# Who is let in


@pytest.mark.parametrize(
    ("kind", "text", "who"),
    [
        ("AWS", "*", Trusted(Sort.ANYBODY)),
        ("AWS", OTHER, Trusted(Sort.ACCOUNT, account=OTHER)),
        ("AWS", f"arn:aws-cn:iam::{OTHER}:root", Trusted(Sort.ACCOUNT, account=OTHER)),
        ("AWS", f"arn:aws:iam::{OTHER}:user/ops/ana", Trusted(Sort.USER, "ops/ana", OTHER)),
        ("AWS", f"arn:aws:iam::{OTHER}:role/ci/deployer", Trusted(Sort.ROLE, "ci/deployer", OTHER)),
        ("AWS", f"arn:aws:sts::{OTHER}:assumed-role/deployer/run", Trusted(Sort.SESSION, "deployer/run", OTHER)),
        ("AWS", f"arn:aws:sts::{OTHER}:federated-user/bob", Trusted(Sort.SESSION, "federated-user/bob", OTHER)),
        ("AWS", "AROAEXAMPLEEXAMPLE123", Trusted(Sort.GONE, "AROAEXAMPLEEXAMPLE123")),
        ("Service", "ec2.amazonaws.com", Trusted(Sort.SERVICE, "ec2.amazonaws.com")),
        ("Federated", GITHUB, Trusted(Sort.ISSUER, HUB, OWN)),
        ("Federated", OKTA, Trusted(Sort.SAML, "okta", OWN)),
        ("Federated", "accounts.google.com", Trusted(Sort.ISSUER, "accounts.google.com")),
        ("AWS", "ana", Trusted(Sort.UNKNOWN, "AWS ana")),
    ],
)
def test_a_principal_is_read(kind: str, text: str, who: Trusted) -> None:
    assert trust.trusted(kind, text) == who


def test_each_admission_has_words() -> None:
    given = [
        allow({"AWS": ["*", OTHER, OWN, f"arn:aws:iam::{OWN}:user/ops/ana", f"arn:aws:iam::{OTHER}:role/ci/deployer"]}),
        allow({"AWS": "AIDAEXAMPLEEXAMPLE123"}, Condition={"Bool": {"aws:MultiFactorAuthPresent": True}}),
        allow({"AWS": THIRD}, Condition={"StringEquals": {"sts:ExternalId": "x-77"}}),
        allow({"Service": "ec2.amazonaws.com"}, Condition={"StringNotEquals": {"aws:SourceAccount": OTHER}}),
        allow({"Federated": OKTA}, "sts:AssumeRoleWithSAML", Condition={"StringEquals": {"SAML:aud": "https://x"}}),
    ]
    assert sentences(*given) == [
        "anybody in this account whose policies allow it",
        f"anybody in account {OTHER}",
        f"anybody in account {THIRD}, with external id x-77",
        "anybody in any AWS account",
        "AIDAEXAMPLEEXAMPLE123, a user that is gone, with MFA",
        f"role ci/deployer of account {OTHER}",
        "a login through the SAML provider okta, if saml:aud is https://x",
        f"the AWS service ec2.amazonaws.com, if aws:sourceaccount is not {OTHER}",
        "user/ana",
    ]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (MAIN, "acme/infra on branch main"),
        ("repo:acme@12/infra@34:environment:prod", "acme/infra in environment prod"),
        ("repo:acme/infra:ref:refs/tags/v1", "acme/infra on tag v1"),
        ("repo:acme/infra:pull_request", "acme/infra in pull requests"),
        ("repo:acme/infra:*", "acme/infra (*)"),
        ("repo:acme/*", "subject repo:acme/*"),
    ],
)
def test_a_subject_of_github_has_words(subject: str, words: str) -> None:
    assert sentences(hub(subject)) == [f"GitHub Actions of {words}"]


def test_a_principal_with_an_action_that_is_not_for_it_is_not_let_in() -> None:
    """Kills: an issuer counted as trusted by a statement about sts:AssumeRole, or by sts:TagSession alone."""
    given = [
        allow({"Federated": GITLAB}),
        allow({"AWS": OTHER}, "sts:TagSession"),
        allow({"Service": "x.amazonaws.com"}, "sts:AssumeRoleWithSAML"),
    ]
    assert sentences(*given) == []


def test_a_deny_takes_back_what_it_covers_and_qualifies_the_rest() -> None:
    assert sentences(allow({"AWS": OTHER}), deny({"AWS": "*"})) == []
    no_mfa = deny({"AWS": "*"}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    assert sentences(allow({"AWS": OTHER}), no_mfa) == [
        f"anybody in account {OTHER}, unless a Deny of the trust policy applies"
    ]


WAYS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
ACTIONS = st.lists(st.sampled_from([*WAYS, "sts:AssumeRole*", "sts:TagSession"]), min_size=1, max_size=2, unique=True)
PEOPLE = st.sampled_from([{"Principal": {"AWS": "*"}}, {"Principal": {"AWS": OTHER}}, {"NotPrincipal": {"AWS": OWN}}])
EFFECTS = st.sampled_from(["Allow", "Deny"])
TESTS = st.sampled_from([{}, {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}])
STATEMENTS = st.builds(
    lambda who, effect, actions, test: {**who, "Effect": effect, "Action": actions, **test},
    PEOPLE,
    EFFECTS,
    ACTIONS,
    TESTS,
)


def is_about(statement: Mapping[str, Any], who: str, way: str, *, mfa: bool) -> bool:
    """Whether a statement is about a caller of another account."""
    meant = statement.get("Principal") in (None, {"AWS": "*"}, {"AWS": who})
    acts = not {way, "sts:AssumeRole*"}.isdisjoint(statement["Action"])
    return meant and acts and not ("Condition" in statement and mfa)


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_a_role_that_outsiders_may_assume_is_known_as_one(found: list[dict[str, Any]]) -> None:
    """Kills: a Deny of another way into a role, or of session tags, that hides those whom the trust lets in."""
    for who, ways in ((OTHER, WAYS[:1]), (THIRD, WAYS)):
        for way, mfa in product(ways, (True, False)):
            effects = {one["Effect"] for one in found if is_about(one, who, way, mfa=mfa)}
            if effects == {"Allow"}:
                assert trust.is_trusted_by_outside(document(*found), OWN)


def test_a_deny_of_one_way_leaves_the_others() -> None:
    saml = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRoleWithSAML"}
    assert sentences(allow({"AWS": OTHER}), saml) == [f"anybody in account {OTHER}"]
    assert sentences(allow({"AWS": "*"}, "sts:AssumeRole*"), saml) == [
        "anybody in any AWS account, unless a Deny of the trust policy applies"
    ]


def test_a_further_way_into_a_role_is_new() -> None:
    """Kills: anybody with a login of SAML, taken for anybody with any credentials."""
    saml = allow({"AWS": "*"}, "sts:AssumeRoleWithSAML")
    assert new([saml], allow({"AWS": "*"})) == ["anybody in any AWS account"]
    assert new([allow({"AWS": "*"}, "sts:AssumeRole*")], allow({"AWS": OTHER}), saml) == []


def test_an_edit_elsewhere_in_a_trust_hides_no_exchange_of_a_deleted_principal() -> None:
    """Kills: a new role of an old name, trusted without a complaint since the change adds a service."""
    gone, role = "AROAEXAMPLEEXAMPLE123", f"arn:aws:iam::{OWN}:role/old"
    service = allow({"Service": "ec2.amazonaws.com"})
    live = document(allow({"AWS": gone}, Sid="x"))
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert trust.replaced(live, document(service, allow({"AWS": role}, Condition=mfa))) == (role,)
    assert trust.replaced(live, document(service, allow({"AWS": [role, OTHER]}))) == ()


# Somebody outside of the account


@pytest.mark.parametrize(
    ("statement", "is_outside"),
    [
        (allow({"AWS": OWN}), False),
        (allow({"AWS": f"arn:aws:iam::{OWN}:role/x"}), False),
        (allow({"Service": "ec2.amazonaws.com"}), False),
        (allow({"AWS": "AROAEXAMPLEEXAMPLE123"}), False),
        (allow({"AWS": OTHER}), True),
        (allow({"AWS": f"arn:aws:iam::{OTHER}:user/x"}), True),
        (hub(MAIN), True),
        (allow({"Federated": OKTA}, "sts:AssumeRoleWithSAML"), True),
        (allow({"AWS": "*"}), True),
        (allow({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), True),
        (allow({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalAccount": OWN}}), False),
        (allow({"AWS": "*"}, Condition={"StringEqualsIfExists": {"aws:PrincipalAccount": OWN}}), True),
        (allow({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalAccount": [OWN, OTHER]}}), True),
        (allow({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/x-*"}}), False),
        (allow({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), True),
        (allow({"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": f"arn:*:iam::{OWN}:role/x"}}), False),
        (allow({"AWS": "*"}, Condition={"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/x-*"}}), False),
        # role/x:iam::OWN:role/x of any account matches this
        (allow({"AWS": "*"}, Condition={"StringLike": {"aws:PrincipalArn": f"arn:*:iam::{OWN}:role/x"}}), True),
    ],
)
def test_somebody_outside_of_the_account_is_recognised(statement: dict[str, Any], *, is_outside: bool) -> None:
    """Kills: an organization, or another account, that is taken for the own account."""
    assert trust.is_trusted_by_outside(document(statement), OWN) is is_outside


def test_a_trust_that_cannot_be_read_counts_as_outside() -> None:
    assert trust.is_trusted_by_outside(Document("no document"), OWN)


# What a change lets in


def test_everybody_is_new_in_a_new_role() -> None:
    assert new(None, allow({"AWS": OTHER})) == [f"anybody in account {OTHER}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (allow({"AWS": OTHER}), allow({"AWS": f"arn:aws:iam::{OTHER}:root"})),
        (allow({"AWS": OTHER}), allow({"AWS": f"arn:aws:iam::{OTHER}:role/x"})),
        (allow({"AWS": OTHER}), allow({"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "x"}})),
        (hub(MAIN, "repo:acme/infra:environment:x"), hub(MAIN)),
        (hub("repo:acme/infra:*", operator="StringLike"), hub(MAIN)),
        (hub("repo:acme/*", operator="StringLike"), hub("repo:acme/infra:*", operator="StringLike")),
        (
            allow({"AWS": OTHER}, Condition={"StringNotEquals": {"aws:x": ["a"]}}),
            allow({"AWS": OTHER}, Condition={"StringNotEquals": {"aws:x": ["a", "b"]}}),
        ),
        (
            allow({"AWS": OTHER}, Condition={"BoolIfExists": {"aws:x": "true"}}),
            allow({"AWS": OTHER}, Condition={"Bool": {"aws:x": "true"}}),
        ),
    ],
)
def test_a_trust_that_narrows_lets_nobody_in(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Kills: a comparison that takes every change for more access, or every change for less."""
    assert new([before], after) == []
    assert new([after], before) == ([] if document(before) == document(after) else sentences(before))


def test_conditions_are_compared_over_all_statements() -> None:
    """Kills: a comparison of statement with statement, which takes a merged statement for new."""
    assert new([hub(MAIN), hub("repo:acme/infra:environment:x")], hub(MAIN, "repo:acme/infra:environment:x")) == []


def test_wildcards_count_only_where_the_operator_takes_them() -> None:
    """Kills: `*` in StringEquals compared as a wildcard, or a pattern taken for the text that it looks like."""
    text, pattern = hub("repo:a/b:*"), hub("repo:a/b:*", operator="StringLike")
    assert new([pattern], text) == []
    assert new([text], pattern) == ["GitHub Actions of a/b (*)"]


def test_a_deny_that_goes_lets_in_those_whom_it_kept_out() -> None:
    """Kills: a comparison that looks at Allow statements only."""
    no_mfa = deny({"AWS": "*"}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    assert new([allow({"AWS": OTHER}), no_mfa], allow({"AWS": OTHER})) == [f"anybody in account {OTHER}"]
    assert new([allow({"AWS": OTHER}), no_mfa], allow({"AWS": OTHER}), deny({"AWS": "*"})) == []


# Deleted principals


def test_the_ids_of_deleted_principals_are_found() -> None:
    given = document(allow({"AWS": ["AROAEXAMPLEEXAMPLE123", OTHER]}), deny({"AWS": "AIDAEXAMPLEEXAMPLE123"}))
    assert trust.gone(given) == ("AIDAEXAMPLEEXAMPLE123", "AROAEXAMPLEEXAMPLE123")


def test_a_trust_that_differs_by_a_deleted_principal_alone_says_so() -> None:
    role = f"arn:aws:iam::{OWN}:role/deployer"
    live = document(allow({"AWS": [OTHER, "AROAEXAMPLEEXAMPLE123"]}))
    assert trust.replaced(live, document(allow({"AWS": [role, f"arn:aws:iam::{OTHER}:root"]}))) == (role,)
    assert trust.replaced(live, document(allow({"AWS": [role, THIRD]}))) == ()
    assert trust.replaced(document(allow({"AWS": OTHER})), document(allow({"AWS": role}))) == ()


def test_terms_that_hundreds_of_principals_share_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills: a trust of 4 kB that is compared for a minute, since each principal is held against each."""
    compared = []
    implies = Check.implies
    monkeypatch.setattr(Check, "implies", lambda one, other: compared.append(1) or implies(one, other))

    def crowd(end: str) -> Document:
        tests = {"StringLike": {key: [f"*{number}*a?b*{end}" for number in range(8)] for key in ("x:a", "x:b")}}
        return document(allow({"AWS": [f"{number:012}" for number in range(200)]}, Condition=tests))

    assert len(trust.newly_admitted(crowd("c"), crowd(""))) == 200
    assert len(compared) < 20_000


@pytest.mark.parametrize(
    ("actions", "takes"),
    [("sts:AssumeRole", False), (["sts:AssumeRole", "sts:TagSession"], True), ("sts:*", True), ("*", True)],
)
def test_a_session_brings_tags_where_the_trust_allows_it(actions, takes):
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": actions}
    assert trust.takes_session_tags(Document({"Version": "2012-10-17", "Statement": [statement]})) is takes
    assert trust.takes_session_tags(Document(None)) is True
