"""What guards and removals must see of an entity of any kind."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from completeness import ACCOUNT, Case
from samples import WRITE

from iamspec.access.account import AccountAccess
from iamspec.desired.guards import Guards
from iamspec.desired.settings import Settings
from iamspec.errors import IamspecError
from iamspec.iam import Caller
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan import removal
from iamspec.plan.model import Plan
from iamspec.review.guard import View, complaints
from iamspec.review.impact import Impact, assess

OWN = {"user": "arn:aws:iam::{0.id}:user/{1.name}", "role": "arn:aws:sts::{0.id}:assumed-role/{1.name}/session"}
NARROWING = ("groups", "policies", "inline_policies", "permissions_boundary", "access_keys", "suspended")


def _complaints(plan: Plan, live: Live, quotas: dict[str, int] | None = None, **guards: Any) -> set[str]:
    """The guards that complain about a plan, each with what it complains about."""
    before, after = AccountAccess(live), AccountAccess(carry_out_all(live, plan.steps))
    impact = assess(plan, before, after) if plan.steps else Impact()
    limits = Guards().model_copy(update={"min_admins": 0, **guards})
    found = complaints(View(plan, live, limits, (), impact, before, after, quotas or {}))
    return {f"{one.guard} {one.address or ''}".strip() for one in found}


def _with_caller(case: Case, live: Live) -> Live:
    pattern = OWN.get(case.kind.name, OWN["role"])
    return replace(live, caller=Caller(pattern.format(ACCOUNT, case.address), ACCOUNT.id))


def _held(field: str, shape: dict[str, Any]) -> dict[str, Any]:
    """A boundary bounds nothing without a policy."""
    return {**({"inline_policies": {"own": WRITE}} if field == "permissions_boundary" else {}), **shape}


def own_deletion(case: Case) -> Iterator[str]:
    """Deleting the user or role behind the credentials is a complaint."""
    if case.kind.is_principal:
        live = _with_caller(case, case.live({}))
        found = _complaints(case.plan(case.kind.with_hidden(live.resources[case.address]), None), live)
        if f"self-lockout {case.address}" not in found:
            yield "deleting the own entity is no complaint"


def own_narrowing(case: Case) -> Iterator[str]:
    """Taking away what the user or role behind the credentials may do is a complaint."""
    for field in NARROWING if case.kind.is_principal else ():
        if field in case.samples:
            one, two = (_held(field, shape) for shape in case.samples[field])
            live = _with_caller(case, case.live(one))
            before = live.resources[case.address]
            after = case.kind.fill_desired(case.wanted(two), before, live.now)
            if f"self-lockout {case.address}" not in _complaints(case.plan(before, after), live):
                yield f"{field}: narrowing the own entity is no complaint"


def protection(case: Case) -> Iterator[str]:
    """Deleting a protected entity, or taking away what it may do, is a complaint."""
    if not case.kind.scoped:
        return
    guards = {"protected": {case.kind.section: [case.address.name]}}
    wanted = f"protected {case.address}"
    for field in (*NARROWING, "members", "document"):
        if field not in case.samples:
            continue
        one, two = (_held(field, shape) for shape in case.samples[field])
        live = case.live(one)
        before = live.resources[case.address]
        after = case.kind.fill_desired(case.wanted(two), before, live.now)
        if wanted not in _complaints(case.plan(before, after), live, **guards):
            yield f"{field}: narrowing a protected entity is no complaint"
    live = case.live({})
    whole = case.kind.with_hidden(live.resources[case.address])
    if wanted not in _complaints(case.plan(whole, None), live, **guards):
        yield "deleting a protected entity is no complaint"


def mass_deletion(case: Case) -> Iterator[str]:
    """More deletions than the limit are a complaint."""
    if case.kind.scoped:
        live = case.live({})
        plan = case.plan(case.kind.with_hidden(live.resources[case.address]), None)
        if "mass-delete" not in _complaints(plan, live, max_deletes=0):
            yield "many deletions are no complaint"


def account_quotas(case: Case) -> Iterator[str]:
    """A plan beyond a quota is a complaint: a quota of entities, or of the policies of an entity."""
    for limit in case.kind.limits:
        field = limit.field or next(iter(case.samples))
        one, _ = case.samples[field]
        plan = case.plan(None, case.kind.fill_desired(case.wanted(one), None, case.neighbours.now))
        address = f" {case.address}" if limit.field else ""
        if f"quota{address}" not in _complaints(plan, case.neighbours, {limit.quota_key: 0}):
            yield f"{limit.noun}: beyond the quota of the account is no complaint"


def removals(case: Case) -> Iterator[str]:
    """An entity that is not declared goes if prune is on, and is listed if it is off.

    Of a kind by request `prune: true` says nothing.
    """
    if not case.kind.scoped:
        return
    live = case.live({})
    asked = [case.kind.section]
    for prune in (asked, False, *([True] if not case.kind.by_request else [])):
        sections = frozenset(asked)
        settings = Settings.model_construct(**{**dict(Settings()), "prune": prune})
        spec = replace(case.desired({}).spec, settings=settings, entities={}, sections=sections)
        wanted = replace(case.desired({}), spec=spec, resources={}, external=frozenset())
        found = removal.candidates(wanted, live, frozenset())
        if case.address not in (found.prune if prune else found.undeclared):
            yield "is not pruned" if prune else "is not listed as undeclared"


def _told(check: Callable[[Case], Iterator[str]]) -> Callable[[Case], Iterator[str]]:
    """A check that takes a call that cannot be made for a gap."""

    def told(case: Case) -> Iterator[str]:
        try:
            yield from check(case)
        except (IamspecError, KeyError) as error:
            yield str(error)

    return told


GUARDS: dict[str, Callable[[Case], Iterator[str]]] = {
    one.__name__: _told(one)
    for one in (own_deletion, own_narrowing, protection, mass_deletion, account_quotas, removals)
}
