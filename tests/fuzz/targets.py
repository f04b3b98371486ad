"""What takes in bytes that anybody may send. Each target is fed inputs; only the errors that its callers know may come out."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from conference import inbox
from core.errors import DiemcauError
from media import wire
from media.sfu import control, rtcp, rtp, sdp
from media.sfu.down_connection import DownConnection
from media.sfu.dtls import Certificate, DtlsEndpoint, DtlsFailed
from media.sfu.ice import LiteTransport
from media.sfu.node import Node
from media.sfu.stun import parse_check
from media.sfu.udp import Address, UdpPort, address_of
from media.sfu.up import Reader, Section
from media.sfu.up_connection import UpConnection
from tests.media.sfu.packets import Viewer, up_track
from tests.media.sfu.test_sdp import LOCAL, OFFER

CORPUS = Path(__file__).parent / "corpus"
HERE = address_of("127.0.0.1", 9)
Feed = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True)
class Target:
    """``open`` makes a fresh one on the running loop; its feed raises only where something is wrong with the program. An empty
    input ends what lives."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    open: Callable[[], Feed]
    words: tuple[bytes, ...] = ()


def _hex(name: str) -> list[bytes]:
    return [bytes.fromhex(line) for line in (CORPUS / f"{name}.hex").read_text().split()]


def _stun() -> Feed:
    """Checks, half of them signed as a peer would: an answer only to those, and never longer than what was sent."""
    sent: list[bytes] = []

    def send(data: bytes, address: Address) -> None:
        sent.append(data)

    path = LiteTransport(send, lambda address: True, lambda address: None, lambda address: None)
    fed = 0

    async def feed(data: bytes) -> None:
        nonlocal fed
        fed += 1
        signed = bool(fed % 2)
        if signed:
            data = _signed(data, path.ufrag, path.password)
        sent.clear()
        with contextlib.suppress(ValueError):
            check = parse_check(data)
            if check is not None and check.ufrag == path.ufrag:
                path.check(check, HERE)
        if sent and (not signed or len(sent) > 1 or len(sent[0]) > len(data)):
            raise AssertionError("answered what must not be answered so")

    return feed


def _signed(data: bytes, ufrag: str, password: str) -> bytes:
    """A binding request with this one's attributes, for the right user and rightly signed."""
    body = data[20:200]
    body += bytes(-len(body) % 4)
    name = f"{ufrag}:x".encode()
    body += b"\0\x06" + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4)
    head = b"\0\x01" + (len(body) + 24).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    return head + body + b"\0\x08\0\x14" + hmac.new(password.encode(), head + body, sha1).digest()


def _dtls() -> Feed:
    """Records before the handshake is done, over the path of a peer whose check was good."""
    certificate = Certificate()
    path: LiteTransport
    life: asyncio.Task[object] | None = None

    async def shake(over: LiteTransport) -> None:
        endpoint = DtlsEndpoint(over, certificate)
        try:
            await endpoint.handshake(("sha-256", ":".join(["00"] * 32)))
        except (DtlsFailed, ConnectionError):
            pass
        finally:
            await endpoint.close()

    async def feed(data: bytes) -> None:
        nonlocal path, life
        if not data and life is not None:  # the end; Python 3.11 may lose the cancelling of a handshake that gets data
            path.close()
            await life
        if life is None or life.done():
            if life is not None:
                life.result()
            path = LiteTransport(lambda data, address: None, lambda address: True, lambda address: None, lambda address: None)
            path.address = HERE
            life = asyncio.create_task(shake(path))
            await asyncio.sleep(0)
        if data and 20 <= data[0] <= 63:
            path.receive_dtls(data)
            await asyncio.sleep(0)

    return feed


def _rtp() -> Feed:
    """Decrypted packets of a publisher (its offer is Chromium's), followed by viewers of each track."""
    made = 0
    reader: Reader

    def fresh() -> Reader:
        sections: list[Section] = []
        for up in sdp.read_up_offer(OFFER).sections:
            assert up.kind is not None and up.codec is not None
            track = up_track("hub", up.kind, up.codec, tuple(up.section.rids))
            viewer = Viewer("voice0" if up.kind == "mic" else "speaker")
            track.on_layer.append(viewer.track.follow)
            sections.append(Section(track, up.section.mid, up.payload_type, up.rtx_type, up.section.extensions))
        return Reader(sections, {number: up.section.mid for number, up in enumerate(sdp.read_up_offer(OFFER).sections)}, {})

    async def feed(data: bytes) -> None:
        nonlocal made, reader
        if made % 2000 == 0:
            reader = fresh()
        made += 1
        with contextlib.suppress(ValueError):
            reader.receive(rtp.parse(data), made * 20_000)  # often enough that streams may begin anew

    return feed


def _node() -> Node:
    return Node(UdpPort("127.0.0.1", 0), ("127.0.0.1",), Path("/nonexistent"), lambda event: None)


