"""The folder with the results of a fleet: one file for each account, and `fleet.json` over all of them.

The writer stands beside the reader. What a reader believes is held
against the fingerprint of the fleet.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from iamspec import __version__
from iamspec.desired.writing import write
from iamspec.errors import IamspecError
from iamspec.fleet.index import AccountRow, Index, ResultRow
from iamspec.fleet.tasks import Result
from iamspec.kinds.contract import dotted
from iamspec.plan.fingerprint import digest
from iamspec.saved import plan_file
from iamspec.saved.files import text_of
from iamspec.saved.json_text import json_text

INDEX = "fleet.json"
ERROR = "error"
RESULT = re.compile(r"fleet\.json|[0-9]{12}\.(plan|drift|status|error)\.json", re.ASCII)
OLDEST = timedelta(days=7)  # of a plan that may be applied
INDIFFERENT = {
    "checksum",
    "fingerprint",
    "undeclared",
    "strays",
    "kept",
    "excess",
    "notes",
    "skipped",
}  # of a plan file


class Folder:
    """A folder with results.

    Files are of mode 0600: they tell who can do what.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def made(cls, path: Path) -> "Folder":
        """A new or empty folder, or a folder with results of an earlier run, which are removed.

        Raises IamspecError if the folder holds anything else, such
        as the journal of an apply.
        """
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise IamspecError(f"{path}: this is no folder; name a new or an empty one")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = sorted(path.iterdir())
        strange = [one.name for one in found if not RESULT.fullmatch(one.name)]
        if strange or (found and not (path / INDEX).is_file()):
            named = strange[0] if strange else found[0].name
            raise IamspecError(f"{path} is not empty: it has {named}; name a new folder")
        for one in found:
            one.unlink()
        return cls(path)

    def keep(self, found: Result, row: AccountRow) -> ResultRow:
        """Writes the file of an account."""
        if found.document is None:
            name = f"{row.id}.{ERROR}.json"
            said = {"account": row.id, "name": row.name, "command": found.command, "error": found.error or "no result"}
            write(self.path / name, json_text(said), durable=False)
            return ResultRow(file=name, digest=ERROR)
        name = f"{row.id}.{found.command}.json"
        write(self.path / name, found.document, durable=False)
        return ResultRow(file=name, digest=digest_of(found.command, found.document, name))

    def close(self, index: Index) -> Index:
        """Writes the index, with its fingerprint."""
        sealed = index.model_copy(update={"fingerprint": index.sealed})
        write(self.path / INDEX, json_text(sealed.model_dump(mode="json")))
        return sealed

    def index(self) -> Index:
        """The index. IamspecError if it is none, or if it does not fit its own fingerprint."""
        name = str(self.path / INDEX)
        if not (self.path / INDEX).is_file():
            raise IamspecError(f"{self.path}: there is no {INDEX}; `iamspec fleet plan --out {self.path}` writes one")
        try:
            index = Index.model_validate_json(text_of(name))
        except ValidationError as error:
            wrong = "; ".join(f"{dotted(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False))
            raise IamspecError(f"{name}: this was not written by this version of iamspec: {wrong}") from error
        if index.iamspec_version != __version__:
            raise IamspecError(
                f"{name}: this is of iamspec {index.iamspec_version}, and this is {__version__}; make it again"
            )
        if index.sealed != index.fingerprint:
            raise IamspecError(
                f"{name}: its fingerprint is not that of its content: it was changed after it was written"
            )
        return index

    def document(self, row: ResultRow) -> dict[str, Any]:
        place = self.path / row.file
        try:
            found: dict[str, Any] = json.loads(text_of(str(place)))
        except (ValueError, RecursionError) as error:
            raise IamspecError(f"{place}: this is no JSON") from error
        if not isinstance(found, dict):
            raise IamspecError(f"{place}: this is no result of iamspec")
        return found

    def documents(self, index: Index) -> Iterator[tuple[AccountRow, ResultRow, dict[str, Any]]]:
        """The results by id, read one after the other, so that memory holds a single result."""
        for account, row in sorted(index.results.items()):
            yield index.row(account), row, self.document(row)

    def check(self, index: Index) -> None:
        """IamspecError if a file is missing, changed, or stands beside those of the index."""
        wrong = []
        for account, row in sorted(index.results.items()):
            place = self.path / row.file
            if not place.is_file():
                wrong.append(f"{row.file} is missing")
            elif row.digest != ERROR and digest_of(index.command, text_of(str(place)), row.file) != row.digest:
                wrong.append(f"{row.file} was changed after it was written")
            elif row.file not in {f"{account}.{index.command}.json", f"{account}.{ERROR}.json"}:
                wrong.append(f"{row.file} is not the file of account {account}")
        known = {INDEX, *(row.file for row in index.results.values())}
        results = (f".{index.command}.json", f".{ERROR}.json")
        strange = sorted(
            one.name for one in self.path.iterdir() if one.name.endswith(results) and one.name not in known
        )
        wrong += [f"{name} is not in {INDEX}" for name in strange]
        wrong += [f"account {row.id} has no result" for row in index.mine if row.id not in index.results]
        if wrong:
            raise IamspecError("\n".join(f"{self.path}: {one}; nothing was run" for one in wrong))


def digest_of(command: str, text: str, name: str) -> str:
    """A hash of the document of an account.

    Of a plan, it is over all that an apply decides by, and no file
    names.
    """
    if command != "plan":
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    found = plan_file.read(text, name).model_dump(mode="json", exclude=INDIFFERENT)
    changes = [{key: one[key] for key in sorted(one) if key != "source"} for one in found.pop("changes")]
    return digest([plan_file.read(text, name).fingerprint, found, changes])


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
