"""Trust policies: who may assume a role.

Start with `trusted`, a principal as a value. `admission` says who
is let in under which conditions, and compares two trust policies.
`rules` says whether IAM would store a trust policy, `gone` finds
deleted principals, `words` is for people.
"""

from iamspec.policy.trust.admission import (
    SET_IDENTITY,
    TAG_SESSION,
    Admission,
    admissions,
    is_trusted_by_outside,
    newly_admitted,
    newly_marking,
    newly_outside,
    outside,
    services,
    takes_session_tags,
)
from iamspec.policy.trust.gone import gone, replaced
from iamspec.policy.trust.rules import check
from iamspec.policy.trust.trusted import Sort, Trusted, trusted
from iamspec.policy.trust.words import sentence, who

__all__ = [
    "SET_IDENTITY",
    "TAG_SESSION",
    "Admission",
    "Sort",
    "Trusted",
    "admissions",
    "check",
    "gone",
    "is_trusted_by_outside",
    "newly_admitted",
    "newly_marking",
    "newly_outside",
    "outside",
    "replaced",
    "sentence",
    "services",
    "takes_session_tags",
    "trusted",
    "who",
]
