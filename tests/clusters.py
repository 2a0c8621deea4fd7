"""A Dask cluster on loopback, in processes of its own: a scheduler, and workers that can be killed by their ids."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from places import ROOT

SCHEDULER = """
import asyncio, sys
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
WORKER = """
import asyncio, sys
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=2, name=sys.argv[2], local_directory=sys.argv[3], dashboard=False) as worker:
        print(worker.address, flush=True)
        await worker.finished()
asyncio.run(main())
"""


class Cluster:
    """The address of the scheduler, and the workers by name."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._processes: list[subprocess.Popen[str]] = []
        self.workers: dict[str, subprocess.Popen[str]] = {}
        self.addresses: dict[str, str] = {}
        self.address = ""

    def start(self, names: list[str]) -> None:
        scheduler = self._begin([sys.executable, "-c", SCHEDULER], "scheduler")
        self.address = scheduler.stdout.readline().strip()
        for name in names:
            command = [sys.executable, "-c", WORKER, self.address, name, str(self._folder)]
            self.workers[name] = self._begin(command, name)
        for name, worker in self.workers.items():
            self.addresses[name] = worker.stdout.readline().strip()

    def _begin(self, command: list[str], name: str) -> "subprocess.Popen[str]":
        # the name of the worker goes into the user agent of its requests, by which a test knows who asks
        environment = self._environment | {"PYTHONPATH": str(ROOT), "AWS_SDK_UA_APP_ID": name}
        with (self._folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._processes.append(process)
        return process

    def kill(self, name: str) -> None:
        """Kills a worker, as the kernel does that is out of memory."""
        os.kill(self.workers[name].pid, signal.SIGKILL)
        self.workers[name].wait()

    def stop(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._processes:
            process.wait(10)
            process.stdout.close()


def worker_of(headers: dict[str, str]) -> str:
    """The name of the worker that has sent a request."""
    found = re.search(r"app/(\S+)", headers.get("user-agent", ""))
    return found[1] if found else ""
