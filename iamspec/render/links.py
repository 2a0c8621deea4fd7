"""Addresses of files of the spec on a site such as GitHub, below the address that `--link-base` gives."""

import re
from os.path import relpath
from pathlib import PurePath
from urllib.parse import quote

from iamspec.errors import IamspecError, Location

BASE = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~%@+=:/-]*)?", re.ASCII)


def checked_base(written: str | None) -> str | None:
    """The address without a slash at its end.

    IamspecError if it is none, or could end a link.
    """
    if written is not None and not BASE.fullmatch(written):
        raise IamspecError(f"--link-base {written}: this is no address such as https://github.com/acme/iam/blob/main")
    return written.rstrip("/") if written else None


def address_of(place: Location | None, base: str | None) -> str | None:
    """The address of a line.

    Files are named from the current folder, as in a pull request
    the root of the repository.
    """
    if place is None or base is None:
        return None
    file = PurePath(relpath(place.file)).as_posix()
    return None if file.startswith("../") else f"{base}/{quote(file)}#L{place.line}"
