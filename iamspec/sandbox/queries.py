"""The query protocol: form fields as typed parameters, and results as XML."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from iamspec.sandbox import shapes
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.upstream import AttributePicker, QueryParser, QuerySerializer
from iamspec.sandbox.wire import Answer


def typed(operation: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the model types them; ValidationError where they break it."""
    if operation.input_shape is None:
        return {}
    try:
        params = QueryParser(operation).parse({"values": fields})
    except ValueError as error:
        raise Refused("MalformedInput", f"a value cannot be read: {error}") from error
    shapes.check(operation.input_shape, params)
    return dict(params)


def written(operation: Any, result: Any) -> Answer:
    """Moto's service models and serializers are shared by all sandboxes of a process, and change while they work."""
    serializer = QuerySerializer(operation_model=operation, value_picker=AttributePicker())
    return Answer(200, str(serializer.serialize(result)["body"]).encode())


def refused(status: int, code: str, message: str) -> Answer:
    fault = "Receiver" if status >= 500 else "Sender"
    body = (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>"
    )
    return Answer(status, body.encode(), {"Content-Type": "text/xml", "x-amzn-ErrorType": code})
