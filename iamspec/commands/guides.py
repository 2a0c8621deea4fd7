"""Longer explanations, a page each: the text files in `data/guides`.

The first line of a file is its title. Paragraphs follow, then
lines of a list that begin with `- `, then the line `See also: …`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

SEE = "See also: "


@dataclass(frozen=True, slots=True)
class Guide:
    """A page: title, paragraphs (a list is a paragraph of lines), and further topics."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    see: tuple[str, ...]


def guide(name: str) -> Guide | None:
    """The page of a name. None if there is no such page."""
    return _read(name) if name in titles() else None


@cache
def titles() -> dict[str, str]:
    """The title of each page by its name, sorted."""
    found = sorted(one.name for one in _folder().iterdir() if one.name.endswith(".txt"))
    return {name.removesuffix(".txt"): _text(name.removesuffix(".txt")).partition("\n")[0] for name in found}


def _read(name: str) -> Guide:
    title, *paragraphs, see = _text(name).rstrip("\n").split("\n\n")
    return Guide(name, title, tuple(paragraphs), tuple(see.removeprefix(SEE).split(", ")))


def _text(name: str) -> str:
    return (_folder() / f"{name}.txt").read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files("iamspec.commands") / "data" / "guides"
