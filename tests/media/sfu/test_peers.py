"""End to end with peers of this project and of aiortc, over real DTLS and SRTP, on the test's own loop."""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamTrack

from media.plane import Content, LinkQuality, PeerConnected, PeerSilent, PlaneEvent, Program
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate
from media.simpeer import SimDown, SimUp
from media.simpeer_clip import Clip, Piece, play, read_clip
from tests.media.sfu.conftest import RunningNode

SESSION = "s1"
TALK = Path(__file__).parents[3] / "deploy" / "demo" / "talk"


def program(seq: int, **fields: Any) -> Program:
    return Program.model_validate({"seq": seq, "at_ms": seq, "state": "live", "title": "", **fields})


async def until(what: str, probe: Callable[[], bool], tries: int = 400) -> None:
    for _ in range(tries):
        if probe():
            return
        await asyncio.sleep(0.05)
    pytest.fail(what)


class Peer:
    """A simulated page: what it sends, what it gets, and its tasks."""

    def __init__(self, node: RunningNode, name: str, group: asyncio.TaskGroup) -> None:
        certificate, clock = Certificate(), NodeClock()
        self.name = name
        self.clock = clock
        self.up = SimUp(certificate, clock)
        self.down = SimDown(certificate, clock)
        self._node = node
        self._group = group
        self.tasks: list[asyncio.Task[None]] = []

    async def publish(self) -> None:
        answer = await self._node.client.publish(SESSION, self.name, self.up.offer())
        self.tasks.append(self._group.create_task(self.up.run(answer)))
        await asyncio.wait_for(self.up.link.connected.wait(), 20)

    async def subscribe(self) -> None:
        answer = self.down.answer(await self._node.client.subscribe(SESSION, self.name))
        await self._node.client.subscribed(SESSION, self.name, answer)
        self.tasks.append(self._group.create_task(self.down.run()))
        await asyncio.wait_for(self.down.link.connected.wait(), 20)

    def speak(self, clip: Clip) -> None:
        self.tasks.append(self._group.create_task(play(clip, self.up, self.clock)))

    def packets(self, mid: str) -> int:
        return self.down.heard[mid].packets


@asynccontextmanager
async def hall(node: RunningNode) -> AsyncIterator[tuple[Callable[[str], Peer], list[PlaneEvent]]]:
    """Peers by name, and the node's events."""
    peers: list[Peer] = []
    events: list[PlaneEvent] = []

    async def listen() -> None:
        async for event in node.client.events():
            events.append(event)

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())

        def peer(name: str) -> Peer:
            peers.append(Peer(node, name, group))
            return peers[-1]

        try:
            yield peer, events
        finally:
            for task in [listening, *(task for each in peers for task in each.tasks)]:
                task.cancel()


def clip(seconds: float = 60) -> Clip:
    """Opus silence frames and a VP8 key frame each 100 ms: bytes that nobody decodes."""
    voices = [Piece(at * 20_000, True, b"\xf8\xff\xfe") for at in range(int(seconds * 50))]
    pictures = [Piece(at * 100_000, False, bytes(2500)) for at in range(int(seconds * 10))]
    return Clip(tuple(sorted([*voices, *pictures], key=lambda piece: piece.at_us)), int(seconds * 1e6))


