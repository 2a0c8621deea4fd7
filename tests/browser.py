"""A headless Chromium for tests of pages, over the W3C WebDriver protocol, with the log and the requests."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
MISSING = DRIVER is None or BROWSER is None
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference to an element in the protocol


class Browser:
    """A session: pages are opened from files, and scripts are run in them from outside, past their own policy."""

    def __init__(self, port: int, folder: Path) -> None:
        self.root = f"http://127.0.0.1:{port}"
        options = {
            "binary": BROWSER,
            "args": [*FLAGS, f"--user-data-dir={folder / 'profile'}"],
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        found = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{found['sessionId']}"

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.root + path, data, head, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())["value"]

    def open(self, file: Path) -> None:
        self._call("POST", f"{self.session}/url", {"url": file.resolve().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that a script returns."""
        return self._call("POST", f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def size(self, width: int, height: int) -> None:
        self._call("POST", f"{self.session}/window/rect", {"width": width, "height": height})

    def emulate(self, command: str, **parameters: Any) -> None:
        self._call("POST", f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def type(self, selector: str, text: str) -> None:
        found = self._call("POST", f"{self.session}/element", {"using": "css selector", "value": selector})
        self._call("POST", f"{self.session}/element/{found[ELEMENT]}/value", {"text": text})

    def click(self, selector: str) -> None:
        found = self._call("POST", f"{self.session}/element", {"using": "css selector", "value": selector})
        self._call("POST", f"{self.session}/element/{found[ELEMENT]}/click", {})

    def screenshot(self, file: Path) -> None:
        file.write_bytes(b64decode(self._call("GET", f"{self.session}/screenshot")))

    def complaints(self) -> list[str]:
        """The new lines of the browser's log: errors of scripts, and refusals of the page's policy."""
        return [one["message"] for one in self._call("POST", f"{self.session}/se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """The addresses that were requested since the last time, without those of the browser's own first page."""
        found = self._call("POST", f"{self.session}/se/log", {"type": "performance"})
        events = [json.loads(one["message"])["message"] for one in found]
        found = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return [one for one in found if not one.startswith(("chrome://", "data:"))]

    def close(self) -> None:
        self._call("DELETE", self.session)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a profile below the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "driver.log").open("wb")
    driver = subprocess.Popen([DRIVER or "", f"--port={port}"], stdout=log, stderr=log)
    try:
        yield _started(port, folder)
    finally:
        driver.terminate()
        driver.wait(timeout=20)
        log.close()


def _started(port: int, folder: Path) -> Browser:
    for _ in range(100):
        try:
            return Browser(port, folder)
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError("chromedriver does not answer")
