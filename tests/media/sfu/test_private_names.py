"""What media/sfu/dtls.py uses of aiortc and pylibsrtp without their promise: an upgrade that changes it fails here first."""

from __future__ import annotations

import ast
import inspect
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiortc.rtcdtlstransport as dtls
import pylibsrtp
import pytest
from pylibsrtp._binding import ffi, lib

from media.sfu.dtls import Srtp

SFU = Path(__file__).parents[3] / "media" / "sfu"
KEY = bytes(range(28))


def test_versions_are_the_ones_that_were_read() -> None:
    assert version("aiortc") == "1.16.0"
    assert version("pylibsrtp") == "1.0.0"


def test_transport_has_the_private_names() -> None:
    source = inspect.getsource(dtls.RTCDtlsTransport)
    for name in ("_set_role", "_srtp_profiles", "_task", "_ssl", "transport._recv()", "transport._send("):
        assert name in source
    assert inspect.iscoroutinefunction(dtls.RTCDtlsTransport.start)
    assert inspect.iscoroutinefunction(dtls.RTCDtlsTransport.stop)
    certificate = dtls.RTCCertificate.generateCertificate()
    transport = dtls.RTCDtlsTransport(object(), [certificate])
    assert transport.state == "new" and transport._task is None and transport._ssl is None


def test_only_one_file_uses_private_names() -> None:
    for path in SFU.glob("*.py"):
        if path.name == "dtls.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("pylibsrtp") or "rtcdtlstransport" in name for name in modules), path.name
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
