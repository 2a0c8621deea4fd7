"""The folder with the results of a fleet: one file for each account, and `fleet.json` over all of them.

The writer stands beside the reader. What a reader believes is held
against the fingerprint of the fleet.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from iamspec import __version__
from iamspec.desired.writing import write
from iamspec.errors import IamspecError
from iamspec.fleet.tasks import Result, _Strict
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


class AccountRow(_Strict):
    """An account of the fleet, as it was resolved."""

    id: str = Field(pattern="^[0-9]{12}$", description="The id of the account.")
    name: str | None = Field(default=None, description="The name that fleet.yaml gives the account.")
    organization_name: str = Field(default="", description="The name in AWS Organizations, for people only.")
    unit: str = Field(default="", description="The path of its organizational unit.")
    variables: dict[str, str] = Field(default={}, description="What ${iamspec:…} stands for, beside id and partition.")
    paths: list[str] = Field(default=[], description="The PATHs of its spec, below the folder of fleet.yaml.")
    partial: bool = Field(default=False, description="Whether a PATH with ? is missing, so that nothing is pruned.")
    role: str | None = Field(default=None, description="The ARN of the role that is assumed.")
    read_role: str | None = Field(default=None, description="The ARN of the role that is assumed for reads.")
    trouble: str | None = Field(default=None, description="Why the account was not looked at.")

    @property
    def label(self) -> str:
        name = self.name or self.organization_name
        return f"{self.id} ({name})" if name else self.id


class WaveRow(_Strict):
    """A wave, with the ids of its accounts."""

    accounts: list[str] = Field(description="The ids of the accounts.")
    max_concurrent: int | None = Field(default=None, description="The most accounts at one time.")
    failure_tolerance: int = Field(default=0, description="How many accounts may fail.")


class Settings(_Strict):
    """What fleet.yaml says beside accounts and PATHs."""

    digest: str = Field(description="A hash of all that fleet.yaml says.")
    external_id: str | None = Field(default=None, description="The external id that the role asks for.")
    session_name: str = Field(default="iamspec", description="The name of the session.")
    waves: list[WaveRow] = Field(default=[], description="The waves of an apply, in order.")
    max_accounts_changed: int | None = Field(default=None, description="The most accounts that one apply may change.")


class ResultRow(_Strict):
    """The file of an account, and a hash of its content.

    No time is part of the hash of a plan.
    """

    file: str = Field(description="The name of the file.")
    digest: str = Field(description="A hash of what the file says, or `error`.")


class Index(BaseModel):
    """`fleet.json`: the list of accounts, the settings, the files, and the fingerprint over all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = Field(default=1, description="The version of this format.")
    iamspec_version: str = Field(default=__version__, description="The version of the program that wrote it.")
    command: Literal["plan", "drift", "status"] = Field(description="What was done.")
    made: AwareDatetime = Field(description="When the run ended; of several shards, when the first one did.")
    shard: str | None = Field(default=None, description="The part of the fleet, as I/N. null for the whole fleet.")
    settings: Settings = Field(description="What fleet.yaml says beside accounts and PATHs.")
    accounts: list[AccountRow] = Field(description="All accounts of the fleet, sorted by id.")
    results: dict[str, ResultRow] = Field(description="The file of each account, by id.")
    fingerprint: str = Field(default="", description="A hash of accounts, settings and results.")

    @property
    def sealed(self) -> str:
        """The fingerprint that this index should have.

        No time and no version is part of it.
        """
        results = {account: row.digest for account, row in sorted(self.results.items())}
        accounts = [row.model_dump(mode="json", exclude={"organization_name"}) for row in self.accounts]
        return digest([self.command, self.settings.model_dump(mode="json"), accounts, results])

    def row(self, account: str) -> AccountRow:
        return next(row for row in self.accounts if row.id == account)

    @property
    def mine(self) -> list[AccountRow]:
        """The accounts of this shard."""
        part = Shard.of(self.shard) if self.shard else None
        return [row for row in self.accounts if part is None or part.has(row.id)]


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a fleet: the accounts whose hash leaves the remainder `number` - 1."""

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> "Shard":
        """IamspecError if a text is not I/N with I from 1 to N."""
        number, _, count = text.partition("/")
        digits = all(one.isascii() and one.isdigit() and len(one) < 7 for one in (number, count))
        if not digits or not 1 <= int(number) <= int(count):
            raise IamspecError(f"--shard {text}: write I/N with I from 1 to N, as in 1/4")
        return cls(int(number), int(count))

    def has(self, account: str) -> bool:
        return int(hashlib.sha256(account.encode()).hexdigest(), 16) % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


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
