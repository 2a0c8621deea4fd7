"""Programs of a shell, answered in this process: a small client takes the place of each program on the PATH.

The client hands over its streams, folder, environment and command
line. A call runs in the main thread, as the handlers of signals
need it. Afterwards the process is as it was.
"""

import contextlib
import io
import marshal
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Program = Callable[[Sequence[str]], int]
PATIENCE = 60  # seconds
CLIENT = """\
#!{python} -IS
import _socket, marshal, posix, sys
call = marshal.dumps(({name!r}, sys.argv[1:], posix.getcwd(), posix.environ))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
line.connect({address!r})
line.sendmsg([len(call).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
while call:
    call = call[line.send(call):]
posix._exit(line.recv(1)[0])
"""


class Inside:
    """Answers `programs` by name; the clients are files in `folder`."""

    def __init__(self, folder: Path, programs: Mapping[str, Program]) -> None:
        self.programs, self.place = programs, tempfile.TemporaryDirectory()  # the name of a socket must be short
        address = f"{self.place.name}/calls"
        self.line = socket.socket(socket.AF_UNIX)
        self.line.bind(address)
        self.line.listen()
        for name in programs:
            client = folder / name
            client.write_text(CLIENT.format(python=sys.executable, address=address, name=name), encoding="utf-8")
            client.chmod(0o755)

    def close(self) -> None:
        self.line.close()
        self.place.cleanup()

    def run(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
        """Runs a command and answers its calls until it ends; returns its exit code and what it printed.

        The command holds a pipe open. The end of the pipe is the end
        of the command.
        """
        alive, held = os.pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, os.fdopen(alive, "rb") as end:
            shell = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, pass_fds=[held]
            )
            os.close(held)
            self._answer_until(end)
            code = shell.wait(PATIENCE)
            for file in (out, err):
                file.seek(0)
            return code, (out.read() + err.read()).decode("utf-8")

    def _answer_until(self, end: io.BufferedReader) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(end, selectors.EVENT_READ)
            ready.register(self.line, selectors.EVENT_READ)
            while found := [key.fileobj for key, _ in ready.select(PATIENCE)]:
                if self.line in found:
                    self._answer()
                elif end in found:
                    return
        raise TimeoutError(f"the shell was silent for {PATIENCE} seconds")

    def _answer(self) -> None:
        with self.line.accept()[0] as line:
            head, streams, _, _ = socket.recv_fds(line, 4, 3)
            with line.makefile("rb") as rest:
                call = marshal.loads(rest.read(int.from_bytes(head, "big")))  # noqa: S302 - from the client above
            name, argv, folder, environment = call
            with _borrowed(streams, folder, environment):
                code = _code(self.programs[name], argv)
            line.sendall(bytes([code]))


def _code(program: Program, argv: Sequence[str]) -> int:
    """The exit code of a program; an exception ends it as it ends a process."""
    try:
        return program(argv)
    except Exception:  # noqa: BLE001 - the caller sees the exception
        traceback.print_exc()
        return 1


@contextlib.contextmanager
def _borrowed(streams: Sequence[int], folder: str, environment: Mapping[bytes, bytes]) -> Iterator[None]:
    """Takes the streams, the folder and the environment of a caller, and gives them back."""
    own, before, stand = (sys.stdin, sys.stdout, sys.stderr), dict(os.environ), Path.cwd()
    with contextlib.ExitStack() as opened:
        sys.stdin, sys.stdout, sys.stderr = (
            opened.enter_context(os.fdopen(number, mode, encoding="utf-8"))
            for number, mode in zip(streams, "rww", strict=True)
        )
        _become({os.fsdecode(key): os.fsdecode(value) for key, value in environment.items()}, folder)
        try:
            yield
        finally:
            _become(before, stand)
            sys.stdin, sys.stdout, sys.stderr = own


def _become(environment: Mapping[str, str], folder: str | Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
