"""From a WOFF 1.0 file to the TrueType font in it: what npm ships, in the form that typst reads.

npm ships a typeface in several files, each with a part of the letters and all with one name. typst takes one file for a name, so
each part gets a name of its own here.
"""

from __future__ import annotations

import struct
import zlib

_HEADER = struct.Struct(">4sIIHHIHHIIIII")
_ENTRY = struct.Struct(">4sIIII")


def to_sfnt(woff: bytes, *, family: str) -> bytes:
    """The font in ``woff`` (W3C WOFF 1.0 §4–5), named ``family``. Raises ValueError where it is none."""
    signature, flavor, _length, count, *_rest = _HEADER.unpack_from(woff)
    if signature != b"wOFF":
        raise ValueError("not a WOFF file")
    tables = []
    for index in range(count):
        tag, offset, packed, size, checksum = _ENTRY.unpack_from(woff, _HEADER.size + index * _ENTRY.size)
        data = woff[offset : offset + packed]
        data = zlib.decompress(data) if packed < size else data
        tables.append((tag, checksum, _names(family) if tag == b"name" else data))
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">IHHHH", flavor, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    directory, body = b"", b""
    start = len(head) + 16 * count
    for tag, checksum, data in tables:
        directory += struct.pack(">4sIII", tag, checksum, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return head + directory + body


def _names(family: str) -> bytes:
    """A ``name`` table (OpenType 1.9, format 0) with family, style, full and PostScript name for Windows, English."""
    texts = {1: family, 2: "Regular", 4: family, 6: family.replace(" ", "")}
    records, storage = b"", b""
    for identifier, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, identifier, len(encoded), len(storage))
        storage += encoded
    return struct.pack(">3H", 0, len(texts), 6 + len(records)) + records + storage
