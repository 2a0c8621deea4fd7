"""Programs run as a person would run them, and what they cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from urllib.request import urlopen

from tests.benchmarks.account import FULL, Size

ROOT = Path(__file__).parents[2]
LINES = 20  # of what a failed program said
LOOK = 0.005  # seconds between two looks at a process


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole process took: seconds by the clock and of CPU, MiB at the peak; and what it said."""

    wall: float
    cpu: float
    peak: float
    said: str = ""


def measured(arguments: Sequence[str], environment: dict[str, str], *, ends_with: int = 0) -> Cost:
    """Runs this Python with arguments. If it ends with another code, the benchmark ends with what it said."""
    with TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=said, stderr=said)
        peak, ended = 0.0, 0
        while not ended:
            peak = max(peak, _peak(process.pid))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            time.sleep(0 if ended else LOOK)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
        if process.returncode != ends_with:
            last = text.splitlines()[-LINES:]
            raise SystemExit("\n".join([*last, f"{' '.join(arguments)} ended with {process.returncode}"]))
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak or usage.ru_maxrss / 1024, text)


def _peak(process: int) -> float:
    """The most memory that a process has had, in MiB. 0 where the system does not tell.

    The figure that `wait4` gives is at least that of this process,
    which may be larger.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return max((int(one.split()[1]) / 1024 for one in lines if one.startswith("VmHWM")), default=0.0)


@contextmanager
def serving(size: Size = FULL, *options: str) -> Iterator[str]:
    """The address of the answering server while the block runs."""
    command = [sys.executable, "-m", "tests.benchmarks.server", "--size", json.dumps(asdict(size)), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def calls(endpoint: str) -> dict[str, int]:
    """The calls that the server has answered since it was last asked, by operation."""
    with urlopen(endpoint, timeout=10) as answer:  # noqa: S310 - our own server
        found: dict[str, int] = json.load(answer)
    return found


def clean_environment() -> dict[str, str]:
    """Nothing of AWS but made-up keys, so that no process can reach more than the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "made-up",  # of nobody
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
    }
