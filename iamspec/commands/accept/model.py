"""What an acceptance makes official, and the files that it edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamspec.desired.editing import Editor
from iamspec.desired.load import Spec
from iamspec.desired.yaml_text import dump
from iamspec.errors import IamspecError
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.plan.accepting import former
from iamspec.plan.model import Change
from iamspec.review.model import Review
from iamspec.review.undeclared import Undeclared


class Refused(IamspecError):  # noqa: N818 - nothing was accepted; "RefusedError" says nothing more
    """Something is not accepted. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Official:
    """An entity that becomes a part of the spec: its facts, and how a person would write it.

    `leaves` has clauses about users and roles that keep power
    because of the entity.
    """

    facts: Undeclared
    written: Mapping[str, Any]
    leaves: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        return self.facts.address

    @property
    def lines(self) -> str:
        """The entity as lines to paste into a spec."""
        return dump({KINDS[self.address.kind].section: {self.address.name: dict(self.written)}})


@dataclass(slots=True)
class Acceptance:
    """Everything that is accepted, and the edited files."""

    paths: Sequence[str]
    spec: Spec
    review: Review
    officials: list[Official] = field(default_factory=list)
    editors: dict[str, Editor] = field(default_factory=dict)

    def editor(self, file: str) -> Editor:
        if file not in self.editors:
            place = Path(file)
            self.editors[file] = Editor(place.read_bytes().decode() if place.exists() else "")
        return self.editors[file]


def change_of(address: Address, review: Review) -> Change | None:
    return next((one for one in review.changes if former(one) == address), None)


def has_excess(address: Address, review: Review) -> bool:
    return any(one.address == address for one in review.plan.excess)
