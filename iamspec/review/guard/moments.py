"""The guard `window`: no user or role may have more access between two calls than before and after the plan."""

from collections.abc import Iterator

from iamspec.plan.order.telling import listed
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint


def window(view: View) -> Iterator[Complaint]:
    for one in view.plan.windows:
        if one.direction == "more":
            message = f"has for a moment more than before and after: {listed(one.what)} ({one.reason})"
            yield Complaint("window", one.address, message)
