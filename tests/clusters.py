"""A Dask cluster on loopback, in processes of its own: a scheduler, and workers that can be killed by their ids."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from places import ROOT

MEMBERS = """
import asyncio, os, sys
import distributed, iamspec.live.aws, iamspec.fleet.work, iamspec.commands.plan, iamspec.commands.apply

async def schedule(out):
    async with distributed.Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        out.write(f"scheduler {os.getpid()} {scheduler.address}\\n")
        out.close()
        await scheduler.finished()

async def work(out, address, name, folder):
    settings = {"nthreads": 2, "name": name, "local_directory": folder, "dashboard": False}
    async with distributed.Worker(address, **settings) as worker:
        out.write(f"{name} {os.getpid()} {worker.address}\\n")
        out.close()
        await worker.finished()

def begin(name, run, *words):
    '''Forks a member, which says its name, its id and its address.'''
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.close(ours)
        os.environ["AWS_SDK_UA_APP_ID"] = name
        asyncio.run(run(open(theirs, "w"), *words))
        os._exit(0)
    os.close(theirs)
    return open(ours)

folder, *names = sys.argv[1:]
told = begin("scheduler", schedule).readline()
print(told, end="", flush=True)
for line in [begin(name, work, told.split()[2], name, folder) for name in names]:
    print(line.readline(), end="", flush=True)
try:
    while True:
        print(os.wait()[0], "is gone", flush=True)
except ChildProcessError:
    pass
"""


class Cluster:
    """The address of the scheduler, and the workers by name.

    All are forks of a process that has imported what they need.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment | {"PYTHONPATH": str(ROOT)}
        self._ids: dict[str, int] = {}
        self.addresses: dict[str, str] = {}
        self.address = ""

    def start(self, names: list[str]) -> None:
        command = [sys.executable, "-c", MEMBERS, str(self._folder), *names]
        with (self._folder / "log").open("w") as log:
            self._parent = subprocess.Popen(
                command, env=self._environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        for _ in ("scheduler", *names):
            name, number, address = self._parent.stdout.readline().split()
            self._ids[name], self.addresses[name] = int(number), address
        self.address = self.addresses.pop("scheduler")

    def kill(self, name: str) -> None:
        """Kills a worker, as the kernel does that is out of memory, and waits until it is gone."""
        number = self._ids.pop(name)
        os.kill(number, signal.SIGKILL)
        assert self._parent.stdout.readline() == f"{number} is gone\n"

    def stop(self) -> None:
        for number in self._ids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)
        self._parent.communicate(timeout=10)


def worker_of(headers: dict[str, str]) -> str:
    """The name of the worker that has sent a request."""
    found = re.search(r"app/(\S+)", headers.get("user-agent", ""))
    return found[1] if found else ""