async def test_only_who_is_named_is_heard_and_seen(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, events):
        hub, district, viewer = peer("hub"), peer("district"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        for each in (hub, district):
            await each.publish()
            each.speak(clip())
        for each in (hub, viewer):
            await each.subscribe()
        await until("nothing comes", lambda: viewer.packets("voice0") > 20 and viewer.packets("speaker") > 10)
        assert hub.packets("voice0") == 0 and hub.packets("speaker") > 0
        assert viewer.packets("voice1") == viewer.packets("voice2") == viewer.packets("content") == 0

        await local_node.client.set_program(SESSION, program(2, voices=()))
        before = viewer.packets("voice0"), viewer.packets("speaker")
        await asyncio.sleep(0.5)
        assert viewer.packets("voice0") <= before[0] + 2 and viewer.packets("speaker") <= before[1] + 4

        await local_node.client.set_program(SESSION, program(3, speaker="district", voices=("district",)))
        await until("the district is not heard", lambda: viewer.packets("voice0") > before[0] + 20)
        await until("the hub does not hear the district", lambda: hub.packets("voice0") > 20)
        await local_node.client.set_program(SESSION, program(2, speaker="hub", voices=("hub",)))
        hub_voice = hub.packets("voice0")
        await until("an older program replaced a newer one", lambda: hub.packets("voice0") > hub_voice + 20)
        assert {(e.peer, e.direction) for e in events if isinstance(e, PeerConnected)} == {
            ("hub", "up"), ("district", "up"), ("hub", "down"), ("viewer", "down"),
        }  # fmt: skip


async def test_a_viewer_that_comes_has_a_key_frame_asked_for_of_who_is_seen(local_node: RunningNode) -> None:
    calm = [Piece(at * 40_000, False, b"\x01" + bytes(60)) for at in range(1500)]  # no key frame among them
    async with hall(local_node) as (peer, _):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(Clip(tuple(calm), 60_000_000))
        await viewer.subscribe()
        await until("nobody asks", lambda: hub.up.camera.keyframe_wanted)
        assert not hub.up.screen.keyframe_wanted


async def test_whoever_was_unnamed_is_not_forwarded_while_the_next_one_is_awaited(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, _):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(clip())
        await viewer.subscribe()
        await until("nothing comes", lambda: viewer.packets("speaker") > 5)
        await local_node.client.set_program(SESSION, program(2, speaker="absent", voices=("absent",)))
        await asyncio.sleep(0.1)
        before = viewer.packets("voice0"), viewer.packets("speaker")
        await asyncio.sleep(0.5)
        assert (viewer.packets("voice0"), viewer.packets("speaker")) == before


async def test_link_is_measured(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, events):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(clip())
        await viewer.subscribe()

        def known(name: str) -> LinkQuality | None:
            links = [e for e in events if isinstance(e, LinkQuality) and e.peer == name and e.up_bps + e.down_bps]
            return links[-1] if links else None

        await until("no measure of the hub", lambda: (e := known("hub")) is not None and e.loss_up == 0)
        await until("no round trip of the viewer", lambda: (e := known("viewer")) is not None and e.rtt_ms is not None)
        link = known("hub")
        assert link is not None and link.sending == ("mic", "camera") and link.up_bps > 50_000


async def test_new_connection_takes_the_place_of_the_old_one(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, events):
        hub, again, viewer = peer("hub"), peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        await viewer.subscribe()
        await again.publish()
        again.speak(clip())
        await until("the new page is not heard", lambda: viewer.packets("voice0") > 20)
        assert (await local_node.client.counters())["connections"] == 2
        assert not [e for e in events if isinstance(e, PeerSilent)]
        await local_node.client.drop(SESSION, "hub")
        await until("the end is not told", lambda: any(isinstance(e, PeerSilent) and e.gone for e in events))


async def test_silence_is_told(local_node: RunningNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.sfu.connection.SILENT_US", 600_000)
    monkeypatch.setattr("media.sfu.connection.SILENT_IDLE_US", 600_000)
    monkeypatch.setattr("media.sfu.connection.GONE_US", 2_000_000)
    async with hall(local_node) as (peer, events):
        hub = peer("hub")
        await hub.publish()
        monkeypatch.setattr(hub.up.link, "_put", lambda data: None)
        await until("silence is not told", lambda: any(isinstance(e, PeerSilent) and not e.gone for e in events))
        await until("the end is not told", lambda: any(isinstance(e, PeerSilent) and e.gone for e in events))
        assert (await local_node.client.counters())["connections"] == 0


async def test_shared_screen_is_the_content(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, _):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, content=Content(kind="screen", peer="hub")))
        await hub.publish()
        await viewer.subscribe()

        async def share() -> None:
            while True:
                hub.up.screen.send_picture(bytes(500), hub.clock.now_us())
                await asyncio.sleep(0.05)

        sharing = asyncio.ensure_future(share())
        try:
            await until("the screen does not come", lambda: viewer.packets("content") > 10)
        finally:
            sharing.cancel()


