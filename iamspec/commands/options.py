"""The options that plan, drift and apply share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Targets, exclusions, lifted complaints, and whether calls that create secrets are left for later."""

    targets: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    defer: bool = False


NO_OPTIONS = Options()
