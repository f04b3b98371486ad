"""RED (RFC 2198) around Opus: taking it apart, and putting plain packets into it."""

from __future__ import annotations

from typing import NamedTuple

from media.sfu.codecs import OPUS

MAX_BLOCKS = 8


class Block(NamedTuple):
    """One Opus packet within a packet; ``age``: by how many RTP ticks it is older than the packet's own time."""

    age: int
    data: bytes


def split(payload: bytes) -> tuple[bytes, list[Block]]:
    """The payload with the session's own payload type in its block headers, and its blocks: oldest first, the packet's own last.

    Raises ValueError where it is malformed.
    """
    normal = bytearray(payload)
    headers: list[tuple[int, int]] = []
    at = 0
    try:
        while payload[at] & 0x80:
            normal[at] = 0x80 | OPUS.payload_type
            bits = payload[at + 1] << 16 | payload[at + 2] << 8 | payload[at + 3]
            headers.append((bits >> 10, bits & 0x3FF))
            at += 4
            if len(headers) == MAX_BLOCKS:
                raise ValueError("too many blocks")
        normal[at] = OPUS.payload_type
    except IndexError as error:
        raise ValueError("block header cut off") from error
    at += 1
    blocks: list[Block] = []
    for age, size in headers:
        blocks.append(Block(age, payload[at : at + size]))
        at += size
    if at > len(payload):
        raise ValueError("block cut off")
    return bytes(normal), [*blocks, Block(0, payload[at:])]


def wrap(payload: bytes) -> bytes:
    """A plain Opus packet as RED without redundancy."""
    return bytes((OPUS.payload_type,)) + payload
