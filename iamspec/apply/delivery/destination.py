"""The values of `--credentials-out`, and the sink for each value."""

from collections.abc import Callable
from pathlib import Path

from iamspec.apply.delivery.folder import Folder
from iamspec.apply.delivery.others import SERVICE, SecretsManager, Terminal
from iamspec.apply.delivery.sinks import Sink
from iamspec.desired.files import own_folder
from iamspec.errors import IamspecError
from iamspec.iam import Writer
from iamspec.kinds.user.recipients import recipient_error

EXAMPLES = "DIR, age:RECIPIENT, secretsmanager:PREFIX or stdout"
ENCRYPTED = "credentials"  # below the folder of iamspec's own


def destination(written: str, writer: Writer, show: Callable[[str], None]) -> Sink:
    """The sink in the option. Raises IamspecError if the text names no sink."""
    kind, colon, rest = written.partition(":")
    if written == "stdout":
        return Terminal(show)
    if kind == SERVICE and colon:
        return SecretsManager(rest, writer)
    if kind == "age" and colon:
        if error := recipient_error(rest):
            raise IamspecError(f"--credentials-out {written}: {error}")
        return Folder(own_folder() / ENCRYPTED, rest)
    if not written:
        raise IamspecError(f"--credentials-out: {EXAMPLES}")
    return Folder(Path(written))
