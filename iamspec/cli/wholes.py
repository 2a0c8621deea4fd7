"""The command line for a whole spec, in place of a command line for a part."""

import shlex
from collections.abc import Iterator, Sequence

import click

from iamspec.errors import PartOfSpec

MOST_TARGETS = 5
PATH_OPTION = "--spec"
CHOOSING = ("--target", "--exclude")


def whole_command(commands: click.Group, words: Sequence[str], part: PartOfSpec) -> str:
    """The command for the whole spec: its folder as PATH, and the entities of the part as targets."""
    at, command = next((at, commands.commands[word]) for at, word in enumerate(words) if word in commands.commands)
    takes_option = any(PATH_OPTION in one.opts for one in command.params)
    paths = [word for path in _paths(part) for word in ([PATH_OPTION, path] if takes_option else [path])]
    kept = list(_kept(command, words[at + 1 :], part))
    return shlex.join(["iamspec", words[at], *paths, *_targets(command, kept, part), *kept])


def _paths(part: PartOfSpec) -> list[str]:
    return list(dict.fromkeys(part.folders.get(typed, typed) for typed in part.paths))


def _targets(command: click.Command, kept: Sequence[str], part: PartOfSpec) -> Iterator[str]:
    """The entities of the part as --target options, if they are few and no target was given."""
    takes = any(CHOOSING[0] in one.opts for one in command.params)
    chosen = any(word.partition("=")[0] in CHOOSING for word in kept)
    if takes and not chosen and len(part.addresses) <= MOST_TARGETS:
        for address in part.addresses:
            yield from ("--target", address)


def _kept(command: click.Command, words: Sequence[str], part: PartOfSpec) -> Iterator[str]:
    """The words of a command line without its PATHs."""
    options = [one for one in command.params if isinstance(one, click.Option)]
    takes_value = {name for one in options if not one.is_flag for name in one.opts}
    is_path = any(isinstance(one, click.Argument) and one.name == "paths" for one in command.params)
    rest = iter(words)
    for word in rest:
        if word.partition("=")[0] == PATH_OPTION:
            if "=" not in word:
                next(rest, None)
        elif word in takes_value:
            yield from (word, next(rest, ""))
        elif word.startswith("-") or not (is_path and word in part.paths):
            yield word
