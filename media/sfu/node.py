"""The media node: sessions and connections on one UDP port, and what becomes of each datagram."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from media.plane import Direction, PeerConnected, PeerSilent, PlaneEvent, Program
from media.room import MARKS, Marks
from media.sfu.clock import NodeClock
from media.sfu.connection import Connection, Surroundings
from media.sfu.down_connection import DownConnection
from media.sfu.dtls import Certificate
from media.sfu.fanout_choice import make_fanout
from media.sfu.figures import Lateness, of_connections, of_process
from media.sfu.ice import is_answer
from media.sfu.quality import LinkMeter
from media.sfu.recorder import Recorder
from media.sfu.relay.home import RelayServer
from media.sfu.relay.links import RelayLinks
from media.sfu.routing import named_sources, recorded_sources
from media.sfu.session import Session
from media.sfu.stun import parse_check
from media.sfu.udp import Address, UdpPort
from media.sfu.up import UpTrack
from media.sfu.up_connection import UpConnection
from media.sfu.wheel import Wheel
from media.wire import RelayAddress

log = structlog.get_logger(__name__)

TICK_S = 0.05
SILENCE_EVERY, QUALITY_EVERY = 5, 40
"""In ticks."""
MAX_CONNECTIONS = 4000
MAX_SESSIONS = 200
MOST_WAITED_US = 1_000_000
"""A datagram does not lie longer before it is read; where it seems so the system's clock was set."""


class NodeFull(Exception):
    """No room for another connection or session."""


class UnknownPeer(Exception):
    """There is no such connection (any more)."""


