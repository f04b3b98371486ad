"""The session key with which the compiled fan-out protects packets itself (``native/gcm.c``): those of libsrtp, byte for byte."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES, SALT_BYTES, TAG_BYTES = 16, 12, 16
_ENCRYPTION, _SALT = 0x00, 0x02
"""Labels of RFC 3711 §4.3.2."""


class SessionKey(NamedTuple):
    """Key and salt with which the RTP packets of a session are protected."""

    key: bytes
    salt: bytes


def session_key(master: bytes) -> SessionKey:
    """Derive them from the master key and salt, one after the other, that DTLS agreed on (RFC 3711 §4.3, RFC 7714 §11).

    Raises ValueError for any other length.
    """
    if len(master) != KEY_BYTES + SALT_BYTES:
        raise ValueError("not a master key of AEAD_AES_128_GCM")
    return SessionKey(_derive(master, _ENCRYPTION, KEY_BYTES), _derive(master, _SALT, SALT_BYTES))


def _derive(master: bytes, label: int, size: int) -> bytes:
    # The salt is filled up to 112 bits, the label stands above 48 zeros of the index, and two bytes are the counter's.
    counter = bytearray(master[KEY_BYTES:]) + bytes(4)
    counter[7] ^= label
    stream = Cipher(algorithms.AES(master[:KEY_BYTES]), modes.CTR(bytes(counter))).encryptor()
    return stream.update(bytes(size))
