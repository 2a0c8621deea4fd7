"""Results that are computed once for each document, and kept as long as the document.

Documents are told apart by identity, because comparing two documents
costs more than reading both.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

from iamspec.policy.document import Document

T = TypeVar("T")


class Remembered(Generic[T]):
    """A function of a document that keeps its results."""

    def __init__(self, work: Callable[[Document], T]) -> None:
        self._work = work
        self._held: dict[int, tuple[ref[Document], T]] = {}

    def __call__(self, document: Document) -> T:
        key = id(document)
        held = self._held.get(key)
        if held is not None and held[0]() is document:
            return held[1]
        found = self._work(document)
        self._held[key] = (ref(document, lambda _: self._held.pop(key, None)), found)
        return found
