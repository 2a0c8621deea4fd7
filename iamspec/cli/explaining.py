"""Explanations on the command line, in lines that fit the terminal."""

import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from iamspec.cli.completing import topics
from iamspec.cli.output import OK, show
from iamspec.cli.wrapping import wrapped


@click.command()
@click.argument("topic", nargs=-1, metavar="[TOPIC]", shell_complete=topics)
@click.pass_context
def explain(context: click.Context, /, topic: tuple[str, ...]) -> int:
    """Explain a command, a key of the spec, a guard or a word.

    Keys are written with dots, as in
    users.access_keys.rotate_after_days. Without TOPIC it lists all
    topics.
    """
    from iamspec.commands.explain import explain as look_up, overview  # noqa: PLC0415 - each command loads its own

    found = look_up(" ".join(topic), commands_of(context)) if topic else overview()
    show("\n\n".join(map(_text, found)))
    return OK


def commands_of(context: click.Context) -> dict[str, str]:
    """The help of each command by its name."""
    return dict(_helped(context.find_root().command))


def _helped(command: click.Command, path: str = "") -> Iterator[tuple[str, str]]:
    for name, one in getattr(command, "commands", {}).items():
        yield f"{path}{name}", inspect.cleandoc(one.help or "").replace("\b\n", "")
        yield from _helped(one, f"{path}{name} ")


def _line(line: str) -> str:
    return wrapped(line, "  " if line.startswith("- ") else "")


def _text(one: Any) -> str:
    parts = [wrapped(one.title)]
    parts += ["\n".join(_line(line) for line in paragraph.split("\n")) for paragraph in one.paragraphs]
    if one.items:
        parts.append("\n".join(wrapped(f"{name}: {text}", "  ") for name, text in one.items))
    if one.example:
        parts.append(textwrap.indent(one.example.rstrip("\n"), "  "))
    if one.see:
        parts.append(wrapped(f"See also: {', '.join(one.see)}"))
    return "\n\n".join(part for part in parts if part)
