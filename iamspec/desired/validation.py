"""Data checked against a shape, and pydantic's errors in the words of the spec, each with its place."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from iamspec.desired.tree import Tree
from iamspec.errors import Issue
from iamspec.kinds import SECTIONS
from iamspec.kinds.contract import Address, dotted

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

MESSAGES = {
    "string_type": "must be text",
    "dict_type": "must be a mapping (`key: value` lines)",
    "model_type": "must be a mapping (`key: value` lines)",
    "model_attributes_type": "must be a mapping (`key: value` lines)",
    "list_type": "must be a list (`- item` lines)",
    "missing": "is missing",
}
GUESSES = 200_000
LONGEST_GUESS = 128  # the longest name that IAM takes
BOUNDS = {"less_than_equal": "at most", "greater_than_equal": "at least"}


def validated(shape: type[M], data: Any, tree: Tree, issues: list[Issue], base: Path = ()) -> M | None:
    """The data at `base` in a file as a shape.

    None if the data do not fit. Then every reason is among the
    issues.
    """
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            issues.append(_issue(shape, one, tree, base, told=len(issues)))
        return None


def salvaged(shape: type[M], data: Any, *, needed: frozenset[str] = frozenset()) -> M | None:
    """The part of wrong data that fits its shape, so that the same run checks the rest.

    Unknown keys and faulty fields are dropped. None if a `needed`
    field is faulty.
    """
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            path = one["loc"] if one["type"] == "extra_forbidden" else one["loc"][:1]
            if not path or path[0] in needed:
                return None
            data = _without(data, path)
    try:
        return shape.model_validate(data)
    except ValidationError:
        return None


def _without(data: Any, path: Path) -> Any:
    """A copy of data that lacks what is at a path, if anything is."""
    step, rest = path[0], path[1:]
    if isinstance(data, Mapping) and step in data:
        inner = {step: _without(data[str(step)], rest)} if rest else {}
        return {key: one for key, one in data.items() if key != step} | inner
    if isinstance(data, list) and isinstance(step, int) and rest:
        return [_without(one, rest) if index == step else one for index, one in enumerate(data)]
    return data


def worth_guessing(told: int, known: int) -> bool:
    """Whether the nearest of `known` names is searched, after `told` issues.

    A search takes a while, and thousands take hours.
    """
    return told * known <= GUESSES


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest to a name.

    None if none is near.
    """
    folded = {one.casefold(): one for one in sorted(known) if len(one) <= LONGEST_GUESS}
    near = get_close_matches(name[:LONGEST_GUESS].casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known name, if any is near."""
    near = nearest(name, known)
    return f'; did you mean "{near}"?' if near is not None else ""


def where(path: Path) -> str:
    """The address of the entity that a path in a file leads into, and the rest of the path."""
    if len(path) >= 2 and path[0] in SECTIONS and SECTIONS[str(path[0])].scoped:
        address = str(Address(SECTIONS[str(path[0])].name, str(path[1])))
        return f"{address}: {dotted(path[2:])}" if path[2:] else address
    return dotted(path)


def _issue(shape: type[BaseModel], error: Any, tree: Tree, base: Path, *, told: int) -> Issue:
    inner: Path = tuple(step for step in error["loc"] if step != "[key]")
    path = base + inner
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        known = sorted(_fields(shape, inner[:-1]))
        name = str(path[-1])
        meant = did_you_mean(name, known) if worth_guessing(told, len(known)) else ""
        near = meant or f"; known are {', '.join(known)}"
        return Issue(f'unknown key "{name}"{near}', tree.location(path, key=True), where(path[:-1]))
    place = tree.location(path, key="[key]" in error["loc"])
    if kind == "value_error":
        return Issue(error["msg"].removeprefix("Value error, "), place, where(path))
    if isinstance(given, str) and given == "" and type(given) is not str:
        return Issue("no value", place, where(path))
    return Issue(f"{_problem(kind, error['msg'])}{_found(given, kind)}", place, where(path))


def _problem(kind: str, message: str) -> str:
    """Bounds are named by the last word of pydantic's message."""
    if kind in BOUNDS:
        return f"must be {BOUNDS[kind]} {message.rpartition(' ')[2]}"
    return MESSAGES.get(kind, message)


def _found(given: Any, kind: str) -> str:
    if kind == "missing":
        return ""
    if isinstance(given, Mapping):
        return ", not a mapping"
    return ", not a list" if isinstance(given, list) else f', not "{str(given)[:40]}"'


def _fields(shape: type[BaseModel], path: Path) -> Iterator[str]:
    """The keys that the model at the end of a path knows."""
    annotation: Any = shape
    for step in path:
        for model in _models(annotation):
            if isinstance(step, str) and step in model.model_fields:
                annotation = model.model_fields[step].annotation
                break
    for model in _models(annotation):
        yield from model.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation such as `dict[str, UserSpec]` or `Guards | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
