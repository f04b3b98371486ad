"""The node's one UDP port: takes in many datagrams with one system call, and sends many with one."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

from media.sfu import kernel

Address = bytes
"""A peer's address as the kernel writes it (struct sockaddr_in, 16 bytes): a dictionary key that costs nothing."""
ADDRESS_BYTES = 16
DATAGRAM_BYTES = 2048
BATCH = 64
MAX_BATCHES = 8
"""Batches taken in before other work has its turn."""
SOCKET_BUFFER_BYTES = 8 << 20
_SO_ATTACH_FILTER = 26
_INTERFACE = 0xFFFFF000 + 8
"""Where a socket filter finds the number of the interface that a packet came in by (SKF_AD_IFINDEX of linux/filter.h)."""
_SOCKADDR = struct.Struct("=H2s4s8x")
_SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("@Niiqq")
"""The one control message that is asked for (struct cmsghdr, then struct timespec): when the kernel took the datagram in."""


def address_text(address: Address) -> tuple[str, int]:
    """(IPv4 address, port) of an :data:`Address`."""
    _, port, host = _SOCKADDR.unpack(address)
    return socket.inet_ntoa(host), int.from_bytes(port, "big")


def address_of(host: str, port: int) -> Address:
    """Inverse of :func:`address_text`."""
    return _SOCKADDR.pack(socket.AF_INET, port.to_bytes(2, "big"), socket.inet_aton(host))


def hear_own_machine_only(listener: socket.socket) -> None:
    """Let the kernel drop all that comes from another machine: whatever the own one sends, to any of its addresses, comes in by
    the loopback. Linux only."""
    loopback = socket.if_nametoindex("lo")
    # Load the interface's number; where it is the loopback's take the whole packet, else nothing (classic BPF, filter.h).
    steps = ((0x20, 0, 0, _INTERFACE), (0x15, 0, 1, loopback), (0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 0))
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(steps), ctypes.addressof(program)))


class UdpPort:
    """A non-blocking IPv4 socket on the running loop. ``local``: it hears this machine only, whatever address it listens on.

    ``receive(pointer, view, length, source)`` is called for each datagram, with a buffer that is good until it returns;
    ``received()`` after each batch. An error in a call is counted and the datagram dropped. During a call :meth:`arrived_ns` says
    when that datagram came: a busy loop reads it later, and what is measured by arrivals would be measured by the loop.
    """

    def __init__(self, host: str, port: int, *, local: bool = False) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        if local:
            hear_own_machine_only(self._socket)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
        self._socket.bind((host, port))
        self.port: int = self._socket.getsockname()[1]
        self.fileno = self._socket.fileno()
        self.received_datagrams = 0
        self.send_errors = 0
        self._lib = kernel.load()
        ffi = kernel.ffi
        self._buffers = ffi.new("char[]", BATCH * DATAGRAM_BYTES)
        whole = memoryview(ffi.buffer(self._buffers))
        self._pointers = [self._buffers + slot * DATAGRAM_BYTES for slot in range(BATCH)]
        self._views = [whole[slot * DATAGRAM_BYTES : (slot + 1) * DATAGRAM_BYTES] for slot in range(BATCH)]
        self._names = ffi.new("char[]", BATCH * ADDRESS_BYTES)
        self._name_views = memoryview(ffi.buffer(self._names))
        self._iovecs = ffi.new("struct iovec[]", BATCH)
        self._messages = ffi.new("struct mmsghdr[]", BATCH)
        self._controls = ffi.new("char[]", BATCH * _STAMP.size)
        self._control_view = memoryview(ffi.buffer(self._controls))
        self._slot = -1
        if self._lib is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._slots = [self._messages[slot] for slot in range(BATCH)]
        for slot in range(BATCH):
            self._iovecs[slot].iov_base = self._pointers[slot]
            self._iovecs[slot].iov_len = DATAGRAM_BYTES
            header = self._messages[slot].msg_hdr
            header.msg_name = self._names + slot * ADDRESS_BYTES
            header.msg_namelen = ADDRESS_BYTES
            header.msg_iov = self._iovecs + slot
            header.msg_iovlen = 1
            header.msg_control = self._controls + slot * _STAMP.size
            header.msg_controllen = _STAMP.size

    def start(self, receive: Callable[[Any, memoryview, int, Address], None], received: Callable[[], None]) -> None:
        """Begin to take in datagrams on the running loop."""
        self._receive, self._received = receive, received
        asyncio.get_running_loop().add_reader(self.fileno, self._readable)

    def close(self) -> None:
        """Stop and close the socket."""
        asyncio.get_running_loop().remove_reader(self.fileno)
        self._socket.close()

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram now; whatever the kernel refuses is counted and gone, as on any network."""
        try:
            self._socket.sendto(data, address_text(address))
        except OSError:
            self.send_errors += 1

    def arrived_ns(self) -> int | None:
        """When the datagram that is being handed over came to this machine, on the system's clock; None where nobody knows."""
        if self._slot < 0:
            return None
        header = self._slots[self._slot].msg_hdr
        if header.msg_controllen != _STAMP.size:
            header.msg_controllen = _STAMP.size  # the kernel wrote what it told, and would tell no more next time
            return None
        _, level, kind, seconds, nanoseconds = _STAMP.unpack_from(self._control_view, self._slot * _STAMP.size)
        return seconds * 1_000_000_000 + nanoseconds if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) else None

    def _readable(self) -> None:
        for _ in range(MAX_BATCHES):
            count = self._read_many(self._lib) if self._lib is not None else self._read_one()
            if count:
                self._received()
            if count < BATCH:
                return

    def _read_many(self, lib: Any) -> int:
        count: int = lib.recvmmsg(self.fileno, self._messages, BATCH, 0, kernel.ffi.NULL)
        if count <= 0:
            if count < 0 and kernel.ffi.errno not in (errno.EAGAIN, errno.EINTR, errno.ECONNREFUSED):
                raise OSError(kernel.ffi.errno, "recvmmsg")
            return 0
        self.received_datagrams += count
        receive, names = self._receive, bytes(self._name_views[: count * ADDRESS_BYTES])
        for slot in range(count):
            source = names[slot * ADDRESS_BYTES : (slot + 1) * ADDRESS_BYTES]
            self._slot = slot
            receive(self._pointers[slot], self._views[slot], self._slots[slot].msg_len, source)
        self._slot = -1
        return count

    def _read_one(self) -> int:
        try:
            length, name = self._socket.recvfrom_into(self._views[0])
        except (BlockingIOError, InterruptedError, ConnectionRefusedError):
            return 0
        self.received_datagrams += 1
        self._receive(self._pointers[0], self._views[0], length, address_of(*name))
        return BATCH
