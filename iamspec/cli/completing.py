"""The proposals of a shell after Tab: addresses and names of the spec, guards, frameworks, topics.

Where the spec cannot be read, there is no proposal, and no message
either.
"""

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from iamspec.errors import IamspecError

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def addresses(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Addresses of the spec in the PATHs that were typed, or in the current folder."""
    return _matching(map(str, _declared(context)), typed)


def users(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    return _matching((one.name for one in _declared(context) if one.kind == "user"), typed)


def principals(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of users, and addresses of roles."""
    found = list(_declared(context))
    names = [one.name for one in found if one.kind == "user"]
    return _matching([*names, *(str(one) for one in found if one.kind == "role")], typed)


def guards(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of guards, and behind a name and a colon the addresses of the spec."""
    from iamspec.review.texts import GUARD_TEXTS  # noqa: PLC0415 - each proposal loads what it needs

    name, colon, _start = typed.partition(":")
    if colon and name in GUARD_TEXTS:
        return _matching((f"{name}:{one}" for one in _declared(context)), typed)
    bare = {one.name if one.bare else f"{one.name}:": one for one in GUARD_TEXTS.values()}
    return [CompletionItem(one, help=bare[one].sees) for one in sorted(bare) if one.startswith(typed)]


def frameworks(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    from iamspec.status.frameworks import TITLES  # noqa: PLC0415

    return [CompletionItem(name, help=title) for name, title in TITLES.items() if name.startswith(typed)]


def topics(context: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Commands, keys, guards, codes, checks and words.

    Keys are proposed one step at a time.
    """
    from iamspec.commands.explain import topics as all_topics  # noqa: PLC0415

    depth = typed.count(".")
    commands = getattr(context.find_root().command, "commands", {})
    return _matching((one for one in {*all_topics(), *commands} if one.count(".") <= depth), typed)


def _declared(context: click.Context) -> list[Any]:
    """The addresses that a spec declares, if there is a spec that can be read."""
    from iamspec.desired.load import load  # noqa: PLC0415

    try:
        spec, _ = load(context.params.get("paths") or (".",))
    except (IamspecError, OSError):
        return []
    return sorted(one for one in spec.entities if one.kind in {"user", "group", "policy", "role"})


def _matching(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(one) for one in sorted(names) if one.startswith(typed)]
