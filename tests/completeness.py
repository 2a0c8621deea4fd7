"""The demands of the contract on a kind, as checks that name the gaps. Each check takes a kind and samples of the fields."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from samples import NEEDED, NEIGHBOURS, Pair, as_live

from iamspec.access.principals import all_powers
from iamspec.desired.load import Spec
from iamspec.desired.resources import Desired, desired
from iamspec.desired.settings import Settings
from iamspec.errors import IamspecError, Location
from iamspec.iam import Account, Caller, Label
from iamspec.kinds import KINDS, SCOPED, calls
from iamspec.kinds.contract import Address, Declared, Holding, How, Kind, Purpose
from iamspec.kinds.operations import OPERATIONS
from iamspec.live.observe import Live
from iamspec.live.simulate import carry_out_all
from iamspec.plan.diff import differences
from iamspec.plan.model import Action, Change, Plan
from iamspec.plan.steps import transition
from iamspec.policy.document import Document
from iamspec.review import permissions
from iamspec.saved.entities import plain, restored

PROVIDERS = ("oidc-provider/a.example.com", "oidc-provider/b.example.com", "saml-provider/x")
LABELS = {f"arn:aws:iam::123456789012:{one}": Label("x") for one in PROVIDERS}
ACCOUNT = Account("123456789012", labels=LABELS)
NAME = "x"
REFERRING = {"groups": How.MEMBER, "policies": How.ATTACHES, "permissions_boundary": How.BOUNDED, "members": How.LISTS}


@dataclass
class Case:
    """One kind, whose samples are by field."""

    kind: Kind[Any, Any]
    samples: Mapping[str, Pair]

    @property
    def address(self) -> Address:
        name = {"account": "alias", "password-policy": "account"}.get(self.kind.name, NAME)
        return Address(self.kind.name, name)

    @cached_property
    def fields(self) -> list[str]:
        """The compared fields but the name."""
        return [name for name in self.kind.compared(self.kind.as_created(self.wanted({}))) if name != "name"]

    def desired(self, shape: dict[str, Any]) -> Desired:
        """A spec with this entity and its neighbours, in the account."""
        entities = {}
        for kind, neighbours in NEIGHBOURS.items():
            for name, one in neighbours.items():
                entities[Address(kind, name)] = _declared(KINDS[kind], Address(kind, name), one)
        entities[self.address] = _declared(self.kind, self.address, {**NEEDED.get(self.kind.name, {}), **shape})
        return desired(Spec(Settings(), entities), ACCOUNT, {})

    def wanted(self, shape: dict[str, Any]) -> Any:
        return self.desired(shape).resources.get(self.address) or self.kind.desired(
            _declared(self.kind, self.address, {}), _nothing(), self.desired({}).world
        )

    @cached_property
    def world(self) -> Any:
        return self.desired({}).world

    @cached_property
    def neighbours(self) -> Live:
        """The account with the neighbours alone."""
        wanted, live = self.desired({}), Live(ACCOUNT, Caller("", ACCOUNT.id), {})
        for address, resource in sorted(wanted.resources.items(), key=lambda one: list(KINDS).index(one[0].kind)):
            if address != self.address and address.kind in NEIGHBOURS:
                live = self.carried(live, None, resource, KINDS[address.kind])
        users = {Address("user", name): _user(name) for name in NEIGHBOURS["user"]}
        return replace(live, resources={**live.resources, **users})

    def carried(self, live: Live, before: Any, after: Any, kind: Any = None) -> Live:
        """The account after the calls that make one of the other."""
        done = carry_out_all(live, transition(kind or self.kind, before, after, self.world))
        members = done.members
        found = {address: as_live(one, members.get(address, ())) for address, one in done.resources.items()}
        return replace(done, resources=found)

    def live(self, shape: dict[str, Any]) -> Live:
        """The account with the entity as a shape wants it."""
        return self.carried(
            self.neighbours, None, self.kind.fill_desired(self.wanted(shape), None, self.neighbours.now)
        )

    def plan(self, before: Any, after: Any) -> Plan:
        """The plan of one change."""
        action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
        told = differences(self.kind, before, after, ACCOUNT)
        steps = tuple(transition(self.kind, before, after, self.world))
        return Plan(ACCOUNT, "", (Change(self.address, action, told, steps, before=before, after=after),))


def _declared(kind: Kind[Any, Any], address: Address, shape: dict[str, Any]) -> Declared[Any]:
    return Declared(address, kind.shape.model_validate(shape), lambda _path: Location("spec.yaml", 1, 1))


def _nothing() -> Any:
    from iamspec.kinds.contract import Granted

    return Granted()


def _user(name: str) -> Any:
    from iamspec.kinds.user.shape import User, UserFacts

    return User(name, suspended=False, facts=UserFacts(ACCOUNT.arn(f"user/{name}"), f"ID-{name}"))


# Each check yields the gaps, by field


def samples(case: Case) -> Iterator[str]:
    """Every compared field has a sample, so that nothing below is about nothing."""
    yield from (f"{field}: no sample" for field in case.fields if field not in case.samples)


def reaches_desired(case: Case) -> Iterator[str]:
    """A field that is written otherwise is another field of the desired entity."""
    for field, (one, two) in case.samples.items():
        if getattr(case.wanted(one), field) == getattr(case.wanted(two), field):
            yield f"{field}: does not reach the desired entity"


def is_written(case: Case) -> Iterator[str]:
    """Import writes the field; and every compared field is written, even if it is empty."""
    for field, (one, two) in case.samples.items():
        first, second = (case.kind.written(case.wanted(shape), ACCOUNT) for shape in (one, two))
        if field not in first or first[field] == second[field]:
            yield f"{field}: is not written"


def differs(case: Case) -> Iterator[str]:
    """The diff shows the field."""
    for field, (one, two) in case.samples.items():
        found = differences(case.kind, case.wanted(one), case.wanted(two), ACCOUNT)
        if field not in [difference.field for difference in found]:
            yield f"{field}: is no difference"


def is_made(case: Case) -> Iterator[str]:
    """The calls that create an entity leave the field as it is wanted."""
    for field, (one, _) in case.samples.items():
        if _after(case, field, None, one) is not None:
            yield f"{field}: {_after(case, field, None, one)}"


def is_changed(case: Case) -> Iterator[str]:
    """The calls of an update change the field, there and back: an undo is an update back."""
    for field, (one, two) in case.samples.items():
        for before, after in ((one, two), (two, one)):
            if (problem := _after(case, field, before, after)) is not None:
                yield f"{field}: {problem}"


def _after(case: Case, field: str, before: dict[str, Any] | None, after: dict[str, Any]) -> str | None:
    """The faults of a field after the calls that turn a shape into another shape."""
    try:
        live = case.neighbours if before is None else case.live(before)
        old = live.resources.get(case.address)
        wanted = case.kind.fill_desired(case.wanted(after), old, live.now)
        if case.kind.unmakable(wanted) if old is None else case.kind.blocked(old, wanted):
            return None
        found = case.carried(live, old, wanted).resources.get(case.address)
    except IamspecError as error:
        return str(error)
    wanted = as_live(wanted, [Address("user", name) for name in getattr(wanted, "members", ())])
    return None if getattr(found, field) == getattr(wanted, field) else "no call brings it about"


def goes(case: Case) -> Iterator[str]:
    """A deletion takes away all that the entity holds, and then the entity."""
    if not case.kind.scoped:
        return
    for field, (one, _) in case.samples.items():
        try:
            live = case.live(one)
            before = case.kind.with_hidden(live.resources[case.address])
            emptied = carry_out_all(live, case.kind.update(before, case.kind.as_created(before), case.world))
            left = case.kind.with_hidden(emptied.resources[case.address])
            gone = carry_out_all(live, transition(case.kind, before, None, case.world))
        except (IamspecError, KeyError) as error:
            yield f"{field}: {error}"
            continue
        if case.address in gone.resources:
            yield f"{field}: the entity does not go"
        holds = [one for one in case.kind.references(left) if one.how in {How.MEMBER, How.ATTACHES}]
        if holds or emptied.referrers.get(case.address):  # a boundary goes with its holder
            yield f"{field}: is still held when the entity goes"


def _steps(case: Case, field: str) -> list[Any]:
    one, two = case.samples[field]
    try:
        first, second = (case.live(shape).resources[case.address] for shape in (one, two))
    except (IamspecError, KeyError):
        return []
    new = case.kind.as_new(first)
    found = [] if case.kind.unmakable(new) else [*transition(case.kind, None, new, case.world)]
    for before, after in ((first, second), (second, first)):
        if not case.kind.blocked(before, after):
            found += transition(case.kind, before, after, case.world)
    return [*found, *(transition(case.kind, first, None, case.world) if case.kind.scoped else ())]


def has_rows(case: Case) -> Iterator[str]:
    """Each call has a row, is formed as its row says, and the row knows the way back or that something is lost."""
    for field in case.samples:
        for step in _steps(case, field):
            row = OPERATIONS.get(step.call.operation)
            if row is None:
                yield f"{field}: {step.call.operation} has no row"
                continue
            yield from (f"{field}: {one}" for one in calls.problems(step.call, step.address, ACCOUNT))
            if not (row.back or row.takes or row.verb.value in {"create", "delete"}):
                yield f"{field}: nothing takes {row.name} back"


def has_permissions(case: Case) -> Iterator[str]:
    """The policies that iamspec prints for an apply allow each call."""
    whole = str(permissions.managing().document)
    for field in case.samples:
        for step in _steps(case, field):
            if f"iam:{step.call.operation}'" not in whole:
                yield f"{field}: no permission for {step.call.operation}"


def has_reads(case: Case) -> Iterator[str]:
    """Each read beyond the listing is named by its kind, and allowed by the policies that iamspec prints."""
    whole = str(permissions.managing().document)
    for field, (one, _) in case.samples.items():
        try:
            live = case.live(one).resources[case.address]
        except (IamspecError, KeyError):
            continue
        for call in (call for purpose in Purpose for call in case.kind.missing_reads(live, purpose)):
            named = {*case.kind.reads, *(one.operation for one in case.kind.lists)}
            if call.operation not in named or f"iam:{call.operation}'" not in whole:
                yield f"{field}: no permission for {call.operation}"


def is_remembered(case: Case) -> Iterator[str]:
    """A journal remembers the field."""
    for field, (one, _) in case.samples.items():
        try:
            live = case.live(one).resources[case.address]
        except (IamspecError, KeyError):
            continue
        again = restored(case.kind.name, plain(live), ACCOUNT.partition)
        if getattr(again, field) != getattr(live, field):
            yield f"{field}: a journal forgets it"


def refers(case: Case) -> Iterator[str]:
    """Every entity that a field names is a reference of the resource and a grant of the shape."""
    for field, how in REFERRING.items():
        if field not in case.samples:
            continue
        one, _ = case.samples[field]
        wanted = case.wanted(one)
        if how not in {reference.how for reference in case.kind.references(wanted)}:
            yield f"{field}: names entities that are no references"
        given = case.kind.given(case.kind.shape.model_validate({**NEEDED.get(case.kind.name, {}), **one}))
        if not getattr(given, {"permissions_boundary": "boundary"}.get(field, field)):
            yield f"{field}: is no grant of its shape"


def is_holding(case: Case) -> Iterator[str]:
    """What holds policies is a Holding, has quotas on them, and with a boundary is a principal."""
    held = {"policies", "inline_policies"} & set(case.samples)
    if held and not isinstance(case.wanted({}), Holding):
        yield "holds policies, and is no Holding"
    if "inline_policies" in held and case.kind.inline_size is None:
        yield "inline_policies: no quota on their size"
    limited = {limit.field for limit in case.kind.limits}
    yield from (
        f"{field}: no quota" for field in ("policies", "groups") if field in case.samples and field not in limited
    )
    if "permissions_boundary" in case.samples and not case.kind.is_principal:
        yield "has a boundary, and is no principal"
    if case.kind.scoped and "" not in limited:
        yield "no quota on the number of entities"


def has_documents(case: Case) -> Iterator[str]:
    """Every document of a resource has its place in the kind, where grammar, lint and impact look for it."""
    for field, (one, _) in case.samples.items():
        value = getattr(case.wanted(one), field)
        documents = (
            [value] if isinstance(value, Document) else list(value.values()) if isinstance(value, Mapping) else []
        )
        if any(isinstance(document, Document) for document in documents):
            known = {name.partition(".")[0] for name in case.kind.documents(case.wanted(one))}
            if field not in known:
                yield f"{field}: documents without a place"


def has_powers(case: Case) -> Iterator[str]:
    """A principal may do everything that its policies allow, on each way from a policy to the principal."""
    for field in ("policies", "inline_policies", "groups", "permissions_boundary"):
        if field in case.samples and case.kind.is_principal:
            found = [
                all_powers(case.live(shape).resources, ACCOUNT, {}).get(case.address) for shape in case.samples[field]
            ]
            if found[0] is None or (found[0].policies, found[0].boundary) == (found[1].policies, found[1].boundary):
                yield f"{field}: does not decide what it may do"


CHECKS: dict[str, Callable[[Case], Iterator[str]]] = {
    one.__name__: one
    for one in (
        samples,
        reaches_desired,
        is_written,
        differs,
        is_made,
        is_changed,
        goes,
        has_rows,
        has_permissions,
        has_reads,
        is_remembered,
        refers,
        is_holding,
        has_documents,
        has_powers,
    )
}


def gaps(case: Case) -> set[str]:
    """All gaps of a kind."""
    return {gap for check in CHECKS.values() for gap in check(case)}


__all__ = ["CHECKS", "SCOPED", "Case", "gaps"]
