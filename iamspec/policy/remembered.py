"""Work that is done once for each value, for as long as the value lives.

Values such as documents are told apart by identity: to compare two
of them costs more than to look into both.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

K = TypeVar("K")
T = TypeVar("T")


class Results(Generic[K, T]):
    """Results by the value that they belong to, each for as long as the value lives."""

    def __init__(self) -> None:
        self.held: dict[int, tuple[ref[K], T]] = {}

    def known(self, value: K) -> T | None:
        """The result for a value. None if there is none."""
        held = self.held.get(id(value))
        return held[1] if held is not None and held[0]() is value else None

    def keep(self, value: K, found: T) -> None:
        key, own = id(value), ref(self)

        def forget(_: object) -> None:
            if (results := own()) is not None:  # without a circle, the results go at once with whoever holds them
                results.held.pop(key, None)

        self.held[key] = (ref(value, forget), found)


class Remembered(Generic[K, T]):
    """A function of a value that keeps its results."""

    def __init__(self, work: Callable[[K], T]) -> None:
        self._work = work
        self._results: Results[K, T] = Results()

    def __call__(self, value: K) -> T:
        held = self._results.held.get(id(value))
        if held is not None and held[0]() is value:
            return held[1]
        found = self._work(value)
        self._results.keep(value, found)
        return found
