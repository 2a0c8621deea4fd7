"""The spec of an account, validated once for all accounts that have the same.

A spec that is read for two accounts is the same but for their ids,
if they have the same PATHs and variables and no file holds the id
of an account. Then it is validated for the first account alone.
"""

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from iamspec.commands.validate import validate
from iamspec.desired.load import Spec
from iamspec.desired.variables import ForAccount

AN_ID = re.compile(rb"(?<!\d)\d{12}(?!\d)")
MOST = 4  # specs that are kept; most fleets have one

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A validated spec, and the state of its files."""

    signature: Signature
    spec: Spec


_kept: dict[object, _Kept] = {}
_lock = Lock()


def spec_of(paths: Sequence[str], account: ForAccount) -> Spec:
    """The validated spec of an account.

    Raises InvalidSpec with everything that is wrong.
    """
    key = tuple(paths), tuple(sorted(account.variables.items())), account.keeps_undeclared
    with _lock:  # so that many threads do not validate the same spec at once
        signature = tuple(_states(paths))
        found = _kept.get(key)
        if found is not None and found.signature == signature:
            return _for(found.spec, account)
        spec, _ = validate(paths, account=account)
        if not any(AN_ID.search(Path(name).read_bytes()) for name, *_ in signature):
            while len(_kept) >= MOST:
                del _kept[next(iter(_kept))]
            _kept[key] = _Kept(signature, spec)
        return spec


def _for(spec: Spec, account: ForAccount) -> Spec:
    """The same spec for another account."""
    declared = spec.settings.account
    assert declared is not None  # noqa: S101 - a spec of a fleet names its account
    named = declared.model_copy(update={"id": account.id})
    return replace(spec, settings=spec.settings.model_copy(update={"account": named}))


def _states(paths: Sequence[str]) -> Iterator[tuple[str, int, int, int]]:
    """Name, time, size and number of each file below some PATHs."""
    for path in map(Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            found = file.stat()
            if stat.S_ISREG(found.st_mode):
                yield str(file), found.st_mtime_ns, found.st_size, found.st_ino
