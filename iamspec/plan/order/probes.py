"""Requests that tell documents apart.

There is a request for each group of actions and each resource that
fits, under each condition. A queue does not fit s3:GetObject. Two
documents that answer all probes alike are not proven equal. Every
statement decides some probe.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from iamspec.policy.actions import Catalogue, catalogue
from iamspec.policy.document import Document
from iamspec.policy.evaluate.statements import compiled
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACTIONS, RESOURCES, Statement, text

MOST_ANSWERS = 1_000_000  # of statements to requests, in one plan
MOST_CELLS = 1_200  # groups of actions
MOST_OF_CELL = 240  # requests for each of them
OF_PRINCIPAL = ("aws:principal", "aws:username", "aws:userid")


@dataclass(frozen=True, slots=True)
class Probe:
    """A request, with the actions and the resource as people read them."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    cell: int = 0  # the known actions that no document tells from this one
    pattern: str = ""  # the pattern of an unknown action
    place: str = ""  # nothing where the resource is none that a document names


@dataclass(frozen=True, slots=True)
class _Place:
    """A pattern of resources in a statement, and the named actions that can apply to such a resource."""

    pattern: str
    mask: int


@dataclass(frozen=True, slots=True)
class _Clause:
    """The parts of a statement that probes need: actions as sets, patterns of resources, conditions."""

    names: Callable[[str], bool]  # whether the statement is about an action, in lower case, known or not
    mask: int  # the named actions that can apply to a resource of the statement
    unlisted: tuple[str, ...]  # patterns of actions that match no known action
    patterns: tuple[str, ...]
    places: Mapping[str, _Place]  # by what stands for the pattern
    context: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Probes:
    """The requests. `is_whole` is False where documents say too much for all requests that matter."""

    all: Sequence[Probe]
    is_whole: bool = True


def probes(documents: Iterable[tuple[Document, int]], partition: str = "aws", most: int = MOST_ANSWERS) -> Probes:
    """The probes for some documents, each with how often it is evaluated.

    All documents together answer at most `most` times.
    """
    clauses = [(clause, times) for document, times in documents for clause in _clauses(document)]
    found: dict[tuple[str, str, str], Probe] = {}
    answers, is_whole = 0, True
    for number, (like, about) in enumerate(_groups(clauses)):
        every = _requests(like, [clause for clause, _ in about], partition)
        asked = list(islice(every, MOST_OF_CELL))
        is_whole = is_whole and next(every, None) is None
        answers += len(asked) * sum(times for _, times in about)
        if answers > most or number >= MOST_CELLS:
            return Probes(list(found.values()), is_whole=False)
        for one in asked:
            found.setdefault((one.action, one.resource, str(sorted(one.context.items()))), one)
    return Probes(list(found.values()), is_whole)


def _groups(clauses: Sequence[tuple[_Clause, int]]) -> Iterator[tuple[Probe, Sequence[tuple[_Clause, int]]]]:
    """A request for each group of actions, with the clauses about it: unknown actions last."""
    known = catalogue()
    masks = (mask for clause, _ in clauses for mask in (clause.mask, *(one.mask for one in clause.places.values())))
    for cell in _cells(masks):
        action = known.actions[(cell & -cell).bit_length() - 1]
        yield Probe(action, "", cell=cell), [one for one in clauses if one[0].mask & cell]
    for pattern in sorted({pattern for clause, _ in clauses for pattern in clause.unlisted}):
        like = Probe(_instance(pattern), "", pattern=pattern)
        yield like, [one for one in clauses if one[0].names(like.action.lower())]


def labelled(found: Sequence[Probe], documents: Iterable[Document]) -> list[tuple[str, Probe]]:
    """Probes with their names for people: the narrowest pattern in some documents that means the action."""
    known = catalogue()
    patterns = {pattern for document in documents for clause in _clauses(document) for pattern in clause.patterns}
    narrow = sorted(((known.mask(one), one) for one in patterns), key=lambda one: (one[0].bit_count(), one[1]))
    names = (one.pattern or next((pattern for mask, pattern in narrow if mask & one.cell), one.action) for one in found)
    return list(zip(names, found, strict=True))


