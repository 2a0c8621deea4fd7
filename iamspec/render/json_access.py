"""What a plan does to access, as data: by document, and by user with those together for whom it does the same."""

from collections.abc import Callable
from typing import Any

from iamspec.policy.actions.action_set import Actions
from iamspec.render.impact import rows
from iamspec.review.impact import Effect
from iamspec.review.model import Review


def access(review: Review) -> dict[str, Any] | None:
    """Nothing for a plan that changes nobody's access."""
    impact = review.impact
    if not (impact.documents or impact.principals):
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
            for row in rows(review)
        ],
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "verdict": effect.verdict.value,
        "administrator": effect.administrator,
        "gained": names(effect.gained),
        "lost": names(effect.lost),
        "denied": names(effect.denied),
        "released": names(effect.released),
        "levels": _both(effect, lambda one: one.levels),
        "risks": _both(effect, lambda one: one.risks),
        "services": _both(effect, lambda one: one.services),
        "remark": effect.remark.value or None,
        "unlisted": list(effect.unlisted),
    }


def names(actions: Actions) -> list[str]:
    """The actions; a lone `*` for every one that there is."""
    return ["*"] if actions.is_everything else list(actions.names)


def _both(effect: Effect, told: Callable[[Actions], Any]) -> dict[str, Any]:
    return {"gained": told(effect.gained), "lost": told(effect.lost)}
