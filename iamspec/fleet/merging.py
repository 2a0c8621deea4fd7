"""`iamspec fleet report`: the folders of all shards as one."""

from collections.abc import Sequence
from pathlib import Path

from iamspec.desired.writing import write
from iamspec.errors import IamspecError
from iamspec.fleet.folder import Folder
from iamspec.fleet.report import Report, of_documents
from iamspec.fleet.shards import merged


def merge(paths: Sequence[Path], out: Path | None = None) -> Report:
    """The report over all shards. The folder `out` then holds all results.

    Raises IamspecError if the shards are not the parts of a single
    fleet.
    """
    folders = {str(path): Folder(path) for path in paths}
    if len(folders) < len(paths):
        raise IamspecError("a folder is named twice")
    if out is not None and (own := [one for one in paths if one.resolve() == out.resolve()]):
        raise IamspecError(f"--out {out} is {own[0]}, whose results would be removed first; name a new folder")
    indices = {name: folder.index() for name, folder in folders.items()}
    for name, folder in folders.items():
        folder.check(indices[name])
    whole = merged(indices)
    of = {account: folders[name] for name, index in indices.items() for account in index.results}
    if out is not None:
        target = Folder.made(out)
        for account, row in whole.results.items():
            write(target.path / row.file, (of[account].path / row.file).read_bytes(), durable=False)
        whole = target.close(whole)
    documents = ((whole.row(account), row, of[account].document(row)) for account, row in sorted(whole.results.items()))
    return of_documents(documents, whole)
