"""`iamspec drift`: how an account differs from its spec."""

from collections.abc import Sequence
from dataclasses import replace

from iamspec.commands.options import NO_OPTIONS, Options
from iamspec.commands.plan import plan
from iamspec.iam import Reader
from iamspec.review.model import Review


def drift(paths: Sequence[str], reader: Reader, options: Options = NO_OPTIONS) -> Review:
    """The differences as a reviewed plan.

    It is the plan that would remove them.
    """
    return plan(paths, reader, replace(options, states=True))


def drifted(review: Review) -> bool:
    """Whether the account differs from the spec."""
    return review.plan.drifted
