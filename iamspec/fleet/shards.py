"""The lists of several shards as a single list."""

from collections.abc import Mapping

from iamspec.errors import IamspecError
from iamspec.fleet.index import Index, Shard


def merged(folders: Mapping[str, Index]) -> Index:
    """The index over several shards.

    IamspecError if they are not the parts of one fleet, or if a
    part is missing.
    """
    named = sorted(folders.items(), key=lambda one: (one[1].shard or "", one[0]))
    first_name, first = named[0]
    for name, index in named[1:]:
        if index.command != first.command:
            raise IamspecError(
                f"{name} has results of fleet {index.command}, and {first_name} of fleet {first.command}"
            )
        if (index.settings, index.accounts) != (first.settings, first.accounts):
            raise IamspecError(f"{name} and {first_name} are of two fleets: {_difference(index, first)}")
    if not (len(named) == 1 and first.shard is None):
        _check_parts(named)
    results = {account: row for _, index in named for account, row in index.results.items()}
    if missing := [row.id for row in first.accounts if row.id not in results]:
        raise IamspecError(f"no folder has a result of {', '.join(missing)}")
    made = min(index.made for _, index in named)
    whole = first.model_copy(update={"shard": None, "results": dict(sorted(results.items())), "made": made})
    return whole.model_copy(update={"fingerprint": whole.sealed})


def _check_parts(named: list[tuple[str, Index]]) -> None:
    seen: dict[str, str] = {}
    for name, index in named:
        if index.shard is None:
            raise IamspecError(f"{name} has a whole fleet, and not a shard; report it by itself")
        if index.shard in seen:
            raise IamspecError(f"{name} and {seen[index.shard]} are both shard {index.shard}")
        seen[index.shard] = name
    counts = {Shard.of(one).count for one in seen}
    if len(counts) > 1:
        raise IamspecError(f"these are parts of different divisions: {', '.join(sorted(seen))}")
    (count,) = counts
    if missing := [f"{number}/{count}" for number in range(1, count + 1) if f"{number}/{count}" not in seen]:
        raise IamspecError(f"shard {', '.join(missing)} is missing")


def _difference(one: Index, other: Index) -> str:
    if strange := sorted({row.id for row in one.accounts} ^ {row.id for row in other.accounts}):
        return f"only one of them has account {', '.join(strange)}"
    return "fleet.yaml, or what AWS Organizations says of an account, differs"
