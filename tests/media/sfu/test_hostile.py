"""What strangers get from a node (nothing), and what a modified client gets that has a seat but no right."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aioice import stun

from media.plane import Content
from media.sfu.dtls import Certificate, DtlsEndpoint
from media.simpeer import SentTrack
from media.simpeer_link import Remote, read_remote
from tests.media.sfu.conftest import RunningNode
from tests.media.sfu.test_peers import Peer, clip, hall, program, until

SESSION = "s1"
MARK = b"\xf8" + b"modified client" * 6
"""What an intruder says; nobody may ever hear it."""


def binding(remote: Remote, password: str, name: str = "x", method: stun.Method = stun.Method.BINDING, **more: object) -> bytes:
    """A STUN request for the node's user fragment, signed with ``password`` (with none: not signed)."""
    message = stun.Message(method, stun.Class.REQUEST, attributes={"USERNAME": f"{remote.ufrag}:{name}", **more})
    if password:
        message.add_message_integrity(password.encode())
    return bytes(message)


class Unanswered:
    """A path on which nobody answers."""

    role = "controlling"

    def __init__(self) -> None:
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()

    async def _recv(self) -> bytes:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def _send(self, data: bytes) -> None:
        self.sent.put_nowait(data)


async def client_hello() -> bytes:
    """The first flight of a real DTLS client."""
    path = Unanswered()
    shaking = asyncio.ensure_future(DtlsEndpoint(path, Certificate(), server=False).handshake(("sha-256", "00")))
    try:
        return await asyncio.wait_for(path.sent.get(), 20)
    finally:
        shaking.cancel()


