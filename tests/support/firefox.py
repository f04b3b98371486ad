"""A second browser engine: Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks itself."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from deploy.supervisor.kernel import die_with_parent

START_TIMEOUT_S, ANSWER_TIMEOUT_S = 60.0, 30.0
PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,  # a moving picture and a tone for camera and microphone
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "remote.active-protocols": 1,
    "network.dns.disabled": True,  # nothing goes anywhere but to this machine
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """One window. Scripts are run in its page; what they give must be JSON."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._numbers = count(1)
        self._call("session.new", capabilities={})
        self._page = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def before_scripts(self, function: str) -> None:
        """Call a function in each page before the page's own scripts."""
        self._call("script.addPreloadScript", functionDeclaration=function)

    def goto(self, url: str) -> None:
        """Load a page whole."""
        self._call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def run(self, function: str, *arguments: Any) -> Any:
        """What a JavaScript function gives, awaited, as by a click of the person. Fails where it throws."""
        written = ", ".join(json.dumps(argument) for argument in arguments)
        answer = self._call(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({function})({written})) ?? 'null')()",
            target={"context": self._page},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] != "success":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def until(self, what: str, function: str, *arguments: Any, fits: Callable[[Any], bool] = bool, tries: int = 150) -> Any:
        """What the function gives once that ``fits``; fails with ``what`` where it never does."""
        result = None
        for _ in range(tries):
            result = self.run(function, *arguments)
            if fits(result):
                return result
            time.sleep(0.2)
        raise AssertionError(f"{what}: {result}")

    def click(self, selector: str) -> None:
        """Click what the selector names, once it is there and enabled."""
        script = "s => { const e = document.querySelector(s); if (!e || e.disabled) return false; e.click(); return true; }"
        self.until(f"nothing to click at {selector}", script, selector)

    def picture(self, path: Path) -> None:
        """What the window shows, as a file."""
        path.write_bytes(base64.b64decode(self._call("browsingContext.captureScreenshot", context=self._page)["data"]))

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        _send(self._connection, json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(_receive(self._connection))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise AssertionError(f"{method}: {answer['message']}")
                return answer["result"]


@contextmanager
def firefox(executable: str, folder: Path) -> Iterator[Firefox]:
    """A Firefox with a new profile in ``folder``, ended at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
    output = folder / "output.txt"
    argv = [executable, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port=0", "about:blank"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HOME": str(folder), "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        port = _port(process, output)
        with socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S) as connection:
            _upgrade(connection, port)
            yield Firefox(connection)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)


def _port(process: subprocess.Popen[bytes], output: Path) -> int:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"BiDi listening on ws://127\.0\.0\.1:(\d+)", output.read_text(errors="replace"))
        if found:
            return int(found[1])
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not start:\n{output.read_text(errors='replace')}")


# WebSocket (RFC 6455), as much as BiDi needs; blocking, as Playwright's tests are.


def _upgrade(connection: socket.socket, port: int) -> None:
    request = (
        f"GET /session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
    )
    connection.sendall(request.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _exactly(connection, 1)
    assert b" 101 " in head.split(b"\r\n", 1)[0], head


def _send(connection: socket.socket, text: str) -> None:
    data = text.encode()
    size = len(data)
    if size < 126:
        length = bytes((0x80 | size,))
    else:
        length = struct.pack("!BH", 0xFE, size) if size < 65_536 else struct.pack("!BQ", 0xFF, size)
    mask = os.urandom(4)
    masked = bytes(each ^ mask[at % 4] for at, each in enumerate(data))
    connection.sendall(b"\x81" + length + mask + masked)


def _receive(connection: socket.socket) -> str:
    message = b""
    while True:
        first, second = _exactly(connection, 2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(_exactly(connection, 2 if size == 126 else 8), "big")
        data = _exactly(connection, size)
        if first & 0x0F < 8:
            message += data
            if first & 0x80:
                return message.decode()


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise AssertionError("Firefox has closed the connection")
        data += piece
    return bytes(data)
