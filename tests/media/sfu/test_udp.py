"""The node's port: whom it hears."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time

import pytest

from benchmarks.parts.host import NotHere, namespace
from deploy.command.network import own_address
from media.sfu import kernel
from media.sfu.udp import Address, UdpPort, hear_own_machine_only


def listener(*, local: bool) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if local:
        hear_own_machine_only(made)
    made.bind(("0.0.0.0", 0))  # noqa: S104
    made.settimeout(1)
    return made


def test_local_port_hears_this_machine_at_each_of_its_addresses() -> None:
    with listener(local=True) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for address in {"127.0.0.1", own_address()}:
            sender.sendto(b"hello", (address, port.getsockname()[1]))
            assert port.recv(100) == b"hello"


@pytest.mark.parametrize("local", [True, False])
def test_local_port_does_not_hear_another_machine(local: bool) -> None:
    try:
        with namespace("u", 99) as other, listener(local=local) as port:
            target = f"/dev/udp/{other.outside}/{port.getsockname()[1]}"
            say = ["ip", "netns", "exec", other.name, "bash", "-c", f"echo hello > {target}"]
            subprocess.run(say, check=True, timeout=10)
            if local:
                with pytest.raises(TimeoutError):
                    port.recv(100)
            else:
                assert port.recv(100) == b"hello\n"
    except NotHere as reason:
        pytest.skip(str(reason))


async def test_each_datagram_says_when_it_came_though_the_loop_was_busy() -> None:
    port = UdpPort("127.0.0.1", 0)
    came: list[tuple[bytes, int | None]] = []
    done = asyncio.Event()

    def receive(pointer: object, view: memoryview, length: int, source: Address) -> None:
        came.append((bytes(view[:length]), port.arrived_ns()))
        if len(came) == 3:
            done.set()

    try:
        port.start(receive, lambda: None)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sent = []
            for number in range(3):
                time.sleep(0.02)  # noqa: ASYNC251  (the loop is busy)
                sent.append(time.time_ns())
                sender.sendto(bytes([number]), ("127.0.0.1", port.port))
            async with asyncio.timeout(5):
                await done.wait()
    finally:
        port.close()
    assert [data for data, _ in came] == [b"\0", b"\1", b"\2"]
    assert port.arrived_ns() is None
    if kernel.load() is not None:
        late = [stamp - at for (_, stamp), at in zip(came, sent, strict=True) if stamp is not None]
        assert len(late) == 3
        assert max(late) < 15_000_000, "they were read together, 20 ms and more after the first"
