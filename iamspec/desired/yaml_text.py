"""Data as YAML that a person would write."""

import re
from typing import Any

import yaml

from iamspec.errors import uncommanded

SHORT_LIST = 70
LIKE_NUMBER = re.compile(r"[-+.]?[0-9]", re.ASCII)  # or like a date, or a version
HASHES = re.compile(r"#(?=#\w*\[)", re.ASCII)  # of a command to a CI job, in a text that stands in quotes
LIKE_FLAGS = frozenset("yYnN")  # to readers of YAML 1.1 that libyaml does not know


class _Dumper(yaml.CSafeDumper):
    """Writes YAML as a person would: short lists on a line, long texts as blocks, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: _Dumper, text: str) -> Any:
    style = None
    if uncommanded(text) != text:
        style = '"'  # in which `dump` can escape what a CI job would obey
    elif LIKE_NUMBER.match(text) or text in LIKE_FLAGS:
        style = "'"
    elif "\n" in text.strip("\n") and not any(line.endswith(" ") for line in text.split("\n")):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list_node(dumper: _Dumper, items: list[Any]) -> Any:
    short = all(isinstance(item, str) and "\n" not in item for item in items) and sum(map(len, items)) < SHORT_LIST
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(list, _list_node)


def dump(value: Any) -> str:
    """Data as YAML in its own order.

    Text that a reader of YAML could take for something else is
    quoted.
    """
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=110)
    return HASHES.sub(r"\\x23", text)
