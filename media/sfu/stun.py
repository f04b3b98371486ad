"""What a node speaks of STUN (RFC 8489): binding requests, and their answers. Written for the hundreds of checks a second that
keep a session's connections alive.
"""

from __future__ import annotations

import hmac
import zlib
from dataclasses import dataclass
from struct import Struct

from media.sfu.udp import Address

COOKIE = 0x2112A442
REQUEST, RESPONSE = 0x0001, 0x0101
MAX_ATTRIBUTES = 32
_USERNAME, _INTEGRITY, _FINGERPRINT, _USE_CANDIDATE, _XOR_MAPPED = 0x0006, 0x0008, 0x8028, 0x0025, 0x0020
_HEAD, _ATTRIBUTE, _WORD = Struct("!HHI12s"), Struct("!HH"), Struct("!I")
_MAPPED = Struct("!HHBBHI")
_FINGERPRINT_XOR = 0x5354554E


@dataclass(frozen=True, slots=True)
class Check:
    """A binding request. ``signed`` is what its integrity is over, with the length that the sender saw (§14.5)."""

    transaction: bytes
    username: str
    nominates: bool
    signed: bytes
    integrity: bytes

    @property
    def ufrag(self) -> str:
        """The fragment of whom it is for."""
        return self.username.partition(":")[0]

    def is_by(self, password: bytes) -> bool:
        """Whether it was made by somebody who knows the password."""
        return hmac.compare_digest(hmac.digest(password, self.signed, "sha1"), self.integrity)


def parse_check(data: bytes) -> Check | None:
    """Read a binding request; None for one without name or integrity, and for other messages. Raises ValueError where it is
    malformed."""
    if len(data) < 20:
        raise ValueError("truncated STUN message")
    kind, length, cookie, transaction = _HEAD.unpack_from(data)
    if cookie != COOKIE or length != len(data) - 20 or length % 4:
        raise ValueError("malformed STUN message")
    if kind != REQUEST:
        return None
    username: bytes | None = None
    nominates, signed, integrity = False, b"", b""
    at = 20
    for _ in range(MAX_ATTRIBUTES):
        if at == len(data):
            break
        name, size = _ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + size]
        if len(value) != size:
            raise ValueError("truncated STUN attribute")
        if name == _FINGERPRINT:
            _check_fingerprint(data, at, value)
        elif integrity:
            pass  # what follows the integrity is not protected by it, and does not count (§14.5)
        elif name == _USERNAME:
            username = value
        elif name == _USE_CANDIDATE:
            nominates = True
        elif name == _INTEGRITY:
            if size != 20:
                raise ValueError("malformed STUN integrity")
            signed, integrity = _HEAD.pack(kind, at + 24 - 20, cookie, transaction) + data[20:at], value
        at += 4 + size + -size % 4
    else:
        raise ValueError("too many STUN attributes")
    if username is None or not integrity:
        return None
    return Check(transaction, username.decode(), nominates, signed, integrity)


def answer(check: Check, source: Address, password: bytes) -> bytes:
    """The success response to ``check``: where it came from, signed."""
    port, host = int.from_bytes(source[2:4], "big"), int.from_bytes(source[4:8], "big")
    body = _MAPPED.pack(_XOR_MAPPED, 8, 0, 1, port ^ COOKIE >> 16, host ^ COOKIE)
    head = _HEAD.pack(RESPONSE, len(body) + 24, COOKIE, check.transaction) + body
    signed = head + _ATTRIBUTE.pack(_INTEGRITY, 20) + hmac.digest(password, head, "sha1")
    whole = _HEAD.pack(RESPONSE, len(signed) - 20 + 8, COOKIE, check.transaction) + signed[20:]
    return whole + _ATTRIBUTE.pack(_FINGERPRINT, 4) + _WORD.pack(zlib.crc32(whole) ^ _FINGERPRINT_XOR)


def _check_fingerprint(data: bytes, at: int, value: bytes) -> None:
    if at + 8 != len(data) or value != _WORD.pack(zlib.crc32(data[:at]) ^ _FINGERPRINT_XOR):
        raise ValueError("wrong STUN fingerprint")
