"""HTML pages without network. Templates extend `base.html`.

A page may hold any text of live IAM or of a spec: jinja2 escapes
everything. The Content-Security-Policy names style and script by
their hashes, so that nothing else runs or loads. `page` is the
only way in.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from iamspec.render.lines import visible

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; base-uri 'none'; form-action 'none'"
)


def page(template: str, **values: Any) -> str:
    """A page from a template of this folder.

    `values` are the plain values for the template, not escaped.
    """
    style, script = _read("page.css"), _read("page.js")
    policy = POLICY.format(style=_hash(style), script=_hash(script))
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704 - a file of this package
            policy=policy,
            **values,
        )
    )


@dataclass(frozen=True, slots=True)
class Facet:
    """A set of boxes of the filter.

    A row has a value in `data-NAME`. `values` has each value with
    the label of the box.
    """

    name: str
    label: str
    values: tuple[tuple[str, str], ...]


def _shown(value: Any) -> Any:
    """Escapes in the place of signs that are invisible or change the direction of text.

    Lines stay lines.
    """
    if isinstance(value, Markup):
        return value
    return "\n".join(map(visible, str(value).split("\n")))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What the policy lets through: the element with exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
