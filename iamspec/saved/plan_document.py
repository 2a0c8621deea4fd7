"""The writer of plan files: the JSON document that `--out` saves and `--format json` prints.

`schemas/plan.schema.json` describes the document, `plan_file`
reads it.
"""

from collections.abc import Sequence
from typing import Any

from iamspec import __version__
from iamspec.errors import Location
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Accepted, Kept, Uncompared
from iamspec.plan.fingerprint import digest
from iamspec.plan.model import Change, Plan
from iamspec.policy.expiry import timestamp
from iamspec.review.looser import looser
from iamspec.review.model import Base, Blamed, Lift, Review
from iamspec.review.undeclared import Undeclared
from iamspec.saved.access_document import access
from iamspec.saved.json_text import json_text
from iamspec.saved.labels import labels_document
from iamspec.saved.plan_file import FORMAT_VERSION


def plan_text(review: Review) -> str:
    """The text of the file.

    Equal plans give equal texts, in whatever order they were put
    together.
    """
    return json_text(plan_document(review))


def plan_document(review: Review) -> dict[str, Any]:
    """The plan as data.

    `checksum` covers all the rest, and shows whether a file was
    damaged.
    """
    document = _unsealed(review)
    return {**document, "checksum": digest(document)}


def _unsealed(review: Review) -> dict[str, Any]:
    plan, account = review.plan, review.account
    return {
        "format_version": FORMAT_VERSION,
        "confidential": True,
        "iamspec_version": __version__,
        "account": {"id": account.id, "partition": account.partition, "alias": account.alias},
        "endpoint": account.endpoint,
        **labels_document(account),
        "spec_digest": plan.spec_digest,
        "fingerprint": plan.fingerprint,
        "fingerprints": dict(sorted(plan.fingerprints.items())),
        "summary": plan.summary,
        "alarms": sorted(plan.alarms),
        "changes": [{**_change(one), **_state(review, one.address)} for one in plan.changes],
        "steps": _steps(plan),
        "connections": {str(address): sorted(map(str, others)) for address, others in sorted(plan.connections.items())},
        "complaints": _complaints(review),
        "undeclared": [str(one) for one in sorted(plan.undeclared)],
        "undeclared_details": [
            {**_facts(one), **_state(review, one.address)}
            for one in sorted(review.undeclared, key=lambda one: one.address)
        ],
        "accepted": [_accepted(one) for one in plan.accepted],
        "blame": [_blame(one) for one in review.blame],
        "strays": [{"user": str(user), "group": str(group)} for user, group in sorted(plan.strays)],
        "kept": [{"address": str(one.address), "reason": one.reason} for one in _sorted_kept(plan.kept)],
        "held": [{"address": str(one.address), "reason": one.reason} for one in _sorted_kept(plan.held)],
        "ended": [
            {"address": str(one.address), "field": one.field, "item": one.item, "at": timestamp(one.at)}
            for one in plan.ended
        ],
        "excess": [
            {"address": str(one.address), "credential": one.credential, **_state(review, one.address)}
            for one in sorted(plan.excess, key=lambda one: (one.address, one.credential))
        ],
        "sign_in": {"users": plan.sign_in.users, "as_of": plan.sign_in.made.isoformat()} if plan.sign_in else None,
        "not_compared": _numbers(plan.uncompared),
        "out_of_scope": [_out_of_scope(one, review) for one in plan.uncompared],
        "guards": plan.guards.written(),
        "looser": [
            {
                "setting": f"guards.{one.name}",
                "value": one.value,
                "own": one.own,
                "source": _place(plan.guard_places.get(one.name)),
            }
            for one in looser(plan.guards)
        ],
        "skipped": [str(one) for one in sorted(plan.skipped)],
        "notes": sorted({*review.notes, *plan.entered}),
        "windows": [
            {"address": str(one.address), "direction": one.direction, "what": list(one.what), "reason": one.reason}
            for one in plan.windows
        ],
        "access": access(review),
        **({"base": _base(review.base)} if review.base is not None else {}),
    }


