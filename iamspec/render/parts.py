"""A change taken apart for people: the new, removed and changed parts of each field, in any format."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.operations import OPERATIONS
from iamspec.kinds.role.shape import Role
from iamspec.kinds.role.trusting import FIELD as TRUST
from iamspec.plan.diff import DOCUMENT, Difference
from iamspec.plan.model import Action, Change
from iamspec.policy.trust import admissions, sentence
from iamspec.render.documents import Signed, document_difference
from iamspec.render.keys import spoken
from iamspec.render.lines import count, scalar

NOUNS = {row.name: row.takes.noun for row in OPERATIONS.values() if row.takes}  # of what a call destroys


class Form(Enum):
    """How a field is built."""

    SCALAR = "scalar"
    LIST = "list"
    MAPPING = "mapping"
    DOCUMENT = "document"
    DOCUMENTS = "documents"  # by name


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a field: `+`, `-` or `~`, or a blank where nothing is compared.

    `lines` are those of a document.
    """

    sign: str
    label: str = ""
    text: str = ""
    via: Address | None = None
    lines: tuple[Signed, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a change."""

    field: str
    form: Form
    entries: tuple[Entry, ...]
    cosmetic: bool = False


def parts(change: Change, partition: str) -> list[Part]:
    """The readable parts of a change: all fields of a new entity, the grants of a deleted entity."""
    found = []
    for one in change.differences:
        form = form_of(change.address.kind, one)
        if one.field == TRUST and (told := tuple(_trust(change))):
            found.append(Part(one.field, Form.LIST, told, one.cosmetic))
            continue
        if change.action is Action.DELETE and (form not in {Form.LIST, Form.DOCUMENTS} or one.field == "access_keys"):
            continue  # credentials are counted with the deletion
        if entries := tuple(_signed(one, form, change.action, partition)):
            found.append(Part(one.field, form, entries, one.cosmetic))
    return found


def goes_along(change: Change) -> str:
    """What a deletion takes along that is no field: credentials and older versions, counted."""
    if change.action is not Action.DELETE:
        return ""
    found = Counter(NOUNS.get(step.call.operation, "") for step in change.steps)
    return ", ".join(count(found[noun], noun) for noun in NOUNS.values() if found[noun])


def form_of(kind: str, difference: Difference) -> Form:
    """How the field of a difference is built, for an entity of this kind."""
    sides = [one for one in (difference.before, difference.after) if one is not None]
    documents = {one.path for one in KINDS[kind].places} if kind in KINDS else set()
    if (difference.field,) in documents and not all(isinstance(one, list) for one in sides):
        return Form.DOCUMENT
    if all(isinstance(one, Mapping) for one in sides):
        return Form.DOCUMENTS if (difference.field, "*") in documents else Form.MAPPING
    return Form.LIST if all(isinstance(one, list | tuple) for one in sides) else Form.SCALAR


def bare(value: Any) -> Any:
    """A document without the key that it stands under beside short forms."""
    return value[DOCUMENT] if isinstance(value, Mapping) and value.keys() == {DOCUMENT} else value


def _trust(change: Change) -> Iterator[Entry]:
    """The trust of a role in words: new and lost principals.

    Empty where words do not suffice.
    """
    old, new = (_let_in(one) for one in (change.before, change.after))
    if change.action is not Action.UPDATE:
        yield from (Entry(" ", "", one) for one in (new if change.action is Action.CREATE else ()))
        return
    yield from (Entry("+", "", one) for one in new if one not in old)
    yield from (Entry("-", "", one) for one in old if one not in new)


def _let_in(role: Resource | None) -> list[str]:
    if not isinstance(role, Role):
        return []
    account = role.facts.arn.split(":")[4] if role.facts.arn else ""
    return [sentence(one, account) for one in admissions(role.trust)]


def _signed(difference: Difference, form: Form, action: Action, partition: str) -> Iterator[Entry]:
    """The entries of a field.

    Signs are left out where the whole field is new or removed.
    """
    for one in _entries(difference, form, action, partition):
        if action is Action.UPDATE:
            yield one
        else:
            lines = () if action is Action.DELETE else tuple(Signed(" ", line.text) for line in one.lines)
            yield Entry(" ", one.label, one.text, one.via, lines)


def _entries(difference: Difference, form: Form, action: Action, partition: str) -> Iterator[Entry]:
    before, after = difference.before, difference.after
    via = {item.casefold(): source for item, source in difference.via.items()}
    if form is Form.SCALAR:
        text = scalar(after) if action is Action.CREATE else f"{scalar(before)} → {scalar(after)}"
        yield Entry("~", "", text, via.get(str(after).casefold()))
    elif form is Form.DOCUMENT:
        yield Entry("~", lines=tuple(document_difference(bare(before), bare(after), partition)))
    elif form is Form.LIST:
        yield from _items(before or (), after or (), via)
    else:
        for key in sorted({*(before or {}), *(after or {})}, key=str):
            old, new = (before or {}).get(key), (after or {}).get(key)
            sign = "+" if old is None else "-" if new is None else "~"
            label, source = scalar(key), via.get(str(key).casefold())
            if form is Form.MAPPING and old != new:
                yield Entry(sign, label, _values(old, new), source)
            elif form is Form.DOCUMENTS and (lines := document_difference(old, new, partition)):
                yield Entry(sign, label, "", source, tuple(lines))


def _items(before: Any, after: Any, via: Mapping[str, Address]) -> Iterator[Entry]:
    for item in sorted((one for one in after if one not in before), key=str):
        yield Entry("+", "", scalar(spoken(item)), via.get(str(item).casefold()))
    for item in sorted((one for one in before if one not in after), key=str):
        yield Entry("-", "", scalar(spoken(item)))


def _values(old: Any, new: Any) -> str:
    return " → ".join(scalar(one) for one in (old, new) if one is not None)
