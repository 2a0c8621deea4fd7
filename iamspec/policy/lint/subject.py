"""The input and the findings of a rule."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from iamspec.policy.actions import Catalogue
from iamspec.policy.document import Document
from iamspec.policy.lint.operators import Tested, tested
from iamspec.policy.statement import PRINCIPALS, Path, Statement, statements


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about a policy document.

    `code` is a key of RULES. `path` leads to the value that it is
    about.
    """

    code: str
    path: Path
    message: str

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts remarks by place: statements by number, elements by name."""
        return (tuple((isinstance(step, str), step) for step in self.path), self.code, self.message)


@dataclass(frozen=True)
class Subject:
    """A document under examination, with the catalogue that its actions are looked up in.

    `account` is the account of the role that a trust policy
    belongs to, as far as it is known.
    """

    document: Document
    catalogue: Catalogue
    account: str = ""

    @cached_property
    def parts(self) -> list[Statement]:
        return list(statements(self.document.data))

    @cached_property
    def tests(self) -> list[Tested]:
        """Every key that the document tests."""
        return [one for part in self.parts for one in tested(part)]

    @cached_property
    def on_resource(self) -> bool:
        """Whether the document is a resource policy or a trust policy.

        Both name a Principal.
        """
        return any(part.has(*PRINCIPALS) for part in self.parts)


def quoted(texts: list[str]) -> str:
    """`"a"`, `"a" or "b"`: what to write instead."""
    return " or ".join(f'"{text}"' for text in texts)
