"""The fan-out by ``native/fanout.c``: one call for a batch of packets and all viewers of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from media.sfu import native
from media.sfu.dtls import PROTECT_ADDRESS, Srtp
from media.sfu.fanout import MAX_QUEUE, BatchAudience, BatchMember, Fanout, paddings, send_time
from media.sfu.gcm import SALT_BYTES
from media.sfu.kernel import ffi
from media.sfu.outgoing import Outgoing, can_segment
from media.sfu.udp import Address

if TYPE_CHECKING:
    from media.sfu.down import DownTrack, Segment
    from media.sfu.layer import Packet

log = structlog.get_logger(__name__)

ffi.cdef("""
struct fan_packet {
    const uint8_t *payload; int64_t index; uint32_t timestamp; uint32_t send_time; uint32_t length;
    int16_t picture_at; int16_t tl0_at; uint16_t picture; uint8_t tl0; uint8_t marker; uint8_t padding;
};
struct gcm_key;
struct gcm_key *gcm_key_new(const uint8_t *bytes, int wide);
void gcm_key_free(struct gcm_key *key);
void gcm_seal(const struct gcm_key *key, const uint8_t *iv, const uint8_t *header, uint32_t header_length, uint8_t *text,
              uint32_t length);
struct fan_outlet { uint8_t address[16]; void *context; uint64_t bytes; struct gcm_key *key; uint8_t salt[12]; };
struct fan_numbers { int64_t highest; uint64_t seen[8]; };
struct fan_member {
    struct fan_outlet *outlet; struct fan_numbers *numbers; int64_t first_index; int64_t sequence;
    uint64_t packets; uint64_t octets;
    uint32_t ssrc; uint32_t timestamp; uint16_t picture; uint8_t tl0; uint8_t payload_type;
};
struct fan_state { uint64_t sent; uint64_t dropped; uint64_t refused; uint64_t calls; int32_t segmentation; };
struct fan;
struct fan *fan_new(int descriptor, void *protect, int segmentation);
void fan_free(struct fan *fan);
struct fan_state *fan_state(struct fan *fan);
void fan_flush(struct fan *fan);
void fan_send(struct fan *fan, const struct fan_packet *packets, uint32_t count, struct fan_member *const *members,
              uint32_t member_count, uint32_t start);
