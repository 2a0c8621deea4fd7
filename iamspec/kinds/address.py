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

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", self.name.casefold())

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def dotted(path: Iterable[str | int]) -> str:
    """A path into data as people read it: `groups[1]`, `document.Statement[2].Resource`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
