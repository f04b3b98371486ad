"""The only file that touches private names of aiortc and pylibsrtp (``tests/media/sfu/test_private_names.py`` watches them).

aiortc does the DTLS handshake; media never passes through it: the SRTP sessions are made here, from the keys that DTLS agreed
on, and work in place on the node's own buffers.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import pylibsrtp
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from pylibsrtp._binding import ffi as _ffi
from pylibsrtp._binding import lib as _lib

from media.sfu.gcm import session_key

HANDSHAKE_TIMEOUT_S = 15.0
MAX_OVERHEAD_BYTES = 16 + 4
"""What SRTP and SRTCP add at most with the profiles below."""
_PROFILES = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]
_NO_SESSION_CACHE = 0
"""SSL_SESS_CACHE_OFF of OpenSSL"""
_WINDOW = 1024
_WINDOW_OUT = 512
"""How far behind the newest a packet may be, both ways."""
PROTECT_ADDRESS = int(_ffi.cast("uintptr_t", _ffi.addressof(_lib, "srtp_protect")))
"""Of ``int srtp_protect(srtp_t context, void *packet, int *length)``, for the compiled fan-out."""


class DatagramPath(Protocol):
    """What DTLS needs of the path to the peer (an RTCIceTransport in aiortc)."""

    role: str

    async def _recv(self) -> bytes: ...
    async def _send(self, data: bytes) -> None: ...


class DtlsFailed(Exception):
    """The handshake did not lead to keys: the peer's certificate is another one, or it gave up."""


class _WithContext(RTCCertificate):
    """Has one OpenSSL context for all its connections; aiortc makes one for each, 20 KB and a third of a millisecond.

    No session is remembered in it: nobody is offered to resume one.
    """

    _context: Any = None

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> Any:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
            self._context.set_session_cache_mode(_NO_SESSION_CACHE)
        return self._context


class Certificate:
    """The node's own certificate, one for all its connections."""

    def __init__(self) -> None:
        self._certificate = _WithContext.generateCertificate()
        fingerprints = {each.algorithm: each.value for each in self._certificate.getFingerprints()}
        self.fingerprint = fingerprints["sha-256"]
        """SHA-256 as colon-separated hexadecimal."""


class Srtp:
    """Protects or unprotects packets in place. ``pointer`` is a cffi pointer to the packet's first byte; a call returns the new
    length, or -1 where libsrtp refuses (forged, replayed; or a number that would repeat a nonce)."""

    def __init__(self, profile: int, key: bytes, *, outbound: bool) -> None:
        policy = pylibsrtp.Policy(
            key=key,
            ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND if outbound else pylibsrtp.Policy.SSRC_ANY_INBOUND,
            srtp_profile=profile,
        )
        policy.window_size = _WINDOW_OUT if outbound else _WINDOW
        policy.allow_repeat_tx = False
        self.session = session_key(key) if outbound and profile == SRTP_AEAD_AES_128_GCM.libsrtp_profile else None
        """What protects outbound RTP with AES-128-GCM, for the compiled fan-out; None with the other profile."""
        self._session = pylibsrtp.Session(policy)
        self._srtp = self._session._srtp[0]
        self.address = int(_ffi.cast("uintptr_t", self._srtp))
        """Of the libsrtp context, for the compiled fan-out; good while this object lives."""
        self._length = _ffi.new("int *")
        self._rtp = _lib.srtp_protect if outbound else _lib.srtp_unprotect
        self._rtcp = _lib.srtp_protect_rtcp if outbound else _lib.srtp_unprotect_rtcp

    def rtp(self, pointer: Any, length: int) -> int:
        """Protect or unprotect an RTP packet."""
        self._length[0] = length
        if self._rtp(self._srtp, pointer, self._length):
            return -1
        result: int = self._length[0]
        return result

    def rtcp(self, pointer: Any, length: int) -> int:
        """Protect or unprotect a compound RTCP packet."""
        self._length[0] = length
        if self._rtcp(self._srtp, pointer, self._length):
            return -1
        result: int = self._length[0]
        return result


class DtlsEndpoint:
    """One end of a DTLS association: the node's is the server; simulated peers take the other end."""

    def __init__(self, path: DatagramPath, certificate: Certificate, *, server: bool = True) -> None:
        self._server = server
        self._transport = RTCDtlsTransport(path, [certificate._certificate])  # type: ignore[arg-type]
        self._transport._set_role("server" if server else "client")
        self._transport._srtp_profiles = list(_PROFILES)
        self.closed = asyncio.Event()
        """Set when the peer has closed the association."""
        self._transport.on("statechange", self._state_changed)

    async def handshake(self, fingerprint: tuple[str, str]) -> tuple[Srtp, Srtp]:
        """Shake hands with the peer of this certificate fingerprint (algorithm, value). Returns (inbound, outbound).

        Raises :class:`DtlsFailed` where it does not come about within :data:`HANDSHAKE_TIMEOUT_S`.
        """
        parameters = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(*fingerprint)])
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await self._transport.start(parameters)
        except TimeoutError as error:
            raise DtlsFailed("timeout") from error
        if self._transport.state != "connected":
            raise DtlsFailed(self._transport.state)
        for own in ("_rx_srtp", "_tx_srtp"):  # aiortc's sessions, through which nothing will go
            setattr(self._transport, own, None)
        return self._keys()

    async def close(self) -> None:
        """Tell the peer, and end aiortc's task. What OpenSSL holds is free with this object, without a garbage collection."""
        task = self._transport._task
        await self._transport.stop()
        if task is not None:
            await asyncio.wait((task,))  # awaiting itself would tie the task, its error and this frame together
            if not task.cancelled() and (fault := task.exception()) is not None:
                raise fault
        self._transport.remove_all_listeners()

    def _keys(self) -> tuple[Srtp, Srtp]:
        ssl = self._transport._ssl
        assert ssl is not None
        name = ssl.get_selected_srtp_profile()
        profile = next((each for each in _PROFILES if each.openssl_profile == name), None)
        if profile is None:
            raise DtlsFailed("no common SRTP profile")
        # RFC 5764 §4.2: client key, server key, client salt, server salt.
        material = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
        own = 1 if self._server else 0
        inbound = Srtp(profile.libsrtp_profile, profile.get_key_and_salt(material, 1 - own), outbound=False)
        outbound = Srtp(profile.libsrtp_profile, profile.get_key_and_salt(material, own), outbound=True)
        return inbound, outbound

    def _state_changed(self) -> None:
        if self._transport.state in ("closed", "failed"):
            self.closed.set()
