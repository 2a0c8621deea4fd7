"""The sweep of an account as several sweeps side by side, one for each type of entity: their markers are independent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Any, TypeVar

from iamspec.errors import IamspecError
from iamspec.iam import Call
from iamspec.live.answers import SWEEP

Page = Mapping[str, Any]
T = TypeVar("T")


def parted(call: Call) -> list[Call]:
    """The calls that together answer as a call does: one for each type of entity that a sweep asks for."""
    types = call.params.get("Filter", ()) if call.operation == SWEEP and "Marker" not in call.params else ()
    if len(types) < 2:
        return [call]
    return [Call(call.operation, {**call.params, "Filter": [one]}, call.service, call.region) for one in types]


def side_by_side(reads: Sequence[Callable[[], Iterator[Page]]]) -> Iterator[Page]:
    """The pages of several reads, each as soon as it is there.

    The first failure of a read ends all of them.
    """
    if len(reads) == 1:
        yield from reads[0]()
        return
    found: SimpleQueue[Page | None] = SimpleQueue()  # None at the end of each read
    stop = Event()
    with ThreadPoolExecutor(len(reads)) as pool:
        running = [pool.submit(_put, read, found, stop) for read in reads]
        try:
            left = len(reads)
            while left:
                page = found.get()
                if page is None:
                    left -= 1
                else:
                    yield page
        finally:
            stop.set()
    for one in running:
        one.result()


def _put(read: Callable[[], Iterator[Page]], found: SimpleQueue[Page | None], stop: Event) -> None:
    try:
        for page in read():
            if stop.is_set():
                return
            found.put(page)
    except IamspecError:
        stop.set()
        raise
    finally:
        found.put(None)


def begun(read: Callable[[], T]) -> Callable[[], T]:
    """The answer of a read that has begun beside whatever follows. The caller waits for it where it asks."""
    pool = ThreadPoolExecutor(1)
    running = pool.submit(read)
    pool.shutdown(wait=False)
    return running.result
