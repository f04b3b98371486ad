"""The peer: Janus from Debian's packages, VideoRoom, one event loop, over its Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.parts.host import Namespace, NotHere

START_TIMEOUT_S, START_TRIES = 3.0, 8
ANSWER_TIMEOUT_S = 20.0
ROOM = 1
_CONFIGURATION = """
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{plugins}/plugins"
  transports_folder = "{plugins}/transports"
  events_folder = "{plugins}/events"
  loggers_folder = "{plugins}/loggers"
  debug_level = 4
  session_timeout = 0
  event_loops = 1
}}
media: {{ ipv6 = false slowlink_threshold = 0 }}
nat: {{ ice_enforce_list = "eth0" }}
plugins: {{ disable = "{other_plugins}" }}
transports: {{ disable = "{other_transports}" }}
"""
_SOCKET = """
general: {{ enabled = true json = "compact" path = "{path}" type = "SOCK_SEQPACKET" }}
admin: {{ admin_enabled = false }}
"""


class Janus:
    """One session with a Janus that runs, and a room in it."""

    name = "janus"
    nominates = True

    def __init__(self, pid: int, core: int, connection: socket.socket) -> None:
        self.pids: tuple[int, ...] = (pid,)
        self.cores: tuple[int, ...] = (core,)
        self._socket = connection
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._session = 0
        self._feed = 0
        self._viewers: dict[str, int] = {}

    async def publish(self, offer: str) -> str:
        """The answer to the publisher's offer."""
        handle = await self._attach()
        joined = await self._message(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        self._feed = joined["plugindata"]["data"]["id"]
        jsep = {"type": "offer", "trickle": False, "sdp": offer.replace("a=setup:actpass", "a=setup:active")}
        answered = await self._message(handle, {"request": "publish"}, jsep)
        return str(answered["jsep"]["sdp"])

    async def subscribe(self, viewer: str) -> str:
        """An offer for a new viewer."""
        handle = self._viewers[viewer] = await self._attach()
        joining = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": self._feed}]}
        return str((await self._message(handle, joining))["jsep"]["sdp"])

    async def subscribed(self, viewer: str, answer: str) -> None:
        """The viewer's answer."""
        await self._message(self._viewers[viewer], {"request": "start"}, {"type": "answer", "trickle": False, "sdp": answer})

    async def begin(self) -> None:
        """Open the session and the room."""
        created = await self._ask({"janus": "create"})
        self._session = created["data"]["id"]
        handle = await self._attach()
        room = {"request": "create", "room": ROOM, "publishers": 2, "videocodec": "vp8", "audiocodec": "opus"}
        await self._ask({"janus": "message", "handle_id": handle, "body": room})

    async def read(self) -> None:
        """Take in what Janus says, until cancelled."""
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._socket, 1 << 20):
            said = json.loads(data)
            waiting = self._waiting.get(said.get("transaction", ""))
            if waiting is not None and said["janus"] != "ack" and not waiting.done():
                waiting.set_result(said)

    async def _attach(self) -> int:
        attached = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return int(attached["data"]["id"])

    async def _message(self, handle: int, body: dict[str, Any], jsep: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self._ask({"janus": "message", "handle_id": handle, "body": body, **({"jsep": jsep} if jsep else {})})

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        transaction = secrets.token_hex(8)
        loop = asyncio.get_running_loop()
        waiting = self._waiting[transaction] = loop.create_future()
        session = {"session_id": self._session} if self._session else {}
        await loop.sock_sendall(self._socket, json.dumps({**request, **session, "transaction": transaction}).encode())
        try:
            answer = await asyncio.wait_for(waiting, ANSWER_TIMEOUT_S)
        finally:
            del self._waiting[transaction]
        found: dict[str, Any] = answer
        error = found.get("error") or found.get("plugindata", {}).get("data", {}).get("error")
        if error:
            raise RuntimeError(f"Janus refused: {error}")
        return found


@asynccontextmanager
async def running(net: Namespace, folder: Path, core: int) -> AsyncIterator[Janus]:
    """A Janus in ``net`` on one core. Raises NotHere where it is not installed."""
    program, plugins = shutil.which("janus"), _plugins()
    if program is None or plugins is None:
        raise NotHere("apt install janus")
    path = folder / "janus.sock"
    _configure(folder, plugins, path)
    process, connection = await _start(net.command(program, "-F", str(folder), core=core), folder / "janus.log", path)
    janus = Janus(process.pid, core, connection)
    reading = asyncio.create_task(janus.read())
    try:
        await janus.begin()
        yield janus
    finally:
        reading.cancel()
        connection.close()
        process.kill()
        await process.wait()


async def _start(command: list[str], log: Path, path: Path) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """Until it listens: now and then its socket's thread ends before the plugin calls itself ready."""
    for _ in range(START_TRIES):
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=asyncio.subprocess.STDOUT
            )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                return process, await _connect(path)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                process.kill()
            await process.wait()
    raise RuntimeError(f"Janus does not start: see {log}")


def _plugins() -> Path | None:
    return next(iter(Path("/usr/lib").glob("*/janus")), None)


def _configure(folder: Path, plugins: Path, path: Path) -> None:
    def others(kind: str, kept: str) -> str:
        return ",".join(each.name for each in (plugins / kind).glob("*.so") if each.name != kept)

    text = _CONFIGURATION.format(
        folder=folder,
        plugins=plugins,
        other_plugins=others("plugins", "libjanus_videoroom.so"),
        other_transports=others("transports", "libjanus_pfunix.so"),
    )
    (folder / "janus.jcfg").write_text(text)
    (folder / "janus.transport.pfunix.jcfg").write_text(_SOCKET.format(path=path))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


async def _connect(path: Path) -> socket.socket:
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, str(path))
            return connection
        except OSError:
            connection.close()
            await asyncio.sleep(0.1)
