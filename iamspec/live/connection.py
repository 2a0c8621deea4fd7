"""How an account is reached."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """How an account is reached, as the options of the command line say it."""

    profile: str | None = None
    endpoint_url: str | None = None
    assume_role: str | None = None
    external_id: str | None = None
    parallelism: int = 8
