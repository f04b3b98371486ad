"""What an initialisation segment (ISO/IEC 14496-12) says about its tracks, for the master playlist."""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """``codecs`` as RFC 6381 names them; ``width`` and ``height`` are 0 where there is no picture."""

    codecs: str
    width: int
    height: int


def describe(init: bytes) -> Described | None:
    """Picture and sound in ``init``; None where neither H.264 nor AAC is in it."""
    codecs, width, height = [], 0, 0
    entry, config = init.find(b"avc1", init.find(b"stsd")), init.find(b"avcC")
    if 0 <= entry < config and len(init) >= config + 8:
        width, height = struct.unpack_from(">HH", init, entry + 28)
        codecs.append("avc1." + init[config + 5 : config + 8].hex())
    if init.find(b"mp4a") >= 0:
        codecs.append("mp4a.40.2")
    return Described(",".join(codecs), width, height) if codecs else None
