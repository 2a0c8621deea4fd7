"""The files of a git revision, written into a folder of their own.

git only lists and prints objects here: no checkout, so no hooks,
filters or external diffs of the repository run. Names and links of
the revision are not trusted: nothing is written outside of the
folder.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from iamspec.desired.files import MAX_SPEC_BYTES
from iamspec.desired.writing import write
from iamspec.errors import IamspecError

LINK, MODULE = "120000", "160000"
MOST_FILES = 20_000
MOST_BYTES = 256 * 2**20
SECONDS = 60
QUIET = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.allow=never"),  # a partial clone would fetch what it lacks
)


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository around some PATHs."""

    root: Path
    ref: str
    commit: str

    def files(self, below: str) -> Iterator[tuple[str, str, str]]:
        """Mode, object and path of each file and link below a path of the repository."""
        where = [] if below == "." else ["--", below]
        listed = _git(self.root, "ls-tree", "-r", "-z", "-l", "--full-tree", self.commit, *where)
        for line in filter(None, listed.split(b"\0")):
            about, _, name = line.partition(b"\t")
            mode, _, blob, size = about.decode().split()
            if mode != MODULE and (size == "-" or int(size) <= MAX_SPEC_BYTES):
                yield mode, blob, os.fsdecode(name)

    def extract(self, below: str, folder: Path) -> bool:
        """Writes the files below a path into a folder.

        False if the revision has none.
        """
        found = list(self.files(below))
        if len(found) > MOST_FILES:
            raise IamspecError(f"--base {self.ref}: more than {MOST_FILES} files below {below}")
        contents = _blobs(self.root, [blob for _, blob, _ in found])
        links = []
        for (mode, _, name), content in zip(found, contents, strict=True):
            path = folder / _inside(name)
            if mode == LINK:
                links.append((path, content))
                continue
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(path, content, durable=False)
        for path, content in links:  # last, so that no file is written through one
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.symlink_to(os.fsdecode(content))
        return bool(found)


def revision(path: Path, ref: str) -> Revision:
    """The commit that a revision names in the repository around a path."""
    if not ref or ref.startswith("-"):
        raise IamspecError(f'--base: "{ref}" is no revision; write a branch, a tag or a commit')
    folder = path if path.is_dir() else path.parent
    try:
        root = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")))
    except _Failed as failed:
        raise IamspecError(f"--base: {path} is not in a git work tree: {failed}") from failed
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    except _Failed as failed:
        raise IamspecError(f'--base: there is no revision "{ref}" in {root}; fetch it first') from failed
    return Revision(root, ref, found.decode().strip())


def _inside(name: str) -> Path:
    """A path of a tree.

    A tree that was made by hand may have any name in it.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} or part.casefold() == ".git" for part in parts):
        raise IamspecError(f"--base: the revision has a file with an unsafe name: {name!r}")
    return Path(*parts)


class _Failed(Exception):  # noqa: N818 - never leaves this module
    """git ended with an error. The text is its own."""


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """What git prints, run without a terminal, a network and settings out of the environment."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    command = ["git", *QUIET, "-C", str(folder), *words]
    try:
        done = subprocess.run(command, input=given, capture_output=True, env=own | quiet, timeout=SECONDS, check=False)  # noqa: S603 - no shell, and a revision cannot be an option
    except FileNotFoundError as error:
        raise IamspecError("--base needs git, which is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise IamspecError(f"--base: git took more than {SECONDS} seconds") from error
    if done.returncode:
        raise _Failed(done.stderr.decode("utf-8", "replace").strip().partition("\n")[0] or f"exit {done.returncode}")
    return done.stdout


def _blobs(root: Path, names: Sequence[str]) -> list[bytes]:
    """The contents of objects, as they are stored."""
    if not names:
        return []
    try:
        printed = _git(root, "cat-file", "--batch", given="".join(f"{one}\n" for one in names).encode())
    except _Failed as failed:
        raise IamspecError(f"--base: git cannot read the revision: {failed}") from failed
    if len(printed) > MOST_BYTES:
        raise IamspecError(f"--base: the revision has more than {MOST_BYTES} bytes of files")
    found, position = [], 0
    for name in names:
        end = printed.index(b"\n", position)
        header = printed[position:end].decode().split()
        if len(header) != 3:
            raise IamspecError(f"--base: the repository lacks the object {name}; fetch the whole revision")
        size = int(header[2])
        found.append(printed[end + 1 : end + 1 + size])
        position = end + 1 + size + 1
    return found
