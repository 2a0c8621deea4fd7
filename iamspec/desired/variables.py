"""`${iamspec:…}` in documents and ARNs: the names that are known, and the values that may not stand in an ARN.

The id and the partition of the account are known everywhere. A
fleet adds the name of the account and `var.NAME`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iamspec.policy.document import BEGINNING, VARIABLE, substitute

VARIABLES = ("account_id", "partition")
ACCOUNT_NAME, VAR = "account_name", "var."  # which only a fleet knows
ANY_ID = "123456789012"  # all ids have the same length
WILD = ("*", "?", "${")  # signs that make an ARN mean more than one thing
ARN_KEYS = frozenset({"Resource", "NotResource", "Principal", "NotPrincipal"})


@dataclass(frozen=True, slots=True)
class ForAccount:
    """The account of a fleet that a spec is read for: id, variables, and whether prune is off."""

    id: str
    variables: Mapping[str, str] = field(default_factory=dict)
    keeps_undeclared: bool = False


def variables(account_id: str, partition: str, more: Mapping[str, str]) -> dict[str, str]:
    """The values of `${iamspec:…}`. `more` are those of a fleet."""
    return {**more, "account_id": account_id, "partition": partition}


def unknown(name: str, known: Iterable[str]) -> str:
    """The message about an unknown variable."""
    if name == ACCOUNT_NAME or name.startswith(VAR):
        key = "the name" if name == ACCOUNT_NAME else f"vars.{name.removeprefix(VAR)}"
        return f"unknown ${{iamspec:{name}}}; `iamspec fleet` reads it from {key} that fleet.yaml gives an account"
    shown = " and ".join(f"${{iamspec:{one}}}" for one in VARIABLES)
    return f"unknown ${{iamspec:{name}}}; there are {shown}" + (
        ", and those of the fleet" if set(known) - {*VARIABLES} else ""
    )


def wild_in_arn(text: str, values: Mapping[str, str], *, is_arn: bool = False) -> Iterator[str]:
    """A message for each variable in an ARN whose value would make the ARN mean more than a single thing."""
    if BEGINNING not in text:
        return
    if not (is_arn or text.startswith("arn:") or str(substitute(text, values)).startswith("arn:")):
        return
    for found in VARIABLE.finditer(text):
        value = values.get(found[1], "")
        if any(sign in value for sign in WILD):
            yield f'${{iamspec:{found[1]}}} is "{value}" here, and stands in an ARN, which takes no value with *, ? or ${{'


def wild_arns(
    document: Any, values: Mapping[str, str], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The same for each text of a policy document, with its path."""
    if isinstance(document, str):
        yield from ((path, message) for message in wild_in_arn(document, values, is_arn=_holds_arns(path)))
    elif isinstance(document, Mapping):
        for key, one in document.items():
            yield from (((*path, key), message) for message in wild_in_arn(key, values))
            yield from wild_arns(one, values, (*path, key))
    elif isinstance(document, list):
        for index, one in enumerate(document):
            yield from wild_arns(one, values, (*path, index))


def _holds_arns(path: tuple[str | int, ...]) -> bool:
    """Whether ARNs stand at a path of a document: a resource, a principal, or the value of ArnEquals and the like."""
    steps = [str(one) for one in path]
    if ARN_KEYS & set(steps):
        return True
    operators = steps[steps.index("Condition") + 1 :][:1] if "Condition" in steps else []
    return any(one.rpartition(":")[2].lower().startswith("arn") for one in operators)
