"""Deadlines of calls: a dripping answer is given up after a while, however steadily it drips.

Timeouts of sockets bound the wait for the next byte, not the wait
for the last byte. A thread looks at all calls in flight, and shuts
the socket of a call that is overdue. The reader of that socket
sees the end of the connection.
"""

import contextlib
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Event, Lock, Thread, get_ident
from typing import Any

LONGEST = 60.0  # seconds from the beginning of a try to the last byte of its answer
LOOKS = 20  # how often the thread looks within that time


@dataclass(slots=True)
class Try:
    """One try of a call in flight."""

    end: float
    socket: Any = None
    overdue: bool = False


class Deadlines:
    """The calls in flight, by the thread that makes each."""

    def __init__(self, longest: float | None = None) -> None:
        self.longest = LONGEST if longest is None else longest
        self._tries: dict[int, Try] = {}
        self._lock = Lock()
        self._watcher: Thread | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[Try]:
        """A try of a call by this thread.

        The try is overdue if its connection was shut.
        """
        this = Try(time.monotonic() + self.longest)
        with self._lock:
            self._tries[get_ident()] = this
            if self._watcher is None:
                self._watcher = Thread(target=self._watch, daemon=True)
                self._watcher.start()
        try:
            yield this
        finally:
            with self._lock:
                del self._tries[get_ident()]

    def watched(self, pools: Mapping[str, Any]) -> dict[str, Any]:
        """Classes of urllib3's connection pools, by scheme, whose connections are shut when their call is overdue."""
        return {scheme: self._pool(pool) for scheme, pool in pools.items()}

    def _pool(self, pool: Any) -> Any:
        deadlines = self

        class Connection(pool.ConnectionCls):  # type: ignore[misc]  # whatever class the pool has
            def getresponse(self, *args: Any, **more: Any) -> Any:
                deadlines.sent(self.sock)
                return super().getresponse(*args, **more)

        return type("Pool", (pool,), {"ConnectionCls": Connection})

    def sent(self, through: Any) -> None:
        """The request of this thread's call is on its way through a socket."""
        with self._lock:
            if this := self._tries.get(get_ident()):
                this.socket = through

    def _watch(self) -> None:
        never = Event()
        while not never.wait(self.longest / LOOKS):
            with self._lock:  # so that no call ends, and hands its connection on, in between
                for this in self._tries.values():
                    if this.end < time.monotonic() and not this.overdue and this.socket is not None:
                        this.overdue = True
                        _shut(this.socket)


def _shut(found: Any) -> None:
    """Shuts both directions of the socket below TLS, so that the reading thread keeps the TLS state."""
    with contextlib.suppress(OSError):
        if isinstance(found, socket.socket):
            socket.socket.shutdown(found, socket.SHUT_RDWR)
        else:
            found.close()


SHARED = Deadlines()  # of all accounts, where one process reaches many: it has one thread
