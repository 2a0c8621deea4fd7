"""A line between a real client of boto3 and a test that gives the answers of AWS."""

import os
import re
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qsl

from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection

ACCOUNT, ARN = "123456789012", "arn:aws:iam::123456789012:user/ana"


def result(operation, inside="", **more):
    """The answer to a call, as the query protocol has it."""
    pieces = inside + "".join(f"<{name}>{text}</{name}>" for name, text in more.items())
    wrapped = f"<{operation}Result>{pieces}</{operation}Result>" if pieces or more else f"<{operation}Result/>"
    meta = "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
    return f"<{operation}Response>{wrapped}{meta}</{operation}Response>".encode()


def refusal(code, message="no"):
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return f"<ErrorResponse>{error}<RequestId>r-1</RequestId></ErrorResponse>".encode()


CALLER = result("GetCallerIdentity", Arn=ARN, UserId="AIDA0", Account=ACCOUNT)

SIGNER = re.compile(r"=(\w*)")  # the first value of the header Authorization


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        params = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        operation = params.pop("Action", "")
        self.server.signers.append((operation, SIGNER.search(self.headers.get("Authorization", "="))[1]))
        found = self.server.reply(operation, params)
        status, body = found if isinstance(found, tuple) else (200, found)
        pieces = [body] if isinstance(body, bytes) else body
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(sum(map(len, pieces)) if isinstance(body, bytes) else 10**6))
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:  # the other end has had enough
            self.close_connection = True

    def log_message(self, *_):
        """Nothing."""


@contextmanager
def serving(handler):
    """A server on loopback, in a thread of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def answering(reply, signers=None):
    """An address at which `reply(operation, params)` answers: with a body, (status, body), or pieces of a body.

    `signers` takes each operation with the id of the key that has
    signed it.
    """
    with serving(Handler) as server:
        server.reply, server.signers = reply, [] if signers is None else signers
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def line(reply, signers=None, **reached):
    """A writer whose account is whatever `reply` says, as in `answering`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "NO_PROXY": "127.0.0.1"}
    with answering(reply, signers) as endpoint, patch.dict(os.environ, own, clear=True):
        yield AwsWriter(Connection(endpoint_url=endpoint, parallelism=2, **reached))


@contextmanager
def dripping(endpoint, operation, numbers):
    """The address of a line to another endpoint, on which some answers to an operation come drop by drop."""
    host, seen, never = endpoint.removeprefix("http://"), [], threading.Event()

    class Proxy(Handler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            line = HTTPConnection(host)
            line.request("POST", self.path, body, dict(self.headers))
            answer = line.getresponse()
            content = answer.read()
            line.close()
            if f"Action={operation}&".encode() in body:
                seen.append(operation)
            drips = f"Action={operation}&".encode() in body and len(seen) in numbers
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for piece in [content[at : at + 1] for at in range(len(content))] if drips else [content]:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    never.wait(0.05 if drips else 0)
            except OSError:  # the other end has had enough
                self.close_connection = True

    with serving(Proxy) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"