def _rtcp() -> Feed:
    """Decrypted feedback, as both kinds of connections take it."""
    node = _node()
    up = UpConnection(node._around, "s", "p", OFFER)
    down = DownConnection(node._around, "s", "p")
    fed = 0

    async def feed(data: bytes) -> None:
        nonlocal fed
        fed += 1
        for connection in (up, down):
            with contextlib.suppress(ValueError):
                connection.receive_rtcp(data, fed * 1000)
        with contextlib.suppress(ValueError):
            rtcp.parse(data)

    return feed


def _sdp() -> Feed:
    """Offers of publishers and answers of viewers."""

    async def feed(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        with contextlib.suppress(sdp.BadSdp):
            answer = sdp.write_up_answer(sdp.read_up_offer(text), LOCAL)
            assert len(answer) < 200_000
        with contextlib.suppress(sdp.BadSdp):
            sdp.read_down_answer(text)

    return feed


def _control() -> Feed:
    """Lines of the control port, done as far as a node does them at once."""
    node = _node()
    node._lives = _Idle()  # type: ignore[assignment]
    fed = 0

    async def feed(data: bytes) -> None:
        nonlocal fed
        fed += 1
        if fed % 200 == 0:
            for connection in list(node._by_ufrag.values()):
                node._end(connection, "fuzz")
            node.sessions.clear()
        try:
            message = wire.decode_from_client(data)
        except ValueError:
            return
        if isinstance(message, wire.Call):
            answer = control._answer(node, message)
            assert not (isinstance(answer, wire.Failed) and answer.code == "media.unavailable"), "a fault was caught"

    return feed


class _Idle:
    """Stands for the node's task group: connections are made, none lives."""

    def create_task(self, life: object, *, name: str) -> None:
        life.close()  # type: ignore[attr-defined]


def _calls() -> list[bytes]:
    program = {
        "seq": 1,
        "at_ms": 1,
        "state": "live",
        "title": "Hội nghị",
        "speaker": "p",
        "voices": ["p"],
        "plates": {"p": {"name": "N"}},
    }
    commands: list[dict[str, object]] = [
        {"type": "set_program", "session": "s", "program": program},
        {"type": "publish", "session": "s", "peer": "p", "offer_sdp": OFFER[:3000]},
        {"type": "subscribe", "session": "s", "peer": "p"},
        {"type": "subscribed", "session": "s", "peer": "p", "answer_sdp": "v=0\r\n"},
        {"type": "drop", "session": "s", "peer": "p"},
        {"type": "describe"},
    ]
    calls = [json.dumps({"type": "call", "id": 1, "command": command}).encode() for command in commands]
    return [*calls, b'{"type":"hello","version":1,"token":"x","boot":"b","after":3}']


def _ws() -> Feed:
    """Text frames of a page's WebSocket."""

    async def feed(data: bytes) -> None:
        with contextlib.suppress(DiemcauError):
            inbox.parse(data.decode("utf-8", "replace"))

    return feed


def _frames() -> list[bytes]:
    said: list[dict[str, object]] = [
        {"type": "hello", "version": 1, "page": "a" * 12, "take_over": False},
        {"type": "heartbeat", "number": 1, "client_ms": 1, "media_flowing": True},
        {"type": "up.offer", "sdp": OFFER[:1500], "ref": "1"},
        {"type": "down.answer", "sdp": "v=0\r\n", "ref": "2"},
        {"type": "session.to", "state": "live", "ref": "3"},
        {"type": "presenter.set", "seat": None, "ref": "4"},
        {"type": "floor.move", "seat": "abc", "to": 0, "ref": "5"},
        {"type": "content.deck", "deck": "abc", "page": 1, "ref": "6"},
        {"type": "chat.send", "room": "all", "text": "Kính thưa đồng chí", "ref": "7"},
        {"type": "leave"},
    ]
    return [json.dumps(each, ensure_ascii=False).encode() for each in said]


_JSON = (
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b'"\\u0000"',
    b'"\\ud800"',
    b"{}",
    b"[]",
    b"[[[[[[[[",
    b'{"type":',
    b"9" * 400,
    b'"',
    b"\\",
)
_SDP = (
    b"\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97", b"\r\na=mid:", b"\r\na=rid:q send", b"\r\na=simulcast:send q;h;f", b"\r\na=extmap:",
    b"\r\na=fmtp:96 ", b"\r\na=ssrc:", b"\r\na=ssrc-group:FID 1 2", b"\r\na=setup:active", b"\r\na=inactive", b"-1",
    b"99999999999", b"UDP/TLS/RTP/SAVPF", b"H264/90000", b"\xe2\x80\xa8", b" ", b"\r\n",
)  # fmt: skip

TARGETS = {
    target.name: target
    for target in (
        Target("stun", lambda: _hex("stun"), _stun),
        Target("dtls", lambda: _hex("dtls"), _dtls),
        Target("rtp", lambda: _hex("rtp"), _rtp),
        Target("rtcp", lambda: _hex("rtcp"), _rtcp),
        Target("sdp", lambda: [OFFER.encode(), (CORPUS / "answer.sdp").read_bytes()], _sdp, _SDP),
        Target("control", _calls, _control, _JSON),
        Target("ws", _frames, _ws, _JSON),
    )
}
