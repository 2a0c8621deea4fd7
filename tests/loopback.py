"""Requests of this process to a sandbox of this process, without sockets and threads.

A socket, a connection and a thread for each request cost as much as
the request itself. Tests whose subject is the line use it still, as
all other processes do.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from iamspec.sandbox import server
from iamspec.sandbox.wire import Http

SANDBOXES: dict[str, server.Sandbox] = {}  # those that listen, by the place in their address
SEND, LISTEN = URLLib3Session.send, server.make_server


class Body:
    """A body that has come as a whole."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def stream(self) -> list[bytes]:
        return [self.content]


def listening(host: str, port: int, sandbox: server.Sandbox, **more: Any) -> Any:
    """A server that is known until it shuts down."""
    found = LISTEN(host, port, sandbox, **more)
    place, shutdown = f"{host}:{found.port}", found.shutdown

    def ended() -> None:
        SANDBOXES.pop(place, None)
        shutdown()

    SANDBOXES[place], found.shutdown = sandbox, ended
    return found


def sent(session: URLLib3Session, request: Any) -> AWSResponse:
    """The answer to a request: of a sandbox at once, or from elsewhere."""
    url = urlsplit(request.url)
    sandbox = SANDBOXES.get(url.netloc)
    if sandbox is None:
        return SEND(session, request)
    headers = {"host": url.netloc} | {key.lower(): _text(value) for key, value in request.headers.items()}
    asked = Http(request.method, unquote(url.path) or "/", url.query, headers, _bytes(request.body or b""))
    answer = sandbox._answer(asked)
    length = {"Content-Length": str(len(answer.body))}
    return AWSResponse(request.url, answer.status, {**answer.headers, **length}, Body(answer.body))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
