"""The editor's side of yaml-language-server: opens texts, and asks for faults, completions and hovers."""

import json
import queue
import subprocess
import threading
import time

OPTIONS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}


class Editor:
    """A running server whose files all have one schema."""

    def __init__(self, command, schema):
        self._settings = {**OPTIONS, "schemas": {schema: ["*.yaml"]}}
        self._server = subprocess.Popen(
            [*command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._inbox, self._number, self._files = queue.Queue(), 0, 0
        threading.Thread(target=self._listen, daemon=True).start()
        self.ask(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {"workspace": {"configuration": True}}}
        )
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": self._settings}}})

    def close(self):
        self._server.terminate()
        self._server.wait(timeout=10)
        self._server.stdin.close()

    def open(self, text):
        """Opens a text. Returns the address of the text and the faults."""
        self._files += 1
        uri = f"file:///spec/{self._files}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        told = self._wait(lambda one: one.get("params", {}).get("uri") == uri and "diagnostics" in one["params"])
        return uri, [one["message"] for one in told["params"]["diagnostics"]]

    def complete(self, text):
        """What could stand at the end of a text."""
        uri, _ = self.open(text)
        answer = self.ask("textDocument/completion", self._place(uri, text))
        return {one["label"] for one in answer["items"]}

    def hover(self, text):
        """What the last word of a text means."""
        uri, _ = self.open(text)
        return self.ask("textDocument/hover", self._place(uri, text, before=1))["contents"]["value"]

    def ask(self, method, params):
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._wait(lambda one: one.get("id") == self._number and "method" not in one)["result"]

    def _place(self, uri, text, before=0):
        position = {"line": text.count("\n"), "character": len(text.rpartition("\n")[2]) - before}
        return {"textDocument": {"uri": uri}, "position": position}

    def _send(self, message):
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._server.stdin.flush()

    def _listen(self):
        length = 0
        with self._server.stdout as stream:
            while line := stream.readline():
                length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
                if not line.strip():
                    self._inbox.put(json.loads(stream.read(length)))

    def _wait(self, wanted):
        """The first message that is wanted; questions of the server are answered meanwhile."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            message = self._inbox.get(timeout=60)
            if "method" in message and "id" in message:
                asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else []
                found = [self._settings if one.get("section") == "yaml" else None for one in asked]
                self._send({"id": message["id"], "result": found or None})
            elif wanted(message):
                return message
        raise TimeoutError("the server does not answer")
