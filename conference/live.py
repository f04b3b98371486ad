"""What a web process keeps doing while it serves sessions: it makes the media plane follow the programs, tells its pages what the
plane says, lets leases run out, and heals what the channel layer lost.

Every web process runs one; all that it does may be done by several at once. There is no start-up hook under ASGI, so the first
connection starts it and it then runs as long as the process's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import structlog
from pydantic import BaseModel

from conference import presence, sweep
from conference.database import in_database
from conference.domain.rate import Buckets
from conference.feed import Feed, Page
from conference.links import Links
from conference.protocol import MediaLost, Snapshot
from conference.together import Together
from core.clock import now, to_ms
from core.ending import end
from core.errors import DiemcauError
from media import plane as port
from media.placement import make_plane
from media.plane import MediaPlane, PlaneEvent

log = structlog.get_logger(__name__)

TICK_S = 1.0
RETRY_S = 1.0
BEATS_S = 0.25
"""Heartbeats that come within it are done together."""


class Limits:
    """How fast a person may talk in this process, whatever the connections by which they do; the keys are the persons'."""

    def __init__(self) -> None:
        self.commands = Buckets(burst=60, per_s=15)
        self.chat = Buckets(burst=6, per_s=0.5)
        self.hellos = Buckets(burst=30, per_s=0.5)
        self.take_overs = Buckets(burst=6, per_s=0.1)


