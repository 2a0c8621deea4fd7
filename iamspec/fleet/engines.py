"""The engines that `--executor` names.

Threads of this process are the default.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from iamspec.errors import IamspecError
from iamspec.fleet import cluster, tasks, work
from iamspec.fleet.cluster import DASK, DASK_TLS
from iamspec.fleet.engine import Engine
from iamspec.fleet.tasks import Task

THREADS, SYNC = "threads", "sync"
KNOWN = f"{THREADS}, {SYNC}, {DASK}HOST:PORT or {DASK_TLS}HOST:PORT"


class Sync(Executor):
    """Runs each task when it is submitted, in the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            done.set_exception(error)
        return done


@contextlib.contextmanager
def engine(wanted: str, connect: work.Connect | None, width: int) -> Iterator[Engine]:
    """The engine of `--executor`.

    IamspecError if there is none of that name, or if it cannot be
    reached.
    """
    if wanted.startswith((DASK, DASK_TLS)):
        with cluster.reached(wanted) as found:
            yield found
        return
    if wanted not in {THREADS, SYNC}:
        raise IamspecError(f"--executor {wanted}: there are {KNOWN}")
    executor = Sync() if wanted == SYNC else ThreadPoolExecutor(width, thread_name_prefix="fleet")

    def submit(executor: Executor, asked: Task) -> "Future[str]":
        return executor.submit(partial(work.run, connect=connect), tasks.text(asked))

    try:
        yield Engine(executor, submit, 1 if wanted == SYNC else width)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