""")


class NativeOutlet:
    """See :class:`~media.sfu.outgoing.Outlet`; the numbers are where C finds them."""

    __slots__ = ("_address", "_key", "_numbers", "raw", "srtp")

    def __init__(self, srtp: Srtp, address: Address, key: Any | None) -> None:
        """``key``: a ``struct gcm_key *`` of the session; None where libsrtp is to protect."""
        self.raw: Any = ffi.new("struct fan_outlet *")
        self.raw.context = ffi.cast("void *", srtp.address)
        self._address: Any = ffi.buffer(self.raw.address)
        self._numbers: dict[int, Any] = {}
        self._key = key
        if srtp.session is not None and key is not None:
            self.raw.key = key
            ffi.memmove(self.raw.salt, srtp.session.salt, SALT_BYTES)
        self.srtp = srtp
        self.address = address

    @property
    def address(self) -> Address:
        """Where it goes."""
        address: bytes = self._address[:]
        return address

    @address.setter
    def address(self, address: Address) -> None:
        self._address[:] = address

    @property
    def bytes(self) -> int:
        """What went there."""
        count: int = self.raw.bytes
        return count

    @bytes.setter
    def bytes(self, count: int) -> None:
        self.raw.bytes = count

    def numbers(self, ssrc: int) -> Any:
        """``struct fan_numbers *`` of this SSRC: what was sent under it with these keys, whoever is in the slot."""
        if ssrc not in self._numbers:
            self._numbers[ssrc] = ffi.new("struct fan_numbers *")
        return self._numbers[ssrc]


class NativeMember(BatchMember):
    """See :class:`~media.sfu.fanout.Member`."""

    __slots__ = ("_outlet", "raw")

    def __init__(self, audience: NativeAudience, track: DownTrack, segment: Segment, outlet: NativeOutlet) -> None:
        super().__init__(audience)
        self._outlet = outlet  # C has its address
        raw = self.raw = ffi.new("struct fan_member *")
        raw.outlet, raw.numbers = outlet.raw, outlet.numbers(track.ssrc)
        raw.first_index, raw.sequence = segment.first_index, segment.sequence
        raw.ssrc, raw.timestamp = track.ssrc, segment.timestamp & 0xFFFFFFFF
        raw.picture, raw.tl0 = segment.picture & 0x7FFF, segment.tl0 & 0xFF
        raw.payload_type = track.types[segment.layer.codec].payload_type

    @property
    def packets(self) -> int:
        """Packets sent."""
        count: int = self.raw.packets
        return count

    @property
    def octets(self) -> int:
        """Bytes of payload sent."""
        count: int = self.raw.octets
        return count


class NativeAudience(BatchAudience[NativeMember]):
    """See :class:`~media.sfu.fanout.Audience`."""

    def __init__(self, fanout: NativeFanout, waiting: list[BatchAudience[BatchMember]]) -> None:
        super().__init__(waiting)
        self._fanout = fanout
        self._table: Any = ffi.new("struct fan_member *[]", 8)
        self._packets: Any = ffi.new("struct fan_packet[]", MAX_QUEUE)

    def leave(self, member: NativeMember) -> None:
        """See :meth:`~media.sfu.fanout.BatchMember.leave`."""
        super().leave(member)
        self._fanout.flush_native()  # what C has queued points to the outlet

    def _member(self, track: DownTrack, segment: Segment) -> NativeMember:
        assert isinstance(track.outlet, NativeOutlet)
        return NativeMember(self, track, segment, track.outlet)

    def _put(self, member: NativeMember, place: int) -> None:
        super()._put(member, place)
        if place == len(self._table):
            smaller, self._table = self._table, ffi.new("struct fan_member *[]", 2 * place)
            ffi.memmove(self._table, smaller, ffi.sizeof(smaller))
        self._table[place] = member.raw

    def _write(self, packets: list[Packet], first: int) -> None:
        payloads = [ffi.from_buffer(packet.payload) for packet in packets]
        extra = paddings([len(packet.payload) for packet in packets])
        for raw, packet, payload, padding in zip(self._packets, packets, payloads, extra, strict=False):
            descriptor = packet.descriptor
            raw.payload, raw.length = payload, len(payload)
            raw.index, raw.timestamp, raw.send_time = packet.index, packet.timestamp, send_time(packet.at_us)
            raw.picture_at, raw.picture = descriptor.picture_at, descriptor.picture & 0x7FFF
            raw.tl0_at, raw.tl0 = descriptor.tl0_at, descriptor.tl0 & 0xFF
            raw.marker, raw.padding = packet.marker, padding
        self._fanout.send(self._packets, len(packets), self._table, len(self._members), first)


class NativeFanout(Fanout):
    """See :class:`~media.sfu.fanout.Fanout`."""

    def __init__(self, outgoing: Outgoing, lib: Any, fileno: int) -> None:
        """Raises MemoryError."""
        super().__init__(outgoing)
        self._lib = lib
        made = lib.fan_new(fileno, ffi.cast("void *", PROTECT_ADDRESS), can_segment(fileno))
        if made == ffi.NULL:
            raise MemoryError
        self._fan: Any = ffi.gc(made, lib.fan_free)
        self._state: Any = lib.fan_state(made)

    @property
    def sent(self) -> int:
        """Packets that the kernel took."""
        count: int = self.outgoing.sent + self._state.sent
        return count

    @property
    def dropped(self) -> int:
        """Packets that it did not, or that SRTP would not protect."""
        count: int = self.outgoing.dropped + self._state.dropped + self._state.refused
        return count

    def outlet(self, srtp: Srtp, address: Address) -> NativeOutlet:
        """The way to a new peer."""
        return NativeOutlet(srtp, address, key_of(self._lib, srtp.session.key) if srtp.session is not None else None)

    def audience(self, *, urgent: bool) -> NativeAudience:
        """A new, empty audience; what is pushed to an ``urgent`` one leaves before the rest."""
        return NativeAudience(self, self._urgent if urgent else self._waiting)

    def send(self, packets: Any, count: int, members: Any, member_count: int, start: int) -> None:
        """Write and protect packets for members (arrays of the C structures)."""
        self._lib.fan_send(self._fan, packets, count, members, member_count, start)

    def _flush(self, *queues: list[BatchAudience[Any]]) -> None:
        super()._flush(*queues)
        self.flush_native()

    def flush_native(self) -> None:
        """Send what C has written."""
        self._lib.fan_flush(self._fan)


def key_of(lib: Any, key: bytes, *, wide: bool = True) -> Any | None:
    """A ``struct gcm_key *`` that encrypts with these 16 bytes, wiped and freed with the object. None where this processor has no
    instructions for it: then libsrtp protects. ``wide``: by those for two blocks, where there are such."""
    made = lib.gcm_key_new(key, wide)
    return ffi.gc(made, lib.gcm_key_free) if made != ffi.NULL else None


def load() -> Any | None:
    """The compiled library, or None where it was not built for this machine."""
    path = native.library()
    if not path.exists():
        return None
    try:
        return ffi.dlopen(str(path))
    except OSError as error:
        log.warning("media.native_not_loaded", cause=str(error))
        return None
