"""How single datagrams leave: written in place in one arena, sent by as few system calls as this system allows."""

from __future__ import annotations

import errno
import socket
import struct
from typing import Any, Protocol

from media.sfu import kernel
from media.sfu.dtls import Srtp
from media.sfu.udp import ADDRESS_BYTES, Address, UdpPort

SLOT_BYTES = 1536
SLOTS = 512
MAX_SEGMENTS = 64
"""Into how many datagrams the kernel cuts one message at most (UDP_MAX_SEGMENTS before Linux 6.2)."""
MAX_MESSAGE_BYTES = 65_000
_SOL_UDP, _UDP_SEGMENT = 17, 103
_SEGMENT = struct.Struct("@NiiH6x")
"""struct cmsghdr with a 16-bit value, as the kernel aligns it on 64 bits."""


class Outlet(Protocol):
    """The way to one peer: its keys, its address (which may change), and how many bytes went there."""

    srtp: Srtp
    address: Address
    bytes: int


class Outgoing(Protocol):
    """``begin`` gives the next place: write at most :data:`SLOT_BYTES` at ``view[at:]`` (``pointer`` points there too), then
    ``commit`` or leave it. ``flush`` sends what was committed. ``segmentation``: neighbours of the same size to the same
    outlet leave together."""

    view: memoryview
    segmentation: bool
    sent: int
    dropped: int

    def begin(self) -> tuple[int, Any]: ...
    def commit(self, length: int, outlet: Outlet) -> None: ...
    def flush(self) -> None: ...


class _Arena:
    def __init__(self) -> None:
        self._memory = kernel.ffi.new("char[]", SLOTS * SLOT_BYTES)
        self.view = memoryview(kernel.ffi.buffer(self._memory))
        self._places = [(slot * SLOT_BYTES, self._memory + slot * SLOT_BYTES) for slot in range(SLOTS)]
        self.segmentation = False
        self.sent = 0
        self.dropped = 0


class Sendto(_Arena):
    """One system call a packet: for systems without sendmmsg."""

    def __init__(self, udp: UdpPort) -> None:
        super().__init__()
        self._udp = udp

    def begin(self) -> tuple[int, Any]:
        """The next place."""
        return self._places[0]

    def commit(self, length: int, outlet: Outlet) -> None:
        """Send what was written."""
        errors = self._udp.send_errors
        self._udp.send(bytes(self.view[:length]), outlet.address)
        if self._udp.send_errors == errors:
            self.sent += 1
        else:
            self.dropped += 1
        outlet.bytes += length

    def flush(self) -> None:
        """Nothing is kept back."""


