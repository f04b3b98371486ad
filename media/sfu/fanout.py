"""Sending to many. An :class:`Audience` is all viewers of one layer: its packets wait for the end of a batch of incoming ones and
are then written viewer by viewer, so that what goes to one viewer lies together and leaves as one message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from media.sfu.dtls import Srtp
from media.sfu.outgoing import Outgoing, Outlet
from media.sfu.udp import Address

if TYPE_CHECKING:
    from media.sfu.down import DownTrack, Segment
    from media.sfu.layer import Packet

MAX_PADDING = 24
"""Bytes by which a packet is lengthened to the size of its neighbours: only the last segment of a message may be shorter."""
COALESCE_S = 0.002
MAX_QUEUE = 64
"""Packets of one layer that wait at most for the end of the batch."""


class PythonOutlet:
    """See :class:`~media.sfu.outgoing.Outlet`."""

    __slots__ = ("address", "bytes", "srtp")

    def __init__(self, srtp: Srtp, address: Address) -> None:
        self.srtp = srtp
        self.address = address
        self.bytes = 0


class Member(Protocol):
    """One slot of one viewer in the audience of the layer that it is shown, and what it was sent."""

    @property
    def packets(self) -> int: ...
    @property
    def octets(self) -> int: ...
    def leave(self) -> None: ...


class Audience(Protocol):
    """The viewers of one layer. A packet goes to all who are there when it is pushed."""

    def join(self, track: DownTrack, segment: Segment) -> Member: ...
    def push(self, packet: Packet) -> None: ...


class Waiting(Protocol):
    """An audience with packets in its queue."""

    def flush(self) -> None: ...


class Fanout:
    """Makes outlets and audiences, and sends what they have queued. ``batch_ended`` is called after each batch of packets."""

    def __init__(self, outgoing: Outgoing) -> None:
        self.outgoing = outgoing
        self._timer: asyncio.TimerHandle | None = None
        self.refused = 0
        """Packets that SRTP would not protect."""
        self._urgent: list[Waiting] = []
        self._waiting: list[Waiting] = []

    @property
    def sent(self) -> int:
        """Packets that the kernel took."""
        return self.outgoing.sent

    @property
    def dropped(self) -> int:
        """Packets that it did not, or that SRTP would not protect."""
        return self.outgoing.dropped + self.refused

    def outlet(self, srtp: Srtp, address: Address) -> Outlet:
        """The way to a new peer."""
        return PythonOutlet(srtp, address)

    def audience(self, *, urgent: bool) -> Audience:
        """A new, empty audience; what is pushed to an ``urgent`` one leaves before the rest."""
        return PythonAudience(self, self._urgent if urgent else self._waiting)

    def batch_ended(self) -> None:
        """Send voices and single packets now, and pictures within :data:`COALESCE_S`: a frame's packets come in quick succession,
        and together they cost half."""
        self._flush(self._urgent)
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_S, self._time_over)

    def flush(self) -> None:
        """Send all that is queued."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flush(self._urgent, self._waiting)

    def _time_over(self) -> None:
        self._timer = None
        self._flush(self._urgent, self._waiting)

    def _flush(self, *queues: list[Waiting]) -> None:
        for waiting in queues:
            for audience in waiting:
                audience.flush()
            waiting.clear()
        self.outgoing.flush()


class PythonMember:
    """See :class:`Member`."""

    __slots__ = ("audience", "octets", "packets", "segment", "track")

    def __init__(self, audience: PythonAudience, track: DownTrack, segment: Segment) -> None:
        self.audience = audience
        self.track = track
        self.segment = segment
        self.packets = 0
        self.octets = 0

    def leave(self) -> None:
        """Be sent nothing more than what was pushed before."""
        self.audience.leave(self)


class PythonAudience:
    """See :class:`Audience`."""

    def __init__(self, fanout: Fanout, waiting: list[Waiting]) -> None:
        self._fanout = fanout
        self._waiting = waiting
        self._members: list[PythonMember] = []
        self._queue: list[Packet] = []
        self._turn = 0

    def join(self, track: DownTrack, segment: Segment) -> PythonMember:
        """Send ``track`` what is pushed from now on, from the segment's first packet."""
        self.flush()
        member = PythonMember(self, track, segment)
        self._members.append(member)
        return member

    def leave(self, member: PythonMember) -> None:
        """See :meth:`PythonMember.leave`."""
        self.flush()
        self._members.remove(member)

    def push(self, packet: Packet) -> None:
        """Queue a packet for all."""
        if not self._members:
            return
        if not self._queue:
            self._waiting.append(self)
        self._queue.append(packet)
        if len(self._queue) >= MAX_QUEUE:
            self.flush()

    def flush(self) -> None:
        """Write and protect what is queued; another viewer is the first each time."""
        if not self._queue:
            return
        packets, self._queue = self._queue, []
        outgoing = self._fanout.outgoing
        extra = paddings([len(packet.payload) for packet in packets]) if outgoing.segmentation else [0] * len(packets)
        batch = [(packet, padding, send_time(packet.at_us)) for packet, padding in zip(packets, extra, strict=True)]
        self._turn = turn = (self._turn + 1) % len(self._members)
        for member in (*self._members[turn:], *self._members[:turn]):
            for packet, padding, time in batch:
                if packet.index >= member.segment.first_index:
                    self._write(member, packet, padding, time)

    def _write(self, member: PythonMember, packet: Packet, padding: int, time: int) -> None:
        outgoing, outlet = self._fanout.outgoing, member.track.outlet
        if outlet is None:
            return
        at, pointer = outgoing.begin()
        size = outlet.srtp.rtp(pointer, member.track.write(packet, member.segment, outgoing.view, at, time, padding))
        if size < 0:
            self._fanout.refused += 1
            return
        outgoing.commit(size, outlet)
        member.packets += 1
        member.octets += len(packet.payload)


def send_time(at_us: int) -> int:
    """The absolute send time: 24 bits, seconds in 6.18 fixed point (draft-alvestrand-rmcat-remb §A.1)."""
    return (at_us << 18) // 1_000_000 & 0xFFFFFF


def paddings(lengths: Sequence[int]) -> list[int]:
    """By how many bytes each of these consecutive packets is lengthened, so that neighbours of nearly the same length have quite
    the same. A packet that is much shorter ends its message and needs none."""
    found: list[int] = []
    group: list[int] = []
    for length in lengths:
        if group and max(*group, length) - min(*group, length) > MAX_PADDING:
            found += [max(group) - each for each in group]
            group = []
        group.append(length)
    return found + [max(group) - each for each in group]
