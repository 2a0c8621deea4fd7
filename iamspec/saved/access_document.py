"""The effect of a plan on access, as a part of the plan file: by document, and by user."""

from collections.abc import Callable
from typing import Any

from iamspec.policy.actions.action_set import Actions
from iamspec.policy.meaning import Scope
from iamspec.review.impact import Effect
from iamspec.review.impact.shared import shared_effects
from iamspec.review.model import Review


def access(review: Review) -> dict[str, Any] | None:
    """None for a plan that changes no access."""
    impact = review.impact
    if not (impact.documents or impact.principals or impact.trusts):
        return None
    documents = sorted(impact.documents, key=lambda one: (one.address, one.field))
    return {
        "documents": [
            {"address": str(one.address), "field": one.field, **_effect(one), "unknown": list(one.unknown)}
            for one in documents
        ],
        "principals": [
            {
                "addresses": [str(one) for one in row.users],
                "fate": row.fate or None,
                **_effect(row.effect),
                "causes": row.causes,
                "unknown": list(row.effect.unknown),
            }
            for row in shared_effects(impact.principals, review.changes)
        ],
        "trusts": [
            {
                "address": str(one.address),
                "can": list(one.can),
                "cannot": list(one.cannot),
                "administrator": one.administrator,
                "followers": list(one.followers),
            }
            for one in impact.trusts
        ],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "verdict": effect.verdict.value,
        "administrator": effect.administrator,
        "gained": effect.gained.listed,
        "lost": effect.lost.listed,
        "wider": effect.wider.listed,
        "narrower": effect.narrower.listed,
        "denied": effect.denied.listed,
        "released": effect.released.listed,
        "levels": _both(effect, lambda one: one.levels),
        "risks": {"gained": effect.risk.risks, "lost": effect.lost.risks},
        "services": _both(effect, lambda one: one.services),
        "more": [_scope(one) for one in effect.more],
        "less": [_scope(one) for one in effect.less],
        "remark": effect.remark.value or None,
        "unlisted": list(effect.unlisted),
    }


def _scope(one: Scope) -> dict[str, Any]:
    """A piece of a policy. `except` names the lists that are exceptions."""
    excepted = (("actions", one.except_actions), ("resources", one.except_resources))
    return {
        "effect": one.effect,
        "actions": list(one.actions),
        "resources": list(one.resources),
        "except": [name for name, holds in excepted if holds],
        "conditions": list(one.conditions),
    }


def _both(effect: Effect, told: Callable[[Actions], Any]) -> dict[str, Any]:
    return {"gained": told(effect.gained), "lost": told(effect.lost)}
