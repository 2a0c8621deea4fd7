"""The rules by which IAM takes or refuses a policy document.

After "Grammar of the IAM JSON policy language" and "IAM JSON
policy elements" in the IAM User Guide. The rules cover elements,
their combinations and the form of their values. They do not ask
whether an action exists, or whether a document is wise or small
enough.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from iamspec.policy.grammar import arn, condition
from iamspec.policy.grammar.characters import Path, unsendable
from iamspec.policy.grammar.quoting import cut, nearest, quoted, shown
from iamspec.policy.statement import ACTIONS, PRINCIPALS, RESOURCES

VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")
ELEMENTS = ("Version", "Id", "Statement")
STATEMENT_ELEMENTS = ("Sid", *PRINCIPALS, "Effect", *ACTIONS, *RESOURCES, "Condition")
DOCUMENT_HINT = 'write an object with "Version" and "Statement"'
PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")

_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*(:\*)?|[A-Za-z0-9.-]+:[^:]+")  # IAM takes any name, white space included. lint warns

Error = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to refuse a document.

    `path` has the keys and list indices of the faulty value.
    """

    path: Path
    message: str


def check(data: Any, *, trust: bool = False) -> list[Finding]:
    """Every reason for which IAM would refuse an identity policy, or a trust policy, in document order.

    It never raises. If the data are no policy document at all, no
    value is quoted, since the file may hold secrets.
    """
    if not isinstance(data, Mapping):
        return [Finding((), f"this is no policy document, since it is no object; {DOCUMENT_HINT}")]
    if "Statement" not in data:
        return [Finding((), f"this is no policy document, since it has no Statement; {DOCUMENT_HINT}")]
    found = [*_document(data, trust=trust), *starmap(Finding, unsendable(data))]
    if len(found) > 1:
        positions: dict[int, dict[Any, int]] = {}
        found.sort(key=lambda finding: _position(data, finding.path, positions))
    return found


def place(path: Path) -> str:
    """The path as people write it: `Statement[2].Resource`."""
    words = (f"[{part}]" if isinstance(part, int) else f".{cut(part)}" for part in path)
    return "".join(words).removeprefix(".")


def _document(data: Mapping[str, Any], *, trust: bool) -> Iterator[Finding]:
    for key, value in data.items():
        at = (key,)
        if key == "Version":
            if not isinstance(value, str) or value not in VERSIONS:
                yield Finding(at, f'Version is {shown(value)}; write "2012-10-17" (or the older "2008-10-17")')
        elif key == "Id":
            if not isinstance(value, str):
                yield Finding(at, f"Id is {shown(value)}; write a text, or leave it out")
        elif key == "Statement":
            yield from _statements(value, trust=trust)
        else:
            yield Finding(at, _unknown(key, ELEMENTS, "a policy document"))


def _unknown(key: Any, known: tuple[str, ...], where: str) -> str:
    near = nearest(str(key), known)
    hint = f'did you mean "{near}"?' if near else f"known are {', '.join(known)}"
    return f"{quoted(str(key))} is not known in {where}; {hint}"


def _statements(value: Any, *, trust: bool) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        yield from _statement(value, ("Statement",), {}, trust=trust)
    elif not isinstance(value, list | tuple):
        yield Finding(("Statement",), f"Statement is {shown(value)}; write an object or a list of objects")
    elif not value:
        yield Finding(("Statement",), "Statement is an empty list; write at least one statement")
    else:
        sids: dict[str, Path] = {}
        for index, one in enumerate(value):
            at = ("Statement", index)
            if isinstance(one, Mapping):
                yield from _statement(one, at, sids, trust=trust)
            else:
                yield Finding(at, f"a statement is {shown(one)}; write an object with Effect, Action and Resource")


def _statement(statement: Mapping[str, Any], at: Path, sids: dict[str, Path], *, trust: bool) -> Iterator[Finding]:
    """`sids` holds the place of each Sid seen so far, and learns this one."""
    refused = RESOURCES if trust else PRINCIPALS
    if "Effect" not in statement:
        yield Finding(at, 'the statement has no Effect; write "Allow" or "Deny"')
    for pair in (ACTIONS, PRINCIPALS if trust else RESOURCES):
        yield from _exactly_one(statement, at, pair)
    for key, value in statement.items():
        here = (*at, key)
        if key in refused:
            yield Finding(here, _misplaced(key, trust=trust))
        elif key == "Sid":
            yield from _sid(value, here, sids)
        elif key in _VALUES:
            yield from _VALUES[key](value, here)
        else:
            allowed = tuple(name for name in STATEMENT_ELEMENTS if name not in refused)
            yield Finding(here, _unknown(key, allowed, "a statement"))


def _exactly_one(statement: Mapping[str, Any], at: Path, pair: tuple[str, str]) -> Iterator[Finding]:
    present = [key for key in statement if key in pair]
    if not present:
        yield Finding(at, f"the statement has neither {pair[0]} nor {pair[1]}; write one of them")
    elif len(present) > 1:
        yield Finding((*at, present[1]), f"the statement has both {pair[0]} and {pair[1]}; keep one of them")


