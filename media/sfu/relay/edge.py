"""The edge's side: the program's tracks of a session that lives on another node."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, cast

import structlog

from media.sfu.clock import NodeClock
from media.sfu.codecs import BY_NAME
from media.sfu.fanout import Fanout
from media.sfu.layer import Layer
from media.sfu.relay import format as wire
from media.sfu.relay.identity import client_context, fingerprint_of
from media.sfu.routing import Source
from media.sfu.up import UpTrack
from media.wire import RelayAddress

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 3.0
AGAIN_S = (0.2, 0.5, 1.0)
TICK_S = 0.5
MAX_TRACKS = 16
"""A program names no more."""


class RelayLink:
    """Keeps a session's tracks coming from its home until cancelled. :attr:`tracks` is what there is now; ``changed`` is called
    after each change of it."""

    def __init__(
        self,
        session: str,
        home: RelayAddress,
        *,
        clock: NodeClock,
        fanout: Fanout,
        counters: Counter[str],
        changed: Callable[[], None],
    ) -> None:
        self.session = session
        self.home = home
        self.tracks: dict[Source, UpTrack] = {}
        self._clock = clock
        self._fanout = fanout
        self._counters = counters
        self._changed = changed

    async def run(self) -> None:
        """Connect, and again whenever the connection ends."""
        failures = 0
        try:
            while True:
                try:
                    if await self._converse():
                        failures = 0
                except Exception:
                    # The bulkhead: what is wrong with one home must not end the sessions of all.
                    self._counters["relay_fault"] += 1
                    log.exception("media.relay_fault", session=self.session)
                await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S) - 1)])
                failures += 1
        finally:
            self._drop_all()

    async def _converse(self) -> bool:
        """One connection, to its end; whether anything came over it."""
        loop = asyncio.get_running_loop()
        stream = _Stream(self)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                transport, _ = await loop.create_connection(
                    lambda: stream, self.home.host, self.home.port, ssl=client_context(), server_hostname=""
                )
        except (OSError, TimeoutError) as error:
            log.warning("media.relay_unreachable", session=self.session, cause=type(error).__name__)
            return False
        try:
            hello = wire.Hello(session=self.session, ticket=self.home.ticket)
            transport.write(wire.model(wire.HELLO, hello))
            while not stream.ended.is_set():
                await _wait(stream.ended, TICK_S)
                stream.tick(self._clock.now_us())
        finally:
            transport.abort()
            self._drop_all()
        log.info("media.relay_ended", session=self.session, reason=stream.reason)
        return stream.heard

    def _drop_all(self) -> None:
        if self.tracks:
            for track in self.tracks.values():
                track.end()
            self.tracks.clear()
            self._changed()

    # What a stream brings --------------------------------------------------------------------------------------------------
    def opened(self, what: wire.LayerOpened, ask: Callable[[Layer], None]) -> Layer:
        """A layer has come up. Raises ValueError."""
        source: Source = (what.peer, what.kind)
        track = self.tracks.get(source)
        new = track is None or (track.codec.name, track.rids) != (what.codec, what.rids)
        if track is None or new:
            if track is not None:
                track.end()
            elif len(self.tracks) >= MAX_TRACKS:
                raise ValueError("too many relayed tracks")
            rids = tuple(rid for rid in what.rids if rid is not None)
            track = UpTrack(what.peer, what.kind, BY_NAME[what.codec], rids, self._fanout.audience)
            track.on_keyframe_wanted = ask
            self.tracks[source] = track
        layer = track.open_layer(what.rid, what.ssrc)
        if new:
            self._changed()
        return layer

    def ended(self, what: wire.TrackEnded) -> None:
        """A track comes no more."""
        track = self.tracks.pop((what.peer, what.kind), None)
        if track is not None:
            track.end()
            self._changed()

    def now_us(self) -> int:
        """The node's clock."""
        return self._clock.now_us()

    def refused(self) -> None:
        """What came was not a home's."""
        self._counters["dropped.relay"] += 1

    def count(self, packets: int) -> None:
        """So many packets have come; they leave with the batch."""
        self._counters["relayed_in"] += packets
        self._fanout.batch_ended()


