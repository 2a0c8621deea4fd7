"""The review of a plan: the shared step of all commands that show a plan or run one."""

from collections.abc import Sequence

from iamspec.access.account import AccountAccess
from iamspec.desired.settings import Guards
from iamspec.iam import Reader
from iamspec.kinds.contract import Phase
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.model import Plan
from iamspec.plan.secrets import deferred
from iamspec.review import guard
from iamspec.review.guard import View
from iamspec.review.impact import Impact, assess, needed
from iamspec.review.model import Review


def reviewed(
    plan: Plan,
    live: Live,
    reader: Reader,
    allow: Sequence[str] = (),
    limits: Guards | None = None,
    *,
    defer: bool = False,
    after: Live | None = None,
) -> Review:
    """The plan with its effect on access and the complaints against it.

    `limits` replace the limits of the plan for the guards. With `defer`, the calls that make secrets are not reviewed.
    `after` is the account after all calls, if it is known already.
    """
    looked_at = deferred(plan) if defer else plan
    known = after if looked_at.steps == plan.steps else None
    view = _view(looked_at, live, reader, limits or plan.guards, known)
    return Review(
        plan=plan,
        before=view.before,
        after=view.after,
        impact=view.impact,
        complaints=guard.complaints(view, allow),
        remarks=tuple(guard.remarks(view)),
    )


def _view(plan: Plan, live: Live, reader: Reader, limits: Guards, known: Live | None) -> View:
    """Everything that the guards look at. A plan without calls needs no further reads."""
    before = AccountAccess(live)
    if not plan.steps:
        return View(plan, live, limits, plan.held, Impact(), before, before)
    after = AccountAccess(carry_out_all(live, plan.steps) if known is None else known)
    documents = observe.read_documents(reader, needed(plan, before, after), live.account)
    before, after = before.with_documents(documents), after.with_documents(documents)
    adds = any(step.phase in {Phase.CREATE, Phase.GRANT} for step in plan.steps)
    quotas = observe.read_quotas(reader) if adds else {}
    return View(plan, live, limits, plan.held, assess(plan, before, after), before, after, quotas)
