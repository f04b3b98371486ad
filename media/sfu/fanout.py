"""Sending to many. An :class:`Audience` is all viewers of one layer: its packets wait for the end of a batch of incoming ones and
are then written viewer by viewer, so that what goes to one viewer lies together and leaves as one message.

How they are written is the part of ``fanout_python.py`` and ``fanout_native.py``.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

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


class BatchMember:
    """A :class:`Member` of a :class:`BatchAudience`. ``place``: where it stands there."""

    __slots__ = ("audience", "place")

    def __init__(self, audience: BatchAudience[Any]) -> None:
        self.audience = audience
        self.place = -1

    def leave(self) -> None:
        """Be sent nothing more than what was pushed before."""
        self.audience.leave(self)


M = TypeVar("M", bound=BatchMember)


class BatchAudience(ABC, Generic[M]):
    """An :class:`Audience` whose packets wait in a queue: those who come get none of it, those who go get it all."""

    def __init__(self, waiting: list[BatchAudience[Any]]) -> None:
        """``waiting`` is where it puts itself down while its queue is not empty."""
        self._waiting = waiting
        self._members: list[M] = []
        self._queue: list[Packet] = []
        self._turn = 0

    def join(self, track: DownTrack, segment: Segment) -> M:
        """Send ``track`` what is pushed from now on, from the segment's first packet."""
        self.flush()
        member = self._member(track, segment)
        self._members.append(member)
        self._put(member, len(self._members) - 1)
        return member

    def leave(self, member: M) -> None:
        """See :meth:`BatchMember.leave`."""
        self.flush()
        last = self._members.pop()
        if last is not member:
            self._members[member.place] = last
            self._put(last, member.place)

    def push(self, packet: Packet) -> None:
        """Queue a packet for all."""
        if not self._members:
            return
        if not self._queue:
            self._waiting.append(self)
        self._queue.append(packet)
        if len(self._queue) >= MAX_QUEUE:
            self.flush()

    @property
    def queued(self) -> bool:
        """Whether anything waits."""
        return bool(self._queue)

    @property
    def whole(self) -> bool:
        """Whether what is queued ends with the end of a picture, so that nothing more of it will come."""
        return bool(self._queue) and self._queue[-1].marker

    def flush(self) -> None:
        """Write and protect what is queued; another viewer is the first each time."""
        if not self._queue:
            return
        packets, self._queue = self._queue, []
        self._turn = (self._turn + 1) % len(self._members)
        self._write(packets, self._turn)

    def _put(self, member: M, place: int) -> None:
        """The member stands at this place now."""
        member.place = place

    @abstractmethod
    def _member(self, track: DownTrack, segment: Segment) -> M:
        """A new member."""

    @abstractmethod
    def _write(self, packets: list[Packet], first: int) -> None:
        """Write and protect these (1 to :data:`MAX_QUEUE`) for all members, beginning with the one at place ``first``."""


class Fanout(ABC):
    """Makes outlets and audiences, and sends what they have queued. ``batch_ended`` is called after each batch of packets."""

    def __init__(self, outgoing: Outgoing) -> None:
        self.outgoing = outgoing
        self._timer: asyncio.TimerHandle | None = None
        self._urgent: list[BatchAudience[Any]] = []
        self._waiting: list[BatchAudience[Any]] = []

    @property
    @abstractmethod
    def sent(self) -> int:
        """Packets that the kernel took."""

    @property
    @abstractmethod
    def dropped(self) -> int:
        """Packets that it did not, or that SRTP would not protect."""

    @abstractmethod
    def outlet(self, srtp: Srtp, address: Address) -> Outlet:
        """The way to a new peer."""

    @abstractmethod
    def audience(self, *, urgent: bool) -> Audience:
        """A new, empty audience; what is pushed to an ``urgent`` one leaves before the rest."""

    def batch_ended(self) -> None:
        """Send voices and single packets now, and a picture when it is whole, at the latest after :data:`COALESCE_S`: its packets
        come in quick succession, and together they cost half."""
        self._flush(self._urgent, [audience for audience in self._waiting if audience.whole])
        self._waiting[:] = [audience for audience in self._waiting if audience.queued]
        if not self._waiting:
            self._stop_timer()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_S, self._time_over)

    def flush(self) -> None:
        """Send all that is queued."""
        self._stop_timer()
        self._flush(self._urgent, self._waiting)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_over(self) -> None:
        self._timer = None
        self._flush(self._urgent, self._waiting)

    def _flush(self, *queues: list[BatchAudience[Any]]) -> None:
        for waiting in queues:
            for audience in waiting:
                audience.flush()
            waiting.clear()
        self.outgoing.flush()


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
