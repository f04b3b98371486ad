"""The whole product, as a person starts it: ``./diemcau run`` as a subprocess, with its own data folder and ports."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.supervisor.kernel import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
HELPER_TIMEOUT_S = 180.0
SMALL_RECORDING = {"DIEMCAU_RECORDING_HEIGHT": "360"}
"""For :func:`running` where a session is held and its recording is not looked at: there is enough to do for two cores."""
PASSWORD = "thu-nghiem-2026"  # noqa: S105  (of throw-away data)


@dataclass
class Product:
    """A running product. ``url`` ends without a slash; ``logins`` maps a user name to what the demo wrote of it."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    logins: dict[str, dict[str, str]]

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of ``/healthz``."""
        return ask(f"{self.url}/healthz")

    def output(self) -> str:
        """All that the command has printed so far."""
        return (self.data / "output.txt").read_text(errors="replace")

    def log(self, name: str) -> str:
        """The log of one of its processes: web, node, worker, beat or supervisor; empty while it has said nothing."""
        path = self.data / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The supervisor's events of one kind, e.g. ``child_ended``."""
        events = [json.loads(line) for line in self.log("supervisor").splitlines()]
        return [event for event in events if event["event"] == f"supervisor.{kind}"]

    def pid_of(self, name: str) -> int:
        """Process id of a child, as last started."""
        return int([event for event in self.events("child_started") if event["child"] == name][-1]["pid"])

    def helper(self, module: str, *arguments: str) -> str:
        """The last line that ``python -m module`` prints, run on this product's data. Raises CalledProcessError."""
        made = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=os.environ | {"DIEMCAU_DATA": str(self.data)},
            check=True,
            capture_output=True,
            text=True,
            timeout=HELPER_TIMEOUT_S,
        )
        return made.stdout.splitlines()[-1] if made.stdout else ""

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end, as Ctrl-C does; its exit code. Raises TimeoutExpired, after killing it, when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def ask(url: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an address; (0, {}) where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own http address)
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_environment() -> dict[str, str]:
    """The environment of a product: ours without what is said of the tests' own data, and one password for all logins."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DIEMCAU_")}
    return inherited | {"DIEMCAU_DEMO_PASSWORD": PASSWORD}


@contextlib.contextmanager
def running(data: Path, *arguments: str, demo: bool = True, **env: str) -> Iterator[Product]:
    """Start the product on ``data``, wait until all its parts are well, and end it with everything that it started."""
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    argv = [
        sys.executable,
        str(ROOT / "diemcau"),
        "run",
        "--no-build",  # the set-up of the tests has built the pages; sources that change meanwhile are of no concern here
        *("--port", str(port), "--data", str(data), "--media-port", str(free_port(socket.SOCK_DGRAM))),
        *(() if demo else ("--no-demo",)),
        *arguments,
    ]
    environment = own_environment() | {"DIEMCAU_LOG_LEVEL": "INFO"} | env
    with (data / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            preexec_fn=die_with_parent,  # tests that are killed leave no product behind
        )
    product = Product(f"http://127.0.0.1:{port}", data, process, {})
    try:
        _wait_until_ready(product)
        product.logins = _logins(data)
        yield product
    finally:
        product.stop()
        shutil.rmtree(data / "captures", ignore_errors=True)  # large; what a failed test wants to see is in the logs


def _wait_until_ready(product: Product) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while product.health()[0] != 200:
        if product.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the product did not start:\n{product.output()}")
        time.sleep(0.25)


def _logins(data: Path) -> dict[str, dict[str, str]]:
    path = data / "demo-logins.json"
    return {login["username"]: login for login in json.loads(path.read_text())} if path.exists() else {}