class Sendmmsg(_Arena):
    """Up to :data:`SLOTS` packets by one sendmmsg(2), and where the kernel can cut them (UDP_SEGMENT, udp(7)), up to
    :data:`MAX_SEGMENTS` neighbours in one message."""

    def __init__(self, fileno: int, lib: Any, *, segmentation: bool) -> None:
        super().__init__()
        self.segmentation = segmentation
        self._fileno = fileno
        self._lib = lib
        ffi = kernel.ffi
        self._names = ffi.new("char[]", SLOTS * ADDRESS_BYTES)
        self._name_view = memoryview(ffi.buffer(self._names))
        self._controls = ffi.new("char[]", SLOTS * _SEGMENT.size)
        self._control_view = memoryview(ffi.buffer(self._controls))
        self._iovecs = ffi.new("struct iovec[]", SLOTS)
        self._messages = ffi.new("struct mmsghdr[]", SLOTS)
        for slot, (_, pointer) in enumerate(self._places):
            self._iovecs[slot].iov_base = pointer
            header = self._messages[slot].msg_hdr
            header.msg_name = self._names + slot * ADDRESS_BYTES
            header.msg_namelen = ADDRESS_BYTES
        self._used = 0
        self._count = 0
        self._sizes = [0] * SLOTS
        """Of each message: how many packets are in it."""
        self._outlet: Outlet | None = None
        """Who the last message is for, while it can take more."""
        self._segment = self._bytes = 0

    def begin(self) -> tuple[int, Any]:
        """The next place; sends the others first where all are taken."""
        if self._used == SLOTS:
            self.flush()
        return self._places[self._used]

    def commit(self, length: int, outlet: Outlet) -> None:
        """Keep what was written for the next :meth:`flush`."""
        slot = self._used
        self._iovecs[slot].iov_len = length
        self._used = slot + 1
        outlet.bytes += length
        last = self._count - 1
        joins = outlet is self._outlet and length <= self._segment and self._bytes + length <= MAX_MESSAGE_BYTES
        if joins and self._sizes[last] < MAX_SEGMENTS:
            self._sizes[last] += 1
            self._bytes += length
            if length < self._segment:
                self._outlet = None  # only the last segment may be shorter
            return
        self._name_view[self._count * ADDRESS_BYTES : (self._count + 1) * ADDRESS_BYTES] = outlet.address
        self._messages[self._count].msg_hdr.msg_iov = self._iovecs + slot
        self._sizes[self._count] = 1
        self._count += 1
        self._segment = self._bytes = length
        self._outlet = outlet if self.segmentation else None

    def flush(self) -> None:
        """Send all. What a full socket buffer does not take is dropped and counted: a viewer asks for it again."""
        for number in range(self._count):
            self._close(number)
        first, count = 0, self._count
        self._used = self._count = 0
        self._outlet = None
        while first < count:
            done = self._lib.sendmmsg(self._fileno, self._messages + first, count - first, socket.MSG_DONTWAIT)
            if done > 0:
                self.sent += sum(self._sizes[first : first + done])
                first += done
                continue
            error = kernel.ffi.errno
            if error == errno.EINTR:
                continue
            if error in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS):
                self.dropped += sum(self._sizes[first:count])
                return
            if self._sizes[first] > 1:
                # The device cannot cut (EIO), or not this one (too long for the way: EINVAL, EMSGSIZE).
                self.segmentation = self.segmentation and error not in (errno.EIO, errno.EOPNOTSUPP)
                self._send_apart(first)
            else:  # it is impossible (its address, a pending ICMP error); the others are not
                self.dropped += 1
            first += 1

    def _close(self, number: int) -> None:
        header = self._messages[number].msg_hdr
        size = self._sizes[number]
        header.msg_iovlen = size
        if size == 1:
            header.msg_control, header.msg_controllen = kernel.ffi.NULL, 0
            return
        at = number * _SEGMENT.size
        _SEGMENT.pack_into(self._control_view, at, _SEGMENT.size - 6, _SOL_UDP, _UDP_SEGMENT, header.msg_iov[0].iov_len)
        header.msg_control, header.msg_controllen = self._controls + at, _SEGMENT.size

    def _send_apart(self, number: int) -> None:
        header = self._messages[number].msg_hdr
        header.msg_iovlen, header.msg_control, header.msg_controllen = 1, kernel.ffi.NULL, 0
        for _ in range(self._sizes[number]):
            if self._lib.sendmmsg(self._fileno, self._messages + number, 1, socket.MSG_DONTWAIT) == 1:
                self.sent += 1
            else:
                self.dropped += 1
            header.msg_iov += 1


def make(udp: UdpPort) -> Outgoing:
    """The fastest that this system has."""
    lib = kernel.load()
    return Sendmmsg(udp.fileno, lib, segmentation=can_segment(udp.fileno)) if lib is not None else Sendto(udp)


def can_segment(fileno: int) -> bool:
    """Whether the kernel cuts messages (Linux 4.18 and later)."""
    with socket.socket(fileno=socket.dup(fileno)) as same:
        try:
            same.getsockopt(_SOL_UDP, _UDP_SEGMENT)
        except OSError:
            return False
    return True
