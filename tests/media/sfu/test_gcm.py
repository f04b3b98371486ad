"""The compiled fan-out's own AES-128-GCM: the same packets as libsrtp's, and no number twice."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pylibsrtp import Policy

from media.sfu import fanout_native, gcm
from media.sfu.dtls import Srtp
from media.sfu.kernel import ffi
from tests.media.sfu.packets import dice

MASTER = bytes(range(7, 35))
HEADER = bytes.fromhex("9060fffe00000001deadbeefbede000122abcdef")


def test_session_key_opens_what_libsrtp_made() -> None:
    srtp = Srtp(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, MASTER, outbound=True)
    memory = ffi.new("char[]", 200)
    session = srtp.session
    assert session == gcm.session_key(MASTER)
    for rollovers, sequence in ((0, 0xFFFE), (0, 0xFFFF), (1, 0)):
        header = HEADER[:2] + sequence.to_bytes(2, "big") + HEADER[4:]
        ffi.buffer(memory)[0 : len(header) + 5] = header + b"sound"
        size = srtp.rtp(memory, len(header) + 5)
        # RFC 7714 §8.1: two zeros, SSRC, rollover counter, sequence number; all of it xored with the salt.
        plain = bytes(2) + header[8:12] + rollovers.to_bytes(4, "big") + header[2:4]
        iv = bytes(one ^ other for one, other in zip(plain, session.salt, strict=True))
        sealed = bytes(ffi.buffer(memory)[len(header) : size])
        assert AESGCM(session.key).decrypt(iv, sealed, header) == b"sound"


@pytest.mark.parametrize("size", [0, 27, 30, 44])
def test_session_key_when_it_is_another_profiles_says_so(size: int) -> None:
    with pytest.raises(ValueError, match="AEAD_AES_128_GCM"):
        gcm.session_key(bytes(size))


def test_other_profile_is_left_to_libsrtp() -> None:
    assert Srtp(Policy.SRTP_PROFILE_AES128_CM_SHA1_80, bytes(30), outbound=True).session is None


def test_inbound_needs_no_cipher() -> None:
    assert Srtp(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, MASTER, outbound=False).session is None


def seal(lib: Any, key: Any, iv: bytes, header: bytes, text: bytes) -> bytes:
    """Text and tag; fails where anything is written beside them."""
    guard = b"guard" * 8
    memory = ffi.new("uint8_t[]", guard + text + bytes(gcm.TAG_BYTES) + guard)
    lib.gcm_seal(key, iv, header, len(header), memory + len(guard), len(text))
    whole = bytes(ffi.buffer(memory))
    assert whole[: len(guard)] == guard == whole[-len(guard) - 1 : -1]
    return whole[len(guard) : -len(guard) - 1]


@pytest.mark.parametrize("wide", [True, False])
def test_sealed_as_others_do(wide: bool) -> None:
    lib, chance = fanout_native.load(), dice(38)
    if lib is None:
        pytest.skip("no C compiler on this machine")
    sizes = [*range(300), *(chance.randrange(300, 1500) for _ in range(400))]
    for size in sizes:
        secret, iv = chance.randbytes(16), chance.randbytes(12)
        header, text = chance.randbytes(chance.choice([0, 12, 16, 20, 20, 28, 127, 128, 129, 400])), chance.randbytes(size)
        key = fanout_native.key_of(lib, secret, wide=wide)
        if key is None:
            pytest.skip("the processor has no instructions for it")
        assert seal(lib, key, iv, header, text) == AESGCM(secret).encrypt(iv, text, header), (size, len(header))


@pytest.mark.parametrize("wide", [True, False])
def test_sealed_as_the_standard_says(wide: bool) -> None:
    """RFC 7714 §16.1.1: key, IV, header and text of a packet, and what becomes of them."""
    lib = fanout_native.load()
    if lib is None:
        pytest.skip("no C compiler on this machine")
    key = fanout_native.key_of(lib, bytes(range(16)), wide=wide)
    if key is None:
        pytest.skip("the processor has no instructions for it")
    header, iv = bytes.fromhex("8040f17b8041f8d35501a0b2"), bytes.fromhex("51753c6580c2726f20718414")
    text = b"Gallia est omnis divisa in partes tres"
    assert seal(lib, key, iv, header, text).hex() == (
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
    )
