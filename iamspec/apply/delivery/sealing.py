"""Encryption for a recipient with age, in armour for mail.

The package pyrage does it.
"""

from typing import Any

from iamspec.apply.delivery.sinks import SinkError

EXTRA = "encryption needs the extra `age` of iamspec; in a clone of the repository: pip install '.[age]'"


def sealed(content: bytes, recipient: str) -> bytes:
    """The content, readable by the recipient alone.

    Raises SinkError if the recipient is wrong, or if pyrage is not
    installed.
    """
    try:
        import pyrage  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SinkError(EXTRA) from error
    try:
        whom: Any = pyrage.ssh if recipient.startswith("ssh-") else pyrage.x25519
        found: bytes = pyrage.encrypt(content, [whom.Recipient.from_str(recipient)], armored=True)
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        raise SinkError(f"nothing can be encrypted for {recipient[:16]}…: {error}") from error
    return found
