"""Ports and addresses of this machine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Collection

from deploy.command.say import Trouble


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def claim_tcp(host: str, port: int) -> int:
    """A TCP port that can be listened on: ``port``, or a free one for 0. Raises Trouble where it cannot."""
    try:
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        raise Trouble(
            f"cổng {port} của {host} không dùng được · cannot listen on {host} port {port}"
            f" ({_reason(error)}); choose another with --port"
        ) from error


def free_tcp(host: str, wanted: int, taken: Collection[int] = ()) -> int:
    """A TCP port: the wanted one where it is free, else any that is not among the ``taken``."""
    for port in (wanted, 0, 0, 0):
        with contextlib.suppress(OSError), socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            found = int(probe.getsockname()[1])
            if found not in taken:
                return found
    raise Trouble(f"không còn cổng TCP trống trên {host} · no TCP port is free on {host}")


def claim_udp(address: str, wanted: int | None, default: int) -> int:
    """A UDP port for media: the one asked for (0: any), else the default where it is free, else any. Raises Trouble."""
    for port in [wanted] if wanted is not None else [default, 0]:
        with contextlib.suppress(OSError), socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
            probe.bind((address, port))
            return int(probe.getsockname()[1])
    raise Trouble(
        f"cổng UDP {wanted} không dùng được · cannot use UDP port {wanted} on {address}; choose another with --media-port"
    )


def is_own(address: str) -> bool:
    """Whether something on this machine can listen on ``address``."""
    try:
        with socket.socket(_family(address), socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def own_address() -> str:
    """The address by which other machines of the network most likely reach this one; 127.0.0.1 where there is no network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only a route is looked up, nothing is sent
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else type(error).__name__
