"""A review in the direction of live: how the account differs from the spec, instead of what apply would do.

Drift speaks of the account. Data stay as they are in a plan:
`before` is live and `after` the spec.
"""

from dataclasses import replace

from iamspec.plan.accepting import former
from iamspec.plan.diff import Difference
from iamspec.plan.model import Action, Change
from iamspec.review.impact import assess
from iamspec.review.model import Review

TURNED = {Action.CREATE: Action.DELETE, Action.DELETE: Action.CREATE, Action.UPDATE: Action.UPDATE}


def of_live(review: Review) -> Review:
    """The review of the change from the spec to the account as it is.

    A created entity is only live, and a deleted entity is only in
    the spec. Live entities have their live names.
    """
    plan = replace(review.plan, changes=tuple(map(turned, review.plan.changes)))
    known = review.live_impact
    return replace(review, plan=plan, impact=assess(plan, review.after, review.before) if known is None else known)


def turned(change: Change) -> Change:
    return replace(
        change,
        address=former(change),
        action=TURNED[change.action],
        differences=tuple(map(_other_way, change.differences)),
        before=change.after,
        after=change.before,
    )


def _other_way(difference: Difference) -> Difference:
    return replace(difference, before=difference.after, after=difference.before)
