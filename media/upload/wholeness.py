"""Is a file as long as it says? Read off its outermost structure alone, so that it costs nothing even for hours of video.

ISO/IEC 14496-12 §4.2 (size and type of a box), RFC 8794 §4 (variable-size integers), RFC 9559 §5 (the Segment).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO

MAX_BOXES = 100_000
"""Fragmented files have two for each fragment; more is no recording."""
_SEGMENT = 0x18538067
_ENCRYPTED = (b"encv", b"enca", b"drmi", b"drms")
_MAX_MOOV_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class Outside:
    """What the outermost structure says. ``complete`` is False where the file ends before its parts do."""

    complete: bool
    encrypted: bool = False


def iso(file: IO[bytes]) -> Outside:
    """Of an MP4, MOV or M4A: every box ends within the file, and there is an index (``moov``)."""
    end = file.seek(0, os.SEEK_END)
    at = count = 0
    moov: tuple[int, int] | None = None
    while at + 8 <= end and count < MAX_BOXES:
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # to the end of the file
            size = end - at
        if size < 8:
            break  # rubbish behind the last box; players ignore it
        if at + size > end:
            return Outside(complete=False)
        if kind == b"moov":
            moov = at, size
        at, count = at + size, count + 1
    if moov is None:
        return Outside(complete=False)
    file.seek(moov[0])
    index = file.read(min(moov[1], _MAX_MOOV_BYTES))
    return Outside(complete=True, encrypted=any(_is_sample_entry(index, name) for name in _ENCRYPTED))


def matroska(file: IO[bytes]) -> Outside:
    """Of an MKV or WebM: its Segment ends within the file, where it says how long it is (what was recorded live does not)."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(1024)
    at = 4
    header_bytes, at = _size(data, at)
    if header_bytes is None:
        return Outside(complete=False)
    at += header_bytes
    if int.from_bytes(data[at : at + 4], "big") != _SEGMENT:
        return Outside(complete=False)
    length, at = _size(data, at + 4)
    return Outside(complete=length is None or at + length <= end)


def _size(data: bytes, at: int) -> tuple[int | None, int]:
    """A length at ``at`` (None: unknown), and where what it measures begins."""
    if at >= len(data) or data[at] == 0:
        return None, at + 1
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _is_sample_entry(index: bytes, name: bytes) -> bool:
    """Is there a box ``name`` in the index that begins as a sample entry does: six reserved zeros (§8.5.2.2)?"""
    at = index.find(name)
    while at >= 0:
        if index[at + 4 : at + 10] == bytes(6):
            return True
        at = index.find(name, at + 4)
    return False
