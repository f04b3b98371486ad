"""The home's side: edges come in here and are sent the tracks that the program names, every layer of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

import structlog

from media.sfu.clock import NodeClock
from media.sfu.layer import Layer, Packet
from media.sfu.relay import format as wire
from media.sfu.relay.identity import Identity
from media.sfu.rtcp import SenderTime
from media.sfu.up import UpTrack
from media.wire import RelayAddress

log = structlog.get_logger(__name__)

MAX_EDGES = 256
HELLO_TIMEOUT_S = 5.0
COALESCE_S = 0.002
MOST_WAITING_BYTES = 4 << 20
"""An edge that does not take in ten seconds of a session is cut off; it comes again and begins with a key frame."""
MAX_LAYERS = 0xFFFF

TracksOf = Callable[[str], list[UpTrack]]


class RelayServer:
    """Serves edges until closed. ``tracks_of(session)``: the tracks that the session's program names and somebody publishes."""

    def __init__(self, clock: NodeClock, counters: Counter[str], tracks_of: TracksOf) -> None:
        self.clock = clock
        self.counters = counters
        self.identity = Identity()
        self.edges: set[Edge] = set()
        self._tracks_of = tracks_of
        self._server: asyncio.Server | None = None
        self._host = ""

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0: any free one. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._host = host
        self._server = await loop.create_server(lambda: Edge(self), host, port, ssl=self.identity.server_context())

    def close(self) -> None:
        """End all edges and listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for edge in list(self.edges):
            edge.abort("node stopped")

    def address(self, session: str) -> RelayAddress | None:
        """Where and with which ticket an edge gets the session; None where this node was not told to relay."""
        if self._server is None:
            return None
        port = self._server.sockets[0].getsockname()[1]
        return RelayAddress(
            host=self._host, port=port, fingerprint=self.identity.fingerprint, ticket=self.identity.ticket(session)
        )

    def follow(self, session: str) -> None:
        """The session's program or who publishes in it has changed: its edges are sent what it names now."""
        served = [edge for edge in self.edges if edge.session == session]
        if served:
            tracks = self._tracks_of(session)
            for edge in served:
                edge.follow(tracks)

    def admitted(self, edge: Edge) -> None:
        """An edge has shown its ticket."""
        edge.follow(self._tracks_of(edge.session))


