"""The evaluation of identity policies and permissions boundaries: allowed, denied, or that it depends on something."""

from iamspec.policy.evaluate.decision import Answer, Decision, Principal, Reason, Request, Source, evaluate

__all__ = ["Answer", "Decision", "Principal", "Reason", "Request", "Source", "evaluate"]
