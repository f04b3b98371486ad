"""What one peer, or one client of the control port, can use up."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from pathlib import Path

import pytest
from aioice import stun

from core.errors import DiemcauError
from media import wire
from media.client import NodeClient
from media.sfu import rtp
from media.sfu.codecs import OPUS
from media.sfu.connection import ALLOWANCE_BYTES, LEAST_PACKET_BYTES
from media.sfu.control import MAX_CLIENTS
from media.sfu.ice import MAX_ADDRESSES
from media.sfu.node import Node
from media.sfu.sdp import BadSdp, read_up_offer
from media.sfu.transport_cc import MAX_MESSAGES, Arrivals
from media.sfu.udp import Address, address_of
from media.sfu.up import MAX_STREAMS, RESTART_EVERY_US, Reader, Section
from media.simpeer_link import read_remote
from tests.media.sfu.conftest import RunningNode, serve
from tests.media.sfu.packets import up_track
from tests.media.sfu.test_peers import SESSION, clip, hall, program, until
from tests.media.sfu.test_sdp import OFFER


def check(sdp: str, name: str) -> bytes:
    """A signed check of the peer that got ``sdp`` from the node."""
    remote = read_remote(sdp)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": f"{remote.ufrag}:{name}"})
    message.add_message_integrity(remote.password.encode())
    return bytes(message)


def receive(node: Node, data: bytes, source: Address) -> None:
    """As if the datagram had come from ``source``."""
    node.receive(None, memoryview(data), len(data), source)


async def test_addresses_of_a_peer_are_forgotten_when_it_has_many(tmp_path: Path) -> None:
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (node, _):
        signed = check(node.subscribe(SESSION, "p1"), "x")
        for port in range(2000, 2100):
            receive(node, signed, address_of("127.0.0.9", port))
        assert len(node._by_address) == MAX_ADDRESSES
        [connection] = node._by_ufrag.values()
        assert set(node._by_address) == set(connection.path.addresses)
        node.drop(SESSION, "p1")
        for _ in range(200):
            if not node._by_ufrag:
                break
            await asyncio.sleep(0.01)
        assert node._by_address == {}


async def test_an_address_is_not_taken_from_who_lives_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run" / "node.sock"
    async with (
        serve(tmp_path, wire.UnixAddress(str(path))) as (node, _),
        NodeClient(f"unix:{path}") as client,
        hall(RunningNode(tmp_path, node.port, client)) as (peer, _),
    ):
        hub, viewer = peer("hub"), peer("viewer")
        node.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(clip())
        await viewer.subscribe()
        theirs = node.sessions[SESSION].ups["hub"]
        address = theirs.path.address
        assert address is not None
        forged = check(node.subscribe("s2", "eve"), "x")
        receive(node, forged, address)
        assert node._by_address[address] is theirs and node.counters["dropped.address_taken"] == 1
        before = viewer.packets("voice0")
        await until("the hub is cut off", lambda: viewer.packets("voice0") > before + 20)

        monkeypatch.setattr("media.sfu.connection.SILENT_US", -1)  # as if nothing had been heard of it for long
        receive(node, forged, address)
        assert node._by_address[address] is node.sessions["s2"].downs["eve"]
        monkeypatch.undo()
        await until("the address does not come back with a check", lambda: node._by_address[address] is theirs)


async def test_connections_of_a_peer_replace_one_another(local_node: RunningNode) -> None:
    for _ in range(100):
        await local_node.client.publish(SESSION, "p1", OFFER)
        await local_node.client.subscribe(SESSION, "p1")
    for _ in range(200):
        if (await local_node.client.counters())["connections"] == 2:
            return
        await asyncio.sleep(0.01)
    pytest.fail("old connections stay")


async def test_a_peer_that_floods_is_cut_and_the_others_are_served(
    local_node: RunningNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.sfu.connection.BYTES_PER_S", 0)  # what is given at once must do, however slow this machine is
    async with hall(local_node) as (peer, _):
        hub, eve, viewer = peer("hub"), peer("eve"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        for each in (hub, eve):
            await each.publish()
        hub.speak(clip())
        await viewer.subscribe()
        for number in range(ALLOWANCE_BYTES // LEAST_PACKET_BYTES + 2000):
            eve.up.microphone.send_voice(b"\xf8", eve.clock.now_us())
            if number % 50 == 0:
                await asyncio.sleep(0)
        before = viewer.packets("voice0")
        await until("the hub is not heard", lambda: viewer.packets("voice0") > before + 20)
        assert (await local_node.client.counters())["dropped.too_much"] > 0


def reader() -> Reader:
    track = up_track("hub", "mic", OPUS)
    return Reader([Section(track, "0", 111, None, {})], dict.fromkeys(range(1000), "0"), {})


def voice(ssrc: int, sequence: int) -> rtp.Datagram:
    return rtp.Datagram(111, False, sequence, 960 * sequence, ssrc, {}, b"\xf8\xff\xfe")


def test_sources_of_a_connection_are_bounded() -> None:
    bound = reader()
    for ssrc in range(500):
        bound.receive(voice(ssrc, 1), 1)
    assert len(bound.streams) == MAX_STREAMS and bound.unbound == 500 - MAX_STREAMS


def test_a_stream_that_jumps_to_and_fro_begins_anew_once_a_second() -> None:
    bound = reader()
    opened: list[object] = []
    bound._by_mid["0"].track.on_layer.append(opened.append)
    for number in range(400):
        bound.receive(voice(1, number % 2 * 30_000), number * RESTART_EVERY_US // 200)
    assert 1 < len(opened) <= 4


def test_feedback_is_bounded_when_numbers_are_made_up() -> None:
    arrivals = Arrivals()
    for number in range(1600):
        arrivals.note(number * 12_345 & 0xFFFF, number)
    assert 0 < len(arrivals.feedback(1)) <= MAX_MESSAGES
    assert arrivals.feedback(1) == []


@pytest.mark.parametrize(
    "text",
    [
        OFFER + "a=x:" + "y" * 64_000,
        OFFER.split("\r\nm=")[0] + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0" * 1500,
        "v=0\r\n" + "a=fingerprint:sha-256 0\r\n" * 1500 + "m=x 9 y z\r\n" * 1500,
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF " + "0 " * 30_000,
        "v=0\r\nm=audio " + "9" * 5000 + " UDP/TLS/RTP/SAVPF 0\r\n",
    ],
)
async def test_a_huge_description_is_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        read_up_offer(text)


async def test_control_clients_are_bounded(local_node: RunningNode) -> None:
    await local_node.client.counters()
    path = str(local_node.data / "run" / "node.sock")
    for hello in (b'{"type":"hello"}\n', b""):  # also those that never say who they are
        streams = [await asyncio.open_unix_connection(path) for _ in range(2 * MAX_CLIENTS)]
        for _, writer in streams:
            writer.write(hello)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(streams[-1][0].read(), 4) == b"", "who is one too many is shut out"
        assert (await local_node.client.counters())["sessions"] == 0
        for _, writer in streams:
            writer.close()


async def test_a_client_that_does_not_read_keeps_nobody_waiting(local_node: RunningNode) -> None:
    _, writer = await asyncio.open_unix_connection(str(local_node.data / "run" / "node.sock"))
    writer.write(b'{"type":"hello"}\n' + b'{"type":"call","id":1,"command":{"type":"describe"}}\n' * 5000)
    await asyncio.sleep(0)
    for _ in range(20):
        assert (await local_node.client.counters())["sessions"] == 0
    writer.close()


async def test_sessions_and_connections_are_bounded(local_node: RunningNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.sfu.node.MAX_CONNECTIONS", 3)
    for name in ("a", "b", "c"):
        await local_node.client.subscribe(SESSION, name)
    await local_node.client.subscribe(SESSION, "c")
    with pytest.raises(DiemcauError) as full:
        await local_node.client.subscribe(SESSION, "d")
    assert full.value.code == "media.full"


def test_made_up_reports_cost_little() -> None:
    """The longest list of missing packets that fits a datagram is read; who answers it has a rate of its own."""
    from media.sfu import rtcp

    longest = struct.pack("!BBHII", 0x81, 205, 2 + 330, 1, 2) + struct.pack("!HH", 0, 0xFFFF) * 330
    assert len(rtcp.parse(longest).nacks[2]) == 17 * 330
