"""Names of actions and condition keys that AWS's own policies use, though the reference has no page for them.

The reference drops a service when AWS retires it, and lags behind
new ones. IAM takes their names all the same.
"""

from collections.abc import Callable, Iterator
from functools import cache

from iamspec.policy.globs import WILD, meet
from iamspec.policy.lint.operators import tested
from iamspec.policy.managed import managed_documents
from iamspec.policy.statement import ACTIONS, Statement, statements


def has_action(action: str) -> bool:
    """Whether the policies name the action, or an action that the pattern matches."""
    folded = action.lower()
    return any(WILD.isdisjoint(one) and meet(folded, one) for one in _actions(folded.partition(":")[0]))


def has_service(service: str) -> bool:
    return bool(_actions(service.lower()))


def has_key(key: str) -> bool:
    folded = key.lower()
    return folded in _keys(folded.partition(":")[0])


@cache
def _actions(service: str) -> frozenset[str]:
    return _named(service, lambda part: (action for _, action in part.texts(*ACTIONS)))


@cache
def _keys(prefix: str) -> frozenset[str]:
    return _named(prefix, lambda part: (one.key for one in tested(part) if one.key is not None))


def _named(prefix: str, texts: Callable[[Statement], Iterator[str]]) -> frozenset[str]:
    """The texts with a prefix, in lower case. Only documents that hold the prefix are parsed."""
    found = (
        text.lower()
        for document in managed_documents().holding(f'"{prefix}:')
        for part in statements(document.data)
        for text in texts(part)
    )
    return frozenset(one for one in found if one.startswith(f"{prefix}:"))
