"""The node's port: whom it hears."""

from __future__ import annotations

import socket
import subprocess

import pytest

from benchmarks.host import NotHere, namespace
from deploy.command.network import own_address
from media.sfu.udp import hear_own_machine_only


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
