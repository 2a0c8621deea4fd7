"""What a benchmark finds: figures beside their targets."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and the most that it may be."""

    name: str
    found: float
    target: float
    remark: str = ""

    @property
    def is_missed(self) -> bool:
        return self.found > self.target

    @property
    def line(self) -> str:
        verdict = "MISSED" if self.is_missed else "ok"
        return f"{self.name:<62}{self.found:>9.2f}{self.target:>9.2f}  {verdict:<8}{self.remark}"


def table(figures: Iterable[Figure]) -> str:
    """All figures, one a line."""
    return "\n".join([f"{'':<62}{'found':>9}{'target':>9}", *(one.line for one in figures)])
