"""The query protocol: form fields as typed parameters, and results as XML."""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from iamspec.sandbox import shapes
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import AttributePicker, QueryParser, QuerySerializer
from iamspec.sandbox.wire import Answer

NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
LARGEST = 2**31 - 1
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def typed(operation: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the model types them. Raises ValidationError where they break it."""
    if operation.input_shape is None:
        return {}
    params = _Parser(operation).parse({"values": fields})
    shapes.check(operation.input_shape, params)
    return dict(params)


class _Parser(QueryParser):
    """Numbers and booleans in the spellings that IAM was recorded to take."""

    def _parse_integer(self, shape: Any, query_params: Mapping[str, Any], prefix: str = "") -> Any:
        written = self._default_handle(shape, query_params, prefix)
        if isinstance(written, str):
            if not NUMBER.fullmatch(written) or abs(int(written)) > LARGEST:
                raise Refused("MalformedInput", f"{written} is no integer")
            return int(written)
        return written

    _parse_long = _parse_integer

    def _parse_boolean(self, shape: Any, query_params: Mapping[str, Any], prefix: str = "") -> Any:
        written = self._default_handle(shape, query_params, prefix)
        if isinstance(written, str):
            if written not in BOOLEANS:
                raise Refused("MalformedInput", f"{written} is no boolean")
            return BOOLEANS[written]
        return written


def written(operation: Any, result: Any) -> Answer:
    """The answer as text.

    All sandboxes of a process share moto's service models and
    serializers, which change while they work.
    """
    serializer = QuerySerializer(operation_model=operation, value_picker=AttributePicker())
    return Answer(200, str(serializer.serialize(result)["body"]).encode())


def refused(status: int, code: str, message: str) -> Answer:
    fault = "Receiver" if status >= 500 else "Sender"
    body = (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>"
    )
    return Answer(status, body.encode(), {"Content-Type": "text/xml", "x-amzn-ErrorType": code})
