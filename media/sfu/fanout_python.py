"""The fan-out in Python: one packet for one viewer at a time. Works wherever the node does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.sfu.dtls import Srtp
from media.sfu.fanout import BatchAudience, BatchMember, Fanout, paddings, send_time
from media.sfu.outgoing import Outgoing
from media.sfu.udp import Address

if TYPE_CHECKING:
    from media.sfu.down import DownTrack, Segment
    from media.sfu.layer import Packet


class PythonOutlet:
    """See :class:`~media.sfu.outgoing.Outlet`."""

    __slots__ = ("address", "bytes", "srtp")

    def __init__(self, srtp: Srtp, address: Address) -> None:
        self.srtp = srtp
        self.address = address
        self.bytes = 0


class PythonMember(BatchMember):
    """See :class:`~media.sfu.fanout.Member`."""

    __slots__ = ("octets", "packets", "segment", "track")

    def __init__(self, audience: PythonAudience, track: DownTrack, segment: Segment) -> None:
        super().__init__(audience)
        self.track = track
        self.segment = segment
        self.packets = 0
        self.octets = 0


class PythonAudience(BatchAudience[PythonMember]):
    """See :class:`~media.sfu.fanout.Audience`."""

    def __init__(self, fanout: PythonFanout, waiting: list[BatchAudience[BatchMember]]) -> None:
        super().__init__(waiting)
        self._fanout = fanout

    def _member(self, track: DownTrack, segment: Segment) -> PythonMember:
        return PythonMember(self, track, segment)

    def _write(self, packets: list[Packet], first: int) -> None:
        outgoing = self._fanout.outgoing
        extra = paddings([len(packet.payload) for packet in packets]) if outgoing.segmentation else [0] * len(packets)
        batch = [(packet, padding, send_time(packet.at_us)) for packet, padding in zip(packets, extra, strict=True)]
        for member in (*self._members[first:], *self._members[:first]):
            for packet, padding, time in batch:
                if packet.index >= member.segment.first_index:
                    self._write_one(member, packet, padding, time)

    def _write_one(self, member: PythonMember, packet: Packet, padding: int, time: int) -> None:
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


class PythonFanout(Fanout):
    """See :class:`~media.sfu.fanout.Fanout`."""

    def __init__(self, outgoing: Outgoing) -> None:
        super().__init__(outgoing)
        self.refused = 0
        """Packets that SRTP would not protect."""

    @property
    def sent(self) -> int:
        """Packets that the kernel took."""
        return self.outgoing.sent

    @property
    def dropped(self) -> int:
        """Packets that it did not, or that SRTP would not protect."""
        return self.outgoing.dropped + self.refused

    def outlet(self, srtp: Srtp, address: Address) -> PythonOutlet:
        """The way to a new peer."""
        return PythonOutlet(srtp, address)

    def audience(self, *, urgent: bool) -> PythonAudience:
        """A new, empty audience; what is pushed to an ``urgent`` one leaves before the rest."""
        return PythonAudience(self, self._urgent if urgent else self._waiting)