class Node:
    """All that the control protocol can ask for, and the packet loop. ``emit`` gets each event; it must not block. ``marks``:
    with how little free disk what gives way."""

    def __init__(
        self,
        udp: UdpPort,
        addresses: tuple[str, ...],
        data: Path,
        emit: Callable[[PlaneEvent], None],
        marks: Marks = MARKS,
    ) -> None:
        self.clock = NodeClock()
        self.recorder = Recorder(data, self.clock, emit, marks=marks)
        self.counters: Counter[str] = Counter()
        self.sessions: dict[str, Session] = {}
        self._udp = udp
        self._emit = emit
        self._fanout = make_fanout(udp)
        self.relay = RelayServer(self.clock, self.counters, self._named_tracks)
        self._links = RelayLinks(self.clock, self._fanout, self.counters)
        self._around = Surroundings(
            clock=self.clock,
            fanout=self._fanout,
            certificate=Certificate(),
            addresses=addresses,
            port=udp.port,
            counters=self.counters,
            send=udp.send,
        )
        self._by_ufrag: dict[str, Connection] = {}
        self._by_address: dict[Address, Connection] = {}
        self._meters: dict[tuple[str, str], LinkMeter] = {}
        self._readings: Wheel[LinkMeter] = Wheel(QUALITY_EVERY)
        self._lives: asyncio.TaskGroup | None = None
        self._batch_us = 0
        self._ahead_us = 0
        """Of the system's clock, at the beginning of the batch."""
        self._lateness = Lateness()

    @property
    def port(self) -> int:
        """The UDP port."""
        return self._udp.port

    async def run(self) -> None:
        """Serve until cancelled; then every connection is closed and the port with them."""
        self._udp.start(self.receive, self._received)
        try:
            async with asyncio.TaskGroup() as group:
                self._lives = group
                group.create_task(self.recorder.run(), name="recorder")
                await self._tick_forever()
        finally:
            self._lives = None
            self.relay.close()
            self._udp.close()

    # --- what the control protocol asks for -------------------------------------------------------------------------------

    def set_program(self, session_id: str, program: Program, origin: RelayAddress | None = None) -> None:
        """See :meth:`media.plane.MediaPlane.set_program`. ``origin``: the session's home is another node, from which its tracks
        come. Raises NodeFull."""
        session = self._session(session_id)
        if session.set_program(program):
            session.origin = origin
            self._follow_origin(session)
            self.recorder.set_program(session_id, program, session.track, recorded_sources(program))
            self.relay.follow(session_id)
        self._fanout.flush()
        self._forget_if_idle(session)

    def publish(self, session_id: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.publish`. Raises BadSdp, NodeFull."""
        up = UpConnection(self._around, session_id, peer, offer_sdp)
        session = self._session(session_id)
        self._make_room(session, peer, "up")
        if (old := session.ups.get(peer)) is not None:
            old.close()
        session.ups[peer] = up
        self._sources_changed(session)
        self._begin(up)
        return up.answer_sdp

    def subscribe(self, session_id: str, peer: str) -> str:
        """See :meth:`media.plane.MediaPlane.subscribe`. Raises NodeFull."""
        return self._open_down(session_id, peer, None).offer_sdp

    def watch(self, session_id: str, peer: str, offer_sdp: str) -> str:
        """See :meth:`media.plane.MediaPlane.watch`. Raises BadSdp, NodeFull."""
        return self._open_down(session_id, peer, offer_sdp).answer_sdp

    def subscribed(self, session_id: str, peer: str, answer_sdp: str) -> None:
        """See :meth:`media.plane.MediaPlane.subscribed`. Raises BadSdp, UnknownPeer."""
        session = self.sessions.get(session_id)
        down = session.downs.get(peer) if session is not None else None
        if down is None:
            raise UnknownPeer(peer)
        down.accept_answer(answer_sdp)

    def drop(self, session_id: str, peer: str, direction: Direction | None = None) -> None:
        """See :meth:`media.plane.MediaPlane.drop`."""
        session = self.sessions.get(session_id)
        if session is None:
            return
        for connection in (session.ups.get(peer), session.downs.get(peer)):
            if connection is not None and direction in (None, connection.direction):
                connection.close()

    def forget(self, session_id: str) -> None:
        """The session lives elsewhere now: its connections here end, and so does what is captured of it here."""
        session = self.sessions.get(session_id)
        if session is None:
            return
        self.recorder.abandon(session_id)
        if session.program is not None:
            session.program = session.program.model_copy(update={"state": "ended", "recording": None})
        for connection in (*session.ups.values(), *session.downs.values()):
            connection.close()
        self._forget_if_idle(session)

    def describe(self) -> dict[str, int]:
        """What it does and has done since its start, by name: for operators, the health page and tests. Counters but
        ``sessions``, ``connections``, ``recordings``, ``disk_free_bytes`` and what :mod:`media.sfu.figures` says of its own."""
        return {
            **self.counters,
            "sessions": len(self.sessions),
            "connections": len(self._by_ufrag),
            "recordings": sum(self.recorder.records(session) for session in self.sessions),
            **({} if self.recorder.free_bytes is None else {"disk_free_bytes": self.recorder.free_bytes}),
            "datagrams_in": self._udp.received_datagrams,
            "packets_out": self._fanout.sent,
            "dropped.full_socket": self._fanout.dropped + self._udp.send_errors,
            **of_connections(self._by_ufrag.values(), self.counters),
            **self._lateness.figures(),
            **of_process(),
        }

    # --- datagrams --------------------------------------------------------------------------------------------------------

    def receive(self, pointer: Any, view: memoryview, length: int, source: Address) -> None:
        """One datagram; which protocol it is, its first byte says (RFC 7983). Whatever goes wrong ends with the datagram."""
        try:
            first = view[0] if length else 255
            if 128 <= first <= 191 and length >= 12:
                connection = self._by_address.get(source)
                if connection is None:
                    self.counters["dropped.unknown_address"] += 1
                    return
                connection.receive(pointer, view, length, self._arrived_us())
            elif first <= 3:
                self._receive_check(bytes(view[:length]), source)
            elif 20 <= first <= 63:
                self._receive_dtls(bytes(view[:length]), source)
            else:
                self.counters["dropped.unknown_protocol"] += 1
        except ValueError:
            self.counters["dropped.malformed"] += 1
        except Exception:
            # The bulkhead: a fault in the handling of one datagram must not end the sessions of all.
            self.counters["dropped.fault"] += 1
            if self.counters["dropped.fault"] <= 20:
                log.exception("media.datagram_fault")

    def _start_batch(self) -> int:
        self._batch_us = self.clock.now_us()
        self._ahead_us = self._batch_us - time.time_ns() // 1000
        return self._batch_us

    def _arrived_us(self) -> int:
        """When the datagram that is being handled came to this machine."""
        now_us = self._batch_us or self._start_batch()
        stamp_ns = self._udp.arrived_ns()
        if stamp_ns is None:
            return now_us
        return max(now_us - MOST_WAITED_US, min(now_us, stamp_ns // 1000 + self._ahead_us))

    def _received(self) -> None:
        self._fanout.batch_ended()
        self._batch_us = 0

    def _receive_check(self, data: bytes, source: Address) -> None:
        if is_answer(data):
            asked = self._by_address.get(source)
            if asked is not None:
                asked.check_answered(data[8:20], self._arrived_us())
            return
        check = parse_check(data)
        if check is None:
            self.counters["dropped.stun"] += 1
            return
        connection = self._by_ufrag.get(check.ufrag)
        if connection is None or not connection.path.check(check, source):
            self.counters["dropped.stun"] += 1
            return
        connection.heard_us = self.clock.now_us()

    def _receive_dtls(self, data: bytes, source: Address) -> None:
        connection = self._by_address.get(source)
        if connection is None:
            self.counters["dropped.unknown_address"] += 1
        elif not connection.path.receive_dtls(data):
            self.counters["dropped.dtls"] += 1

    def _proven(self, connection: Connection, address: Address) -> bool:
        """With each check, so that an address that was another's for a while comes back to its owner."""
        owner = self._by_address.get(address)
        if owner is not connection:
            # An address can be forged: nobody who is heard from there now loses it.
            if owner is not None and owner.lives_at(address, self.clock.now_us()):
                self.counters["dropped.address_taken"] += 1
                return False
            self._by_address[address] = connection
        return True

    def _left(self, connection: Connection, address: Address) -> None:
        if self._by_address.get(address) is connection:
            del self._by_address[address]

    # --- connections ------------------------------------------------------------------------------------------------------

    def _open_down(self, session_id: str, peer: str, offer_sdp: str | None) -> DownConnection:
        session = self._session(session_id)
        self._make_room(session, peer, "down")
        down = DownConnection(self._around, session_id, peer, offer_sdp)
        if (old := session.downs.get(peer)) is not None:
            old.close()
        session.downs[peer] = down
        self._begin(down)
        self._follow_origin(session)
        return down

    def _session(self, public_id: str) -> Session:
        session = self.sessions.get(public_id)
        if session is None:
            if len(self.sessions) >= MAX_SESSIONS:
                self._forget_empty()
            if len(self.sessions) >= MAX_SESSIONS:
                raise NodeFull(public_id)
            session = self.sessions[public_id] = Session(public_id)
        return session

    def _forget_empty(self) -> None:
        """Make room by forgetting sessions that were left without being ended; web knows their programs."""
        for session in list(self.sessions.values()):
            if not session.ups and not session.downs and not self.recorder.records(session.public_id):
                del self.sessions[session.public_id]

    def _make_room(self, session: Session, peer: str, direction: str) -> None:
        replaces = peer in (session.ups if direction == "up" else session.downs)
        if len(self._by_ufrag) >= MAX_CONNECTIONS and not replaces:
            raise NodeFull(session.public_id)

    def _begin(self, connection: Connection) -> None:
        assert self._lives is not None
        connection.on_address = self._proven
        connection.on_left = self._left
        self._by_ufrag[connection.path.ufrag] = connection
        self._around.turns.add(connection, connection.tick_every)
        key = connection.session, connection.peer
        if key not in self._meters:
            self._meters[key] = LinkMeter(*key)
            self._readings.add(self._meters[key], QUALITY_EVERY)
        self._lives.create_task(self._live(connection), name=f"{connection.direction} {connection.peer}")

    async def _live(self, connection: Connection) -> None:
        reason = "node stopped"
        try:
            reason = await connection.run(self._connected)
        except Exception:
            reason = "fault"
            log.exception("media.connection_fault", direction=connection.direction)
        finally:
            self._end(connection, reason)

    def _connected(self, connection: Connection) -> None:
        self._tell_connected(connection)
        session = self.sessions.get(connection.session)
        if session is None:
            return
        if isinstance(connection, DownConnection):
            session.apply_to(connection)
        self._fanout.flush()

    def _tell_connected(self, connection: Connection) -> None:
        self._emit(
            PeerConnected(
                session=connection.session,
                at_ms=self.clock.now_us() // 1000,
                peer=connection.peer,
                direction=connection.direction,
            )
        )

    def _end(self, connection: Connection, reason: str) -> None:
        self._by_ufrag.pop(connection.path.ufrag, None)
        self._around.turns.remove(connection)
        for address in connection.path.addresses:
            self._left(connection, address)
        session = self.sessions.get(connection.session)
        log.info("media.connection_ended", peer=connection.peer, direction=connection.direction, reason=reason)
        if session is None:
            self._forget_meter(connection.session, connection.peer)
            return
        if isinstance(connection, DownConnection):
            connection.release()
            replaced = session.downs.get(connection.peer) is not connection
            if not replaced:
                del session.downs[connection.peer]
                self._follow_origin(session)
        else:
            assert isinstance(connection, UpConnection)
            connection.release()
            replaced = session.ups.get(connection.peer) is not connection
            if not replaced:
                del session.ups[connection.peer]
            self._sources_changed(session)
        if not replaced:
            self._tell_silent(connection, gone=True)
        if connection.peer not in session.ups and connection.peer not in session.downs:
            session.forget_viewer(connection.peer)
            self._forget_meter(session.public_id, connection.peer)
        self._forget_if_idle(session)

    def _sources_changed(self, session: Session) -> None:
        session.apply()
        if session.program is not None:
            self.recorder.follow(session.public_id, session.track, recorded_sources(session.program))
            self.relay.follow(session.public_id)

    def _follow_origin(self, session: Session) -> None:
        if self._lives is not None:
            self._links.follow(session, self._lives)

    def _named_tracks(self, session_id: str) -> list[UpTrack]:
        """What an edge of the session is sent."""
        session = self.sessions.get(session_id)
        if session is None or session.program is None:
            return []
        found = (session.track(source) for source in sorted(named_sources(session.program)))
        return [track for track in found if track is not None and not track.ended]

    def _forget_if_idle(self, session: Session) -> None:
        if session.idle:
            self.sessions.pop(session.public_id, None)

    def _tell_silent(self, connection: Connection, *, gone: bool) -> None:
        self._emit(
            PeerSilent(
                session=connection.session,
                at_ms=self.clock.now_us() // 1000,
                peer=connection.peer,
                direction=connection.direction,
                gone=gone,
            )
        )

    # --- time -------------------------------------------------------------------------------------------------------------

    async def _tick_forever(self) -> None:
        number = 0
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())
            self._lateness.note(loop.time() - due, due)
            number += 1
            self._tick(number)

    def _tick(self, number: int) -> None:
        now_us = self.clock.now_us()
        turns = dict(self._around.turns.due(number))
        hurried, self._around.hurried = self._around.hurried, {}
        for connection in hurried:
            if connection not in turns and connection.connected:
                turns[connection] = self._around.turns.turn(connection, number)
        for connection, turn in turns.items():
            try:
                connection.tick(turn, now_us)
                if turn % SILENCE_EVERY == 0 and connection.connected:
                    connection.allow(now_us)
                    self._watch(connection, now_us)
            except Exception:
                self.counters["tick_fault"] += 1
                if self.counters["tick_fault"] <= 20:
                    log.exception("media.tick_fault")
        for meter, _ in self._readings.due(number):
            self._tell_quality(meter, now_us)
        self._fanout.flush()

    def _watch(self, connection: Connection, now_us: int) -> None:
        state = connection.silence(now_us)
        if state == "gone":
            connection.close()
        elif (state == "silent") != connection.silent:
            connection.silent = state == "silent"
            if connection.silent:
                self._tell_silent(connection, gone=False)
            else:
                self._tell_connected(connection)

    def _tell_quality(self, meter: LinkMeter, now_us: int) -> None:
        session = self.sessions.get(meter.session)
        if session is not None:
            event = meter.read(session.ups.get(meter.peer), session.downs.get(meter.peer), now_us)
            if event is not None:
                self._emit(event)

    def _forget_meter(self, session: str, peer: str) -> None:
        meter = self._meters.pop((session, peer), None)
        if meter is not None:
            self._readings.remove(meter)
