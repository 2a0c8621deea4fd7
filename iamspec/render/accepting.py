"""What `iamspec accept` makes official, in words and as YAML."""

from collections.abc import Iterable

from iamspec.commands.accept import Official
from iamspec.render.lines import visible
from iamspec.render.undeclared import brief


def official(found: Iterable[Official]) -> str:
    """Each entity with its powers, and the lines that say it."""
    blocks = []
    for one in found:
        lines = [f"    {visible(line)}" for line in one.lines.rstrip("\n").splitlines()]
        told = "; ".join([brief(one.facts), *(f"it {clause}" for clause in one.leaves)])
        blocks.append("\n".join([visible(f"becomes official: {one.address}: {told}"), *lines]))
    return "\n\n".join(blocks)
