"""Commands that write down what is live: as a spec, and as a snapshot."""

from pathlib import Path
from typing import Any

import click

from iamspec.cli import completing
from iamspec.cli.options import ACCOUNT, SNAPSHOT, port_of
from iamspec.cli.output import OK, counted, say, show
from iamspec.desired.writing import SHARED, write
from iamspec.errors import IamspecError


@click.command("import")
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...", shell_complete=completing.addresses)
@ACCOUNT
@SNAPSHOT
@click.option("--out", metavar="DIR", help="Write a spec of several files into this empty folder.")
@click.option("--without-credentials", is_flag=True, help="Write nothing about passwords and access keys.")
@click.option("--roles", is_flag=True, help="Write the roles, too, with their trust and instance profiles.")
@click.pass_context
def import_(context: click.Context, /, addresses: tuple[str, ...], out: str | None, **options: Any) -> int:
    """Write live IAM as a spec: all of it, or some addresses."""
    from iamspec.commands.imported import as_files, as_text  # noqa: PLC0415
    from iamspec.commands.importing import take  # noqa: PLC0415

    credentials, roles = not options.pop("without_credentials"), options.pop("roles")
    imported = take(port_of(context, options), addresses, credentials=credentials, roles=roles)
    if out is None:
        show(as_text(imported, whole=not addresses), "yaml")
        return OK
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IamspecError(f"{out} is not an empty folder; import overwrites nothing")
    files = as_files(imported)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name, text, SHARED, durable=False)  # thousands of files, which can be written again
    say(
        f"{counted(len(imported.entities), 'entity', 'entities')} in {counted(len(files), 'file', 'files')} below {out}"
    )
    return OK


@click.command()
@ACCOUNT
@click.option("--out", metavar="FILE", help="Where to; standard output if left out.")
@click.option(
    "--with-credential-report",
    "reported",
    is_flag=True,
    help="Save what `iamspec status` asks, too: account summary, credential report, MFA devices, certificates.",
)
@click.pass_context
def snapshot(context: click.Context, /, out: str | None, reported: bool, **options: Any) -> int:
    """Save live IAM in a file, without secrets.

    plan, drift, import and status read the file with --snapshot.
    """
    from iamspec.commands.snapshot import take_snapshot  # noqa: PLC0415

    port = port_of(context, options)
    taken = take_snapshot(port)
    if reported:
        from iamspec.commands.status import with_status  # noqa: PLC0415

        taken, lacking = with_status(port, taken, say)
        for one in lacking:
            say(f"not saved: {one}")
    from iamspec.saved.json_text import escaped_json  # noqa: PLC0415

    text = taken.text()
    if out is None:
        show(escaped_json(text), "json", confidential=True)
    else:
        write(Path(out), text)
    return OK