async def test_picture_is_not_sent_to_who_refused_its_codec(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, events):
        encoder, modern, plain = peer("encoder"), peer("modern"), peer("plain")
        await local_node.client.set_program(SESSION, program(1, speaker="encoder", voices=("encoder",)))
        h264 = "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f"
        offer = encoder.up.offer().replace("a=rtpmap:96 VP8/90000", h264)
        answer = await local_node.client.publish(SESSION, "encoder", offer)
        encoder.tasks.append(encoder._group.create_task(encoder.up.run(answer)))
        await asyncio.wait_for(encoder.up.link.connected.wait(), 20)
        await plain.subscribe()
        whole = modern.down.answer(await local_node.client.subscribe(SESSION, "modern"))
        both = whole.replace("SAVPF 96", "SAVPF 96 102").replace("a=rtpmap:96 VP8", "a=rtpmap:102 H264/90000\r\na=rtpmap:96 VP8")
        await local_node.client.subscribed(SESSION, "modern", both)
        modern.tasks.append(modern._group.create_task(modern.down.run()))

        async def send() -> None:
            while True:
                encoder.up.camera._send(b"\x67 parameters", encoder.clock.now_us(), marker=False)
                encoder.up.camera._send(b"\x65 picture", encoder.clock.now_us(), marker=True)
                encoder.up.microphone.send_voice(b"\xf8\xff\xfe", encoder.clock.now_us())
                await asyncio.sleep(0.05)

        sending = asyncio.ensure_future(send())
        try:
            await until("the picture does not come", lambda: modern.packets("speaker") > 10)
            await until("the voice does not come", lambda: plain.packets("voice0") > 10)

            def told() -> dict[str, list[tuple[str, str]]]:
                return {e.peer: [(each.slot, each.why) for each in e.pictures] for e in events if isinstance(e, LinkQuality)}

            await until("it is not told", lambda: told().get("plain") == [("speaker", "codec")])
            await until("it is not told", lambda: told().get("modern") == [("speaker", "best")])
            assert plain.packets("speaker") == 0
            assert (await local_node.client.counters())["refused.codec"] == 1
            assert ("speaker",) in {e.unseen for e in events if isinstance(e, LinkQuality) and e.peer == "plain"}
            assert not any(e.unseen for e in events if isinstance(e, LinkQuality) and e.peer != "plain")
        finally:
            sending.cancel()


async def test_packet_is_dropped_when_too_large_for_viewers(local_node: RunningNode) -> None:
    async with hall(local_node) as (peer, _):
        hub, viewer = peer("hub"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        await viewer.subscribe()
        for size in (1900, 1440, 1441):
            hub.up.microphone.send_voice(bytes(size), hub.clock.now_us())
        hub.speak(clip(2))
        await until("nothing comes", lambda: viewer.packets("voice0") > 50)
        assert (await local_node.client.counters())["dropped.oversize"] == 2


async def test_talk_can_be_read_as_it_is() -> None:
    talk = read_clip(TALK / "talk.webm", TALK / "talk.ogg")
    assert talk.length_us > 60_000_000
    assert [piece.at_us for piece in talk.pieces] == sorted(piece.at_us for piece in talk.pieces)
    assert not talk.pieces[0].data[0] & 1 or talk.pieces[0].voice
    part = talk.part(10_000_000, 2_000_000)
    assert 95 <= len(part.pieces) <= 105 and part.pieces[0].at_us < 40_000


class Tone(MediaStreamTrack):
    """440 Hz for aiortc, which encodes it itself."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._at = 0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0.02)
        times = (self._at + np.arange(960)) / 48_000
        samples = (np.sin(2 * np.pi * 440 * times) * 12_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._at, fractions.Fraction(1, 48_000)
        self._at += 960
        return frame


class Colour(VideoStreamTrack):
    """A red picture."""

    async def recv(self) -> av.VideoFrame:
        pts, base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), (220, 0, 0), np.uint8), format="rgb24")
        frame.pts, frame.time_base = pts, base
        return frame


async def test_aiortc_publishes_and_receives(local_node: RunningNode) -> None:
    """A stranger's implementation on both ends: what it decodes is what was sent."""
    await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
    up, down = RTCPeerConnection(), RTCPeerConnection()
    received: dict[str, MediaStreamTrack] = {}

    @down.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        mid = next(each.mid for each in down.getTransceivers() if each.receiver.track is track)
        received[mid] = track

    try:
        up.addTrack(Tone())
        up.addTrack(Colour())
        await up.setLocalDescription(await up.createOffer())
        answer = await local_node.client.publish(SESSION, "hub", up.localDescription.sdp)
        await up.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        offer = await local_node.client.subscribe(SESSION, "viewer")
        await down.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await down.setLocalDescription(await down.createAnswer())
        await local_node.client.subscribed(SESSION, "viewer", down.localDescription.sdp)
        async with asyncio.timeout(30):
            picture = await received["speaker"].recv()
            assert isinstance(picture, av.VideoFrame)
            red, green, blue = picture.to_ndarray(format="rgb24").mean(axis=(0, 1))
            assert red > 180 and green < 60 and blue < 60
            loudest = 0
            while loudest < 4_000:
                sound = await received["voice0"].recv()
                assert isinstance(sound, av.AudioFrame)
                loudest = int(np.abs(sound.to_ndarray().astype(int)).max())
    finally:
        await asyncio.wait_for(asyncio.gather(up.close(), down.close()), 20)
