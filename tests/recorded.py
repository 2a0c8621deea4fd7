"""Answers of real IAM, recorded, and whether an account in a test gives the same answer.

The records are in the folder of real inputs, `recorded/behaviours.json`; the header of the file explains the notation.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from places import DATA

FILE = DATA / "recorded" / "behaviours.json"
NOTATION = re.compile(r"(?P<name>[^:~#+\[]*)(\[(?P<index>\d+)\])?((?P<sign>[:#+])|~(?P<field>.+))?", re.DOTALL)
STAND_IN = re.compile(r"<.*>", re.DOTALL)
MISSING = "nothing"
EXPLAINED = {  # by the ids of records that say their response in prose
    "slr-trust-rendered": {
        "Role": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "autoscaling.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        }
    }
}


@dataclass(frozen=True)
class Answer:
    """The response to a call, or the code of the error."""

    response: Any = None
    error: str = ""


Ask = Callable[[str, Mapping[str, Any]], Answer]


@cache
def _content() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"behaviours": []}


def replayable() -> dict[str, Any]:
    """The records that an empty account can replay, by id; none where the file is absent."""
    return {one["id"]: one for one in _content()["behaviours"] if one.get("replay")}


def raw_numbers() -> dict[str, Any]:
    """The records about numbers as a client wrote them into the query, by id."""
    found = {one["id"]: one for one in _content()["behaviours"]}
    return {name: one for name, one in found.items() if name.startswith(("page-size-", "credential-age-"))}


def operations(record: Any) -> set[str]:
    """Every operation that a replay of the record calls."""
    after = [record["after"]["operation"]] if "after" in record else []
    return {record["call"]["operation"], *after, *(operation for operation, _ in _setup(record))}


def differences(record: Any, ask: Ask) -> list[str]:
    """Replays a record; what differs from the recorded answer. Empty if the account agrees."""
    call, expected = record["call"], record["result"]
    before = ask(call["operation"], _params(call["params"])) if _counts(expected) else Answer()
    for operation, params in _setup(record):
        if (made := ask(operation, _params(params))).error:
            return [f"setup: {operation} is refused with {made.error}"]
    answer = ask(call["operation"], _params(call["params"]))
    if expected["ok"] == bool(answer.error):
        return [f"ok is {not answer.error}, recorded is {expected['ok']} {answer.error or expected.get('error')}"]
    if answer.error != expected.get("error", ""):
        return [f"error is {answer.error}, recorded is {expected['error']}"]
    response = EXPLAINED.get(record["id"], expected.get("response"))
    found = list(_differing(response, answer.response, before.response, "")) if response is not None else []
    if "after" in record:
        after = record["after"]
        read = ask(after["operation"], _params(after["params"]))
        found += [f"after: {one}" for one in _differing(after["response"], read.response, None, "")]
    return found


def _setup(record: Any) -> list[Any]:
    setup = record.get("setup") or []
    return _content()["setups"][setup[1:]] if isinstance(setup, str) else setup


def _counts(expected: Any) -> bool:
    return any(key.endswith("+") for key in expected.get("response", {}))


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: json.dumps(_document(value)) if "Document" in key else value for key, value in params.items()}


def _document(value: Any) -> Any:
    return _content()["documents"][value] if isinstance(value, str) and value.startswith("@") else value


def _differing(expected: Any, found: Any, before: Any, where: str) -> Iterator[str]:
    """`expected` says members of `found` in the notation of the file; what it leaves out is not compared."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, value in expected.items():
            yield from _member(key, value, found, before, f"{where}.{key}".lstrip("."))
    elif not (isinstance(expected, str) and STAND_IN.fullmatch(expected)) and expected != found:
        yield f"{where} is {found!r}, recorded is {expected!r}"


def _member(key: str, value: Any, found: Mapping[str, Any], before: Any, where: str) -> Iterator[str]:
    notation = NOTATION.fullmatch(key)
    assert notation, key
    inside = _inside(found, notation)
    if inside == MISSING:
        yield from _unequal(where, inside, value)
    elif (sign := notation["sign"]) == ":":
        yield from _unequal(where, sorted(inside.keys() - {"ResponseMetadata"}), value)
    elif sign == "#":
        yield from _unequal(where, len(inside), value)
    elif sign == "+":
        yield from _unequal(where, inside - _inside(before, notation), value)
    elif notation["field"]:
        yield from _unequal(where, sorted(one[notation["field"]] for one in inside), sorted(value))
    else:
        yield from _differing(_document(value), inside, None, where)


def _inside(found: Mapping[str, Any], notation: re.Match[str]) -> Any:
    """The member; GetAccountSummary has its numbers in a map of their own, which the records leave out."""
    inside = found.get(notation["name"], found.get("SummaryMap", {}).get(notation["name"], MISSING))
    if inside == MISSING:
        return inside
    return inside[int(notation["index"])] if notation["index"] else inside


def _unequal(where: str, found: Any, expected: Any) -> Iterator[str]:
    if found != expected:
        yield f"{where} is {found!r}, recorded is {expected!r}"
