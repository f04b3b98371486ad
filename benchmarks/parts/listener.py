"""Pages that only listen, a thousand in one process: they look at frames as bytes and understand none.

They share the machine with what is measured, so they do no more than they must; what they say is what a page says.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from urllib.parse import urlsplit

_CLOSE, _PING, _PONG = 8, 9, 10


class Listener(asyncio.Protocol):
    """One page. ``hear`` gets each text message; ``opened`` and ``closed`` are done when the connection stands and ends."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._hear = hear
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.closed.set_result(None)
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("no WebSocket there"))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if not self.opened.done():
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in buffer[: buffer.find(b"\r\n")]:
                self.close()
                return
            del buffer[: end + 4]
            self.opened.set_result(None)
        while (frame := _frame(buffer)) is not None:
            kind, start, end = frame
            if kind == _PING:
                self._send(_PONG, bytes(buffer[start:end]))
            elif kind == _CLOSE:
                self.close()
            else:
                self._hear(bytes(buffer[start:end]))
            del buffer[:end]

    def say(self, text: str) -> None:
        """Send a text message."""
        self._send(1, text.encode())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _send(self, kind: int, data: bytes) -> None:
        """A client's frame is masked (RFC 6455 §5.3); a mask of zeros leaves the bytes as they are."""
        size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        head = bytes((0x80 | kind,)) + size
        if self._transport is not None:
            self._transport.write(head + bytes(4) + data)


def _frame(buffer: bytearray) -> tuple[int, int, int] | None:
    """Opcode of the first frame, and where its payload begins and ends; None while it has not come whole."""
    if len(buffer) < 2:
        return None
    length, start = buffer[1], 2
    if length >= 126:
        start = 4 if length == 126 else 10
        if len(buffer) < start:
            return None
        length = int.from_bytes(buffer[2:start], "big")
    end = start + length
    return (buffer[0] & 0x0F, start, end) if len(buffer) >= end else None


async def listen(address: str, path: str, cookies: str, hear: Callable[[bytes], None]) -> Listener:
    """Open ``path`` at the site ``address`` as a page of it does. Raises ConnectionError where that is refused."""
    site = urlsplit(address)
    loop = asyncio.get_running_loop()
    _, listener = await loop.create_connection(lambda: Listener(hear), site.hostname or "localhost", site.port or 80)
    assert listener._transport is not None
    listener._transport.write(
        (
            f"GET {path} HTTP/1.1\r\nHost: {site.netloc}\r\nOrigin: {site.scheme}://{site.netloc}\r\nCookie: {cookies}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        ).encode()
    )
    await listener.opened
    return listener
