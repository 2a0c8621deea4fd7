"""The list of the accounts and results of a fleet run, as `fleet.json` has it."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from iamspec import __version__
from iamspec.errors import IamspecError
from iamspec.fleet.tasks import _Strict
from iamspec.plan.fingerprint import digest


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
    """The settings of fleet.yaml beside accounts and PATHs."""

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
    settings: Settings = Field(description="The settings of fleet.yaml beside accounts and PATHs.")
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
