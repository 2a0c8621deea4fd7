"""How two resources differ: `==` decides whether, deepdiff only explains how."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.iam import Account
from iamspec.kinds import AnyKind
from iamspec.kinds.contract import Address, Resource, dotted
from iamspec.kinds.holdings import reference
from iamspec.policy.document import Document

DOCUMENT = "document"  # the key of a document beside other ways of writing


@dataclass(frozen=True, slots=True)
class Detail:
    """A difference inside a field: the path in the field, and the values before and after."""

    path: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which live and desired differ, both as a person would write them.

    None stands for an absent value. A `cosmetic` difference
    changes labels and no access. `via` names the source of each
    copied item.
    """

    field: str
    before: Any
    after: Any
    cosmetic: bool = False
    via: Mapping[str, Address] = dataclasses.field(default_factory=dict)

    def details(self) -> list[Detail]:
        """What exactly is other, order put aside, in a stable order."""
        return explain(self.before, self.after)


def differences(
    kind: AnyKind, before: Resource | None, after: Resource | None, account: Account
) -> tuple[Difference, ...]:
    """The differences in the order of the fields.

    Empty exactly when the two are equal.
    """
    old = kind.shown(before, account) if before is not None else {}
    new = kind.shown(after, account) if after is not None else {}
    whole = before is None or after is None  # every set field is new, or gone. The name stands in the address
    names = [name for name in old or new if name != "name"] if whole else kind.changed(before, after)
    found = []
    for name in names:
        was, becomes = _something(old.get(name)), _something(new.get(name))
        if isinstance(was, list) and isinstance(becomes, Mapping):  # short forms beside a document
            was = _whole(before, name)
        elif isinstance(was, Mapping) and isinstance(becomes, list):
            becomes = _whole(after, name)
        if whole:  # where all is new or gone, what it is not says nothing
            was, becomes = was or None, becomes or None
        if was is not None or becomes is not None:
            via = {
                reference(item, account): source
                for (one, item), source in (after.via if after is not None else {}).items()
                if one == name
            }
            found.append(Difference(name, was, becomes, _cosmetic(before, after, name), via))
    return tuple(found)


def _whole(resource: Any, name: str) -> Any:
    """A field that has short forms as the document that they stand for."""
    return {DOCUMENT: getattr(resource, name).data}


def _something(value: Any) -> Any:
    """None for an empty value. false and 0 are not empty."""
    return value if value or isinstance(value, bool | int) else None


def _cosmetic(before: Any, after: Any, name: str) -> bool:
    """Whether documents differ in their labels only."""
    if before is None or after is None:
        return False
    old, new = getattr(before, name), getattr(after, name)
    if isinstance(old, Document) and isinstance(new, Document):
        return old.grants_as(new)
    if name == "inline_policies":
        return old.keys() == new.keys() and all(old[one].grants_as(new[one]) for one in old)
    return False


def explain(before: Any, after: Any) -> list[Detail]:
    """The parts in which two values differ, by path."""
    from deepdiff import DeepDiff  # noqa: PLC0415 - 130 ms that a plan without changes need not wait for

    if before is None or after is None or not isinstance(before, dict | list):
        return [Detail("", before, after)]
    found = DeepDiff(before, after, ignore_order=True, view="tree", threshold_to_diff_deeper=0)
    details = [detail for changes in found.values() for detail in map(_detail, changes)]
    return sorted(details, key=lambda one: (one.path, str(one.before), str(one.after)))


def _detail(change: Any) -> Detail:
    path = dotted(change.path(output_format="list"))
    return Detail(path, _present(change.t1), _present(change.t2))


def _present(value: Any) -> Any:
    """Deepdiff's sign for nothing there as None."""
    return None if type(value).__name__ == "NotPresent" else value
