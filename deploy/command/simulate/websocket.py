"""A WebSocket client (RFC 6455) with just what the simulation needs: text messages both ways, pings answered."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import struct
from urllib.parse import urlsplit

MAX_MESSAGE_BYTES = 4 << 20
CONNECT_TIMEOUT_S, WRITE_TIMEOUT_S = 15.0, 10.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Closed(Exception):
    """The connection has ended; ``code`` is the server's, 1006 where it gave none."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WebSocket:
    """One connection; :meth:`receive` is for one reader, :meth:`send` for any number of writers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sending = asyncio.Lock()

    async def send(self, text: str) -> None:
        """Send a text message. Raises Closed."""
        await self._send(_TEXT, text.encode())

    async def receive(self) -> str:
        """The next text message. Raises Closed."""
        message = bytearray()
        while True:
            final, kind, data = await self._frame()
            if kind == _CLOSE:
                raise Closed(struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005)
            if kind == _PING:
                await self._send(_PONG, data)
            if kind < _CLOSE:
                message += data
                if len(message) > MAX_MESSAGE_BYTES:
                    raise Closed(1009)
                if final:
                    return message.decode()

    async def close(self) -> None:
        """Say goodbye and close."""
        with contextlib.suppress(Closed):
            await self._send(_CLOSE, struct.pack("!H", 1000))
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), WRITE_TIMEOUT_S)

    async def _frame(self) -> tuple[bool, int, bytes]:
        try:
            first, second = await self._reader.readexactly(2)
            length = second & 0x7F
            if length >= 126:
                size = 2 if length == 126 else 8
                length = int.from_bytes(await self._reader.readexactly(size), "big")
            if length > MAX_MESSAGE_BYTES:
                raise Closed(1009)
            return bool(first & 0x80), first & 0x0F, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Closed(1006) from error

    async def _send(self, kind: int, data: bytes) -> None:
        head = bytes((0x80 | kind,))
        if len(data) < 126:
            head += bytes((0x80 | len(data),))
        elif len(data) < 65_536:
            head += struct.pack("!BH", 0x80 | 126, len(data))
        else:
            head += struct.pack("!BQ", 0x80 | 127, len(data))
        mask = os.urandom(4)
        pattern = int.from_bytes((mask * (len(data) // 4 + 1))[: len(data)], "big")
        masked = (int.from_bytes(data, "big") ^ pattern).to_bytes(len(data), "big")
        try:
            async with self._sending:
                self._writer.write(head + mask + masked)
                await asyncio.wait_for(self._writer.drain(), WRITE_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            raise Closed(1006) from error


async def connect(address: str, path: str, cookies: str) -> WebSocket:
    """Open ``path`` at the site ``address`` (http or https) as a page of it. Raises OSError, TimeoutError, ValueError."""
    site = urlsplit(address)
    host, secure = site.hostname or "localhost", site.scheme == "https"
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        reader, writer = await asyncio.open_connection(host, site.port or (443 if secure else 80), ssl=secure or None)
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {site.netloc}\r\nOrigin: {site.scheme}://{site.netloc}\r\nCookie: {cookies}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        )
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        writer.close()
        raise ValueError(f"no WebSocket at {path}")
    return WebSocket(reader, writer)
