"""Answers as AWS would, on loopback and in a process of its own: `python -m tests.benchmarks.server …` prints its port.

Each answer takes 30 ms, about what a call of IAM takes, or as long as the options say. With a rate, calls beyond it are
throttled. `GET /` has the calls that were made since it was last asked.
"""

import argparse
import json
import re
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import ClassVar
from urllib.parse import parse_qsl

from tests.benchmarks.account import ACCOUNT_ID, Size, declared
from tests.benchmarks.answers import SECTIONS, Answers, assumed

LATENCY = 0.03
KEY = re.compile(r"Credential=ASIA(\d{12})/")  # of a session in an account of a fleet
PAGE = 1000
THROTTLED = b"""<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>\
<Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>0</RequestId></ErrorResponse>"""
MISSING = THROTTLED.replace(b"Throttling", b"NoSuchEntity").replace(b"Rate exceeded", b"not there")


class Bucket:
    """A bucket of tokens, as AWS's throttling of calls is documented: so many a second, and as many at once."""

    def __init__(self, rate: float) -> None:
        self.rate, self._tokens, self._filled, self._lock = rate, rate, time.monotonic(), Lock()

    def takes(self) -> bool:
        """Whether a call may pass now."""
        if not self.rate:
            return True
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self.rate, self._tokens + (now - self._filled) * self.rate)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Handler(BaseHTTPRequestHandler):
    """The query protocol of IAM and STS, and one call of the Resource Groups Tagging API."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the system would wait before it sends the second part of an answer
    answers: ClassVar[Answers]
    bucket: ClassVar[Bucket]
    latency: ClassVar[float]
    fleet: ClassVar[bool] = False
    buckets: ClassVar[dict[str, Bucket]] = {}
    calls: ClassVar[Counter[str]] = Counter()
    lock: ClassVar[Lock] = Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key = KEY.search(self.headers.get("Authorization", ""))
        home = key[1] if key else ""
        if target := self.headers.get("X-Amz-Target"):
            self._count(target.rpartition(".")[2])
            found = json.dumps(self.answers.resources(json.loads(body))).encode()
            self._send(found.replace(ACCOUNT_ID.encode(), (home or ACCOUNT_ID).encode()), "application/x-amz-json-1.1")
            return
        params = dict(parse_qsl(body))
        operation = params["Action"]
        if self.fleet and operation == "AssumeRole":
            self._count(operation)
            self._send(assumed(params["RoleArn"].split(":")[4]), "text/xml")
            return
        if not self.bucket_of(home).takes():
            self._count("throttled")
            self._send(THROTTLED, "text/xml", 400)
            return
        self._count(operation)
        try:
            with self.lock:
                asked = {name: value.replace(home or ACCOUNT_ID, ACCOUNT_ID) for name, value in params.items()}
                answer = self.answers.answer(operation, asked)
            self._send(answer.replace(ACCOUNT_ID.encode(), (home or ACCOUNT_ID).encode()), "text/xml")
        except LookupError:
            self._send(MISSING, "text/xml", 404)

    def bucket_of(self, account: str) -> Bucket:
        """The bucket of an account of a fleet, or the one bucket that there is."""
        with self.lock:
            return self.buckets.setdefault(account, Bucket(self.bucket.rate)) if account else self.bucket

    def _count(self, operation: str) -> None:
        with self.lock:
            self.calls[operation] += 1
        time.sleep(self.latency)

    def do_GET(self) -> None:
        with self.lock:
            found = dict(sorted(self.calls.items()))
            self.calls.clear()
        self._send(json.dumps(found).encode(), "application/json")

    def _send(self, body: bytes, content_type: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Nothing: what was called is counted."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="{}", help="the account, as JSON of the fields of Size")
    parser.add_argument("--latency", type=float, default=LATENCY, help="seconds that each answer takes")
    parser.add_argument("--rate", type=float, default=0.0, help="calls a second; 0: any number")
    parser.add_argument("--from-nothing", action="store_true", help="begin with an empty account")
    parser.add_argument("--fleet", action="store_true", help="be any account whose role is assumed")
    options = parser.parse_args()
    Handler.fleet = options.fleet
    Handler.latency, Handler.bucket = options.latency, Bucket(options.rate)
    Handler.answers = Answers(declared(Size(**json.loads(options.size))), from_nothing=options.from_nothing)
    for filters in (list(SECTIONS), *([one] for one in SECTIONS)):
        for number in range(Handler.answers.pages(filters, PAGE)):
            Handler.answers.page(filters, number * PAGE, PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