class _Stream(asyncio.Protocol):
    """One connection to the home."""

    def __init__(self, link: RelayLink) -> None:
        self.ended = asyncio.Event()
        self.heard = False
        self.reason = "home ended it"
        self._link = link
        self._splitter = wire.Splitter(wire.MAX_TO_EDGE_BYTES)
        self._transport: asyncio.Transport | None = None
        self._layers: dict[int, Layer] = {}
        self._numbers: dict[Layer, int] = {}
        self._offsets_us: deque[int] = deque(maxlen=32)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        secured: Any = transport.get_extra_info("ssl_object")
        certificate = secured.getpeercert(binary_form=True) or b""
        if fingerprint_of(certificate) != self._link.home.fingerprint:
            self._fail("not the home's certificate")

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        if self.ended.is_set():
            return
        self.heard = True
        at_us, packets = self._link.now_us(), 0
        try:
            for kind, body in self._splitter.feed(data):
                if kind == wire.PACKET:
                    self._packet(body, at_us)
                    packets += 1
                else:
                    self._other(kind, body, at_us)
        except (ValueError, KeyError) as error:
            self._fail(str(error)[:100])
        self._link.count(packets)

    def connection_lost(self, error: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = None
        self.ended.set()

    def tick(self, now_us: int) -> None:
        """Measure the layers, and ask again for key frames that have not come; twice a second."""
        for layer in self._layers.values():
            layer.measure(now_us)
            if layer.keyframe_wanted and layer.flows(now_us):
                self._ask(layer)

    def _packet(self, body: memoryview, at_us: int) -> None:
        number, sequence, timestamp, marker, payload = wire.read_packet(body)
        layer = self._layers.get(number)
        if layer is not None:
            layer.accept(sequence, timestamp, marker, payload, at_us)

    def _other(self, kind: int, body: memoryview, at_us: int) -> None:
        match kind:
            case wire.LAYER:
                self._open(wire.LayerOpened.model_validate_json(bytes(body)))
            case wire.REPORT:
                self._report(body, at_us)
            case wire.ENDED:
                what = wire.TrackEnded.model_validate_json(bytes(body))
                for layer in [each for each in self._numbers if (each.track.peer, each.track.kind) == (what.peer, what.kind)]:
                    self._layers.pop(self._numbers.pop(layer))
                self._link.ended(what)
            case _:
                raise ValueError("not a message for an edge")

    def _open(self, what: wire.LayerOpened) -> None:
        layer = self._link.opened(what, self._ask)
        for earlier in [each for each in self._numbers if each.track is layer.track and each.rid == layer.rid]:
            self._layers.pop(self._numbers.pop(earlier))
        self._layers[what.layer] = layer
        self._numbers[layer] = what.layer

    def _report(self, body: memoryview, at_us: int) -> None:
        number, moment_us, sent_us, time = wire.read_report(body)
        # The least delayed message tells best how the two clocks stand to each other; one offset, so that tracks stay together.
        self._offsets_us.append(at_us - sent_us)
        layer = self._layers.get(number)
        if layer is not None:
            layer.note_sender_time(time, moment_us + min(self._offsets_us), at_us)

    def _ask(self, layer: Layer) -> None:
        number = self._numbers.get(layer)
        if number is not None and self._transport is not None:
            self._transport.write(wire.keyframe(number))

    def _fail(self, reason: str) -> None:
        self.reason = reason
        self._link.refused()
        if self._transport is not None:
            self._transport.abort()
        self.ended.set()


async def _wait(event: asyncio.Event, most_s: float) -> None:
    try:
        async with asyncio.timeout(most_s):
            await event.wait()
    except TimeoutError:
        pass
