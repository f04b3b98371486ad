"""The compiled fan-out's own AES-128-GCM: the same packets as libsrtp's, and no number twice."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pylibsrtp import Policy

from media.sfu import gcm
from media.sfu.dtls import Srtp
from media.sfu.kernel import ffi

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


def test_without_the_library_there_is_neither_cipher_nor_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcm, "LIBRARY", "libnothing.so.0")
    gcm._library.cache_clear()
    try:
        assert gcm.calls() is None
        assert gcm.cipher(bytes(16)) is None
    finally:
        gcm._library.cache_clear()
