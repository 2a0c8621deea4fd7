"""A sink that remembers, and may be told to fail."""

from threading import Event

from iamspec.apply.delivery import Delivery, SinkError
from iamspec.commands.apply import run as run_plan


class Vault:
    """What has been stored for whom, newest last; `full` fails every storing, `closed` the trying out."""

    def __init__(self, *, full: bool = False, closed: str = "") -> None:
        self.held, self.full, self.closed = {}, full, closed
        self.tried: list[list[str]] = []

    def try_out(self, recipients):
        if self.closed:
            raise SinkError(self.closed)
        self.tried.append([one.user for one in recipients])

    def store(self, recipient, secrets):
        if self.full:
            raise SinkError("no space left")
        self.held[recipient.user] = list(secrets)
        return f"vault/{recipient.user}"

    def withdraw(self, recipient):
        self.held.pop(recipient.user, None)

    def secrets(self) -> set[str]:
        """Every secret that is held, as text."""
        found = {text for held in self.held.values() for one in held for text in (one.password, one.secret_key)}
        return found - {""}


def delivered(review, iam, vault=None, *, parallelism=1):
    """The outcomes of a reviewed plan with secrets for a vault."""
    return list(
        run_plan(
            review, Delivery(iam, vault or Vault(), review.plan, review.live), parallelism=parallelism, stop=Event()
        )
    )
