"""What a change of a spec loosens, by comparing two specs as understood: no order of lines and no way of writing matters."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from iamspec.desired.assertions import CaseSpec, TestSpec
from iamspec.desired.guards import Guards
from iamspec.desired.load import Spec
from iamspec.errors import Location
from iamspec.kinds import KINDS, SECTIONS
from iamspec.kinds.contract import Address, AnyDeclared
from iamspec.review.given_up import given_up
from iamspec.review.looser import looser


@dataclass(frozen=True, slots=True)
class Loosened:
    """A setting that the change loosens: the setting or the entity, a sentence, and the place in the new spec."""

    setting: str
    message: str
    source: Location | None = None


@dataclass(frozen=True, slots=True)
class _Two:
    """The spec of the base and the spec of the change."""

    old: Spec
    new: Spec

    def found(self, message: str, *path: str | int) -> Loosened:
        setting = ".".join(str(one) for one in path if not isinstance(one, int))
        return Loosened(setting, message, self._place(path))

    def _place(self, path: tuple[str | int, ...]) -> Location | None:
        """The place of a setting, or of the nearest setting around it that is still there."""
        return self.new.issue("", *path).location


def loosened(old: Spec, new: Spec) -> tuple[Loosened, ...]:
    """Everything that is looser than in the base, the settings first."""
    two = _Two(old, new)
    parts = (_limits, _prune, _tests, _account, _guards, _scope, _tombstones, _exceptions, _lint, _status, _entities)
    return tuple(one for part in parts for one in part(two))


def _limits(two: _Two) -> Iterator[Loosened]:
    old, new = two.old.settings.guards, two.new.settings.guards
    for one in looser(new, old):
        yield two.found(f"guards.{one.name} {one.own} → {one.value}", "guards", one.name)


def _prune(two: _Two) -> Iterator[Loosened]:
    old, new = ({one for one in SECTIONS if spec.settings.prunes(one)} for spec in (two.old, two.new))
    if added := sorted(new - old):
        how = "off → on" if not old else f"also of {', '.join(added)}"
        yield two.found(f"prune {how}: apply deletes what is not declared", "prune")


def _account(two: _Two) -> Iterator[Loosened]:
    old, new = (spec.settings.account and spec.settings.account.id for spec in (two.old, two.new))
    if old and old != new:
        yield two.found(f"account.id {old} → {new or 'any account'}", "account", "id")
    before, after = (spec.settings.account for spec in (two.old, two.new))
    if before and before.password_policy is not None and (after is None or after.password_policy is None):
        yield two.found("account.password_policy is left out: it is not compared any more", "account")


def _guards(two: _Two) -> Iterator[Loosened]:
    """Names that are not guarded any more, and complaints that are lifted."""
    old, new = two.old.settings.guards, two.new.settings.guards
    for name in sorted(_lists(old)):
        for gone in sorted(_lists(old)[name] - _lists(new).get(name, set())):
            yield two.found(f"{name} has {gone} no longer", *name.split("."))
    known = {(one.guard, one.entity, one.change, one.until) for one in old.allow}
    for number, entry in enumerate(new.allow):
        if not _is_known(known, entry.guard, entry.entity, entry.change, until=entry.until):
            message = f"guards.allow lifts {entry.subject} until {entry.until}: {entry.reason}"
            yield two.found(message, "guards", "allow", number)


def _lists(guards: Guards) -> dict[str, set[str]]:
    """Every list of names in the guards, by its dotted name."""
    found: dict[str, set[str]] = {}
    for name, value in guards.model_dump(mode="json", exclude={"allow"}).items():
        if isinstance(value, list):
            found[f"guards.{name}"] = set(map(str, value))
        elif isinstance(value, dict):
            found |= {f"guards.{name}.{key}": set(map(str, one)) for key, one in value.items()}
    return found


def _scope(two: _Two) -> Iterator[Loosened]:
    """Every difference: a smaller scope hides entities, and a larger scope lets apply change them."""
    old, new = (spec.settings.scope.model_dump(mode="json") for spec in (two.old, two.new))
    for name, before, after in _differences(old, new, "scope"):
        yield two.found(f"{name} {_shown(before)} → {_shown(after)}", *name.split("."))


def _differences(old: object, new: object, name: str) -> Iterator[tuple[str, object, object]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _differences(old.get(key), new.get(key), f"{name}.{key}")
    elif _sorted(old) != _sorted(new):
        yield name, old, new


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


def _shown(value: object) -> str:
    if value is None:
        return "left out"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


# Tests


@dataclass(frozen=True, slots=True)
class _Asserted:
    """A single assertion of a test about a user, path or group."""

    subject: str
    verdict: str
    what: str
    context: frozenset[tuple[str, tuple[str, ...]]] = field(default=frozenset())

    def __str__(self) -> str:
        keys = ", ".join(f"{key}={'|'.join(values)}" for key, values in sorted(self.context))
        return f"{self.verdict} {self.what}{f' with {keys}' if keys else ''} for {self.subject}"


def _tests(two: _Two) -> Iterator[Loosened]:
    """Assertions that no test makes any more. Names of tests do not matter."""
    kept = {one for test in two.new.settings.tests.values() for one in _asserted(test)}
    for name, test in two.old.settings.tests.items():
        gone = sorted(set(_asserted(test)) - kept, key=str)
        if gone and name not in two.new.settings.tests:
            yield two.found(f"test {name} is removed: {_few(gone)}", "tests", name)
        elif gone:
            yield two.found(f"test {name} asserts less: {_few(gone)}", "tests", name)


def _asserted(test: TestSpec) -> Iterator[_Asserted]:
    names = {"user": test.users, "group": test.groups, "role": test.roles}
    subjects = [f"{kind} {one.casefold()}" for kind, found in names.items() for one in found]
    for subject in subjects:
        for verdict, cases in (("allow", test.allow), ("deny", test.deny)):
            yield from (_Asserted(subject, verdict, *_case(case)) for case in cases)
        if test.boundary is not None:
            yield _Asserted(subject, "boundary", test.boundary)


def _case(case: CaseSpec) -> tuple[str, frozenset[tuple[str, tuple[str, ...]]]]:
    context = {
        (key.casefold(), (value,) if isinstance(value, str) else tuple(sorted(value)))
        for key, value in case.context.items()
    }
    on = "" if case.resource == "*" else f" on {case.resource}"
    return f"{case.action.casefold()}{on}", frozenset(context)


def _few(found: Iterable[object], most: int = 3) -> str:
    told = list(map(str, found))
    return "; ".join(told[:most]) + (f"; and {len(told) - most} more" if len(told) > most else "")


# Exceptions


def _tombstones(two: _Two) -> Iterator[Loosened]:
    new = two.new.absent
    for address, day in sorted(two.old.absent.items()):
        if address not in new:
            yield two.found(f"absent has {address} no longer", "absent", KINDS[address.kind].section)
        elif new[address] < day:
            yield two.found(f"absent: {address} {day} → {new[address]}", "absent", KINDS[address.kind].section)


def _exceptions(two: _Two) -> Iterator[Loosened]:
    known = {(one.entity, one.state, one.until) for one in two.old.settings.drift.accept}
    for number, entry in enumerate(two.new.settings.drift.accept):
        if not _is_known(known, entry.entity, entry.state, until=entry.until):
            message = f"drift.accept accepts {entry.address} until {entry.until}: {entry.reason}"
            yield two.found(message, "drift", "accept", number)


def _is_known(known: Iterable[tuple[object, ...]], *about: object, until: date) -> bool:
    """Whether the base has an exception about the same that ends no earlier."""
    return any(one[:-1] == about and isinstance(one[-1], date) and one[-1] >= until for one in known)


def _lint(two: _Two) -> Iterator[Loosened]:
    for code in sorted(two.new.settings.lint.ignore.keys() - two.old.settings.lint.ignore.keys()):
        reason = two.new.settings.lint.ignore[code]
        yield two.found(f"lint ignores {code}: {reason}", "lint", "ignore", code)


def _status(two: _Two) -> Iterator[Loosened]:
    old, new = two.old.settings.status, two.new.settings.status
    for check, entry in sorted(new.accept.items()):
        before = old.accept.get(check)
        added = sorted(set(entry.who) - set(before.who if before else ()))
        if before is None or added or entry.until > before.until:
            who = f" of {', '.join(added or entry.who)}" if added or entry.who else ""
            yield two.found(f"status accepts {check}{who} until {entry.until}", "status", "accept", check)
    if new.root_unused_days < old.root_unused_days:
        message = f"status.root_unused_days {old.root_unused_days} → {new.root_unused_days}"
        yield two.found(message, "status", "root_unused_days")
    for tag in sorted(set(old.required_tags) - set(new.required_tags)):
        yield two.found(f"status.required_tags has {tag} no longer", "status", "required_tags")


# Entities


def _entities(two: _Two) -> Iterator[Loosened]:
    """Entities that become external, groups that open, protection that is taken off, and warnings that are ignored."""
    names = {one.address: former.address.name for one, former in _pairs(two.old, two.new) if former is not None}
    for new, old in _pairs(two.old, two.new):
        for message in given_up(old, new, names):
            yield Loosened(str(new.address), f"{new.address} {message}", new.locate(()))


def _pairs(old: Spec, new: Spec) -> Iterator[tuple[AnyDeclared, AnyDeclared | None]]:
    """The declared entities, each with itself in the base, under the present name or the former."""
    for address in sorted(new.entities):
        declared = new.entities[address]
        before, renamed = old.entities.get(address), vars(declared.shape).get("renamed_from")
        if before is None and renamed is not None:
            before = old.entities.get(Address(address.kind, renamed.name))
        yield declared, before


def newly_declared(old: Spec, new: Spec) -> list[Address]:
    """The entities that the change declares, and the base did not or only as external."""
    found = []
    for declared, before in _pairs(old, new):
        was_managed = before is not None and not vars(before.shape).get("external")
        kind = KINDS[declared.address.kind]
        if not was_managed and not vars(declared.shape).get("external") and kind.scoped:
            found.append(declared.address)
    return found
