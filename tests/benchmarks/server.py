"""Answers as AWS would, on loopback and in a process of its own: `python -m tests.benchmarks.server` prints its port.

Every answer takes 30 ms, about what a call of IAM takes. `GET /` tells which calls were made since it was last asked.
"""

import json
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import ClassVar
from urllib.parse import parse_qsl

from tests.benchmarks.account import declared
from tests.benchmarks.answers import SECTIONS, Answers

LATENCY = 0.03
PAGE = 1000


class Handler(BaseHTTPRequestHandler):
    """The query protocol of IAM and STS, as far as reading an account needs it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the system would wait before it sends the second part of an answer
    answers: ClassVar[Answers]
    calls: ClassVar[Counter[str]] = Counter()
    lock: ClassVar[Lock] = Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        params = dict(parse_qsl(body))
        operation = params["Action"]
        with self.lock:
            self.calls[operation] += 1
        time.sleep(LATENCY)
        self._send(self.answers.answer(operation, params), "text/xml")

    def do_GET(self) -> None:
        with self.lock:
            found = dict(sorted(self.calls.items()))
            self.calls.clear()
        self._send(json.dumps(found).encode(), "application/json")

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Nothing: what was called is counted."""


def main() -> None:
    Handler.answers = Answers(declared())
    for number in range(Handler.answers.pages(list(SECTIONS), PAGE)):
        Handler.answers.page(list(SECTIONS), number * PAGE, PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
