"""A change of trust in words: who can become a role, and who gains what the role gains."""

from collections.abc import Iterator

from iamspec.access.assume import DEPTH
from iamspec.review.dangers import DRIFT
from iamspec.review.impact import TrustEffect

SHOWN = 5  # chains of one role


def trust_lines(found: TrustEffect, mode: str) -> Iterator[tuple[str, str]]:
    """A sign and a sentence for each principal: `+`, `anybody in account 999999999999 can become role/deployer`."""
    role = f"{found.address}{' (administrator)' if found.administrator else ''}"
    can, cannot = ("could", "could not") if mode == DRIFT else ("can", "cannot")
    yield from (("+", f"{one} {can} become {role}") for one in found.can)
    yield from (("-", f"{one} {cannot} become {role} any more") for one in found.cannot)
    if found.followers:
        more = f" and {len(found.followers) - SHOWN} more" if len(found.followers) > SHOWN else ""
        chains = "; ".join(found.followers[:SHOWN])
        yield "+", f"through {found.address}, and so with what it gains: {chains}{more} (followed {DEPTH} roles deep)"
