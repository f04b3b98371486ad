"""One simulated page's end of one connection to a media node: ICE, DTLS and SRTP, as light as they can be."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aioice import stun

from media.sfu import kernel
from media.sfu.dtls import MAX_OVERHEAD_BYTES, Certificate, DtlsEndpoint, Srtp
from media.sfu.ice import random_ice_text

BUFFER_BYTES = 2048
CHECK_AGAIN_S, CONSENT_S = 0.25, 2.5
"""Between checks until the node answers, and after that (RFC 7675 asks for 5 s on average; Chromium takes 2.5 s)."""
CONNECT_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Remote:
    """The node's side, from its session description."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    address: tuple[str, int]


def read_remote(sdp: str) -> Remote:
    """The node's side of a description that it wrote. Raises ValueError for another one."""

    def first(pattern: str) -> re.Match[str]:
        found = re.search(pattern, sdp, re.MULTILINE)
        if found is None:
            raise ValueError("not a description of a media node")
        return found

    candidate = first(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host")
    fingerprint = first(r"^a=fingerprint:(\S+) (\S+?)\r?$")
    return Remote(
        ufrag=first(r"^a=ice-ufrag:(\S+?)\r?$")[1],
        password=first(r"^a=ice-pwd:(\S+?)\r?$")[1],
        fingerprint=(fingerprint[1], fingerprint[2]),
        address=(candidate[1], int(candidate[2])),
    )


class SimLink:
    """:meth:`run` connects and keeps the connection until it is cancelled; then media goes by :meth:`send` both ways.

    ``receive(data, control)`` gets each decrypted packet, good until it returns; ``control`` says that it is RTCP. Of media only
    one packet in ``sample`` is decrypted, and the others come as they are: their headers can be read all the same, and a machine
    that stands for a hundred and fifty sites has better things to do.
    """

    role = "controlling"

    def __init__(self, certificate: Certificate, receive: Callable[[memoryview, bool], None], *, sample: int = 1) -> None:
        self.ufrag = random_ice_text(8)
        self.password = random_ice_text(24)
        self.connected = asyncio.Event()
        self._certificate = certificate
        self._receive = receive
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._dtls: asyncio.Queue[bytes] = asyncio.Queue(32)
        self._answered = asyncio.Event()
        self._sample = sample
        self._came = 0
        self._inbound: Srtp | None = None
        self._outbound: Srtp | None = None
        self._in = kernel.ffi.new("char[]", BUFFER_BYTES)
        self._in_view = memoryview(kernel.ffi.buffer(self._in))
        self._out: Any = kernel.ffi.new("char[]", BUFFER_BYTES)
        self._out_view = memoryview(kernel.ffi.buffer(self._out))

    async def run(self, remote: Remote) -> None:
        """Connect to ``remote`` and stay. Raises TimeoutError or DtlsFailed where that does not come about."""
        loop = asyncio.get_running_loop()
        self._socket.connect(remote.address)
        loop.add_reader(self._socket, self._readable)
        endpoint = DtlsEndpoint(self, self._certificate, server=False)
        try:
            async with asyncio.TaskGroup() as group:
                checking = group.create_task(self._check_forever(remote))
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await self._answered.wait()
                    self._inbound, self._outbound = await endpoint.handshake(remote.fingerprint)
                self.connected.set()
                await endpoint.closed.wait()
                checking.cancel()
        finally:
            self.connected.clear()
            await endpoint.close()
            loop.remove_reader(self._socket)
            self._socket.close()

    def send(self, data: bytes, *, control: bool = False) -> None:
        """Send an RTP packet or a compound RTCP packet; nothing before the connection stands."""
        outbound = self._outbound
        if outbound is None or len(data) > BUFFER_BYTES - MAX_OVERHEAD_BYTES:
            return
        self._out_view[: len(data)] = data
        size = outbound.rtcp(self._out, len(data)) if control else outbound.rtp(self._out, len(data))
        if size > 0:
            self._put(bytes(self._out_view[:size]))

    async def _recv(self) -> bytes:
        return await self._dtls.get()

    async def _send(self, data: bytes) -> None:
        self._put(data)

    def _put(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # UDP: what is lost is lost
            self._socket.send(data)

    async def _check_forever(self, remote: Remote) -> None:
        check = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{remote.ufrag}:{self.ufrag}",
                "PRIORITY": 110 << 24 | 0xFFFF_FF,
                "ICE-CONTROLLING": secrets.randbits(64),
                "USE-CANDIDATE": None,
            },
        )
        check.add_message_integrity(remote.password.encode())
        request = bytes(check)
        while True:
            self._put(request)
            await asyncio.sleep(CONSENT_S if self._answered.is_set() else CHECK_AGAIN_S)

    def _readable(self) -> None:
        # One at a time: the loop says at once that there is more, and mostly there is not.
        try:
            length = self._socket.recv_into(self._in_view)
        except OSError:
            return
        if length:
            self._take(length)

    def _take(self, length: int) -> None:
        view = self._in_view[:length]
        if length > 1 and view[0] >= 128:
            self._take_media(view, length, control=192 <= view[1] <= 223)
        elif view[0] <= 3:
            self._answered.set()
        elif 20 <= view[0] <= 63 and not self._dtls.full():
            self._dtls.put_nowait(bytes(view))

    def _take_media(self, view: memoryview, length: int, *, control: bool) -> None:
        inbound = self._inbound
        if inbound is None:
            return
        self._came += 1
        if not control and self._came % self._sample:
            self._receive(view, False)
            return
        size = inbound.rtcp(self._in, length) if control else inbound.rtp(self._in, length)
        if size > 0:
            self._receive(view[:size], control)
