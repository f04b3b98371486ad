"""Sending to many: packets are written and protected in place in one arena, and leave with few system calls."""

from __future__ import annotations

import errno
import socket
from typing import Any, Protocol

from media.sfu import kernel
from media.sfu.udp import ADDRESS_BYTES, Address, UdpPort

SLOT_BYTES = 1536
SLOTS = 512
SENDMMSG_MOST = 1024  # UIO_MAXIOV


class Fanout(Protocol):
    """``begin`` gives the next place: write at most :data:`SLOT_BYTES` at ``view[at:]`` (``pointer`` points there too), then
    ``commit`` or leave it. ``flush`` sends all that was committed; it is called after each batch of incoming packets."""

    view: memoryview
    sent: int
    dropped: int

    def begin(self) -> tuple[int, Any]: ...
    def commit(self, length: int, address: Address) -> None: ...
    def flush(self) -> None: ...


class _Arena:
    def __init__(self) -> None:
        self._memory = kernel.ffi.new("char[]", SLOTS * SLOT_BYTES)
        self.view = memoryview(kernel.ffi.buffer(self._memory))
        self._places = [(slot * SLOT_BYTES, self._memory + slot * SLOT_BYTES) for slot in range(SLOTS)]
        self._used = 0
        self.sent = 0
        self.dropped = 0


class SendtoFanout(_Arena):
    """One system call a packet: for systems without sendmmsg."""

    def __init__(self, udp: UdpPort) -> None:
        super().__init__()
        self._udp = udp

    def begin(self) -> tuple[int, Any]:
        """The next place."""
        return self._places[0]

    def commit(self, length: int, address: Address) -> None:
        """Send what was written."""
        errors = self._udp.send_errors
        self._udp.send(bytes(self.view[:length]), address)
        if self._udp.send_errors == errors:
            self.sent += 1
        else:
            self.dropped += 1

    def flush(self) -> None:
        """Nothing is kept back."""


class MmsgFanout(_Arena):
    """Up to :data:`SLOTS` packets by one sendmmsg(2)."""

    def __init__(self, udp: UdpPort, lib: Any) -> None:
        super().__init__()
        self._fileno = udp.fileno
        self._lib = lib
        ffi = kernel.ffi
        self._names = ffi.new("char[]", SLOTS * ADDRESS_BYTES)
        self._name_view = memoryview(ffi.buffer(self._names))
        self._iovecs = ffi.new("struct iovec[]", SLOTS)
        self._messages = ffi.new("struct mmsghdr[]", SLOTS)
        for slot, (_, pointer) in enumerate(self._places):
            self._iovecs[slot].iov_base = pointer
            header = self._messages[slot].msg_hdr
            header.msg_name = self._names + slot * ADDRESS_BYTES
            header.msg_namelen = ADDRESS_BYTES
            header.msg_iov = self._iovecs + slot
            header.msg_iovlen = 1

    def begin(self) -> tuple[int, Any]:
        """The next place; sends the others first where all are taken."""
        if self._used == SLOTS:
            self.flush()
        return self._places[self._used]

    def commit(self, length: int, address: Address) -> None:
        """Keep what was written for the next :meth:`flush`."""
        slot = self._used
        self._iovecs[slot].iov_len = length
        self._name_view[slot * ADDRESS_BYTES : (slot + 1) * ADDRESS_BYTES] = address
        self._used = slot + 1

    def flush(self) -> None:
        """Send all. What a full socket buffer does not take is dropped and counted: a viewer asks for it again."""
        first, used = 0, self._used
        self._used = 0
        while first < used:
            count = self._lib.sendmmsg(self._fileno, self._messages + first, used - first, socket.MSG_DONTWAIT)
            if count > 0:
                first += count
                self.sent += count
            elif kernel.ffi.errno == errno.EINTR:
                continue
            elif kernel.ffi.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
                self.dropped += used - first
                return
            else:  # the first one is impossible (its address, a pending ICMP error): the others are not
                self.dropped += 1
                first += 1


def make(udp: UdpPort) -> Fanout:
    """The fastest that this system has."""
    lib = kernel.load()
    return MmsgFanout(udp, lib) if lib is not None else SendtoFanout(udp)