def _base(base: Base) -> dict[str, Any]:
    return {
        "ref": base.ref,
        "commit": base.commit,
        "loosened": [
            {"setting": one.setting, "message": one.message, "source": _place(one.source)} for one in base.loosened
        ],
        "accepts": [_facts(one) for one in base.accepted],
    }


def _sorted_kept(kept: Sequence[Kept]) -> list[Kept]:
    return sorted(kept, key=lambda one: (one.address, one.reason))


def _state(review: Review, address: Address) -> dict[str, str]:
    """The digest of a live entity, in a report of drift.

    `drift.accept` takes it.
    """
    return {"state": review.states[address]} if address in review.states else {}


def _numbers(uncompared: Sequence[Uncompared]) -> list[dict[str, Any]]:
    """The live entities that nothing compares, by kind."""
    return [
        {
            "kind": kind.name,
            "count": len(found),
            "administrators": sum(bool(one.administrator) for one in found),
            "trusted_by_other_accounts": sum(one.by_accounts for one in found),
        }
        for kind in KINDS.values()
        if (found := [one for one in uncompared if one.address.kind == kind.name])
    ]


def _out_of_scope(one: Uncompared, review: Review) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "administrator": one.administrator,
        "escalates": one.escalates,
        "outside": list(one.outside),
        "trusted_by_other_accounts": one.by_accounts,
        "accepted": one.accepted,
        **_state(review, one.address),
    }


def _lift(lift: Lift | None) -> dict[str, Any] | None:
    """The entry of the settings that lifts a complaint.

    A saved plan has no place for it.
    """
    if lift is None:
        return None
    return {"reason": lift.reason, "until": lift.until.isoformat(), "source": _place(lift.source)}


def _place(source: Location | None) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line} if source else None


def _accepted(one: Accepted) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "state": one.state,
        "reason": one.reason,
        "until": one.until.isoformat(),
        "source": _place(one.source),
    }


def _facts(one: Undeclared) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "administrator": one.administrator,
        "escalates": one.escalates,
        "console": one.console,
        "active_keys": one.active_keys,
        "created": one.created.isoformat() if one.created else None,
        "last_used": one.last_used.isoformat() if one.last_used else None,
        "groups": list(one.groups),
        "kept": one.kept,
        "looks_like": str(one.looks_like) if one.looks_like else None,
    }


def _blame(one: Blamed) -> dict[str, Any]:
    """The calls that made an entity drift.

    Session, agent and address are as the caller said.
    """
    found = [
        {
            "name": event.name,
            "time": event.time.isoformat(),
            "identity": event.identity,
            "session": event.session,
            "agent": event.agent,
            "address": event.address,
            "event": event.id,
        }
        for event in one.events
    ]
    return {"address": str(one.address), "events": found}


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": str(change.address),
        "kind": change.address.kind,
        "name": change.address.name,
        "action": change.action.value,
        "source": _place(change.source),
        "reason": change.reason,
        "differences": [_difference(one) for one in change.differences],
        "blocked": change.blocked,
        "boundary_written": change.after is None or change.after.boundary_written,
        "deliver_to": change.deliver_to,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    both = difference.before is not None and difference.after is not None
    return {
        "field": difference.field,
        "before": difference.before,
        "after": difference.after,
        "cosmetic": difference.cosmetic,
        "via": {item: str(source) for item, source in sorted(difference.via.items())},
        "details": [
            {"path": one.path, "before": one.before, "after": one.after}
            for one in (difference.details() if both else ())
            if one.before != one.after  # a scalar that was written without quotes is the same text
        ],
    }


def _steps(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "address": str(one.address),
            "phase": one.phase.label,
            "operation": one.call.operation,
            "params": dict(one.call.params),
            "others": sorted(map(str, one.others)),
            "wave": one.wave,
            "after": sorted(map(str, one.after)),
        }
        for one in plan.steps
    ]


def _complaints(review: Review) -> list[dict[str, Any]]:
    found = sorted(review.complaints, key=lambda one: (one.guard, str(one.address or ""), one.message))
    return [
        {
            "guard": one.guard,
            "address": str(one.address) if one.address else None,
            "message": one.message,
            "allowed": one.allowed,
            "change": one.change,
            "lift": _lift(one.lift),
        }
        for one in found
    ]
