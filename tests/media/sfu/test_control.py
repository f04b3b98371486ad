"""The control protocol and its client, against a real node process; and what strangers send to its UDP port."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import stat
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aioice import stun

from core.errors import DiemcauError
from media import wire
from media.client import NodeClient
from media.errors import from_code
from media.feed import Feed
from media.plane import NodeStarted, PlaneEvent, Program
from media.sfu.control import ControlServer
from tests.media.sfu.conftest import RunningNode, serve, start_node, stop_node
from tests.media.sfu.packets import dice
from tests.media.sfu.test_sdp import OFFER, answer_to


def program(seq: int) -> Program:
    return Program(seq=seq, at_ms=seq, state="live", title="")


async def first_event(events: AsyncIterator[PlaneEvent]) -> PlaneEvent:
    return await asyncio.wait_for(anext(events), 20)


async def converse(local_node: RunningNode, *lines: bytes) -> list[dict[str, Any]]:
    """Say these lines to the control socket; what it answers until it closes or falls silent."""
    reader, writer = await asyncio.open_unix_connection(str(local_node.data / "run" / "node.sock"))
    for line in lines:
        writer.write(line)
    said: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError, ConnectionError):
        while line := await asyncio.wait_for(reader.readline(), 0.5):
            said.append(json.loads(line))
    writer.close()
    return said


async def test_call_is_answered_when_the_client_is_used_first(local_node: RunningNode) -> None:
    await local_node.client.set_program("s1", program(1))
    assert (await local_node.client.counters())["sessions"] == 1
    offer = await local_node.client.subscribe("s1", "p1")
    assert "a=mid:speaker" in offer
    await local_node.client.subscribed("s1", "p1", answer_to(offer))
    assert "a=recvonly" in await local_node.client.publish("s1", "p1", OFFER)
    assert (await local_node.client.counters())["connections"] == 2
    await local_node.client.drop("s1", "p1")
    await local_node.client.drop("nobody", "nobody")
    for _ in range(100):
        if not (await local_node.client.counters())["connections"]:
            break
        await asyncio.sleep(0.05)
    assert (await local_node.client.counters())["connections"] == 0


async def test_socket_is_for_its_owner_only(local_node: RunningNode) -> None:
    path = local_node.data / "run" / "node.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_error_has_a_code_when_the_description_is_bad(local_node: RunningNode) -> None:
    with pytest.raises(DiemcauError) as bad:
        await local_node.client.publish("s1", "p1", "v=0 but no more")
    assert (bad.value.code, bad.value.http_status) == ("media.bad_sdp", 422)
    with pytest.raises(DiemcauError) as unknown:
        await local_node.client.subscribed("s1", "p9", answer_to("v=0"))
    assert unknown.value.code == "media.unknown_peer"
    assert (await local_node.client.counters())["sessions"] == 0, "a bad offer opens nothing"


async def test_call_fails_in_time_when_there_is_no_node(tmp_path: Path) -> None:
    async with NodeClient(f"unix:{tmp_path}/run/node.sock") as client:
        with pytest.raises(DiemcauError) as error:
            await client.set_program("s1", program(1))
    assert error.value.code == "media.unavailable"
    assert from_code("no.such.code").code == "media.unavailable"


async def test_reader_hears_of_a_new_node_and_calls_work_again(tmp_path: Path) -> None:
    process, _ = await start_node(tmp_path)
    async with NodeClient(f"unix:{tmp_path}/run/node.sock") as client:
        events = client.events()
        assert isinstance(await first_event(events), NodeStarted)
        await client.set_program("s1", program(1))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        process, _ = await start_node(tmp_path)
        assert isinstance(await first_event(events), NodeStarted)
        assert (await client.counters())["sessions"] == 0
        await events.aclose()  # type: ignore[attr-defined]
    assert await stop_node(process) == 0
    assert not (tmp_path / "run" / "node.sock").exists()


async def test_second_node_does_not_take_a_living_ones_socket(local_node: RunningNode) -> None:
    process = await asyncio.create_subprocess_exec(
        "python", "-m", "media.sfu", "--data", str(local_node.data), stderr=asyncio.subprocess.DEVNULL
    )
    assert await asyncio.wait_for(process.wait(), 20) == 1
    await local_node.client.set_program("s1", program(1))


async def test_socket_works_when_the_data_folder_lies_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    process, _ = await start_node(deep)
    async with NodeClient(f"unix:{deep}/run/node.sock") as client:
        assert (await client.counters())["connections"] == 0
    assert await stop_node(process) == 0


@pytest.mark.parametrize(
    "lines",
    [
        [b"not json\n"],
        [b'{"type": "call", "id": 1, "command": {"type": "describe"}}\n'],
        [b'{"type": "hello", "version": 99}\n'],
        [b'{"type": "hello", "more": 1}\n'],
        [b"\xff\xfe\n"],
        [b"x" * (wire.MAX_LINE_BYTES + 10) + b"\n"],
    ],
)
async def test_client_is_shut_out_when_it_does_not_greet(local_node: RunningNode, lines: list[bytes]) -> None:
    assert await converse(local_node, *lines) == []
    await local_node.client.set_program("s1", program(1))


async def test_client_is_shut_out_when_it_says_nonsense_later(local_node: RunningNode) -> None:
    for command in ('{"type":"drop"}', '{"type":"subscribe","session":"../etc","peer":"p"}'):
        call = f'{{"type":"call","id":1,"command":{command}}}\n'.encode()
        said = await converse(local_node, b'{"type":"hello"}\n', call)
        assert not any(each["type"] in ("done", "failed") for each in said)
    assert (await local_node.client.counters())["sessions"] == 0
    await local_node.client.set_program("s1", program(1))


async def test_node_outlives_whatever_strangers_send(local_node: RunningNode) -> None:
    rng = dice(11)
    offer = await local_node.client.subscribe("s1", "p1")
    ufrag = next(line for line in offer.splitlines() if line.startswith("a=ice-ufrag:")).partition(":")[2]
    check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": f"{ufrag}:x"})
    check.add_message_integrity(b"not the password")
    seeds = [
        bytes(check),
        struct.pack("!BBHII", 0x80, 96, 1, 2, 3) + b"payload",
        struct.pack("!BBHI", 0x80, 200, 6, 1) + bytes(24),
        bytes((22, 254, 253)) + bytes(10) + b"hello",
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number in range(3000):
            data = bytearray(rng.choice(seeds))
            for _ in range(rng.randrange(5)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            stranger.sendto(bytes(data[: rng.randrange(len(data) + 1)]), ("127.0.0.1", local_node.port))
            if number % 100 == 0:
                await asyncio.sleep(0)
        stranger.sendto(bytes(check), ("127.0.0.1", local_node.port))
        for _ in range(100):
            counters = await local_node.client.counters()
            if counters["datagrams_in"] >= 3000:
                break
            await asyncio.sleep(0.05)
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)
    assert counters.get("dropped.fault", 0) == 0
    assert counters["dropped.stun"] > 0 and counters["dropped.malformed"] > 0 and counters["dropped.unknown_address"] > 0


async def test_events_missed_are_told_when_a_client_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "node.sock"
    async with serve(tmp_path, wire.UnixAddress(str(path))) as (_, control):
        served = RunningNode(tmp_path, 0, NodeClient(f"unix:{path}"))
        [welcome] = await converse(served, b'{"type":"hello"}\n')
        for at_ms in (1, 2, 3):
            control.push(NodeStarted(at_ms=at_ms))
        again = {"type": "hello", "boot": welcome["boot"], "after": 1}
        said = await converse(served, json.dumps(again).encode() + b"\n")
        assert [each.get("n") for each in said] == [None, 2, 3]
        other = await converse(served, b'{"type":"hello","boot":"another","after":1}\n')
        assert len(other) == 1


async def test_tcp_needs_the_token(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="token"):
        ControlServer(wire.TcpAddress("127.0.0.1", 1), None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with serve(tmp_path, wire.TcpAddress("127.0.0.1", port), "right"):
        async with NodeClient(f"tcp:127.0.0.1:{port}", token="right") as client:  # noqa: S106
            assert (await client.counters())["sessions"] == 0
        async with NodeClient(f"tcp:127.0.0.1:{port}", token="wrong") as client:  # noqa: S106
            with pytest.raises(DiemcauError):
                await client.counters()


@pytest.mark.parametrize("text", ["", "unix:", "tcp:host", "tcp:host:0", "tcp::1", "udp:host:1", "/run/node.sock"])
def test_address_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a control address"):
        wire.parse_address(text)


async def test_feed_gives_all_that_waits_at_once_in_order() -> None:
    feed: Feed[int] = Feed()
    taking = asyncio.create_task(feed.get_all())
    await asyncio.sleep(0)
    assert not taking.done()
    for number in range(3):
        feed.put(number)
    assert await taking == [0, 1, 2]
    assert not len(feed)


async def test_full_feed_loses_what_can_be_said_again_first() -> None:
    feed: Feed[int] = Feed(bound=3)
    feed.put(1)
    feed.put(2, expendable=True)
    for number in (3, 4, 5):
        feed.put(number)
    assert [await feed.get() for _ in range(len(feed))] == [3, 4, 5]
    assert feed.lost == 2
