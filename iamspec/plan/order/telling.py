"""The windows of an order as sentences: principal, direction, actions, and the calls around the moment."""

from collections.abc import Iterable, Iterator, Sequence

from iamspec.kinds.contract import Address, Step
from iamspec.plan.findings import Window
from iamspec.plan.order.judge import Finding, Judge
from iamspec.plan.order.probes import labelled

MOST_NAMES = 10


def windows(found: Iterable[Finding], judge: Judge, steps: Sequence[Step]) -> Iterator[Window]:
    """A window per principal and direction, sorted: actions of all moments, calls of the first moment."""
    together: dict[tuple[Address, str], list[Finding]] = {}
    for one in found:
        for address in one.scene.alike:
            together.setdefault((address, one.direction.value), []).append(one)
    for (address, direction), moments in sorted(together.items()):
        requests = 0
        for one in moments:
            requests |= one.requests
        yield Window(address, direction, actions(requests, judge), _reason(moments[0], steps))


def actions(requests: int, judge: Judge) -> tuple[str, ...]:
    """The actions of some requests.

    An action has its resource where the requests lack other
    resources of that action.
    """
    probes = [probe for number, probe in enumerate(judge.probes) if requests >> number & 1]
    asked = labelled(probes, judge.documents)
    anywhere = {label for label, probe in asked if not probe.place}
    named = {label if label in anywhere or not probe.place else f"{label} on {probe.place}" for label, probe in asked}
    return tuple(sorted(named))


def _reason(one: Finding, steps: Sequence[Step]) -> str:
    done, left = (_calls(numbers, steps) for numbers in (one.done, one.left))
    if one.failed is not None:
        return f"if {_calls([one.failed], steps)} fails, after {done}"
    return f"after {done}, before {left}" if left else f"after {done}"


def _calls(numbers: Sequence[int], steps: Sequence[Step]) -> str:
    return listed([f"{steps[one].call.operation} of {steps[one].address}" for one in numbers]) or "no call"


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def notes(found: Iterable[Window]) -> Iterator[str]:
    """A sentence for each set of principals with the same window."""
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in found:
        together.setdefault((one.direction, one.what), []).append(str(one.address))
    for (direction, what), who in sorted(together.items(), key=lambda one: (one[0][0] != "more", one)):
        if direction == "more":
            yield f"{listed(who)}: for a moment more than before and after: {listed(what)}; no order of these calls avoids it"
        else:
            yield (
                f"{listed(who)}: for a moment without {listed(what)}, though there before and after: "
                "any other order would give somebody more"
            )


def unjudged(judge: Judge) -> Iterator[str]:
    """A note where the documents say too much to be judged whole."""
    if not judge.is_whole:
        yield (
            f"the policies of this plan say too much to try every kind of request between two calls: {len(judge.probes)} "
            "requests were tried, so a moment of more or less access may be missing here"
        )