class Live:
    """See the module. ``tick_s`` None: nothing runs by the clock (tests call :meth:`tick`)."""

    def __init__(self, plane: MediaPlane, *, tick_s: float | None = TICK_S) -> None:
        self.plane = plane
        self.coming: Together[presence.Visitor, presence.Standing] = Together(_look, apart_s=0)
        """How a visitor stands who has just come: nobody waits but for those who are being looked at."""
        self.beating: Together[presence.Visitor, presence.Standing] = Together(_look, apart_s=BEATS_S)
        """How a visitor stands who has a seat and says so."""
        self.limits = Limits()
        self._tick_s = tick_s
        self._feeds: dict[str, Feed] = {}  # by session, where there are pages of it
        self._ending: set[asyncio.Task[None]] = set()
        self._links = Links()
        self._dirty: dict[str, port.Program | None] = {}  # sessions whose program is to be sent, in order; None: to be read
        self._wake = asyncio.Event()
        self._sent: dict[str, tuple[int, port.Program]] = {}
        self._heard: set[tuple[str, str]] = set()  # (session, seat) of whom the plane spoke since the last tick
        self._task: asyncio.Task[None] | None = None
        self._started_ms = to_ms(now())

    # Life -----------------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Run from now on, on the loop that is running; does nothing where it runs already."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="conference-live")

    async def aclose(self) -> None:
        """End all of it."""
        await asyncio.gather(*(feed.aclose() for feed in self._feeds.values()), *self._ending)
        self._feeds.clear()
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._send_programs())
            if self._tick_s is not None:
                group.create_task(self._tick_forever(self._tick_s))

    # Pages ----------------------------------------------------------------------------------------------------------------
    async def attach(self, page: Page) -> None:
        """From now on the page hears all events of its session: what it misses is in a snapshot that is asked for after this."""
        self.start()
        feed = self._feeds.get(page.session_id)
        if feed is None:
            feed = self._feeds[page.session_id] = Feed(page.session_id)
            feed.start()
        feed.add(page)
        await feed.listening()

    def detach(self, page: Page) -> None:
        """Does nothing for a page that is not attached."""
        feed = self._feeds.get(page.session_id)
        if feed is None:
            return
        feed.discard(page)
        if not feed:
            del self._feeds[page.session_id]
            ending = asyncio.get_running_loop().create_task(feed.aclose(), name=f"feed-end-{page.session_id}")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def snapshot(self, page: Page, *, technicians: bool) -> Snapshot:
        """For a page that is attached: see :meth:`conference.feed.Feed.snapshot`."""
        return await self._feeds[page.session_id].snapshot(technicians=technicians)

    def _of(self, session: str, seat: str | None = None) -> list[Page]:
        feed = self._feeds.get(session)
        if feed is None:
            return []
        return list(feed) if seat is None else feed.of(seat)

    # Programs to the plane ------------------------------------------------------------------------------------------------
    def mark(self, session: str, program: port.Program | None = None) -> None:
        """The session's program (or who is in it) may have changed: send it, soon and until the plane has it. ``program``: as it
        was read after the change."""
        waiting = self._dirty.get(session, program)
        if waiting is None or program is None:
            self._dirty[session] = None
        else:
            self._dirty[session] = max(waiting, program, key=lambda each: each.seq)
        self._wake.set()

    async def _send_programs(self) -> None:
        while True:
            while not self._dirty:
                self._wake.clear()
                await self._wake.wait()
            session = next(iter(self._dirty))
            if not await self._send_program(session, self._dirty.pop(session)):
                self.mark(session)
                await asyncio.sleep(RETRY_S)

    async def _send_program(self, session: str, program: port.Program | None) -> bool:
        """Send the session's program unless the plane has just that; False where it must be tried again."""
        try:
            program = program or await in_database(sweep.plane_program_of, session)
            if program is None or self._has(session, program):
                return True
            await self.plane.set_program(session, program)
        except DiemcauError as error:
            log.warning("plane.program_not_sent", session=session, code=error.code)
            return error.http_status != 503
        except Exception:
            log.exception("plane.program_not_sent", session=session)
            return False
        self._sent[session] = (program.seq, program)
        return True

    def _has(self, session: str, program: port.Program) -> bool:
        sent = self._sent.get(session)
        moving = {"seq", "at_ms"}
        return sent is not None and sent[1].model_dump(exclude=moving) == program.model_dump(exclude=moving)

    async def drop(self, session: str, seat: str, direction: port.Direction | None = None) -> None:
        """Close a seat's media, both ways or one; a node that does not answer will notice by itself."""
        with contextlib.suppress(DiemcauError):
            await self.plane.drop(session, seat, direction)

    # By the clock ---------------------------------------------------------------------------------------------------------
    async def _tick_forever(self, tick_s: float) -> None:
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("session.tick_failed")
            await asyncio.sleep(tick_s)

    async def tick(self) -> None:
        """Let leases run out; see to it that pages and plane have what the database has."""
        heard, self._heard = self._heard, set()
        if heard:
            lost = await in_database(sweep.prolong_streams, heard)
            await asyncio.gather(*(self.drop(*one) for one in lost))
        late = await in_database(sweep.expire)
        for session, seat in late:
            self._links.forget(session, seat)
            self.mark(session)
        await asyncio.gather(*(self.drop(session, seat) for session, seat in late))  # each waits where the node is away
        open_here = set(self._feeds)
        for session, (_, program) in list(self._sent.items()):
            if program.state == "ended" and session not in open_here:
                del self._sent[session]
        sessions = open_here | set(self._sent)
        for session, seq in (await in_database(sweep.sequence_numbers, sessions)).items():
            sent = self._sent.get(session)
            if sent is None or sent[0] < seq:
                self.mark(session)
                if sent is not None:
                    self._sent[session] = (seq, sent[1])
            feed = self._feeds.get(session)
            if feed is not None:
                await feed.catch_up(seq)

    # What the plane says --------------------------------------------------------------------------------------------------
    async def _listen(self) -> None:
        while True:
            try:
                async for event in self.plane.events():
                    await self._hear_safely(event)
            except DiemcauError as error:
                log.warning("plane.events_ended", code=error.code)
            except Exception:
                log.exception("plane.events_failed")
            await asyncio.sleep(RETRY_S)

    async def _hear_safely(self, event: PlaneEvent) -> None:
        """One event that cannot be done (the database restarts) does not take along those behind it."""
        try:
            await self.hear(event)
        except Exception:
            log.exception("plane.event_failed", type=event.type)

    async def hear(self, event: PlaneEvent) -> None:
        """Do what an event of the plane asks for."""
        match event:
            case port.NodeStarted():
                await self._node_started(event)
            case port.PeerConnected() | port.LinkQuality() | port.PeerSilent():
                await self._link_changed(event)
            case port.RecordingStarted() | port.RecordingFinished() | port.RecordingTrouble():
                await in_database(sweep.recording_event, event)

    async def _node_started(self, event: port.NodeStarted) -> None:
        """A new node knows nothing: programs go out again, and pages whose media lived on the old one make it anew."""
        self._sent.clear()
        self._links.clear()
        for session in await in_database(sweep.sessions_for_the_plane):
            self.mark(session)
        if event.at_ms < self._started_ms:
            return  # not new: it is we who have come later
        pages = [page for feed in self._feeds.values() for page in feed if page.negotiated_ms <= event.at_ms]
        lost = [page for page in pages if (page.session_id, page.seat_id) not in event.spared]
        await self._tell(lost, MediaLost())

    async def _link_changed(self, event: port.PeerConnected | port.LinkQuality | port.PeerSilent) -> None:
        if not isinstance(event, port.PeerSilent):
            self._heard.add((event.session, event.peer))
        elif event.gone:
            await in_database(sweep.stream_ended, event.session, event.peer, event.direction)
        link = self._links.after(event)
        seats = self._of(event.session, event.peer)
        if isinstance(event, port.PeerSilent) and event.gone:
            await self._tell(seats, MediaLost())
        await self._tell({*seats, *(page for page in self._of(event.session) if page.operates)}, link)

    async def _tell(self, pages: Iterable[Page], message: BaseModel) -> None:
        for page in pages:
            await page.tell(message)


async def _look(visitors: list[presence.Visitor]) -> list[presence.Standing]:
    return await in_database(presence.look, visitors)


_lives: WeakKeyDictionary[asyncio.AbstractEventLoop, Live] = WeakKeyDictionary()


def current() -> Live:
    """The one of this process (of the loop that is running)."""
    loop = asyncio.get_running_loop()
    live = _lives.get(loop)
    if live is None:
        live = _lives[loop] = Live(make_plane())
    return live


def use(live: Live) -> None:
    """Make ``live`` the one of the loop that is running (tests)."""
    _lives[asyncio.get_running_loop()] = live