def _misplaced(key: str, *, trust: bool) -> str:
    if trust:
        return f"{key} is not allowed in a trust policy; remove it"
    return f"{key} is not allowed in an identity policy; remove it"


def _sid(value: Any, at: Path, sids: dict[str, Path]) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(at, f"Sid is {shown(value)}; write a text of letters and digits, or leave it out")
    elif not _SID.fullmatch(value):
        yield Finding(at, f"Sid is {shown(value)}; write letters A to Z and digits only")
    elif value in sids:
        yield Finding(
            at, f"Sid {shown(value)} is that of {place(sids[value])} too; write a Sid only once in a document"
        )
    elif value:
        sids[value] = at[:-1]


def _effect(value: Any, at: Path) -> Iterator[Finding]:
    if not isinstance(value, str) or value not in EFFECTS:
        exactly = ", in exactly this case" if isinstance(value, str) and value.capitalize() in EFFECTS else ""
        yield Finding(at, f'Effect is {shown(value)}; write "Allow" or "Deny"{exactly}')


def _texts(value: Any, at: Path, error: Error) -> Iterator[Finding]:
    """The faults of a text, or of a list of at least one text.

    `error` checks each text.
    """
    if not isinstance(value, list | tuple):
        yield from _text(value, at, at[-1], error)
    elif not value:
        yield Finding(at, f"{at[-1]} is an empty list; name at least one")
    else:
        for index, one in enumerate(value):
            yield from _text(one, (*at, index), at[-1], error)


def _text(value: Any, at: Path, name: str | int, error: Error) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(at, f"{name} is {shown(value)}; write a text or a list of texts")
    elif reason := error(value):
        yield Finding(at, f"{name} {shown(value)} {reason}")


def _action_error(text: str) -> str | None:
    if _ACTION.fullmatch(text):
        return None
    service, colon, name = text.partition(":")
    if not colon:
        return 'names no service; write service:Name, such as "s3:GetObject", or "*"'
    if ":" in name:
        return 'has more than one colon; write service:Name, such as "s3:GetObject"'
    if re.search(r"\s", service):
        return "holds white space in the name of the service; take it out"
    if re.search(r"[*?]", service):
        return 'has a wildcard for the service, which IAM refuses; name the service, or write "*" for all actions'
    return 'is no action; write service:Name, such as "s3:GetObject" or "s3:*"'


def _principal(value: Any, at: Path) -> Iterator[Finding]:
    if isinstance(value, str) and value == "*":
        return
    if not isinstance(value, Mapping) or not value:
        yield Finding(at, f'{at[-1]} is {shown(value)}; write an object such as {{"AWS": "123456789012"}}, or "*"')
        return
    for kind, members in value.items():
        if kind in PRINCIPAL_KINDS:
            yield from _texts(members, (*at, kind), _principal_error)
        else:
            yield Finding((*at, kind), _unknown(kind, PRINCIPAL_KINDS, "a principal"))


def _principal_error(text: str) -> str | None:
    return None if text else "names no principal; write an ARN, an account id or a service"


def _condition(value: Any, at: Path) -> Iterator[Finding]:
    """An operator without keys, whatever its name, and a key without values pass: IAM takes them."""
    if not isinstance(value, Mapping):
        yield Finding(
            at, f'Condition is {shown(value)}; write an object such as {{"Bool": {{"aws:ViaAWSService": "true"}}}}'
        )
        return
    for operator, keys in value.items():
        here, name = (*at, operator), str(operator)
        if not isinstance(keys, Mapping):
            yield Finding(here, f"{quoted(name)} is {shown(keys)}; write an object of condition keys and their values")
        elif keys and (reason := condition.operator_error(name)):
            yield Finding(here, f"{quoted(name)} {reason}")
        else:
            for key, values in keys.items():
                yield from _condition_values(name, values, (*here, key))


def _condition_values(operator: str, values: Any, at: Path) -> Iterator[Finding]:
    listed = isinstance(values, list | tuple)
    for index, value in enumerate(values if listed else (values,)):
        here = (*at, index) if listed else at
        if not isinstance(value, str | int | float):
            yield Finding(here, f"the value is {shown(value)}; write a text, number or boolean, or a list of them")
        elif reason := condition.value_error(operator, value):
            yield Finding(here, f"{shown(value)} {reason}")


_VALUES: dict[str, Callable[[Any, Path], Iterator[Finding]]] = {
    "Effect": _effect,
    "Condition": _condition,
    **dict.fromkeys(ACTIONS, lambda value, at: _texts(value, at, _action_error)),
    **dict.fromkeys(RESOURCES, lambda value, at: _texts(value, at, arn.resource_error)),
    **dict.fromkeys(PRINCIPALS, _principal),
}


def _position(data: Any, path: Path, known: dict[int, dict[Any, int]]) -> tuple[int, ...]:
    """The end of a path, as numbers that sort like the document.

    `known` remembers the order of keys by object.
    """
    position = []
    for part in path:
        if isinstance(data, Mapping):
            if id(data) not in known:
                known[id(data)] = {key: index for index, key in enumerate(data)}
            position.append(known[id(data)][part])
        else:
            position.append(int(part))
        data = data[part]
    return tuple(position)
