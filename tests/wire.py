"""A line to AWS at whose other end a test stands: whatever it says is what a real client of boto3 hears."""

import os
import threading
from contextlib import contextmanager
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


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        params = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        found = self.server.reply(params.pop("Action", ""), params)
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
def answering(reply):
    """An address at which `reply(operation, params)` answers: with a body, (status, body), or pieces of a body."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close, server.reply = True, False, reply
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def line(reply):
    """A writer whose account is whatever `reply` says."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "NO_PROXY": "127.0.0.1"}
    with answering(reply) as endpoint, patch.dict(os.environ, own, clear=True):
        yield AwsWriter(Connection(endpoint_url=endpoint, parallelism=2))
