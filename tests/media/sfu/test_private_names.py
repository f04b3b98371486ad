"""What media/sfu/dtls.py uses of aiortc and pylibsrtp without their promise: an upgrade that changes it fails here first."""

from __future__ import annotations

import ast
import asyncio
import inspect
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiortc.rtcdtlstransport as dtls
import pylibsrtp
import pytest
from OpenSSL import SSL
from pylibsrtp._binding import ffi, lib

from media.sfu.dtls import Certificate, DtlsEndpoint, Srtp
from tests.media.sfu.packets import Pipe

MEDIA = Path(__file__).parents[3] / "media"
SFU = MEDIA / "sfu"
KEY = bytes(range(28))


def test_versions_are_the_ones_that_were_read() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("pylibsrtp") == "1.0.0"


PRIVATE = {
    "_set_role", "_srtp_profiles", "_ssl", "_task", "_rx_srtp", "_tx_srtp",  # of RTCDtlsTransport
    "_create_ssl_context",  # of RTCCertificate
    "_recv", "_send",  # of what RTCDtlsTransport takes for a path
    "_binding",  # of pylibsrtp
    "_srtp",  # of pylibsrtp.Session
}  # fmt: skip


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_these_are_all_that_is_used() -> None:
    """Whatever private thing of another object, a base class or a module is named in dtls.py stands in PRIVATE, and is tested."""
    used: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(ast.parse((SFU / "dtls.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and private(node.attr):
            used.add(node.attr)
            if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
                own.add(node.attr)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            own |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            used |= {part for part in (node.module or "").split(".") if private(part)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier() and private(node.value):
            used.add(node.value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and private(node.name):
            (used if node.name in PRIVATE else own).add(node.name)
    assert used - own | used & PRIVATE == PRIVATE


def test_transport_has_the_private_names() -> None:
    source = inspect.getsource(dtls.RTCDtlsTransport)
    assert "transport._recv()" in source and "transport._send(" in source
    assert "_create_ssl_context(\n                srtp_profiles=self._srtp_profiles" in source
    assert inspect.iscoroutinefunction(dtls.RTCDtlsTransport.start)
    assert inspect.iscoroutinefunction(dtls.RTCDtlsTransport.stop)
    transport = dtls.RTCDtlsTransport(SimpleNamespace(role="controlled"), [dtls.RTCCertificate.generateCertificate()])
    assert transport.state == "new"
    for name in ("_task", "_ssl", "_rx_srtp", "_tx_srtp"):
        assert getattr(transport, name) is None
    assert transport._srtp_profiles == dtls.SRTP_PROFILES
    transport._set_role("server")
    assert transport._role == "server"


def test_profiles_say_what_keys_are_made_of() -> None:
    material = bytes(range(60))
    for profile, salt in ((dtls.SRTP_AEAD_AES_128_GCM, 12), (dtls.SRTP_AES128_CM_SHA1_80, 14)):
        assert (profile.key_length, profile.salt_length) == (16, salt)
        assert profile.get_key_and_salt(material, 0) == material[:16] + material[32 : 32 + salt]
        assert profile.get_key_and_salt(material, 1) == material[16:32] + material[32 + salt : 32 + 2 * salt]
        assert pylibsrtp.Policy(srtp_profile=profile.libsrtp_profile).srtp_profile == profile.libsrtp_profile
        assert profile.openssl_profile


def test_certificate_gives_aiortc_one_context_that_remembers_no_session() -> None:
    certificate = Certificate()._certificate
    contexts = [certificate._create_ssl_context(srtp_profiles=dtls.SRTP_PROFILES) for _ in range(2)]
    assert contexts[0] is contexts[1]
    assert contexts[0].set_session_cache_mode(SSL.SESS_CACHE_OFF) == SSL.SESS_CACHE_OFF, "the mode before"


async def test_association_leaves_the_keys_and_nothing_of_aiortc() -> None:
    to_server, to_client = asyncio.Queue[bytes](), asyncio.Queue[bytes]()
    one, other = Certificate(), Certificate()
    server = DtlsEndpoint(Pipe("controlled", to_server, to_client), one)
    client = DtlsEndpoint(Pipe("controlling", to_client, to_server), other, server=False)
    shaking = asyncio.create_task(client.handshake(("sha-256", one.fingerprint)))
    to_node, to_peer = await server.handshake(("sha-256", other.fingerprint))
    from_node, from_peer = await shaking
    transport = server._transport
    assert transport._rx_srtp is None and transport._tx_srtp is None and isinstance(transport._ssl, SSL.Connection)
    task = transport._task
    assert task is not None and not task.done()
    for outbound, inbound in ((to_peer, from_node), (from_peer, to_node)):
        memory = place(packet(5, b"sound"))
        assert inbound.rtp(memory, outbound.rtp(memory, 17)) == 17
    await client.close()
    await asyncio.wait_for(server.closed.wait(), 10)
    assert transport.state == "closed"
    await server.close()
    assert transport._task is None and task.done()
    await server.close()


def test_only_one_file_uses_private_names() -> None:
    for path in MEDIA.rglob("*.py"):
        if path == SFU / "dtls.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith(("pylibsrtp", "OpenSSL")) or "rtcdtlstransport" in name for name in modules), path.name
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("aiortc", "aioice")):
                assert not any(alias.name.startswith("_") for alias in node.names), path.name


def srtp(*, outbound: bool) -> Srtp:
    return Srtp(pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, KEY, outbound=outbound)


def place(data: bytes) -> Any:
    memory = ffi.new("char[]", 1500)
    ffi.buffer(memory)[0 : len(data)] = data
    return memory


def packet(sequence: int, body: bytes) -> bytes:
    return b"\x80\x60" + sequence.to_bytes(2, "big") + bytes(4) + b"\0\0\0\x07" + body


def test_protection_works_in_place_and_back() -> None:
    data = packet(1, b"sound and picture")
    memory = place(data)
    size = srtp(outbound=True).rtp(memory, len(data))
    assert size == len(data) + 16 and bytes(ffi.buffer(memory)[12:29]) != data[12:]
    assert srtp(outbound=False).rtp(memory, size) == len(data)
    assert bytes(ffi.buffer(memory)[0 : len(data)]) == data


def test_control_works_in_place_and_back() -> None:
    data = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    memory = place(data)
    size = srtp(outbound=True).rtcp(memory, len(data))
    assert size > len(data)
    assert srtp(outbound=False).rtcp(memory, size) == len(data)


def test_same_number_is_refused_when_sent_twice() -> None:
    outbound = srtp(outbound=True)
    assert outbound.rtp(place(packet(5, b"one")), 15) > 0
    assert outbound.rtp(place(packet(5, b"two")), 15) == -1


@pytest.mark.parametrize("broken", [0, 13, 20])
def test_forged_packet_is_refused(broken: int) -> None:
    memory = place(packet(5, b"sound"))
    size = srtp(outbound=True).rtp(memory, 17)
    ffi.buffer(memory)[broken] = bytes((ffi.buffer(memory)[broken][0] ^ 0x41,))
    assert srtp(outbound=False).rtp(memory, size) == -1


def test_replayed_packet_is_refused() -> None:
    memory = place(packet(5, b"sound"))
    size = srtp(outbound=True).rtp(memory, 17)
    copy = place(bytes(ffi.buffer(memory)[0:size]))
    inbound = srtp(outbound=False)
    assert inbound.rtp(memory, size) == 17
    assert inbound.rtp(copy, size) == -1


def test_library_has_the_calls() -> None:
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert hasattr(lib, name)
