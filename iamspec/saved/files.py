"""The text of saved files."""

from pathlib import Path

from iamspec.errors import IamspecError


def text_of(path: str) -> str:
    """The text of a file. IamspecError if it is not UTF-8."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise IamspecError(f"{path}: this is not UTF-8 text") from error
