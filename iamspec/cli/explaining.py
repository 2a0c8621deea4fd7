"""Explanations on the command line, in lines that fit the terminal."""

import shutil
import sys
import textwrap
from typing import Any

import click

from iamspec.cli.output import OK, show

WIDTH = 80


@click.command()
@click.argument("topic", nargs=-1, metavar="[TOPIC]")
def explain(topic: tuple[str, ...]) -> int:
    """Say what a key of the spec, a guard, a warning, a check or a word means.

    Keys are written with dots, as in users.access_keys.rotate_after_days. Without TOPIC it lists what there is.
    """
    from iamspec.commands.explain import explain as look_up, overview  # noqa: PLC0415 - each command loads its own

    found = look_up(" ".join(topic)) if topic else overview()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    show("\n\n".join(_text(one, max(40, width)) for one in found))
    return OK


def _text(one: Any, width: int) -> str:
    parts = [_wrapped(one.title, width)]
    parts += [_wrapped(paragraph, width) for paragraph in one.paragraphs]
    if one.items:
        parts.append("\n".join(_wrapped(f"{name}: {text}", width, "  ") for name, text in one.items))
    if one.example:
        parts.append(textwrap.indent(one.example.rstrip("\n"), "  "))
    if one.see:
        parts.append(_wrapped(f"See also: {', '.join(one.see)}", width))
    return "\n\n".join(part for part in parts if part)


def _wrapped(text: str, width: int, indent: str = "") -> str:
    """Lines of a text, the later ones indented."""
    flowing = " ".join(text.split())
    lines = textwrap.wrap(flowing, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
