"""The evaluator held to recorded decisions of real IAM, about one condition each.

A wrong answer would be towards false safety where iamspec says denied and IAM allows: an Allow said not to apply, or a
Deny said to apply. The opposite hides a loss of access. No recorded decision of enforcement is answered wrongly.
"""

import json
from collections import Counter
from typing import Any

import pytest

from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate

ROLE = "arn:aws:sts::123456789012:assumed-role/probe/session"
USER = "arn:aws:iam::123456789012:user/probed"
ALLOW = {"Effect": "Allow", "Action": "iam:TagUser", "Resource": "*"}
TRUTH = {Answer.ALLOWED: True, Answer.DENIED: False, Answer.DEPENDS: None}


@pytest.fixture
def decisions(data) -> list[dict[str, Any]]:
    return json.loads((data / "recorded" / "condition-decisions.json").read_text("utf-8"))["decisions"]


def statements(decision: dict[str, Any], form: str) -> list[dict[str, Any]]:
    """The session policy of a probe: the Allow alone, or an Allow of everything and the Deny."""
    if decision["key"] is None:
        return [{"Effect": "Allow", "Action": "iam:TagUser", decision["operator"]: decision["policy_values"]}]
    conditional = {**ALLOW, "Condition": {decision["operator"]: {decision["key"]: decision["policy_values"]}}}
    return [conditional] if form == "Allow" else [ALLOW, {**conditional, "Effect": "Deny"}]


def matches(decision: dict[str, Any], form: str) -> bool | None:
    """Whether the probed statement applies, by our evaluation; None if that depends."""
    document = Document({"Version": "2012-10-17", "Statement": statements(decision, form)})
    principal = Principal(ROLE, "123456789012", "probe", None, (Source("session", document),))
    context = {key: tuple(values) for key, values in decision["context"].items()}
    resource = decision.get("resource") or context.get("aws:SourceArn", (USER,))[0]
    truth = TRUTH[evaluate(principal, Request("iam:TagUser", resource, context)).answer]
    return truth if form == "Allow" or truth is None else not truth


def forms(decision: dict[str, Any]) -> tuple[str, ...]:
    return ("Allow", "Deny") if decision["form"] == "both" else (decision["form"],)


def test_the_evaluator_decides_as_enforcement_does(decisions):
    """Kills: any operator that compares otherwise than IAM does, in an Allow and in a Deny."""
    enforced = [one for one in decisions if one["by"] == "enforcement"]
    counts = Counter(one.get("storable", True) for one in enforced for _ in forms(one))
    assert counts == {True: 370, False: 79}
    wrong = [(one["id"], form) for one in enforced for form in forms(one) if matches(one, form) != one["matches"]]
    assert wrong == []


def test_the_evaluator_decides_as_the_simulator_does_where_that_agrees_with_enforcement(decisions):
    """Kills: a rule that holds for iam:TagUser and its tags only."""
    simulated = [one for one in decisions if one["by"] == "simulator" and not one.get("enforcement_differs")]
    assert len(simulated) == 202
    wrong = [(one["id"], form) for one in simulated for form in forms(one) if matches(one, form) != one["matches"]]
    assert wrong == []
