"""The accounts of a sandbox, their users and roles, and their organization."""

from collections.abc import Iterator
from typing import Any

from iamspec.sandbox.backend import Backend
from iamspec.sandbox.organization import Organization


class Accounts:
    """Backends by account id.

    A caller with an unknown key is in the first account.
    """

    def __init__(self, first: Backend) -> None:
        self.partition = str(first.partition)
        self.first = first
        self.backends = {str(first.account_id): first}
        self.organization: Organization | None = None

    def add(self, account_id: str) -> Backend:
        self.backends[account_id] = Backend(self.partition, account_id)
        return self.backends[account_id]

    def knows(self, account: str) -> bool:
        return account in self.backends

    def by_arn(self, arn: str) -> Any:
        """The user or role, in exactly this spelling.

        None if it does not exist.
        """
        return next((one for one in self._entities() if one.arn == arn), None)

    def by_id(self, unique_id: str) -> Any:
        return next((one for one in self._entities() if one.id == unique_id), None)

    def role_named(self, account: str, name: str) -> Any:
        roles = self.backends[account].roles.values()
        return next((one for one in roles if one.name == name), None)

    def _entities(self) -> Iterator[Any]:
        for backend in self.backends.values():
            yield from backend.principals()
