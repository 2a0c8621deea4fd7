"""Folds needs into the statements of a policy.

Folding equal sets allows nothing more. Paths fold only if the
policy is too large.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.limits import POLICY_SIZE
from iamspec.review.permissions.authorization import ANY, POLICY_ARN, Need

Cells = Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]  # the condition of each action and resource
OPERATORS = {POLICY_ARN: "ArnEquals"}


def folded(needs: Iterable[Need]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document, and how it had to be widened to fit into a managed policy."""
    exact = set(needs)
    document = _shortest(exact)
    size = _size(document)
    if size <= POLICY_SIZE.maximum:
        return document, ()
    reason = f"naming each would take {size:,} characters, and a managed policy may have {POLICY_SIZE.maximum:,}"
    for widen, what in WIDER:
        document = _shortest({replace(need, resource=widen(need.resource)) for need in exact})
        if _size(document) <= POLICY_SIZE.maximum:
            return document, (f"resources are given by {what}: {reason}",)
    missing = f"even by kind it takes {_size(document):,} characters: divide its statements among several policies"
    return document, (f"resources are given by kind: {reason}", missing)


def _by_path(resource: str) -> str:
    """`…:user/engineering/alice` as `…:user/engineering/*`."""
    return resource if resource == ANY else f"{resource.rpartition('/')[0]}/*"


def _by_kind(resource: str) -> str:
    return resource if resource == ANY else f"{resource.partition('/')[0]}/*"


WIDER: tuple[tuple[Callable[[str], str], str], ...] = ((_by_path, "path"), (_by_kind, "kind"))


def _shortest(needs: Iterable[Need]) -> dict[str, Any]:
    """The shorter of two equal documents: the first folds actions first, the second resources."""
    cells = _cells(needs)
    documents = [{"Version": "2012-10-17", "Statement": fold(cells)} for fold in (_actions_first, _resources_first)]
    return min(documents, key=_size)


def _size(document: Mapping[str, Any]) -> int:
    return Document(document).size


def _cells(needs: Iterable[Need]) -> Cells:
    values: dict[tuple[str, str, str], set[str]] = {}
    for need in needs:
        values.setdefault((need.action, need.resource, need.key), set()).add(need.value)
    open_ = {(action, resource) for action, resource, key in values if not key}
    return {
        (action, resource): (key, tuple(sorted(found)))
        for (action, resource, key), found in values.items()
        if not key or (action, resource) not in open_  # without a condition it is allowed anyway
    }


def _actions_first(cells: Cells) -> list[dict[str, Any]]:
    """For each resource its actions, then together the resources that have the same."""
    of_resource: dict[tuple[str, Any], set[str]] = {}
    for (action, resource), condition in cells.items():
        of_resource.setdefault((resource, condition), set()).add(action)
    same: dict[tuple[frozenset[str], Any], set[str]] = {}
    for (resource, condition), actions in of_resource.items():
        same.setdefault((frozenset(actions), condition), set()).add(resource)
    return _statements((actions, resources, condition) for (actions, condition), resources in same.items())


def _resources_first(cells: Cells) -> list[dict[str, Any]]:
    of_action: dict[tuple[str, Any], set[str]] = {}
    for (action, resource), condition in cells.items():
        of_action.setdefault((action, condition), set()).add(resource)
    same: dict[tuple[frozenset[str], Any], set[str]] = {}
    for (action, condition), resources in of_action.items():
        same.setdefault((frozenset(resources), condition), set()).add(action)
    return _statements((actions, resources, condition) for (resources, condition), actions in same.items())


def _statements(
    found: Iterable[tuple[Iterable[str], Iterable[str], tuple[str, tuple[str, ...]]]],
) -> list[dict[str, Any]]:
    listed = sorted((sorted(resources), sorted(actions), condition) for actions, resources, condition in found)
    return [_statement(actions, resources, condition) for resources, actions, condition in listed]


def _statement(actions: list[str], resources: list[str], condition: tuple[str, tuple[str, ...]]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": _one(actions), "Resource": _one(resources)}
    key, values = condition
    if key:
        statement["Condition"] = {OPERATORS.get(key, "StringEquals"): {key: _one(values)}}
    return statement


def _one(values: Iterable[str]) -> Any:
    """A list of one as the scalar that stands for it."""
    found = list(values)
    return found[0] if len(found) == 1 else found
