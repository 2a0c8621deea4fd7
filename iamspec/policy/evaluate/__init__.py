"""The evaluation of identity policies and permissions boundaries: allowed, denied, or that it depends on something."""

from iamspec.policy.evaluate.decision import Answer, Contradiction, Decision, Reason, contradictions, evaluate
from iamspec.policy.evaluate.request import Principal, Request, Source

__all__ = [
    "Answer",
    "Contradiction",
    "Decision",
    "Principal",
    "Reason",
    "Request",
    "Source",
    "contradictions",
    "evaluate",
]
