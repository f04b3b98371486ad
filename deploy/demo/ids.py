"""Ids of demonstration things: the same on every installation, so that making them again finds them."""

from __future__ import annotations

import hashlib

from core.ids import ALPHABET, LENGTH


def demo_id(name: str) -> str:
    """A public id (see :func:`core.ids.new_id`) that depends on ``name`` alone. It opens nothing: permissions do."""
    digest = hashlib.sha256(f"diemcau demo {name}".encode()).digest()
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH]]
    return ALPHABET[8:][digest[LENGTH] % len(ALPHABET[8:])] + "".join(letters[1:])
