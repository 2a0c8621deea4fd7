"""The sandbox as a server on loopback, in a thread of this process."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from iamspec.errors import IamspecError
from iamspec.live.snapshot import Snapshot
from iamspec.policy.document import Document
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.entities import Root
from iamspec.sandbox.gateway import Gateway, request
from iamspec.sandbox.load import load
from iamspec.sandbox.stacks import Stacks
from iamspec.sandbox.upstream import service_model

HOST = "127.0.0.1"
REASONS = {200: "OK", 501: "Not Implemented"}


class Sandbox:
    """One account; `quotas` may be changed, by the names that GetAccountSummary gives them."""

    def __init__(self, account_id: str, partition: str) -> None:
        service_model("iam")
        self.account_id, self.partition = account_id, partition
        self.endpoint = ""
        self.reset()

    def reset(self) -> None:
        """The account is new and empty."""
        self.backend = Backend(self.partition, self.account_id)
        self.stacks = Stacks(self.account_id)
        self.gateway = Gateway(self.backend, self.stacks)

    @property
    def root(self) -> Root:
        """The root user of the account, of whom summary and credential report tell; its fields may be set."""
        return self.backend.root

    @property
    def quotas(self) -> dict[str, int]:
        return self.backend.quotas

    @property
    def enforce(self) -> Document | None:
        """The policy that requests are held against from now on, whoever makes them; None allows everything."""
        return self.gateway.authorization.document

    @enforce.setter
    def enforce(self, document: Document | None) -> None:
        self.gateway.authorization.document = document

    def own(self, physical_id: str, stack_name: str, region: str | None = None) -> None:
        """Declares that a CloudFormation stack owns what has the id: a user's name, a policy's ARN. No region is all."""
        self.stacks.own(physical_id, stack_name, region)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode("utf-8", errors="replace")
        answer = self.gateway.answer(request(body, environ.get("HTTP_AUTHORIZATION", "")))
        content = answer.body.encode()
        headers = [*sorted(answer.headers.items()), ("Content-Length", str(len(content)))]
        start_response(f"{answer.status} {REASONS.get(answer.status, 'Refused')}", headers)
        return [content]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # a connection that is kept would outlive the server

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Requests are the caller's business."""


@contextmanager
def running(
    *,
    account_id: str = "123456789012",
    port: int = 0,
    snapshot: Snapshot | None = None,
    enforce: Document | None = None,
) -> Iterator[Sandbox]:
    """A sandbox that listens until the block ends; port 0 takes a free one.

    Whatever credentials a request has, it is about `account_id`; the ARNs of a snapshot are rewritten to that account.
    With `enforce` a request is refused unless that policy allows it.
    """
    sandbox = Sandbox(account_id, snapshot.account.partition if snapshot else "aws")
    sandbox.enforce = enforce
    if snapshot:
        load(sandbox.backend, snapshot)
    with _listening(port) as listener:
        server = make_server(HOST, port, sandbox, threaded=True, request_handler=_Quiet, fd=listener.fileno())
        sandbox.endpoint = f"http://{HOST}:{server.port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield sandbox
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A bound socket: werkzeug, left to bind, ends the process where the port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise IamspecError(f"port {port} of {HOST} cannot be used: {error.strerror}; choose another") from error
        listener.listen(128)
        yield listener
