"""The account, swept while a large spec is checked: calls wait for the network, checks for the processor."""

from collections.abc import Callable

from iamspec.commands.reading import check_account
from iamspec.desired.load import Spec
from iamspec.iam import Reader
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.live.parts import begun

MANY = 1000  # entities: a smaller spec is checked before the first answer could be there


class Ahead:
    """The sweep of an account, begun as soon as a large spec is loaded.

    `only` is the account that the command line names.
    """

    def __init__(self, reader: Reader, only: str | None) -> None:
        self._reader, self._only = reader, only
        self._begun: Callable[[], Live] | None = None

    def begin(self, spec: Spec) -> None:
        """Begins the sweep for a large spec."""
        if len(spec.entities) >= MANY:
            self._begun = begun(lambda: self._sweep(spec))

    def swept(self, spec: Spec) -> Live:
        """The account, as soon as it is read.

        Raises what a sweep after the check would raise: IamError,
        Unreadable, or InvalidSpec for a spec of another account.
        """
        return self._sweep(spec) if self._begun is None else self._begun()

    def _sweep(self, spec: Spec) -> Live:
        caller = self._reader.caller()
        check_account(spec, caller.account, self._only)
        return observe.read_live(self._reader, caller, tagged=_tagged(spec))


def _tagged(spec: Spec) -> int:
    """How many policies declare tags, which the sweep does not have."""
    return sum(bool(one.shape.tags) for one in spec.of("policy"))