class Edge(asyncio.Protocol):
    """One edge that takes one session."""

    def __init__(self, server: RelayServer) -> None:
        self.session = ""
        """Blank until it has said hello."""
        self._server = server
        self._splitter = wire.Splitter(wire.MAX_TO_HOME_BYTES)
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: list[bytes] = []
        self._layers: dict[int, Layer] = {}
        self._last_layer = 0
        self._tracks: dict[UpTrack, TrackFeed] = {}

    # The connection --------------------------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        self._deadline = asyncio.get_running_loop().call_later(HELLO_TIMEOUT_S, self.abort, "no hello")
        if len(self._server.edges) >= MAX_EDGES:
            self.abort("too many")
            return
        self._server.edges.add(self)

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        try:
            for kind, body in self._splitter.feed(data):
                self._read(kind, body)
        except ValueError as error:
            self._server.counters["dropped.relay"] += 1
            self.abort(str(error)[:100])

    def connection_lost(self, error: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        for timer in (self._deadline, self._timer):
            if timer is not None:
                timer.cancel()
        self._timer = None
        self._waiting.clear()
        self.follow([])
        self._server.edges.discard(self)
        self._transport = None

    def abort(self, reason: str) -> None:
        """Cut the edge off."""
        if self._transport is not None:
            log.info("media.relay_edge_ended", session=self.session, reason=reason)
            self._transport.abort()

    def _read(self, kind: int, body: memoryview) -> None:
        if not self.session:
            if kind != wire.HELLO:
                raise ValueError("no hello")
            self._greet(wire.Hello.model_validate_json(bytes(body)))
        elif kind == wire.KEYFRAME:
            layer = self._layers.get(wire.read_keyframe(body))
            if layer is not None:
                layer.want_keyframe()
        else:
            raise ValueError("not a message for a home")

    def _greet(self, hello: wire.Hello) -> None:
        if not self._server.identity.admits(hello.session, hello.ticket):
            log.warning("media.relay_refused")
            raise ValueError("not this session's ticket")
        assert self._deadline is not None
        self._deadline.cancel()
        self.session = hello.session
        self._server.admitted(self)

    # The program -----------------------------------------------------------------------------------------------------------
    def follow(self, tracks: list[UpTrack]) -> None:
        """Send these tracks, and no other."""
        for track in [track for track in self._tracks if track not in tracks]:
            self._tracks.pop(track).leave()
            self.put(wire.model(wire.ENDED, wire.TrackEnded(peer=track.peer, kind=track.kind)))
        for track in tracks:
            if track not in self._tracks:
                self._tracks[track] = TrackFeed(self, track)

    def open(self, layer: Layer) -> int:
        """The number under which the edge will know this layer; it is told what it is."""
        self._last_layer = self._last_layer % MAX_LAYERS + 1
        number = self._last_layer
        self._layers[number] = layer
        track = layer.track
        opened = wire.LayerOpened(
            layer=number,
            peer=track.peer,
            kind=track.kind,
            codec=track.codec.name,
            rids=track.rids,
            rid=layer.rid,
            ssrc=layer.ssrc,
        )
        self.put(wire.model(wire.LAYER, opened))
        return number

    def forget(self, number: int) -> None:
        """A layer is sent no more."""
        self._layers.pop(number, None)

    def report(self, number: int, layer: Layer) -> None:
        """Tell how the layer's time stands to the home's clock."""
        if layer.last_report is not None and layer.sender_time is not None:
            self.put(wire.report(number, layer.sender_time[0], self._server.clock.now_us(), layer.last_report[0]))

    def put(self, message: bytes) -> None:
        """Send a message within :data:`COALESCE_S`."""
        if self._transport is None:
            return
        self._waiting.append(message)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(COALESCE_S, self._flush)

    def packet(self, number: int, packet: Packet) -> None:
        """Send a packet."""
        self._server.counters["relayed_out"] += 1
        self.put(wire.packet(number, packet))

    def _flush(self) -> None:
        self._timer = None
        if self._transport is None:
            return
        self._transport.write(b"".join(self._waiting))
        self._waiting.clear()
        if self._transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self.abort("too slow")


class TrackFeed:
    """All layers of one track on their way to one edge."""

    def __init__(self, edge: Edge, track: UpTrack) -> None:
        self._edge = edge
        self._track = track
        self._feeds: dict[Layer, LayerFeed] = {}
        track.on_layer.append(self._open)
        for layer in track.layers.values():
            self._open(layer)

    def leave(self) -> None:
        """Send nothing more of it."""
        self._track.on_layer.remove(self._open)
        for feed in self._feeds.values():
            feed.leave()

    def _open(self, layer: Layer) -> None:
        for earlier in [each for each in self._feeds if each.rid == layer.rid]:
            self._feeds.pop(earlier).leave()
        self._feeds[layer] = LayerFeed(self._edge, layer)


class LayerFeed:
    """One layer on its way to one edge."""

    def __init__(self, edge: Edge, layer: Layer) -> None:
        self._edge = edge
        self._layer = layer
        self._number = edge.open(layer)
        edge.report(self._number, layer)
        layer.takers.append(self)

    def leave(self) -> None:
        """Send nothing more of it."""
        self._layer.takers.remove(self)
        self._edge.forget(self._number)

    def take(self, layer: Layer, packet: Packet) -> None:
        """See :class:`media.sfu.layer.Taker`."""
        self._edge.packet(self._number, packet)

    def take_report(self, layer: Layer, report: SenderTime, at_us: int) -> None:
        """See :class:`media.sfu.layer.Taker`."""
        self._edge.report(self._number, layer)
