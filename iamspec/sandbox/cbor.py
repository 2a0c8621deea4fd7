"""CBOR as far as requests and answers of AWS need it (RFC 8949).

It has maps, lists, texts, numbers, booleans and null.
"""

import struct
from collections.abc import Mapping
from typing import Any

UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG, SIMPLE = range(8)
INDEFINITE = 31
CONSTANTS = {20: False, 21: True, 22: None, 23: None}
FLOATS = {25: ">e", 26: ">f", 27: ">d"}
STOP = object()


def encode(value: Any) -> bytes:
    if value is None or isinstance(value, bool):
        return bytes([SIMPLE << 5 | {False: 20, True: 21, None: 22}[value]])
    if isinstance(value, int):
        return _head(NEGATIVE, -1 - value) if value < 0 else _head(UNSIGNED, value)
    if isinstance(value, float):
        return bytes([SIMPLE << 5 | 27]) + struct.pack(">d", value)
    if isinstance(value, str):
        content = value.encode()
        return _head(TEXT, len(content)) + content
    if isinstance(value, Mapping):
        return _head(MAP, len(value)) + b"".join(encode(one) for pair in value.items() for one in pair)
    return _head(LIST, len(value)) + b"".join(map(encode, value))


def decode(content: bytes) -> Any:
    """The value in the content.

    Raises ValueError if the content is cut short or is no CBOR of
    AWS.
    """
    try:
        found = _Reader(content).value()
    except (struct.error, TypeError) as error:
        raise ValueError(f"this is no CBOR: {error}") from error
    if found is STOP:
        raise ValueError("a stop without a beginning")
    return found


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([kind << 5 | extra]) + number.to_bytes(size, "big")
    raise ValueError(f"{number} is too large")


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def value(self) -> Any:
        head = self._take(1)[0]
        kind, extra = head >> 5, head & 31
        if kind == SIMPLE:
            return self._simple(extra)
        number = None if extra == INDEFINITE else self._number(extra)
        if kind in {BYTES, TEXT}:
            content = self._take(number) if number is not None else b"".join(self._until_stop())
            return content.decode() if kind == TEXT else content
        if kind == LIST:
            return self._until_stop() if number is None else [self.value() for _ in range(number)]
        if kind == MAP:
            whole = self._until_stop() if number is None else [self.value() for _ in range(2 * number)]
            return dict(zip(whole[::2], whole[1::2], strict=True))
        if number is None:
            raise ValueError("a number without end")
        return {UNSIGNED: number, NEGATIVE: -1 - number}[kind] if kind != TAG else self.value()

    def _simple(self, extra: int) -> Any:
        if extra == INDEFINITE:
            return STOP
        if extra in FLOATS:
            return struct.unpack(FLOATS[extra], self._take(struct.calcsize(FLOATS[extra])))[0]
        if extra not in CONSTANTS:
            raise ValueError(f"an unknown simple value {extra}")
        return CONSTANTS[extra]

    def _number(self, extra: int) -> int:
        if extra < 24:
            return extra
        return int.from_bytes(self._take(1 << (extra - 24)), "big")

    def _until_stop(self) -> list[Any]:
        found = []
        while (one := self.value()) is not STOP:
            found.append(one)
        return found

    def _take(self, length: int) -> bytes:
        if self.at + length > len(self.content):
            raise ValueError("the content is cut short")
        taken, self.at = self.content[self.at : self.at + length], self.at + length
        return taken
