"""`plan --base REF`: the spec of a git revision, for a comparison with the spec of now."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamspec.desired.check import check
from iamspec.desired.load import Spec, load
from iamspec.desired.revision import Revision, revision
from iamspec.desired.source import parse_yaml
from iamspec.desired.tree import plain
from iamspec.errors import IamspecError, InvalidSpec
from iamspec.review.loosened import Loosened

FLEET = ("fleet.yaml", "fleet.yml")
MOST_TOLD = 10  # errors of a base


@dataclass(frozen=True, slots=True)
class BaseSpec:
    """The spec of a revision, and the differences of the fleet files beside the PATHs."""

    revision: Revision
    spec: Spec
    fleet: tuple[Loosened, ...] = ()


def base_spec(paths: Sequence[str], ref: str) -> BaseSpec:
    """The spec of the PATHs in a revision.

    A base that is missing or does not parse is an error.
    """
    places = [Path(os.path.realpath(one)) for one in paths]
    found = revision(places[0], ref)
    names = [_below(found.root, place, ref) for place in places]
    with tempfile.TemporaryDirectory(prefix="iamspec-base-") as folder:
        for name in names:
            if not found.extract(name, Path(folder)):
                raise IamspecError(f"--base {ref}: that revision has no {name}")
        fleet = tuple(_fleet(found, names, Path(folder)))
        return BaseSpec(found, _loaded([str(Path(folder, name)) for name in names], folder, ref), fleet)


def _below(root: Path, place: Path, ref: str) -> str:
    try:
        return place.relative_to(root).as_posix()
    except ValueError as error:
        raise IamspecError(f"--base {ref}: {place} is not in the git work tree {root}") from error


def _loaded(paths: Sequence[str], folder: str, ref: str) -> Spec:
    """The spec, with the same checks as a spec of now."""
    spec, issues = load(paths)
    if not issues:
        issues = check(spec).issues
    if issues:
        told = str(InvalidSpec(issues)).replace(f"{folder}{os.sep}", f"{ref}:").splitlines()
        more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
        raise IamspecError("\n".join([f"--base {ref}: the spec of that revision has errors", *told[:MOST_TOLD], *more]))
    return spec


# The fleet


def _fleet(found: Revision, names: Sequence[str], folder: Path) -> Iterator[Loosened]:
    """Every difference of the fleet files in the folders of the PATHs and above them."""
    for name in sorted({one for path in names for one in _beside(found.root, path)}):
        found.extract(name, folder / ".fleet")
        old, new = _parsed(folder / ".fleet" / name), _parsed(found.root / name)
        for key, before, after in _differences(old, new):
            yield Loosened(f"{name}: {key}", f"{name}: {key} {before} → {after}")


def _beside(root: Path, path: str) -> Iterator[str]:
    parts = [] if path == "." else path.split("/")
    for length in range(len(parts) + 1):
        folder = "/".join(parts[:length])
        if (root / folder).is_dir():
            yield from (f"{folder}/{name}".lstrip("/") for name in FLEET)


def _parsed(file: Path) -> dict[str, str]:
    """The values of a fleet file by their keys.

    Empty if there is no file.
    """
    if file.is_symlink() or not file.is_file():
        return {}
    return dict(_flat(plain(parse_yaml(file.read_text(encoding="utf-8"), file.name).data), ""))


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _flat(one, f"{name}[{number}]")
    else:
        yield name, str(value)


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield key, old.get(key, "left out"), new.get(key, "left out")
