"""ICE-lite (RFC 8445 §2.5): answers a peer's checks, and is the path on which its DTLS runs."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable

from aioice import stun

from media.sfu.stun import Check, answer
from media.sfu.udp import Address

DTLS_QUEUE = 64
MAX_ADDRESSES = 8
_ANSWER = b"\x01\x01"
MAX_SOFTWARE_CHARS = 760
"""RFC 8489 §14.14 says fewer than 763 bytes."""
_PRIORITY = 126 << 24 | 65535 << 8 | 255
_TIE_BREAKER = secrets.randbits(64)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_ice_text(length: int) -> str:
    """A random ice-char string (RFC 8839 §5.4), 5.95 bits a character."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _refuse(address: Address) -> bool:
    return False


def _ignore(address: Address) -> None:
    pass


def is_answer(data: bytes) -> bool:
    """Whether this is a success response to a binding request."""
    return len(data) >= 20 and data[:2] == _ANSWER


class LiteTransport:
    """One peer's path: the addresses that its checks have proven, and the one it has nominated.

    Implements the ``_recv``, ``_send`` and ``role`` that aiortc's RTCDtlsTransport needs.
    """

    role = "controlled"

    def __init__(
        self,
        send: Callable[[bytes, Address], None],
        on_address: Callable[[Address], bool],
        on_moved: Callable[[Address], None],
        on_left: Callable[[Address], None],
    ) -> None:
        """``on_address``: the peer has proven that it is at this address; returns whether it may be (another peer may live
        there). ``on_moved``: from now on the peer is to be sent to this one. ``on_left``: it was not there for long."""
        self.ufrag = random_ice_text(12)
        self.password = random_ice_text(32)
        self.remote_ufrag: str | None = None
        self.remote_password = ""
        self.address: Address | None = None
        self.addresses: list[Address] = []
        self.checked = asyncio.Event()
        """Set with the first good check."""
        self._send_datagram = send
        self._on_address = on_address
        self._on_moved = on_moved
        self._on_left = on_left
        self._received: asyncio.Queue[bytes | None] = asyncio.Queue(DTLS_QUEUE)
        self._closed = False

    def check(self, check: Check, source: Address) -> bool:
        """Answer a check for this transport's user fragment; False where it does not prove to come from the peer."""
        if self._closed:
            return False
        expected = f"{self.ufrag}:{self.remote_ufrag}"
        if self.remote_ufrag is not None and not hmac.compare_digest(check.username.encode(), expected.encode()):
            return False
        password = self.password.encode()
        if not check.is_by(password) or not self._on_address(source):
            return False
        self._send_datagram(answer(check, source, password), source)
        self._note(source, nominated=check.nominates)
        self.checked.set()
        return True

    def ask(self, transaction: bytes, size: int) -> bool:
        """Send the peer a check of about ``size`` bytes; the answer bears the same 12 random bytes. A lite agent need not check
        anything: this is to see what its line does to packets. False where the peer cannot be asked."""
        if self.address is None or self.remote_ufrag is None or not self.remote_password:
            return False
        check = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.REQUEST,
            transaction_id=transaction,
            attributes={
                "USERNAME": f"{self.remote_ufrag}:{self.ufrag}",
                "PRIORITY": _PRIORITY,
                "ICE-CONTROLLED": _TIE_BREAKER,
            },
        )
        # What is not known is passed over by RFC 8489 §14; the name of the software is known to all and may be long.
        space = size - len(bytes(check)) - 36
        check.attributes["SOFTWARE"] = "diemcau".ljust(min(space, MAX_SOFTWARE_CHARS), ".")
        check.add_message_integrity(self.remote_password.encode())
        self._send_datagram(bytes(check), self.address)
        return True

    def receive_dtls(self, data: bytes) -> bool:
        """A DTLS datagram came; False where there are too many that wait (it is dropped, DTLS repeats itself)."""
        if self._closed or self._received.full():
            return False
        self._received.put_nowait(data)
        return True

    def close(self) -> None:
        """End :meth:`_recv`; nobody who checks is answered any more, and nobody is told of addresses."""
        self._closed = True
        self._on_address, self._on_moved, self._on_left = _refuse, _ignore, _ignore
        while not self._received.empty():
            self._received.get_nowait()
        self._received.put_nowait(None)

    async def _recv(self) -> bytes:
        if self._closed and self._received.empty():
            raise ConnectionError("closed")
        data = await self._received.get()
        if data is None:
            raise ConnectionError("closed")
        return data

    async def _send(self, data: bytes) -> None:
        if self.address is not None:
            self._send_datagram(data, self.address)

    def _note(self, source: Address, *, nominated: bool) -> None:
        if source not in self.addresses:
            if len(self.addresses) >= MAX_ADDRESSES:
                spare = next(address for address in self.addresses if address != self.address)
                self.addresses.remove(spare)
                self._on_left(spare)
            self.addresses.append(source)
        if (nominated or self.address is None) and self.address != source:
            self.address = source
            self._on_moved(source)
