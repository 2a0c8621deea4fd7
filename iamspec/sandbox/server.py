"""The sandbox as a server on loopback, in a thread of this process."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from iamspec.errors import IamspecError
from iamspec.live.snapshot import Snapshot
from iamspec.policy.document import Document
from iamspec.sandbox import wire
from iamspec.sandbox.accounts import Accounts
from iamspec.sandbox.backend import Backend
from iamspec.sandbox.entities import Root
from iamspec.sandbox.founding import found
from iamspec.sandbox.gateway import Gateway
from iamspec.sandbox.issuer import TOKEN
from iamspec.sandbox.load import load
from iamspec.sandbox.organization import Organization
from iamspec.sandbox.refusals import Refused
from iamspec.sandbox.stacks import Stacks
from iamspec.sandbox.upstream import service_model
from iamspec.sandbox.wire import Answer, Http

HOST = "127.0.0.1"
LOOPBACK = frozenset({HOST, "localhost", "[::1]", "::1"})
REASONS = {200: "OK", 501: "Not Implemented"}


class Sandbox:
    """The accounts behind an endpoint.

    `quotas` may be changed, by their names in GetAccountSummary.
    """

    def __init__(self, account_id: str, partition: str) -> None:
        service_model("iam")
        self.account_id, self.partition = account_id, partition
        self.endpoint = ""
        self.key: str | None = None  # the access key id of the only caller that is answered
        self.reset()

    def reset(self) -> None:
        """There is one account, new and empty."""
        self.backend = Backend(self.partition, self.account_id)
        self.stacks = Stacks(self.account_id)
        self.gateway = Gateway(Accounts(self.backend), self.stacks)

    def organise(self, members: int) -> Organization:
        """Makes the account the management account of an organization with new members."""
        return found(self.gateway.accounts, members)

    @property
    def quotas(self) -> dict[str, int]:
        return self.backend.quotas

    @property
    def root(self) -> Root:
        """The root user of the account, for summary and credential report.

        Tests may set the fields.
        """
        return self.backend.root

    @property
    def enforce(self) -> Document | None:
        """The policy for all requests from now on, whoever makes them.

        None allows everything.
        """
        return self.gateway.authorization.document

    @enforce.setter
    def enforce(self, document: Document | None) -> None:
        self.gateway.authorization.document = document

    def own(self, physical_id: str, stack_name: str, region: str | None = None) -> None:
        """Declares that a CloudFormation stack owns a physical id: a user's name, a policy's ARN.

        Without a region the stack is in every region.
        """
        self.stacks.own(physical_id, stack_name, region)

    def token(self, issuer: str, subject: str, **claims: Any) -> str:
        """A token of an identity provider, for AssumeRoleWithWebIdentity."""
        return self.gateway.issuer.token({"iss": issuer, "sub": subject} | claims)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        answer = self._answer(_http(environ))
        headers = [*sorted(answer.headers.items()), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {REASONS.get(answer.status, 'Refused')}", headers)
        return [answer.body]

    def _answer(self, http: Http) -> Answer:
        """Answers callers on this machine only.

        A page in a browser may reach this port under a name of its
        own.
        """
        if not _is_here(http.headers.get("host", "")) or not _is_here(http.headers.get("origin", f"http://{HOST}")):
            return Answer(403, b"the sandbox answers only to 127.0.0.1 and localhost", {"Content-Type": "text/plain"})
        if self.key is not None and f"Credential={self.key}/" not in http.headers.get("authorization", ""):
            return Answer(403, b"this sandbox answers only to the key of its run", {"Content-Type": "text/plain"})
        if (page := self.gateway.issuer.page(http.path, self.endpoint)) is not None:
            return wire.answered(wire.REST, page)
        try:
            if (http.method, http.path) == ("POST", TOKEN):
                return wire.answered(wire.REST, {"token": self.gateway.issuer.token(wire.json_body(http.body))})
            asked = wire.request(http)
        except Refused as refused:
            return wire.refused(wire.JSON, 400, refused.code, refused.message)
        return self.gateway.answer(asked)


def _http(environ: dict[str, Any]) -> Http:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        key[5:].lower().replace("_", "-"): str(value) for key, value in environ.items() if key.startswith("HTTP_")
    }
    return Http(
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", "/"),
        environ.get("QUERY_STRING", ""),
        headers,
        environ["wsgi.input"].read(length),
    )


def _is_here(address: str) -> bool:
    """Whether a Host or an Origin names this machine by a name that no other machine can have."""
    host = address.rpartition("://")[2]
    return re.sub(r":\d+$", "", host).lower() in LOOPBACK


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
    members: int = 0,
    key: str | None = None,
) -> Iterator[Sandbox]:
    """A sandbox that listens until the block ends.

    Port 0 takes a free port. Every request is about `account_id`,
    whatever its credentials. The ARNs of a snapshot are rewritten
    to that account. With `enforce` a request is refused unless
    that policy allows it. With `members` the account manages an
    organization. With `key` only requests with this access key id
    are answered.
    """
    sandbox = Sandbox(account_id, snapshot.account.partition if snapshot else "aws")
    sandbox.enforce = enforce
    sandbox.key = key
    if snapshot:
        load(sandbox.backend, snapshot)
    if members:
        sandbox.organise(members)
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
