"""How long it takes to compare documents and to say what a change of them means: own ones, and those of AWS."""

import copy
import gc
from collections.abc import Iterator
from random import Random
from time import process_time
from typing import Any

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.managed import managed_documents
from iamspec.policy.meaning import Grants, Verdict, compare
from iamspec.policy.statement import listed
from tests.benchmarks.account import Declared

PAIRS = 1500


def costs(declared: Declared) -> Iterator[tuple[str, float]]:
    """Seconds of CPU, once the actions of AWS are known; a plan compares documents before it asks what they mean."""
    known = catalogue()
    known.risks(known.mask("*"))
    gc.freeze()
    gc.set_threshold(20_000_000, 50, 50)  # as the program does
    own = [policy["document"] for policy in declared.policies.values()]
    aws = [document.data for document in managed_documents().values()]
    for name, documents in (("own", own), ("AWS's", aws)):
        same, edited = list(_pairs(documents, edit=False)), list(_pairs(documents, edit=True))
        before = process_time()
        assert all(one == other for one, other in same)
        yield f"{PAIRS} pairs of {name} documents, equal", process_time() - before
        before = process_time()
        assert not any(one == other for one, other in edited)
        yield f"{PAIRS} pairs of {name} documents, unequal", process_time() - before
        before = process_time()
        found = [compare(Grants((one,)), Grants((other,)), known) for one, other in edited]
        yield f"{PAIRS} changes of {name} documents", process_time() - before
        cosmetic = [pair for pair, one in zip(edited, found, strict=True) if one.verdict is Verdict.COSMETIC]
        # what another pattern says as well; a change of a Deny is often idle, as nothing in the document allows that
        assert sum(_allowing(one) != _allowing(other) for one, other in cosmetic) < PAIRS / 10


def _allowing(document: Document) -> Document:
    """The statements of a document that allow."""
    found = [one for one in listed(document.data["Statement"]) if one["Effect"] == "Allow"]
    return Document({**document.data, "Statement": found})


def _pairs(documents: list[Any], *, edit: bool) -> Iterator[tuple[Document, Document]]:
    """Documents beside what somebody else wrote: in another order, and with an action more or less."""
    chance = Random(1500)
    for number in range(PAIRS):
        data = documents[number % len(documents)]
        other = copy.deepcopy(data)
        statements = [_written(one, chance) for one in listed(other["Statement"])]
        if edit:
            _edit(chance.choice(statements), chance)
        yield Document(data), Document({**other, "Statement": statements[::-1]})


def _written(statement: dict[str, Any], chance: Random) -> dict[str, Any]:
    key = "Action" if "Action" in statement else "NotAction"
    return {**statement, key: chance.sample(listed(statement[key]), len(listed(statement[key])))}


def _edit(statement: dict[str, Any], chance: Random) -> None:
    key = "Action" if "Action" in statement else "NotAction"
    actions = statement[key]
    more = chance.random() < 0.5 or len({one.lower() for one in actions}) == 1
    gone = actions[0].lower()
    statement[key] = [*actions, "x:Extra"] if more else [one for one in actions if one.lower() != gone]
