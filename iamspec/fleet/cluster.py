"""A Dask cluster as an engine: the extra `dask`.

Plain on loopback, with TLS and certificates elsewhere. Dask runs a
task again when its worker is lost. A plan may run again. An apply
may not: each has a ticket in the scheduler that is given out once,
and its journal goes to the scheduler line by line, each before the
call that it announces.
"""

import ipaddress
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from iamspec.desired.writing import create
from iamspec.errors import IamspecError
from iamspec.fleet import tasks, work
from iamspec.fleet.engine import Engine
from iamspec.fleet.tasks import Task
from iamspec.review.model import Review
from iamspec.saved.journal import Lines, Recorder, elsewhere, into

DASK, DASK_TLS = "dask://", "dask+tls://"
TIMEOUT = 10  # seconds to reach the scheduler
PATIENCE = 30.0  # seconds without any worker, after which a task is given up
TICKET = "iamspec-ticket"
JOURNAL = "iamspec-journal"
TAKEN = "a worker was lost while it applied this plan; nothing was repeated, and the journal has what was done"
TLS = "distributed.comm.tls"


def run_once(text: str, ticket: str, journal: str) -> str:
    """On a worker: the result of an apply, if no worker before has taken its ticket."""
    from distributed import Queue, get_client  # noqa: PLC0415 - an extra, which workers have

    client = get_client()
    asked = tasks.task(text)
    try:
        Queue(ticket, client=client).get(timeout="1s")
    except TimeoutError:
        return tasks.text(tasks.failed(asked, TAKEN))
    queue = Queue(journal, client=client)

    def put(data: bytes) -> None:
        queue.put(json.dumps([asked.account, data.decode("ascii")]), timeout="10s")

    lines = Lines(put, lambda: None)  # every line is with the scheduler when `put` returns

    def record(review: Review, port: Any) -> AbstractContextManager[Recorder]:
        return elsewhere(review, port.now, Path(asked.asked.journal or asked.account), lines, asked.asked.sink or "")

    return work.run(text, record=record)


@contextmanager
def reached(url: str) -> Iterator[Engine]:
    """The cluster behind an address.

    IamspecError names the extra, the certificates or the address
    that is at fault.
    """
    address = _address(url)
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise IamspecError(
            f"--executor {url} needs the extra `dask` of iamspec; in a clone of the repository: pip install '.[dask]' ({error})"
        ) from error
    logging.getLogger("distributed").setLevel(
        logging.CRITICAL
    )  # what it has to say of lost workers is said in the report
    try:
        client = distributed.Client(
            address, timeout=TIMEOUT, security=_security(url), set_as_default=False, name="iamspec"
        )
    except (OSError, ValueError) as error:
        raise IamspecError(f"--executor {url}: the scheduler cannot be reached: {error}") from error
    try:
        with _Cluster(client) as cluster:
            yield cluster.engine
    finally:
        client.close(timeout=TIMEOUT)


