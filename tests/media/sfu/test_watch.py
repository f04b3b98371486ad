"""A viewer that makes the offer itself: the player's side of WHEP."""

from __future__ import annotations

import asyncio

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from core.errors import Invalid
from media.plane import PeerSilent, PlaneEvent
from media.sfu.codecs import H264, OPUS, RED, VP8, Types
from media.sfu.routing import Source, slots_for
from media.sfu.sdp import BadSdp
from media.sfu.sdp_watch import read_watch_offer, write_watch_answer
from tests.media.sfu.conftest import RunningNode
from tests.media.sfu.test_peers import SESSION, Colour, Tone, program, until
from tests.media.sfu.test_sdp import LOCAL, OFFER, SSRCS, section

PLAYER = OFFER.replace("a=sendonly", "a=recvonly")


def test_player_gets_slots_under_its_own_payload_types() -> None:
    moved = PLAYER.replace("SAVPF 96 97", "SAVPF 80 81").replace("apt=96", "apt=80")
    moved = moved.replace(":96 ", ":80 ").replace(":97 ", ":81 ")
    offer = read_watch_offer(moved)
    assert list(offer.slots) == ["voice0", "speaker", "content"]
    assert offer.slots["voice0"] == {OPUS: Types(111, None), RED: Types(63, None)}
    assert set(offer.slots["speaker"]) == {VP8, H264}
    assert offer.slots["speaker"][VP8] == Types(80, 81)
    answer = write_watch_answer(offer, LOCAL, SSRCS)
    speaker = section(answer, 1)
    assert "a=rtpmap:80 VP8/90000" in speaker and "a=fmtp:81 apt=80" in speaker and "a=sendonly" in speaker
    assert "a=ssrc-group:FID 1006 1007" in speaker and "a=setup:passive" in speaker and "a=rtcp-fb:80 nack" in speaker
    assert "a=ice-lite" in answer


def test_player_gets_no_red_when_its_opus_has_another_number() -> None:
    other = PLAYER.replace("a=rtpmap:111 opus", "a=rtpmap:70 opus").replace("a=fmtp:63 111/111", "a=fmtp:63 70/70")
    other = other.replace("SAVPF 111", "SAVPF 70")
    assert read_watch_offer(other).slots["voice0"] == {OPUS: Types(70, None)}


def test_offer_is_refused_when_it_only_sends() -> None:
    with pytest.raises(BadSdp):
        read_watch_offer(OFFER)


def test_single_voice_is_the_speakers_else_the_first() -> None:
    none: dict[str, Source | None] = {}
    one = ("voice0",)
    assert slots_for(program(1, speaker="b", voices=("a", "b")), "x", none, one)["voice0"] == ("b", "mic")
    assert slots_for(program(1, voices=("a", "b")), "x", none, one)["voice0"] == ("a", "mic")
    assert slots_for(program(1, speaker="b", voices=("a", "b")), "x", none, ())["voice0"] is None


async def test_aiortc_watches(local_node: RunningNode) -> None:
    """A stranger's player: what it decodes is what the speaker sent; who goes off the program goes dark."""
    await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
    up, player = RTCPeerConnection(), RTCPeerConnection()
    received: dict[str, MediaStreamTrack] = {}
    player.on("track", lambda track: received.update({track.kind: track}))
    events: list[PlaneEvent] = []

    async def listen() -> None:
        async for event in local_node.client.events():
            events.append(event)

    listening = asyncio.ensure_future(listen())
    try:
        up.addTrack(Tone())
        up.addTrack(Colour())
        await up.setLocalDescription(await up.createOffer())
        answer = await local_node.client.publish(SESSION, "hub", up.localDescription.sdp)
        await up.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        player.addTransceiver("audio", direction="recvonly")
        player.addTransceiver("video", direction="recvonly")
        await player.setLocalDescription(await player.createOffer())
        answer = await local_node.client.watch(SESSION, "wall", player.localDescription.sdp)
        await player.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(30):
            picture = await received["video"].recv()
            assert isinstance(picture, av.VideoFrame)
            red, green, blue = picture.to_ndarray(format="rgb24").mean(axis=(0, 1))
            assert red > 180 and green < 60 and blue < 60
            loudest = 0
            while loudest < 4_000:
                sound = await received["audio"].recv()
                assert isinstance(sound, av.AudioFrame)
                loudest = int(np.abs(sound.to_ndarray().astype(int)).max())
        await local_node.client.drop(SESSION, "wall", "up")
        assert (await local_node.client.counters())["connections"] == 2
        await local_node.client.drop(SESSION, "wall", "down")
        await until("the end is not told", lambda: any(isinstance(e, PeerSilent) and e.peer == "wall" for e in events))
        with pytest.raises(Invalid):
            await local_node.client.watch(SESSION, "wall", "v=0")
    finally:
        listening.cancel()
        await asyncio.wait_for(asyncio.gather(up.close(), player.close()), 20)
