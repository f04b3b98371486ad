"""One session on the node: its program, its peers' connections, and the routes between them."""

from __future__ import annotations

from media.plane import Program
from media.sfu.down_connection import DownConnection
from media.sfu.routing import Source, slots_for
from media.sfu.up import UpTrack
from media.sfu.up_connection import UpConnection
from media.wire import RelayAddress


class Session:
    """Keeps the routes as the program says. Every change of a program or a connection ends in :meth:`apply`."""

    def __init__(self, public_id: str) -> None:
        self.public_id = public_id
        self.program: Program | None = None
        self.origin: RelayAddress | None = None
        """Where its tracks come from, where another node is its home."""
        self.ups: dict[str, UpConnection] = {}
        self.downs: dict[str, DownConnection] = {}
        self.relayed: dict[Source, UpTrack] = {}
        """The tracks that come from another node, where this one is an edge."""
        self._slots: dict[str, dict[str, Source | None]] = {}

    @property
    def idle(self) -> bool:
        """Nothing is left of it that the node must keep."""
        return (self.program is None or self.ended) and not self.ups and not self.downs

    @property
    def ended(self) -> bool:
        """Its program says so."""
        return self.program is not None and self.program.state == "ended"

    def set_program(self, program: Program) -> bool:
        """Take the program, unless it is older than the one that runs; returns whether it was taken."""
        if self.program is not None and program.seq < self.program.seq:
            return False
        self.program = program
        self.apply()
        return True

    def apply(self) -> None:
        """Make the routes of all viewers as the program says."""
        for down in self.downs.values():
            self.apply_to(down)

    def apply_to(self, down: DownConnection) -> None:
        """Make one viewer's routes as the program says."""
        if self.program is None or not down.connected:
            return
        slots = slots_for(self.program, down.peer, self._slots.get(down.peer, {}), down.voices)
        self._slots[down.peer] = slots
        down.route({mid: self.track(source) for mid, source in slots.items()})

    def track(self, source: Source | None) -> UpTrack | None:
        """The track of a source, where its peer publishes it now, here or on the session's home."""
        if source is None:
            return None
        up = self.ups.get(source[0])
        return up.tracks.get(source[1]) if up is not None else self.relayed.get(source)

    def forget_viewer(self, peer: str) -> None:
        """A viewer has left for good: its slots need not be remembered."""
        self._slots.pop(peer, None)
