"""Live entities that nothing compares, in words."""

from collections.abc import Iterator, Sequence

from iamspec.kinds import SCOPED, AnyKind
from iamspec.plan.findings import Uncompared
from iamspec.plan.model import Plan


def not_compared(plan: Plan) -> str:
    """Text such as `not compared: 78 roles (3 administrators, 2 trusted by other accounts)`.

    Empty if all is compared.
    """
    by_kind = {kind: [one for one in plan.uncompared if one.address.kind == kind.name] for kind in SCOPED.values()}
    parts = [_kind(kind, found) for kind, found in by_kind.items() if found]
    return f"not compared: {', '.join(parts)}" if parts else ""


def _kind(kind: AnyKind, found: Sequence[Uncompared]) -> str:
    facts = ", ".join(_risks(found))
    return f"{len(found)} {kind.noun(len(found))}{f' ({facts})' if facts else ''}"


def _risks(found: Sequence[Uncompared]) -> Iterator[str]:
    if administrators := sum(bool(one.administrator) for one in found):
        yield f"{administrators} administrator{'' if administrators == 1 else 's'}"
    if trusted := sum(one.by_accounts for one in found):
        yield f"{trusted} trusted by other accounts"
    if others := sum(bool(one.outside) and not one.by_accounts for one in found):
        yield f"{others} trusted by identity providers"


def exposure(one: Uncompared) -> str:
    """Text such as `administrator; anybody in account 999999999999 may assume it`."""
    parts = ["administrator"] if one.administrator else ["can become administrator"] if one.escalates else []
    shown = [f"{said} may assume it" for said in one.outside[:2]]
    more = [f"{len(one.outside) - 2} more may assume it"] if len(one.outside) > 2 else []
    return "; ".join([*parts, *shown, *more])


def in_order(exposed: Sequence[Uncompared]) -> list[Uncompared]:
    """The most dangerous first: administrators, roles that can become one, and those open to outsiders."""
    return sorted(exposed, key=lambda one: (not one.administrator, not one.escalates, not one.outside, one.address))
