"""The shape of the texts of `iamspec explain CODE`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LintText:
    """`title` is half a sentence, which SARIF has as the description of the rule."""

    code: str
    title: str
    why: str
    cure: str
    example: str
