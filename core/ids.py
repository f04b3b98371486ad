"""Opaque public identifiers: the only names of things in URLs and messages; integer keys stay inside."""

from __future__ import annotations

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no look-alikes: an id can be read aloud over a telephone
LENGTH = 16


def new_id() -> str:
    """A random id of 16 characters (79 bits), safe in URLs, file names and HTML ids."""
    return secrets.choice(ALPHABET[8:]) + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
