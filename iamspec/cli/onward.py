"""The command that goes on from a plan, for a person at a terminal."""

import shlex
from collections.abc import Iterator
from typing import Any

import click
from click.core import ParameterSource

from iamspec.cli.applying import apply

SINK = ("--credentials-out", "DIR")


def onward(context: click.Context, made: Any, out: str | None) -> str:
    """The command that applies exactly this plan, saved in `out` or made anew.

    Empty where apply runs no such plan.
    """
    if made.refused or made.held_back or not made.changes or context.params.get("snapshot") is not None:
        return ""
    from iamspec.plan.secrets import secrets_of  # noqa: PLC0415 - only commands that plan load it

    options = [*_options(context, saved=out is not None), "--expect", made.fingerprint]
    if secrets_of(made.plan) and not context.params.get("defer_credentials"):
        options += SINK
    return shlex.join(["iamspec", "apply", *([out] if out is not None else context.params["paths"]), *options])


def _options(context: click.Context, *, saved: bool) -> Iterator[str]:
    """The options of the command line that apply has as well. A saved plan is a part already."""
    known = {one.name for one in apply.params} - ({"targets", "excluded"} if saved else set())
    for one in context.command.params:
        given = one.name is not None and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE
        if not isinstance(one, click.Option) or not given or one.name not in known:
            continue
        value = context.params[one.name]
        for each in value if one.multiple else (value,):
            yield from (one.opts[0],) if one.is_flag else (one.opts[0], str(each))
