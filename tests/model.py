"""Calls held against botocore's service models, with the patterns, enums and maxima that botocore does not check."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

from iamspec.iam import Call

CATEGORIES = {r"\p{L}": "a-zA-Z", r"\p{N}": "0-9", r"\p{Z}": " "}  # the Unicode classes of the models, as far as ASCII
STANDS_FOR = {"L": "a", "N": "0", "Z": " "}
TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "timestamp": datetime,
    "list": list,
    "map": dict,
    "structure": dict,
}


def assert_valid(call: Call) -> None:
    """AssertionError, naming the call, unless the service model takes it down to the last character."""
    found = problems(call)
    assert not found, f"{call.operation} {dict(call.params)!r} is no valid call: {'; '.join(found)}"


def assert_answer(operation: str, answer: Mapping[str, Any], service: str = "iam") -> None:
    """AssertionError unless the answer has members and types as boto3 gives them, documents being decoded."""
    shape = _service(service).operation_model(operation).output_shape
    found = sorted(_misshapen(shape, answer, operation)) if shape else ([operation] if answer else [])
    assert not found, "; ".join(found)


def problems(call: Call) -> list[str]:
    """What is wrong with a call, sorted; nothing if the service would look at it."""
    try:
        operation = _service(call.service).operation_model(call.operation)
    except OperationNotFoundError:
        return [f"{call.service} has no such operation"]
    params = dict(call.params)
    if operation.input_shape is None:
        return ["it takes no parameters"] if params else []
    report = ParamValidator().validate(params, operation.input_shape)
    if report.has_errors():
        return sorted(report.generate_report().splitlines())
    return sorted(_violations(operation.input_shape, params, ""))


@cache
def _service(name: str) -> Any:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def _violations(shape: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from _violations(shape.members[name], member, f"{where}.{name}".lstrip("."))
    elif shape.type_name == "list":
        yield from _outside(shape, len(value), f"{where}: length")
        for number, member in enumerate(value):
            yield from _violations(shape.member, member, f"{where}[{number}]")
    elif shape.type_name == "integer":
        yield from _outside(shape, value, where)
        if isinstance(value, bool):
            yield f"{where}: a boolean is no integer"
    elif shape.type_name == "string":
        yield from _outside(shape, len(value), f"{where}: length")
        if shape.enum and value not in shape.enum:
            yield f"{where}: {value!r} is none of {', '.join(shape.enum)}"
        if (pattern := shape.metadata.get("pattern")) and not matches(pattern, value):
            yield f"{where}: {value!r} does not match {pattern}"


def _outside(shape: Any, number: int, where: str) -> Iterator[str]:
    if number < shape.metadata.get("min", number):
        yield f"{where} {number} is below {shape.metadata['min']}"
    if number > shape.metadata.get("max", number):
        yield f"{where} {number} is above {shape.metadata['max']}"


def matches(pattern: str, text: str) -> bool:
    r"""Whether a pattern of the models takes the whole text.

    They are written for Java: `\w` and `\d` are ASCII, `\p{L}` is any letter. Python's `re` knows no categories, so
    what is not ASCII stands for itself only where the pattern asks for none.
    """
    if r"\p{" in pattern:
        text = "".join(one if one.isascii() else STANDS_FOR.get(unicodedata.category(one)[0], one) for one in text)
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for category, characters in CATEGORIES.items():
        pattern = pattern.replace(category, characters)
    return re.compile(pattern, re.ASCII)


def _misshapen(shape: Any, value: Any, where: str) -> Iterator[str]:
    if "ocument" in shape.name and isinstance(value, dict):
        return  # botocore decodes documents, which its model calls strings
    typed: bool = isinstance(value, TYPES[shape.type_name])
    if not typed:
        yield f"{where}: {value!r} is no {shape.type_name}"
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield f"{where}: {value} has no time zone"
    elif shape.type_name == "structure":
        yield from (f"{where}.{name} is required" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in shape.members:
                yield from _misshapen(shape.members[name], member, f"{where}.{name}")
            else:
                yield f"{where}.{name} is unknown"
    elif shape.type_name == "list":
        for number, member in enumerate(value):
            yield from _misshapen(shape.member, member, f"{where}[{number}]")
    elif shape.type_name == "map":
        for name, member in value.items():
            yield from _misshapen(shape.key, name, f"{where}.{name}")
            yield from _misshapen(shape.value, member, f"{where}.{name}")