@Remembered
def _clauses(document: Document) -> tuple[_Clause, ...]:
    return tuple(_taken_apart(document, catalogue()))


def _taken_apart(document: Document, known: Catalogue) -> Iterator[_Clause]:
    for rule in compiled(document):
        statement = rule.statement
        masks = {pattern: known.mask(pattern) for _, pattern in statement.texts(*ACTIONS)}
        resources = dict.fromkeys(one for _, one in statement.texts(*RESOURCES) if one != "*")
        yield _Clause(
            names=rule.names,
            mask=known.reached(statement),
            unlisted=tuple(pattern for pattern, mask in masks.items() if not mask),
            patterns=tuple(pattern for pattern, mask in masks.items() if mask),
            places={_instance(one): _Place(one, known.applying(statement, (one,))) for one in resources},
            context=_satisfying(statement),
        )


def _cells(masks: Iterable[int]) -> Iterator[int]:
    """The sets of actions that no mask tells apart, without those in no mask."""
    cells: list[int] = []
    for mask in dict.fromkeys(masks):
        rest, split = mask, []
        for cell in cells:
            inside = cell & mask
            if inside and inside != cell:
                split += [inside, cell & ~mask]
            else:
                split.append(cell)
            rest &= ~cell
        cells = [*split, rest] if rest else split
        if len(cells) > MOST_CELLS:
            break
    yield from cells


def _requests(like: Probe, clauses: Sequence[_Clause], partition: str) -> Iterator[Probe]:
    resources = {_elsewhere(like, partition): ""} | {
        one: place.pattern
        for clause in clauses
        for one, place in clause.places.items()
        if like.pattern or place.mask & like.cell
    }
    named: dict[str, tuple[str, ...]] = {key: () for clause in clauses for key in clause.context}
    own = {str(sorted(clause.context.items())): clause.context for clause in clauses}
    contexts = ({**named, **context} for context in ({}, *own.values()))
    unique = {str(sorted(one.items())): one for one in contexts}
    for resource, context in ((resource, context) for context in unique.values() for resource in resources):
        yield Probe(like.action, resource, context, like.cell, like.pattern, resources[resource])


def _elsewhere(like: Probe, partition: str) -> str:
    """A resource of the service of an action that no document names, most likely.

    Where the reference tells, it is one that the action can apply
    to: a bucket for s3:ListBucket, and an object for s3:GetObject.
    """
    service = like.action.partition(":")[0]
    found = [f"arn:{partition}:{service}:::{one}" for one in ("elsewhere/x", "elsewhere", "")]
    return next((one for one in found if like.cell and _applies(like.action, one)), found[0])


@cache
def _applies(action: str, resource: str) -> bool:
    return catalogue().applying(Statement({"Action": action}), (resource,)) > 0


@cache
def _instance(pattern: str) -> str:
    """A text that matches a pattern, and most likely no narrower pattern.

    Variables stay as they are.
    """
    found, depth = [], 0
    for place, sign in enumerate(pattern):
        depth += pattern.startswith("${", place)
        found.append({"*": "x", "?": "x"}.get(sign, sign) if not depth else sign)
        depth -= sign == "}" and depth > 0
    return "".join(found)


def _satisfying(statement: Statement) -> dict[str, tuple[str, ...]]:
    """Values of condition keys under which a statement most likely applies.

    Keys of the principal get their values from the principal.
    """
    found: dict[str, tuple[str, ...]] = {}
    for test in statement.tests():
        if test.key is None or test.key.lower().startswith(OF_PRINCIPAL):
            continue
        operator = test.operator.lower().rpartition(":")[2].removesuffix("ifexists")
        texts = [one for one in map(text, test.values) if one is not None]
        found[test.key.lower()] = _value(operator, texts[0] if texts else "")
    return found


def _value(operator: str, wanted: str) -> tuple[str, ...]:
    if operator == "null":
        return () if wanted == "true" else ("x",)
    if "not" in operator:
        return (f"{wanted}-other",) if operator.startswith(("string", "arn")) else ("0",)
    if operator == "ipaddress":
        return (wanted.partition("/")[0],)
    return (_instance(wanted),)
