"""AES-128-GCM of the system's libcrypto for the compiled fan-out: the way through libsrtp costs it a tenth more.

The packets are those of libsrtp, byte for byte (RFC 7714); where this machine has no such library, libsrtp makes them.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from media.sfu.kernel import ffi

log = structlog.get_logger(__name__)

LIBRARY = "libcrypto.so.3"
KEY_BYTES, SALT_BYTES = 16, 12
_ENCRYPTION, _SALT = 0x00, 0x02
"""Labels of RFC 3711 §4.3.2."""
_CALLS = ("EVP_EncryptInit_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex", "EVP_CIPHER_CTX_ctrl")
"""What fanout.c calls, in the order of its ``struct fan_crypto``."""

ffi.cdef("""
void *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(void *context);
const void *EVP_aes_128_gcm(void);
int EVP_EncryptInit_ex(void *context, const void *cipher, void *engine, const uint8_t *key, const uint8_t *iv);
int EVP_EncryptUpdate(void *context, uint8_t *out, int *written, const uint8_t *in, int length);
int EVP_EncryptFinal_ex(void *context, uint8_t *out, int *written);
int EVP_CIPHER_CTX_ctrl(void *context, int command, int number, void *pointer);
""")


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


@cache
def _library() -> Any | None:
    try:
        lib = ffi.dlopen(LIBRARY)
        for name in (*_CALLS, "EVP_CIPHER_CTX_new", "EVP_CIPHER_CTX_free", "EVP_aes_128_gcm"):
            getattr(lib, name)
    except (OSError, AttributeError) as error:
        log.info("media.no_libcrypto", cause=str(error))
        return None
    return lib


def calls() -> Any | None:
    """The addresses that fanout.c needs (``void *[4]``), or None where the library is not there."""
    lib = _library()
    return ffi.new("void *[]", [ffi.cast("void *", ffi.addressof(lib, name)) for name in _CALLS]) if lib is not None else None


def cipher(key: bytes) -> Any | None:
    """An ``EVP_CIPHER_CTX *`` that encrypts with this key, freed with the object; None where the library is not there.

    Raises MemoryError.
    """
    lib = _library()
    if lib is None:
        return None
    made = lib.EVP_CIPHER_CTX_new()
    if made == ffi.NULL:
        raise MemoryError
    context = ffi.gc(made, lib.EVP_CIPHER_CTX_free)
    if lib.EVP_EncryptInit_ex(context, lib.EVP_aes_128_gcm(), ffi.NULL, key, ffi.NULL) != 1:
        raise MemoryError
    return context
