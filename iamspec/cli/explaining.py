"""Explanations on the command line, in lines that fit the terminal."""

import textwrap
from typing import Any

import click

from iamspec.cli.completing import topics
from iamspec.cli.output import OK, show
from iamspec.cli.wrapping import wrapped


@click.command()
@click.argument("topic", nargs=-1, metavar="[TOPIC]", shell_complete=topics)
def explain(topic: tuple[str, ...]) -> int:
    """Explain a key of the spec, a guard, a warning or a word.

    Keys are written with dots, as in
    users.access_keys.rotate_after_days. Without TOPIC it lists all
    topics.
    """
    from iamspec.commands.explain import explain as look_up, overview  # noqa: PLC0415 - each command loads its own

    found = look_up(" ".join(topic)) if topic else overview()
    show("\n\n".join(map(_text, found)))
    return OK


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
