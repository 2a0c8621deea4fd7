"""What each changed document grants more or less."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from iamspec.document import Document
from iamspec.impact.effect import Effect, effect
from iamspec.meaning import Grants
from iamspec.plan import Change

if TYPE_CHECKING:
    from iamspec.actions import Catalogue


def documents(changes: Iterable[Change], catalogue: "Catalogue") -> Iterator[Effect]:
    for change in changes:
        for field, old, new in _document_pairs(change):
            yield effect(change.address, field, (Grants(_known(old)), Grants(_known(new))), catalogue)


def _known(document: Document | None) -> tuple[Document, ...]:
    return () if document is None else (document,)


def _document_pairs(change: Change) -> Iterator[tuple[str, Document | None, Document | None]]:
    """The documents of an entity that are new, gone or other."""
    before: Any = change.before
    after: Any = change.after
    if change.address.kind == "policy":
        pair = (getattr(before, "document", None), getattr(after, "document", None))
        if pair[0] != pair[1]:
            yield "document", *pair
        return
    old, new = getattr(before, "inline_policies", {}), getattr(after, "inline_policies", {})
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield f"inline_policies.{name}", old.get(name), new.get(name)
