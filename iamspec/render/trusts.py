"""A change of trust in words: who can become a role, and who gains what the role gains."""

from collections.abc import Iterator

from iamspec.access.assume import DEPTH
from iamspec.review.dangers import DRIFT
from iamspec.review.impact import TrustEffect

SHOWN = 5  # chains of one role


def trust_lines(found: TrustEffect, mode: str) -> Iterator[tuple[str, str]]:
    """A sign and a sentence for each principal: `+`, `anybody in account 999999999999 can become role/deployer`.

    In drift the effect is that of live beside the spec.
    """
    role = f"{found.address}{' (administrator)' if found.administrator else ''}"
    if mode == DRIFT:
        yield from (("+", f"{one} can become {role}, which the spec does not say") for one in found.can)
        yield from (("-", f"{one} cannot become {role}, though the spec says so") for one in found.cannot)
        return
    yield from (("+", f"{one} can become {role}") for one in found.can)
    yield from (("-", f"{one} cannot become {role} any more") for one in found.cannot)
    if found.followers:
        more = f" and {len(found.followers) - SHOWN} more" if len(found.followers) > SHOWN else ""
        chains = "; ".join(found.followers[:SHOWN])
        yield "+", f"through {found.address}, and so with what it gains: {chains}{more} (followed {DEPTH} roles deep)"
