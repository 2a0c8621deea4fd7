"""An option with a few values. It proposes the nearest value for a typing error."""

from difflib import get_close_matches
from typing import Any

import click


class OneOf(click.Choice[str]):
    """A choice whose refusal ends with a proposal."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        near = get_close_matches(str(value), self.choices, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        return f"{super().get_invalid_choice_message(value, ctx)}{hint}"
