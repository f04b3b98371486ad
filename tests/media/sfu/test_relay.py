"""Two nodes: a session's home, and an edge that takes the program from it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media import wire
from media.client import NodeClient
from media.sfu.node import Node
from media.sfu.relay import format as relayed
from media.sfu.relay.identity import Identity, client_context, fingerprint_of
from tests.media.sfu.conftest import RunningNode, serve
from tests.media.sfu.test_peers import SESSION, clip, hall, program, until


@asynccontextmanager
async def relaying(tmp_path: Path) -> AsyncIterator[tuple[RunningNode, Node]]:
    """A node that other nodes may take sessions from."""
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (node, _):
        await node.relay.start("127.0.0.1", 0)
        client = NodeClient(f"unix:{path}")
        try:
            yield RunningNode(tmp_path, node.port, client), node
        finally:
            await client.aclose()


@asynccontextmanager
async def pair(tmp_path: Path) -> AsyncIterator[tuple[RunningNode, RunningNode, Node, Node]]:
    async with relaying(tmp_path / "home") as (home, home_node), relaying(tmp_path / "edge") as (edge, edge_node):
        yield home, edge, home_node, edge_node


async def test_viewers_of_an_edge_hear_and_see_the_program_and_nothing_else(tmp_path: Path) -> None:
    async with pair(tmp_path) as (home, edge, home_node, edge_node), hall(home) as (peer, _), hall(edge) as (far_peer, _):
        hub, district, viewer = peer("hub"), peer("district"), far_peer("viewer")
        where = await home.client.open_relay(SESSION)
        for seq, who in ((1, "hub"), (2, "district")):
            said = program(seq, speaker=who, voices=(who,))
            await home.client.set_program(SESSION, said)
            await edge.client.set_program(SESSION, said, where)
            if seq == 1:
                for each in (hub, district):
                    await each.publish()
                    each.speak(clip())
                await viewer.subscribe()
            before = viewer.packets("voice0"), viewer.packets("speaker")
            await until(f"{who} does not come", lambda: viewer.packets("voice0") > before[0] + 20)  # noqa: B023
            await until(f"{who} is not seen", lambda: viewer.packets("speaker") > before[1] + 10)  # noqa: B023
            assert set(edge_node.sessions[SESSION].relayed) == {(who, "mic"), (who, "camera")}
        assert edge_node.counters["relayed_in"] > 0 and home_node.counters["relayed_out"] >= edge_node.counters["relayed_in"]
        layer = edge_node.sessions[SESSION].relayed["district", "camera"].layers
        assert [each.rid for each in layer.values()] == [
            each.rid for each in home_node.sessions[SESSION].ups["district"].tracks["camera"].layers.values()
        ]

        await home.client.set_program(SESSION, program(3))
        await until("the edge still gets what nobody may hear", lambda: not edge_node.sessions[SESSION].relayed)


async def test_home_asks_for_the_key_frame_that_a_viewer_of_the_edge_wants(tmp_path: Path) -> None:
    async with pair(tmp_path) as (home, edge, home_node, edge_node), hall(home) as (peer, _), hall(edge) as (far_peer, _):
        hub, viewer = peer("hub"), far_peer("viewer")
        said = program(1, speaker="hub", voices=("hub",))
        await home.client.set_program(SESSION, said)
        await hub.publish()
        hub.speak(clip())
        await edge.client.set_program(SESSION, said, await home.client.open_relay(SESSION))
        await viewer.subscribe()
        await until("nothing is seen", lambda: viewer.packets("speaker") > 5)
        asked = home_node.counters["keyframe_requests"]
        (layer,) = edge_node.sessions[SESSION].relayed["hub", "camera"].layers.values()
        await asyncio.sleep(0.6)  # the home asks at most twice a second
        layer.want_keyframe()
        await until("the hub is not asked", lambda: home_node.counters["keyframe_requests"] > asked)


async def test_edge_comes_back_to_a_home_that_was_away(tmp_path: Path) -> None:
    async with pair(tmp_path) as (home, edge, home_node, _), hall(home) as (peer, _), hall(edge) as (far_peer, _):
        hub, viewer = peer("hub"), far_peer("viewer")
        said = program(1, speaker="hub", voices=("hub",))
        await home.client.set_program(SESSION, said)
        await hub.publish()
        hub.speak(clip())
        await edge.client.set_program(SESSION, said, await home.client.open_relay(SESSION))
        await viewer.subscribe()
        await until("nothing is heard", lambda: viewer.packets("voice0") > 5)
        (link,) = home_node.relay.edges
        link.abort("test")
        before = viewer.packets("voice0"), viewer.packets("speaker")
        await until("no voice after the cut", lambda: viewer.packets("voice0") > before[0] + 20)
        await until("no picture after the cut", lambda: viewer.packets("speaker") > before[1] + 10)


async def test_edge_takes_nothing_without_viewers_and_lets_go_when_the_session_moves(tmp_path: Path) -> None:
    async with pair(tmp_path) as (home, edge, home_node, edge_node), hall(home) as (peer, _), hall(edge) as (far_peer, _):
        hub, viewer, next_viewer = peer("hub"), far_peer("viewer"), far_peer("next")
        said = program(1, speaker="hub", voices=("hub",))
        await home.client.set_program(SESSION, said)
        await hub.publish()
        hub.speak(clip())
        await edge.client.set_program(SESSION, said, await home.client.open_relay(SESSION))
        await asyncio.sleep(0.5)
        assert not home_node.relay.edges
        await viewer.subscribe()
        await until("the edge does not come", lambda: len(home_node.relay.edges) == 1)
        await edge.client.drop(SESSION, "viewer")
        await until("the edge stays without viewers", lambda: not home_node.relay.edges)

        await edge.client.set_program(SESSION, said)  # the session lives here now
        await next_viewer.subscribe()
        assert edge_node.sessions[SESSION].origin is None and not home_node.relay.edges
        await edge.client.forget(SESSION)
        await until("the edge keeps what lives elsewhere", lambda: SESSION not in edge_node.sessions)


@pytest.mark.parametrize("hello", ["other ticket", "other session", "no hello", "garbage", "endless"])
async def test_who_has_no_ticket_gets_nothing(tmp_path: Path, hello: str) -> None:
    async with relaying(tmp_path) as (_, node):
        where = node.relay.address(SESSION)
        assert where is not None
        first = {
            "other ticket": relayed.model(relayed.HELLO, relayed.Hello(session=SESSION, ticket="0" * 64)),
            "other session": relayed.model(relayed.HELLO, relayed.Hello(session="s2", ticket=where.ticket)),
            "no hello": relayed.keyframe(1),
            "garbage": b"\0\0\0\5\1{nay",
            "endless": b"\x7f\xff\xff\xff\1",
        }[hello]
        reader, writer = await asyncio.open_connection(where.host, where.port, ssl=client_context(), server_hostname="")
        secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
        assert fingerprint_of(secured.getpeercert(binary_form=True) or b"") == where.fingerprint
        writer.write(first)
        try:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        except ConnectionResetError:
            pass
        finally:
            writer.close()
        await until("it stays", lambda: not node.relay.edges)
        assert node.counters["dropped.relay"] == 1


async def test_edge_sends_its_ticket_only_to_the_home(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def impostor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    async with relaying(tmp_path) as (edge, node), hall(edge) as (peer, _):
        where = node.relay.address(SESSION)
        assert where is not None
        other = Identity()
        server = await asyncio.start_server(impostor, "127.0.0.1", 0, ssl=other.server_context())
        there = where.model_copy(update={"port": server.sockets[0].getsockname()[1]})
        await edge.client.set_program(SESSION, program(1, speaker="hub"), there)
        await peer("viewer").subscribe()
        await until("the edge does not notice", lambda: node.counters["dropped.relay"] > 0)
        assert not any(heard)
        known = there.model_copy(update={"fingerprint": other.fingerprint})
        await edge.client.set_program(SESSION, program(1, speaker="hub"), known)
        await until("nobody came", lambda: any(where.ticket.encode() in said for said in heard))
        server.close()


def test_messages_come_out_as_they_went_in_however_they_are_cut() -> None:
    stream = relayed.keyframe(7) + relayed.model(relayed.ENDED, relayed.TrackEnded(peer="p", kind="mic")) + relayed.keyframe(9)
    whole = [(kind, bytes(body)) for kind, body in relayed.Splitter(100).feed(stream)]
    assert [kind for kind, _ in whole] == [relayed.KEYFRAME, relayed.ENDED, relayed.KEYFRAME]
    for size in (1, 2, 3, 7):
        splitter = relayed.Splitter(100)
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [(kind, bytes(body)) for piece in pieces for kind, body in splitter.feed(piece)] == whole
    assert relayed.read_keyframe(memoryview(whole[2][1])) == 9
    with pytest.raises(ValueError, match="impossible"):
        list(relayed.Splitter(100).feed(b"\0\0\0\0\1"))
    with pytest.raises(ValueError, match="length"):
        relayed.read_report(memoryview(b"short"))
