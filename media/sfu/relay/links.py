"""Which sessions this node takes from other nodes, as their edge."""

from __future__ import annotations

import asyncio
from collections import Counter

from media.sfu.clock import NodeClock
from media.sfu.fanout import Fanout
from media.sfu.relay.edge import RelayLink
from media.sfu.session import Session
from media.wire import RelayAddress


class RelayLinks:
    """One link for each session that has viewers here and lives elsewhere."""

    def __init__(self, clock: NodeClock, fanout: Fanout, counters: Counter[str]) -> None:
        self._clock = clock
        self._fanout = fanout
        self._counters = counters
        self._running: dict[str, tuple[RelayLink, asyncio.Task[None]]] = {}

    def follow(self, session: Session, tasks: asyncio.TaskGroup) -> None:
        """Make it so for the session as it is now: with a home elsewhere and viewers here it has a link, else none."""
        wanted = session.origin if session.downs and not session.ended else None
        link, task = self._running.get(session.public_id, (None, None))
        if (link.home if link is not None else None) == wanted:
            return
        if task is not None:
            del self._running[session.public_id]
            session.relayed = {}
            session.apply()
            task.cancel()
        if wanted is not None:
            self._begin(session, wanted, tasks)

    def _begin(self, session: Session, home: RelayAddress, tasks: asyncio.TaskGroup) -> None:
        def changed() -> None:
            if session.relayed is link.tracks:
                session.apply()

        link = RelayLink(
            session.public_id, home, clock=self._clock, fanout=self._fanout, counters=self._counters, changed=changed
        )
        session.relayed = link.tracks
        task = tasks.create_task(link.run(), name=f"relay {session.public_id}")
        self._running[session.public_id] = (link, task)
