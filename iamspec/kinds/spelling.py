"""Names of inline policies.

IAM ignores their case, and keeps the first spelling of each name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


def kept(name: str, names: Iterable[str]) -> str:
    """The spelling of a name among `names`, or the name itself if it is not there."""
    if name in (found := list(names)):
        return name
    return next((one for one in found if one.casefold() == name.casefold()), name)


def respelled(wanted: Mapping[str, T], names: Iterable[str]) -> Mapping[str, T]:
    """A mapping by name, with the spellings of `names`."""
    found = list(names)
    return {kept(name, found): value for name, value in wanted.items()} if found else wanted


def spelling_notes(wanted: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """A note about each wanted name that IAM spells otherwise."""
    found = list(names)
    for name in sorted(wanted):
        if (spelled := kept(name, found)) != name:
            yield f"inline policy {name}: IAM keeps the spelling {spelled}; write it like that"
