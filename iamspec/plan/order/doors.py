"""The order between who may become a role and what the role may do.

Trust, instance profiles, identity providers, and the policies of
users and roles of the account decide who may become a role. A
principal that may become the role only after the plan must not meet
access that the role has only before it, and the other way round. So
a step that lets a principal in waits for every loss of the role. A
gain of the role waits for every step that shuts a principal out.
Chains of roles are not followed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise, product

from iamspec.access.administrators import rights
from iamspec.access.assume import may_assume
from iamspec.access.book import Book
from iamspec.access.principals import Powers
from iamspec.access.targets import ASSUME, Target, targets_of
from iamspec.kinds.contract import Address, Phase, Resource, Step
from iamspec.kinds.holdings import boundary_policy
from iamspec.kinds.provider.shape import Provider
from iamspec.kinds.role import trusting
from iamspec.kinds.role.operations import ENTER, ENTRUST, LEAVE
from iamspec.kinds.role.shape import Role
from iamspec.live.observe import Live
from iamspec.plan.findings import Window
from iamspec.plan.order.cast import Cast, arns_of
from iamspec.plan.order.graph import Edge, Precedence
from iamspec.plan.order.judge import Direction, Finding, Judge
from iamspec.plan.order.scene import Scene, State, is_personal
from iamspec.plan.order.telling import windows
from iamspec.plan.steps import order
from iamspec.policy import trust
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer
from iamspec.policy.evaluate.marks import Allowed
from iamspec.policy.evaluate.statements import compiled
from iamspec.policy.remembered import Remembered
from iamspec.policy.trust import Sort

WHO = "for those whom it lets in or shuts out"


@dataclass(slots=True)
class Turns:
    """The steps that open and close something, by number.

    `serving` steps change only which services of AWS may become a
    role.
    """

    opens: set[int] = field(default_factory=set)
    closes: set[int] = field(default_factory=set)
    serving: set[int] = field(default_factory=set)

    def add(self, other: "Turns") -> None:
        self.opens |= other.opens
        self.closes |= other.closes

    def note(self, number: int, *, opens: object, closes: object) -> None:
        if opens:
            self.opens.add(number)
        if closes:
            self.closes.add(number)


def doors(steps: Sequence[tuple[int, Step]], before: Live, after: Live) -> dict[Address, Turns]:
    """The steps that let principals into a role or shut principals out, for each role that stays."""
    found: dict[Address, Turns] = {}
    trusting_in: Mapping[Address, set[Address]] | None = None
    for number, step in steps:
        if isinstance(provider := before.resources.get(step.address), Provider):
            trusting_in = _trusting(before, after) if trusting_in is None else trusting_in
            opens, closes = _logins(provider, after.resources.get(step.address))
            for role in trusting_in.get(step.address, ()):
                found.setdefault(role, Turns()).note(number, opens=opens, closes=closes)
        elif (look := _DOORS.get(step.call.operation)) is not None:
            old, new = before.resources.get(step.address), after.resources.get(step.address)
            if isinstance(old, Role) and isinstance(new, Role):
                opens, closes = look(old, new)
                door = found.setdefault(step.address, Turns())
                door.note(number, opens=opens, closes=closes)
                if step.call.operation == ENTRUST.name and not _is_about_people(old, new):
                    door.serving.add(number)
    return found


def _is_about_people(before: Role, after: Role) -> bool:
    changed = (*trust.newly_admitted(before.trust, after.trust), *trust.newly_admitted(after.trust, before.trust))
    return any(one.who.sort is not Sort.SERVICE for one in changed)


def _entrusted(before: Role, after: Role) -> tuple[object, object]:
    return trust.newly_admitted(before.trust, after.trust), trust.newly_admitted(after.trust, before.trust)


_DOORS: Mapping[str, Callable[[Role, Role], tuple[object, object]]] = {
    ENTRUST.name: _entrusted,
    ENTER.name: lambda _before, _after: (True, False),
    LEAVE.name: lambda _before, _after: (False, True),
}


def _logins(before: Provider, after: Resource | None) -> tuple[object, object]:
    """Whether logins of a provider become possible, and whether some become impossible."""
    if not isinstance(after, Provider):
        return False, True
    old, new = _accepted(before), _accepted(after)
    return new - old, old - new


def _accepted(provider: Provider) -> frozenset[tuple[str, str]]:
    """The audiences, signatures and servers that a provider accepts."""
    saml = provider.saml
    found = {("audience", one) for one in provider.client_ids}
    found |= {("server", one) for one in provider.thumbprints or ()}
    if saml is not None:
        found |= {(saml.entity_id or "", one) for one in saml.certificates}
    return frozenset(found)


def _trusting(before: Live, after: Live) -> dict[Address, set[Address]]:
    """The roles that trust each identity provider, before or after the plan, among those that stay."""
    found: dict[Address, set[Address]] = {}
    for live in (before, after):
        for address, one in live.resources.items():
            if isinstance(one, Role) and address in before.resources and address in after.resources:
                for other in trusting.others(one.trust, live.account):
                    found.setdefault(other, set()).add(address)
    return found


def callers(before: Live, after: Live, cast: Cast, roles: Iterable[Address]) -> dict[Address, Turns]:
    """The steps by which users and roles of the account may begin or cease to assume a role, by their own policies.

    Administrators without conditions are left out: they gain
    nothing by a role.
    """
    states = [targets_of(live.resources, live.account) for live in (before, after)]
    targets = {role: [known[role] for known in states] for role in roles if all(role in known for known in states)}
    found: dict[Address, Turns] = {}
    book = Book({}, before.account.id)
    visits = _Visits(targets, book)
    for scene in cast.touched(_allows_assuming) if targets else ():
        moments = list(scene.states())
        reigns = [one.powers is not None and rights(one.powers, book) is True for one in (moments[0], moments[-1])]
        for role in targets.keys() - set(scene.names):
            open_ = [visits.is_open(one, role) for one in moments]
            for number, (was, becomes) in zip(scene.steps, pairwise(open_), strict=True):
                turns = found.setdefault(role, Turns())
                turns.note(number, opens=becomes > was and not reigns[1], closes=was > becomes and not reigns[0])
    return found


@Remembered
def _allows_assuming(document: Document) -> bool:
    return any(one.effect == "Allow" and one.names(ASSUME.lower()) for one in compiled(document))


@dataclass(slots=True)
class _Visits:
    """Who may assume a role, by the trust before or after the plan. Users with equal policies share the answers."""

    targets: Mapping[Address, Sequence[Target]]
    book: Book
    _known: dict[object, bool] = field(default_factory=dict)

    def is_open(self, state: State, role: Address) -> bool:
        powers = state.powers
        if powers is None or not state.able:
            return False
        key = (role, self._likeness(powers, role))
        if key not in self._known:
            answers = (may_assume(powers, one, self.book) for one in self.targets[role])
            self._known[key] = any(one is not Answer.DENIED for one in answers)
        return self._known[key]

    def _likeness(self, powers: Powers, role: Address) -> object:
        held = (*powers.policies, *((powers.boundary,) if powers.boundary else ()))
        documents = tuple(one.document for one in held)
        asked = (*documents, *(one.trust for one in self.targets[role]))
        is_named = powers.address.kind == "role" or any(
            one is None or is_personal(one) or powers.arn in one.text for one in asked
        )
        return powers.address if is_named else None, documents, powers.boundary is not None


@dataclass(slots=True)
class Room:
    """A role that somebody enters or leaves while the role gains or loses access."""

    role: Address
    door: Turns
    scene: Scene
    judge: Judge

    @classmethod
    def of(cls, role: Address, door: Turns, cast: Cast) -> "Room | None":
        """None if no step changes what the role may do: the actions of AWS are not read then."""
        scene = cast.scene((role,))
        moving = [one for one, step in scene.steps.items() if Phase.CREATE < step.phase < Phase.DELETE]
        if not set(moving) - door.opens - door.closes:
            return None
        scene = replace(scene, alike=(role,))
        return cls(role, door, scene, Judge.of_scenes([scene], {}))

    def edges(self) -> list[Edge]:
        """A way in waits for every loss of the role. A gain of the role waits for the end of every old way in."""
        turns = self._powers()
        found = {*product(self.door.closes, turns.opens), *product(turns.closes, self.door.opens)}
        return sorted(found, key=lambda edge: (not self.door.serving.isdisjoint(edge), edge))

    def _powers(self) -> Turns:
        """The steps by which the role gains or loses access, each as the first of all steps or as the last."""
        found, level, steps = Turns(), partial(self.judge.level, self.scene), self.scene.steps
        before, after = level(()), level(steps)
        for number, step in steps.items():
            if Phase.CREATE < step.phase < Phase.DELETE and number not in self.door.opens | self.door.closes:
                first, others = level((number,)), level([one for one in steps if one != number])
                more, less = _more(before, first) or _more(others, after), _more(first, before) or _more(after, others)
                found.note(number, opens=more, closes=less)
        return found

    def moments(self, numbers: Iterable[int]) -> Iterator[Finding]:
        """The moments at which a principal meets access that the role has only on the other side of the plan.

        Services of AWS are not counted.
        """
        opens, closes = self.door.opens - self.door.serving, self.door.closes - self.door.serving
        known = [one for one in numbers if one in self.scene.steps or one in opens | closes]
        before, after = (self.judge.level(self.scene, done) for done in ((), self.scene.steps))
        for end in range(1, len(known)):
            done, left = known[:end], known[end:]
            now = self.judge.level(self.scene, [one for one in done if one in self.scene.steps])
            met = _more(after, now) if opens.intersection(done) else 0
            met |= _more(before, now) if closes.intersection(left) else 0
            if met:
                yield Finding(self.scene, Direction.MORE, tuple(done), tuple(left), met)


def _more(old: Allowed, new: Allowed) -> int:
    return (new.certain & ~old.certain) | (new.possible & ~old.possible)


def rooms(steps: Sequence[tuple[int, Step]], before: Live, after: Live, cast: Cast) -> list[Room]:
    """The roles for which the order matters."""
    found = doors(steps, before, after)
    for role, door in callers(before, after, cast, _changing_roles(steps, before, after)).items():
        found.setdefault(role, Turns()).add(door)
    made = (Room.of(role, door, cast) for role, door in sorted(found.items()) if door.opens or door.closes)
    return [one for one in made if one is not None]


def guard(found: Iterable[Room], graph: Precedence) -> tuple[dict[int, set[int]], list[Room]]:
    """Adds the edges of all roles to the precedence.

    The steps that each step waits for, and the roles for which not
    all edges could be added.
    """
    waits: dict[int, set[int]] = {}
    left = []
    for room in found:
        missing = [edge for edge in room.edges() if not _added(edge, graph, waits)]
        if missing:
            left.append(room)
    return waits, left


def _added(edge: Edge, graph: Precedence, waits: dict[int, set[int]]) -> bool:
    if not graph.add([edge]):
        return False
    waits.setdefault(edge[1], set()).add(edge[0])
    return True


def unsafe(left: Iterable[Room], placed: Sequence[Step]) -> Iterator[Window]:
    """The windows that the final order opens."""
    numbers = sorted(range(len(placed)), key=lambda one: (order(placed[one]), placed[one].address, one))
    for room in left:
        for window in windows(room.moments(numbers), room.judge, placed):
            yield replace(window, what=tuple(f"{one} {WHO}" for one in window.what))


def _changing_roles(steps: Iterable[tuple[int, Step]], before: Live, after: Live) -> list[Address]:
    """The roles that a step changes, and the holders of policies that a step changes."""
    changed = {step.address for _, step in steps}
    held = {
        address: {address, *(one for arn in arns_of(role) for one in boundary_policy(arn))}
        for live in (before, after)
        for address, role in live.resources.items()
        if isinstance(role, Role)
    }
    return sorted(address for address, parts in held.items() if not changed.isdisjoint(parts))
