"""Whether an effect gives or takes access, as far as it is known."""

from iamspec.policy.meaning import Verdict
from iamspec.review.impact import Effect


def loses(effect: Effect) -> bool:
    """Whether access is lost, or may be because a policy could not be read."""
    return effect.verdict not in {Verdict.WIDENS, Verdict.COSMETIC} or bool(effect.unknown)


def gains(effect: Effect) -> bool:
    """Whether access is gained, or may be because a policy could not be read."""
    return effect.verdict not in {Verdict.NARROWS, Verdict.COSMETIC} or bool(effect.unknown)
