"""Whether an effect gives or takes access, as far as it is known."""

from iamspec.review.impact import Effect


def loses(effect: Effect) -> bool:
    """Whether a statement takes access, idle or not.

    An unread policy may take access.
    """
    return effect.takes or bool(effect.unknown)


def gains(effect: Effect) -> bool:
    """Whether a statement gives access, idle or not.

    An unread policy may give access.
    """
    return effect.gives or bool(effect.unknown)
