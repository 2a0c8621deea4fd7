"""The grammar of policy documents: what IAM refuses, and where in the document it stands."""

from iamspec.policy.grammar.rules import Finding, check, place

__all__ = ["Finding", "check", "place"]