class Stranger:
    """A socket that says something to the node."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.connect(("127.0.0.1", node.port))

    def close(self) -> None:
        self._socket.close()

    async def say(self, *datagrams: bytes) -> list[bytes]:
        """Send these; all that comes back once the node has taken them in."""
        before = (await self._node.client.counters())["datagrams_in"]
        for data in datagrams:
            self._socket.send(data)
        for _ in range(400):
            if (await self._node.client.counters())["datagrams_in"] >= before + len(datagrams):
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("the node does not read its socket")
        answers = []
        while True:
            try:
                answers.append(self._socket.recv(4000))
            except BlockingIOError:
                return answers


@contextmanager
def stranger(node: RunningNode) -> Iterator[Stranger]:
    one = Stranger(node)
    try:
        yield one
    finally:
        one.close()


async def test_nothing_is_answered_before_a_check_is_signed(local_node: RunningNode) -> None:
    remote = read_remote(await local_node.client.subscribe(SESSION, "victim"))
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, attributes={"USERNAME": f"{remote.ufrag}:x"})
    indication = stun.Message(stun.Method.BINDING, stun.Class.INDICATION, attributes={"USERNAME": f"{remote.ufrag}:x"})
    for message in (response, indication):
        message.add_message_integrity(remote.password.encode())
    hello = await client_hello()
    with stranger(local_node) as one:
        assert await one.say(b"", b"\0", bytes(20), bytes(range(256)) * 4) == []
        assert await one.say(binding(remote, ""), binding(remote, "wrong" * 6), binding(remote, remote.password)[:-1]) == []
        assert await one.say(bytes(response), bytes(indication)) == []
        assert await one.say(binding(remote, remote.password, method=stun.Method.ALLOCATE)) == []
        assert await one.say(hello, hello, bytes((22, 254, 253)) + bytes(400)) == []
        assert await one.say(struct.pack("!BBHII", 0x80, 96, 1, 2, 3) + bytes(900)) == []
        assert await one.say(struct.pack("!BBHI", 0x80, 201, 1, 1), struct.pack("!BBHII", 0x81, 206, 2, 1, 1)) == []
    assert (await local_node.client.counters())["packets_out"] == 0


async def test_a_signed_check_gets_no_more_than_it_sent_and_nothing_else(local_node: RunningNode) -> None:
    remote = read_remote(await local_node.client.subscribe(SESSION, "p1"))
    smallest = binding(remote, remote.password)
    with stranger(local_node) as one:
        [answer] = await one.say(smallest)
        assert len(answer) <= len(smallest)
        assert await one.say(await client_hello()) == [], "no handshake before the page has said which certificate is its own"


async def test_a_check_is_ignored_when_it_is_of_another_peer(local_node: RunningNode) -> None:
    """Who knows the user fragment of another, or answers with it, gets nothing by it."""
    async with hall(local_node) as (peer, _):
        hub, victim = peer("hub"), peer("victim")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        await hub.publish()
        hub.speak(clip())
        await victim.subscribe()
        theirs = read_remote(victim.down._remote)
        eve = peer("eve")
        mine = read_remote(await local_node.client.subscribe("s2", "eve"))
        answer = eve.down.answer(await local_node.client.subscribe("s2", "eve"))
        stolen = answer.replace(eve.down.link.ufrag, victim.down.link.ufrag)
        await local_node.client.subscribed("s2", "eve", stolen)
        with stranger(local_node) as one:
            assert await one.say(binding(theirs, mine.password, victim.down.link.ufrag)) == []
            assert await one.say(binding(theirs, theirs.password, "not the victim's")) == []
        before = victim.packets("voice0")
        await until("the victim is not served any more", lambda: victim.packets("voice0") > before + 20)
        assert not eve.down.link.connected.is_set()


async def test_media_stays_in_its_session(local_node: RunningNode) -> None:
    """A program of another session that names a peer of this one moves nothing."""
    async with hall(local_node) as (peer, _):
        hub, viewer, eve = peer("hub"), peer("viewer"), peer("eve")
        named = {"speaker": "hub", "voices": ("hub",), "content": Content(kind="screen", peer="hub")}
        await local_node.client.set_program(SESSION, program(1, **named))
        await local_node.client.set_program("s2", program(1, **named))
        await hub.publish()
        hub.speak(clip())
        await viewer.subscribe()
        await subscribe_in("s2", eve, local_node)
        await until("nothing comes", lambda: viewer.packets("voice0") > 50)
        assert sum(each.packets for each in eve.down.heard.values()) == 0


async def subscribe_in(session: str, peer: Peer, node: RunningNode) -> None:
    answer = peer.down.answer(await node.client.subscribe(session, peer.name))
    await node.client.subscribed(session, peer.name, answer)
    peer.tasks.append(peer._group.create_task(peer.down.run()))
    await asyncio.wait_for(peer.down.link.connected.wait(), 20)


def tap(viewer: Peer) -> list[bytes]:
    """All RTP that a viewer gets, decrypted."""
    heard: list[bytes] = []
    take = viewer.down.link._receive

    def note(data: memoryview, control: bool) -> None:
        if not control:
            heard.append(bytes(data))
        take(data, control)

    viewer.down.link._receive = note
    return heard


async def test_nobody_is_heard_without_the_floor_or_under_anothers_name(local_node: RunningNode) -> None:
    """A client that sends all the time, on everything it has, under the numbers of who has the floor."""
    async with hall(local_node) as (peer, _):
        hub, eve, viewer = peer("hub"), peer("eve"), peer("viewer")
        await local_node.client.set_program(SESSION, program(1, speaker="hub", voices=("hub",)))
        for mine, theirs in (
            (eve.up.microphone, hub.up.microphone),
            (eve.up.camera, hub.up.camera),
            (eve.up.screen, hub.up.screen),
        ):
            mine.ssrc, mine._sequence = theirs.ssrc, theirs._sequence
        await hub.publish()
        await eve.publish()
        await viewer.subscribe()
        await eve.subscribe()
        heard = tap(viewer)
        hub.speak(clip())
        slots = [ssrc for each in (viewer, eve) for ssrc in each.down._slots]
        below = [SentTrack(eve.down.link, eve.clock, eve.up.microphone._codec, ssrc) for ssrc in [*slots, hub.up.microphone.ssrc]]

        async def shout() -> None:
            while True:
                now_us = eve.clock.now_us()
                eve.up.microphone.send_voice(MARK, now_us)
                eve.up.camera.send_picture(b"\x10" + MARK, now_us)
                eve.up.screen.send_picture(b"\x10" + MARK, now_us)
                for track in below:
                    track.send_voice(MARK, now_us)
                for track in (eve.up.microphone, eve.up.camera):
                    track.report()
                eve.up.link.send(struct.pack("!BBHI", 0x81, 203, 1, hub.up.microphone.ssrc), control=True)  # BYE
                await asyncio.sleep(0.01)

        eve.tasks.append(asyncio.ensure_future(shout()))
        await until("the hub is not heard", lambda: viewer.packets("voice0") > 100 and viewer.packets("speaker") > 20)
        counters = await local_node.client.counters()
        assert heard and not any(MARK in data for data in heard)
        assert counters["dropped.down_rtp"] > 0, "what comes up a down connection goes nowhere"
        assert counters.get("dropped.fault", 0) == 0

        await local_node.client.set_program(SESSION, program(2, speaker="eve", voices=("eve",)))
        await until("who has the floor is not heard", lambda: any(MARK in data for data in heard))
        await local_node.client.set_program(SESSION, program(3, speaker="hub", voices=("hub",)))
        heard.clear()
        await until("the hub is not heard again", lambda: len(heard) > 100)
        assert not any(MARK in data for data in heard[20:])
