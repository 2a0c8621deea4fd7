"""An engine carries tasks to workers.

It is a `concurrent.futures.Executor` with a function for its
workers. Nothing here decides about a plan, and no engine repeats
an apply.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from iamspec.errors import IamspecError
from iamspec.fleet import tasks
from iamspec.fleet.tasks import Result, Task

LOOK = 2.0  # seconds after which an engine is asked whether it is still there

Submit = Callable[[Executor, Task], "Future[str]"]


def _nothing() -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Engine:
    """An executor, how a task is given to it, how many tasks it is given at a time, and what it has to say.

    `gone` says why no result will ever come, or nothing. `remote`
    says that workers may have another disk.
    """

    executor: Executor
    submit: Submit
    width: int
    remarks: Callable[[], list[str]] = _nothing
    gone: Callable[[], str] = str
    remote: bool = False
    closing: Callable[[], None] = field(default=lambda: None)


def results(
    engine: Engine, asked: Iterable[Task], *, width: int | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Task, Result]]:
    """The result of each task, as it ends.

    A task that fails has its error as result, and the run goes on.
    At most `width` tasks are under way, so that memory does not
    grow with their number. Where `stop` is true, no further task
    begins.
    """
    most = engine.width if width is None else min(width, engine.width)
    waiting, under_way = iter(asked), dict[Future[str], Task]()
    more = True
    while True:
        while more and len(under_way) < most and not stop():
            task = next(waiting, None)
            more = task is not None
            if task is not None:
                under_way[engine.submit(engine.executor, task)] = task
        if not under_way:
            return
        done, _ = wait(under_way, timeout=LOOK, return_when=FIRST_COMPLETED)
        if not done and (why := engine.gone()):
            yield from ((task, tasks.failed(task, why)) for task in under_way.values())
            under_way.clear()
            continue
        for one in done:
            task = under_way.pop(one)
            yield task, ended(one, task)


def ended(future: "Future[Any]", asked: Task) -> Result:
    """The result in a future that is done."""
    if future.cancelled():
        return tasks.failed(asked, "the engine has dropped this task")
    if (error := future.exception()) is not None:
        lost = isinstance(error, IamspecError)
        return tasks.failed(asked, str(error) if lost else f"the run ended with {type(error).__name__}: {error}")
    try:
        return tasks.result(future.result(), asked)
    except IamspecError as error:
        return tasks.failed(asked, str(error))
