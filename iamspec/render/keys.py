"""The access keys of a difference, as people speak of them."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from iamspec.kinds.user.credentials import Key

T = TypeVar("T")
NEW, SPOKEN = str(Key()), "a new active key"


def spoken(item: T) -> T | str:
    """An item of a field. A key that is still to be made has no id to speak of."""
    return SPOKEN if item == NEW else item


def had(beyond: Sequence[str], lacking: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Sentences about the keys of live, each with the sign of the item in the difference."""
    wanted = {_id(one): one for one in lacking if one != SPOKEN}
    for one in beyond:
        state = wanted.pop(_id(one), "").split(" ")
        which = f"which the spec wants {state[1].lower()}" if len(state) > 1 else "which the spec does not want"
        yield "+", f"has access key {one}, {which}"
    for one in lacking:
        if one == SPOKEN:
            yield "-", "lacks an active access key, which the spec asks for"
        elif _id(one) in wanted:
            yield "-", f"lacks access key {one}"


def _id(text: str) -> str:
    return text.partition(" ")[0]
