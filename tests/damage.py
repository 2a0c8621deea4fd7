"""Damage: data with a part cut off, mixed up or forged."""

import copy
import re
import xml.etree.ElementTree as ET
from urllib.parse import quote

from hypothesis import strategies as st

VALUES = [
    *(None, 0, -1, 1.5, True, False, 10**30, "", "x", "\ud800", "a\nb", "é", "../../x", "x" * 3000),
    *([], {}, [1], ["x"], [[]], {"a": 1}, {"a": [{}]}, "9999-99-99T00:00:00Z"),
    *("arn", "arn:aws:iam::aws:policy/X", "arn:aws:iam::123456789012:policy/"),
]
TEXTS = [
    *(
        "",
        "x",
        "true",
        "-1",
        "2026-01-01T00:00:00Z",
        "{",
        "[]",
        "é",
        "a\nb",
        "arn",
        "arn:aws:iam::123456789012:policy/z",
    ),
    *(quote('{"a": "\\ud800"}'), quote("[" * 900 + "]" * 900)),
]


def paths(value, path=()):
    """The places of all parts of data."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


@st.composite
def damaged(draw, whole):
    """Data with one to four parts replaced, removed, moved or doubled."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from([one for one in paths(value) if one] or [()]))
        if not path:
            break
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        _damage(draw, holder, path[-1])
    return value


def _damage(draw, holder, key):
    how = draw(st.sampled_from(["other", "other", "gone", "elsewhere"]))
    if how == "other":
        holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    elif how == "gone":
        del holder[key]
    elif isinstance(holder, dict):
        holder[draw(st.sampled_from(["x", "\udfff", "Tags", "Path"]))] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(holder[key]))


def damaged_xml(random, body):
    """An answer of the network with one or two elements replaced."""
    try:
        root = ET.fromstring(re.sub(rb' xmlns="[^"]*"', b"", body))  # noqa: S314 - the sandbox's own
    except ET.ParseError:
        return body
    for _ in range(random.choice([1, 1, 2])):
        holder, element = random.choice([(parent, child) for parent in root.iter() for child in parent])
        how = random.random()
        if how < 0.35:
            element.text = random.choice(TEXTS)
        elif how < 0.6:
            holder.remove(element)
        elif how < 0.7:
            element.tag = "x"
        elif how < 0.8:
            holder.append(element)
        else:
            element[:] = []
    return ET.tostring(root)