def _address(url: str) -> str:
    scheme = DASK_TLS if url.startswith(DASK_TLS) else DASK
    parts = urlsplit(f"//{url.removeprefix(scheme)}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise IamspecError(f"--executor {url}: {error}") from error
    if not host or port is None:
        raise IamspecError(f"--executor {url}: write {scheme}HOST:PORT")
    if scheme == DASK and not _is_loopback(host):
        raise IamspecError(
            f"--executor {url}: tasks decide who may do what, so they go unencrypted to this machine only; "
            f"use {DASK_TLS}{host}:{port}"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{'tls' if scheme == DASK_TLS else 'tcp'}://{shown}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _security(url: str) -> Any:
    """The certificates of Dask's own configuration, which must be there where the scheduler is on another machine."""
    if not url.startswith(DASK_TLS):
        return None
    import dask.config  # noqa: PLC0415 - an extra
    from distributed.security import Security  # noqa: PLC0415

    wanted = ("ca-file", "client.cert", "client.key")
    missing = [name for name in wanted if not dask.config.get(f"{TLS}.{name}", None)]
    if missing:
        names = ", ".join(
            "DASK_DISTRIBUTED__COMM__TLS__" + one.upper().replace("-", "_").replace(".", "__") for one in missing
        )
        raise IamspecError(f"--executor {url}: certificates are missing; set {names}")
    return Security(require_encryption=True)


class _Cluster:
    """A client, the tickets that it gives out, and the journals that it collects."""

    def __init__(self, client: Any) -> None:
        self._client, self._run = client, uuid.uuid4().hex
        self._first = set(client.nthreads())
        self._seen = set(self._first)
        self._idle = 0.0
        self._journals: dict[str, tuple[Path, int]] = {}
        self._ended = threading.Event()
        self._fault = ""
        self._queue: Any = None
        self._collector: threading.Thread | None = None
        if not self._first:
            raise IamspecError("the scheduler has no worker; start some: dask worker ADDRESS")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._collector is not None:
            self._collector.join()
        for place, handle in self._journals.values():
            empty = os.fstat(handle).st_size == 0
            os.close(handle)
            if empty:  # no call was begun, and the next run may
                place.unlink(missing_ok=True)

    @property
    def engine(self) -> Engine:
        executor: Executor = self._client.get_executor(pure=False, retries=0)
        width = 2 * sum(self._client.nthreads().values())
        return Engine(executor, self._submit, width, self._remarks, self._gone, remote=True)

    def _submit(self, executor: Executor, asked: Task) -> "Future[str]":
        text = tasks.text(asked)
        if asked.command != "apply":
            return executor.submit(work.run, text)
        from distributed import Queue  # noqa: PLC0415 - an extra

        ticket = f"{TICKET}-{self._run}-{asked.account}"
        self._collect(asked)
        Queue(ticket, client=self._client).put("once")
        return executor.submit(run_once, text, ticket, f"{JOURNAL}-{self._run}")

    def _collect(self, asked: Task) -> None:
        """The journal of an account is kept here, whatever becomes of the worker."""
        place = Path(asked.asked.journal or f"{asked.account}.journal.jsonl")
        self._journals[asked.account] = place, create(place)
        if self._collector is None:
            from distributed import Queue  # noqa: PLC0415 - an extra

            self._queue = Queue(f"{JOURNAL}-{self._run}", client=self._client)
            self._collector = threading.Thread(target=self._drain, daemon=True)
            self._collector.start()

    def _drain(self) -> None:
        keep: dict[str, Lines] = {}
        while True:
            ended = self._ended.is_set()
            try:
                account, line = json.loads(self._queue.get(timeout="0.3s"))
            except TimeoutError:
                if ended:
                    return
                continue
            except OSError as error:
                self._fault = f"the journals could not be collected: {error}"
                return
            journal = keep.setdefault(account, into(self._journals[account][1]))
            journal.put(line.encode("ascii"))
            journal.sync()

    def _gone(self) -> str:
        """Why no task will end any more: the scheduler is gone, or has had no worker for a while."""
        if self._client.status not in {"running", "connecting"}:
            return "the scheduler was lost; nothing is known about this account"
        self._look()
        return self._fault

    def _look(self) -> None:
        workers = set(self._client.nthreads())
        self._seen |= workers
        if workers:
            self._idle = 0.0
        elif not self._idle:
            self._idle = time.monotonic()
        elif time.monotonic() - self._idle > PATIENCE:
            self._fault = "no worker is left; nothing is known about this account"

    def _remarks(self) -> list[str]:
        """Workers that were lost on the way: their plans were made again elsewhere, and their applies were not."""
        lost = sorted(self._seen - set(self._client.nthreads()))
        return [
            f"worker {one} was lost; reads that it had begun were made again elsewhere, and applies were not"
            for one in lost
        ]
