"""The link that loses, delays and slows packets."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from benchmarks.networks.link import Direction, Way, changed

UDP = b"\x45" + bytes(8) + b"\x11" + bytes(190)
TCP = b"\x45" + bytes(8) + b"\x06" + bytes(190)


async def carried(way: Way, packets: list[bytes]) -> tuple[int, int, float]:
    """Packets that came through at once or later, those lost, and the seconds of the loop's clock until the last."""
    (source, into), (out, target) = os.pipe2(os.O_DIRECT | os.O_NONBLOCK), os.pipe2(os.O_DIRECT | os.O_NONBLOCK)
    direction = Direction(source, target, seed=7)
    direction.way = way
    begun = asyncio.get_running_loop().time()
    last = begun
    for packet in packets:
        os.write(into, packet)
        direction.readable()
    async with asyncio.timeout(10):
        while direction.passed + direction.lost < len(packets):
            await asyncio.sleep(0.005)
            last = asyncio.get_running_loop().time()
    for descriptor in (source, into, out, target):
        os.close(descriptor)
    return direction.passed, direction.lost, last - begun


def test_perfect_link_carries_all_at_once() -> None:
    assert asyncio.run(carried(Way(), [UDP] * 12)) == (12, 0, 0.0)


def test_lossy_link_loses_about_as_much_as_it_should() -> None:
    passed, lost, _ = asyncio.run(carried(Way(loss=0.5), [UDP] * 14))
    assert passed + lost == 14
    assert 2 < lost < 12


def test_blocked_protocol_does_not_pass_and_the_other_does() -> None:
    assert asyncio.run(carried(Way(block_udp=True), [UDP, TCP, UDP]))[:2] == (1, 2)
    assert asyncio.run(carried(Way(cut=True), [UDP, TCP]))[:2] == (0, 2)


def test_slow_link_takes_its_time_and_drops_what_waits_too_long() -> None:
    bits = 8 * len(UDP)
    passed, lost, spent_s = asyncio.run(carried(Way(rate_bps=bits * 50, queue_ms=100), [UDP] * 20))
    assert passed == 6
    assert lost == 14
    assert spent_s >= 0.1


def test_unknown_property_is_refused() -> None:
    assert changed(Way(), {"loss": 0.2}).loss == 0.2
    with pytest.raises(TypeError):
        changed(Way(), {"lost": 0.2})


async def test_packets_keep_their_order_whatever_the_jitter() -> None:
    far, source = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    target, near = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in (source, near):
        each.setblocking(False)
    direction = Direction(source.fileno(), target.fileno(), seed=5)
    direction.way = Way(delay_ms=5, jitter_ms=10)
    came: list[int] = []
    for number in range(200):
        far.send(bytes([number]))
        direction.readable()
    async with asyncio.timeout(5):
        while len(came) < 200:
            came += [(await asyncio.get_running_loop().sock_recv(near, 10))[0]]
    assert came == list(range(200))
    for each in (far, source, target, near):
        each.close()
