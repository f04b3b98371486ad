"""A page's side of a session's WebSocket, through the whole ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from conference import view
from conference.database import in_database
from conference.protocol import VERSION, Snapshot, Welcome, server_adapter
from core.ids import new_id
from people.models import User

TIMEOUT_S = 10.0


class Page:
    """One tab. ``messages`` is all that came; ``snapshot`` what the page shows, kept up by :func:`conference.view.apply`."""

    def __init__(self, session_id: str, cookie: str | None, page: str | None = None) -> None:
        from deploy.asgi import application

        headers = [(b"origin", b"http://localhost"), (b"host", b"localhost")]
        if cookie:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        self.cookie = cookie
        self.page = page or new_id()
        self.socket = WebsocketCommunicator(application, f"/ws/session/{session_id}/", headers=headers)
        self.messages: list[dict[str, Any]] = []
        self.snapshot: Snapshot | None = None
        self.welcome: Welcome | None = None
        self.closed_with: int | None = None

    async def connect(self) -> None:
        connected, _ = await self.socket.connect(timeout=TIMEOUT_S)
        assert connected

    async def hello(self, *, take_over: bool = False, version: int = VERSION) -> dict[str, Any]:
        """Say hello; the welcome, or the error."""
        await self.send("hello", version=version, page=self.page, take_over=take_over)
        return await self.until(lambda m: m["type"] in ("welcome", "error"))

    async def send(self, type_: str, **fields: Any) -> str:
        """Send a command; its ref."""
        ref = new_id()
        await self.socket.send_to(text_data=json.dumps({"type": type_, "ref": ref, **fields}))
        return ref

    async def say(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for the message that answers it."""
        ref = await self.send(type_, **fields)
        return await self.until(lambda m: m.get("ref") == ref or (type_ == "heartbeat" and m["type"] == "alive"))

    async def next(self) -> dict[str, Any]:
        """The next message; raises AssertionError where the server closes instead."""
        frame = await self.socket.receive_output(timeout=TIMEOUT_S)
        if frame["type"] == "websocket.close":
            self.closed_with = frame.get("code", 1000)
            raise AssertionError(f"closed with {self.closed_with}")
        message: dict[str, Any] = json.loads(frame["text"])
        self._take(message)
        return message

    async def until(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message of which ``fits`` holds."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                message = await self.next()
                if fits(message):
                    return message

    async def event(self, type_: str) -> dict[str, Any]:
        """The next message of that type."""
        return await self.until(lambda m: m["type"] == type_)

    async def shows(self, fits: Callable[[Snapshot], bool]) -> None:
        """Until the page shows something of which ``fits`` holds; it may do so already."""
        async with asyncio.timeout(TIMEOUT_S):
            while self.snapshot is None or not fits(self.snapshot):
                await self.next()

    async def until_seq(self, seq: int) -> None:
        """Until the page knows of event ``seq``."""
        while self.snapshot is None or self.snapshot.seq < seq:
            await self.next()

    async def until_closed(self) -> int:
        """Read on until the server closes; its code."""
        try:
            while True:
                await self.next()
        except AssertionError:
            assert self.closed_with is not None
            return self.closed_with

    async def close(self) -> None:
        """The page goes away without a word."""
        await self.socket.disconnect(timeout=TIMEOUT_S)

    def _take(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        parsed = server_adapter.validate_python(message)  # what leaves the server is always of the protocol
        if isinstance(parsed, Welcome):
            self.welcome = parsed
        if hasattr(parsed, "snapshot"):
            self.snapshot = parsed.snapshot
        elif "seq" in message and self.snapshot is not None:
            self.snapshot = view.apply(self.snapshot, parsed)  # type: ignore[arg-type]  # only events have a number


def sign_in(user: User) -> str:
    """A login of ``user``; the cookie."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def open_page(session_id: str, user: User, *, page: str | None = None) -> Page:
    """A tab of ``user`` that is welcome in the session."""
    tab = Page(session_id, await in_database(sign_in, user), page)
    await tab.connect()
    answer = await tab.hello()
    assert answer["type"] == "welcome", answer
    return tab
