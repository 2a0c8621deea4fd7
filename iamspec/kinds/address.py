"""The address of an entity, and how people read a path into data."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A kind and a name, as in `user/alice`.

    Two addresses are equal when their names differ in case only,
    as in IAM.
    """

    kind: str
    name: str = field(compare=False)
    folded: str = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False, compare=False)  # a plan of a large account asks for it a million times

    def __post_init__(self) -> None:
        folded = self.name.casefold()
        object.__setattr__(self, "folded", folded)
        object.__setattr__(self, "_hash", hash((self.kind, folded)))

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not Address:
            return NotImplemented
        return self.folded == other.folded and self.kind == other.kind

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Address"], tuple[str, str]]:  # another process hashes texts in another way
        return Address, (self.kind, self.name)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def dotted(path: Iterable[str | int]) -> str:
    """A path into data as people read it: `groups[1]`, `document.Statement[2].Resource`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
