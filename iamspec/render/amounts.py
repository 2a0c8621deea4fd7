"""Sets of actions in words: few by name, many by service and access level, risky ones apart."""

from collections.abc import Iterable

from iamspec.policy.actions.action_set import Actions
from iamspec.render.lines import count

FEW = 8  # actions that are named
SERVICES = 3  # services with access levels in the text
SHOWN_LEVELS = 2  # of a service
ORDER = ("Permissions management", "Write", "Tagging", "Read", "List")  # what a reviewer wants to see first


def amount(actions: Actions, sign: str = "") -> str:
    """`+2 actions: iam:PassRole, s3:GetObject`, or `+117 actions (s3: 12 permissions management, 40 write, 65 more)`."""
    if actions.is_everything:
        return f"{sign}every action there is"
    text = f"{sign}{count(len(actions), 'action')}"
    return f"{text}: {', '.join(_strongest(actions))}" if len(actions) <= FEW else f"{text} ({_services(actions)})"


def risk(actions: Actions, label: str = "risk") -> str:
    """The risk of some actions, as in `risk: DataAccess 3, ResourceExposure 10`.

    Empty where there is no risk, or all there is.
    """
    if actions.is_everything or not actions.risks:
        return ""
    return f"{label}: {', '.join(f'{name} {number}' for name, number in sorted(actions.risks.items()))}"


def _strongest(actions: Actions) -> list[str]:
    return sorted(actions.names, key=lambda name: (ORDER.index(actions.catalogue.level(name)), name.lower()))


def _services(actions: Actions) -> str:
    """The first services, and how much of others there is."""
    found = services(actions)
    told, rest = [f"{name}: {levels(one)}" for name, one in found[:SERVICES]], found[SERVICES:]
    if rest:
        told.append(f"{count(len(rest), 'more service')}: {levels(_added(one for _, one in rest))}")
    return "; ".join(told)


def services(actions: Actions) -> list[tuple[str, dict[str, int]]]:
    """The services with numbers by access level, those with most that changes something first."""
    return sorted(actions.services.items(), key=lambda one: (*_weights(one[1]), one[0]))


def _weights(found: dict[str, int]) -> tuple[int, ...]:
    return -sum(found.get(level, 0) for level in ORDER[:2]), -sum(found.values())


def _added(found: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in found:
        for level, number in one.items():
            total[level] = total.get(level, 0) + number
    return total


def levels(found: dict[str, int]) -> str:
    """The strongest levels by name, and a number for the rest."""
    names = [level for level in ORDER if level in found]
    shown = names if len(names) <= SHOWN_LEVELS + 1 else names[:SHOWN_LEVELS]
    told = [f"{found[level]} {level.lower()}" for level in shown]
    rest = sum(found[level] for level in names if level not in shown)
    return ", ".join([*told, *([f"{rest} other"] if rest else [])])
