"""One page's WebSocket: read, admit, do, answer; and pass on what happens in the session.

A plain ASGI application. The tasks of one group serve a connection: the reader (frames → a bounded queue), the worker (one
command after the other; a slow media node delays commands, never events), one that waits for the seat to be taken, and one that
looks whether the page may still be there. Events come from the session's :class:`conference.feed.Feed`. Whatever ends one of the
tasks ends all, and the seat is given back in ``finally``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.utils.translation import override
from pydantic import BaseModel

from conference import commands, live, metrics, presence, protocol, sweep, turn
from conference.database import in_database
from conference.domain.rate import Bucket
from conference.gathering import Told
from conference.inbox import Garbage, parse
from conference.models import Seat
from conference.services import seats
from core import disk, ids
from core.clock import monotonic_s, now, to_ms
from core.errors import Conflict, DiemcauError, Invalid, NotSignedIn, TooMany, _
from core.messages import error_text
from media.plane import Program
from people.models import User
from people.permissions import Action

log = structlog.get_logger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
R = TypeVar("R")

HELLO_TIMEOUT_S = 15.0
SILENCE_TIMEOUT_S = 3.0 * protocol.HEARTBEAT_S
FRESH_S = 1.0
"""Rights that were looked at so long ago are good enough for a hello."""
RIGHTS_S = protocol.HEARTBEAT_S + 5.0
"""Rights that are older are looked at again, whatever the page says or does not say."""
UNKNOWN_S = float(protocol.LEASE_S)
"""A page whose rights nobody could look at for so long (the database is away) is closed."""
RETRY_S = 1.0
TEARDOWN_TIMEOUT_S = 5.0
QUEUE_BOUND = 64
HELD_BOUND = 256
"""Events that wait while a snapshot is read; where there are more the page sees a gap."""
NORMAL, GOING_AWAY, TAKEN, TOO_SLOW = 1000, 1001, 4410, 4408


class Closed(Exception):
    """End the connection; ``code`` None where the page has ended it itself."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


async def session_consumer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI application at ``/ws/session/<public_id>/``."""
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})  # so that the page can be told why it may not stay
    await Connection(scope, receive, send).serve()


class Connection:
    """One page's connection; it has a seat from ``hello`` on. Implements :class:`conference.feed.Page`."""

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.session_id: str = scope["url_route"]["kwargs"]["session_id"]
        self._user: User | AnonymousUser = scope.get("user") or AnonymousUser()
        self._login: str | None = getattr(scope.get("session"), "session_key", None)
        self._receive = receive
        self._send = send
        self._language: str = getattr(self._user, "language", "vi")
        self._id = ids.new_id()
        self._asker: int | str = self._user.pk or self._id  # whose speed is limited
        self._page = ""
        self._abilities: frozenset[str] = frozenset()
        self._caller: commands.Caller | None = None
        self._queue: asyncio.Queue[protocol.Command] = asyncio.Queue(QUEUE_BOUND)
        self._patience = Bucket(burst=20, per_s=0.2)
        self._order = asyncio.Lock()
        self._held: deque[Told] | None = deque(maxlen=HELD_BOUND)  # None: events are sent as they come
        self._seq = 0
        self._behind_at: int | None = None
        self._live = live.current()
        self._tasks: asyncio.TaskGroup | None = None
        self._beating: asyncio.Task[None] | None = None
        self._seat_taken = asyncio.Event()
        self._doubted = asyncio.Event()
        self._turned_out = False
        self._taken_by = ""  # the page
        self._gone = False
        self._checked_s = monotonic_s()  # when the rights were last looked at
        self._due_s = self._checked_s + HELLO_TIMEOUT_S  # until when the page must have said hello, then its next heartbeat
        self.negotiated_ms = 0

    @property
    def seat_id(self) -> str:
        return self._caller.seat.public_id if self._caller else ""

    @property
    def operates(self) -> bool:
        return Action.SESSION_OPERATE.value in self._abilities

    # Life -----------------------------------------------------------------------------------------------------------------
    async def serve(self) -> None:
        """Serve the page until either side ends it. Nothing that the page sends raises out of here."""
        code: int | None = GOING_AWAY
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._read())
                tasks.create_task(self._work())
                tasks.create_task(self._yield_when_told())
                tasks.create_task(self._keep_rights())
        except* Closed as closed:
            code = next(iter(_leaves(closed))).code
        except* Exception as failed:
            code = 1011
            log.error("session.connection_failed", session=self.session_id, exc_info=failed)
        finally:
            self._gone = True
            if self._caller is not None:
                metrics.PAGES.dec()
            await self._give_back()
        if code is not None:
            await self._send({"type": "websocket.close", "code": code})

    async def _give_back(self) -> None:
        self._live.detach(self)
        try:
            async with asyncio.timeout(TEARDOWN_TIMEOUT_S):
                if self._caller is not None and self._turned_out:
                    await self._vacate(self._caller.seat, seats.turn_out)
                elif self._caller is not None:
                    await in_database(seats.lose_connection, seat=self._caller.seat, connection=self._id, now=now())
        except Exception:  # the lease runs out all the same
            log.exception("session.seat_not_given_back", session=self.session_id)

    # Reading --------------------------------------------------------------------------------------------------------------
    async def _read(self) -> None:
        while (left_s := self._due_s - monotonic_s()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    frame = await self._receive()
            except TimeoutError:
                continue  # the page may have come to its seat meanwhile
            if frame["type"] == "websocket.disconnect":
                await self._finish()
                raise Closed(None)
            await self._take(frame.get("text"))
        raise Closed(TOO_SLOW)

    async def _finish(self) -> None:
        """What the page said before it went is still done: the last word is often that it leaves."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TEARDOWN_TIMEOUT_S):
                await self._queue.join()

    async def _take(self, text: str | None) -> None:
        """Queue a command, or say what is wrong with it; a page that goes on like that is closed."""
        ref: str | None = None
        try:
            if not self._live.limits.commands.take(self._asker, monotonic_s()):
                raise TooMany("protocol.too_fast", _("The page sends commands too fast. Wait a moment."))
            command = parse(text)
            ref = command.ref
            if isinstance(command, protocol.Hello if self._caller is None else protocol.Heartbeat):
                self._due_s = monotonic_s() + SILENCE_TIMEOUT_S
            if isinstance(command, protocol.ChatSend) and not self._live.limits.chat.take(self._asker, monotonic_s()):
                raise TooMany("chat.too_fast", _("You are sending messages too fast. Wait a few seconds."))
            try:
                self._queue.put_nowait(command)
            except asyncio.QueueFull:
                raise TooMany("protocol.too_fast", _("The page sends commands too fast. Wait a moment.")) from None
        except DiemcauError as error:
            await self._refuse(error.ref if isinstance(error, Garbage) else ref, error)
            if not error.code.startswith("chat.") and not self._patience.take(monotonic_s()):
                raise Closed(error.close_code) from None

    # Doing ----------------------------------------------------------------------------------------------------------------
    async def _work(self) -> None:
        await self._admit()
        while True:
            command = await self._queue.get()
            try:
                if isinstance(command, protocol.Heartbeat):
                    await self._beat_apart(command)
                else:
                    await self._attempt(command)
            finally:
                self._queue.task_done()

    async def _beat_apart(self, command: protocol.Heartbeat) -> None:
        """Do a heartbeat beside the other commands, which would wait for it; one at a time."""
        if self._beating is not None:
            await asyncio.wait([self._beating])
        self._beating = self._beside(self._attempt(command))

    def _beside(self, work: Coroutine[Any, Any, R]) -> asyncio.Task[R]:
        """Do it beside what the connection does; what it raises ends the connection."""
        assert self._tasks is not None
        return self._tasks.create_task(work)

    async def _attempt(self, command: protocol.Command) -> None:
        """Do a command, or say why not; raises Closed where the page is to go."""
        try:
            await metrics.metered(command.type, self._do(command), ending=(Closed, _Unwelcome))
        except _Unwelcome as unwelcome:
            await self._turn_out(command.ref, unwelcome.error)
        except DiemcauError as error:
            log.info("session.command_refused", session=self.session_id, type=command.type, code=error.code)
            await self._refuse(command.ref, error)
        except Closed:
            raise
        except Exception as error:
            log.exception("session.command_failed", session=self.session_id, type=command.type)
            failed = disk.trouble(error) or DiemcauError(
                "core.internal", _("Something went wrong on the server. Please try again.")
            )
            await self._refuse(command.ref, failed)

    async def _admit(self) -> None:
        """Who is not signed in, or has no business here, is told so and closed before any command is done."""
        try:
            await self._check_welcome()
        except _Unwelcome as unwelcome:
            await self._turn_out(None, unwelcome.error)

    async def _turn_out(self, ref: str | None, error: DiemcauError) -> NoReturn:
        """Say why the page may not stay, and end; the seat that it has becomes empty at once."""
        await self._refuse(ref, error)
        self._gone = self._turned_out = True
        raise Closed(error.close_code)

    async def _check_welcome(self, beat: seats.Beat | None = None) -> bool:
        """Whether the login holds, the person has a part in the session, and the seat is theirs; takes the person and their
        abilities as they are now. Raises _Unwelcome.

        With a beat: whether this page holds its seat."""
        asked_s = monotonic_s()
        seat = self._caller.seat if self._caller is not None else None
        visitor = presence.Visitor(self.session_id, self._user, self._login, seat, beat)
        looking = self._live.coming if beat is None else self._live.beating
        standing = await looking.do(visitor)
        if standing.refused is not None or standing.user is None:
            raise _Unwelcome(standing.refused or NotSignedIn())
        publish = Action.MEDIA_PUBLISH.value
        if self._caller is not None and publish in self._abilities and publish not in standing.abilities:
            await self._go_off_air(self._caller.seat)
        self._user, self._abilities, self._checked_s = standing.user, standing.abilities, asked_s
        if self._caller is not None:
            self._caller = replace(self._caller, user=standing.user)
        return standing.held

    async def _go_off_air(self, seat: Seat) -> None:
        """The person may no longer speak: their seat leaves the program, and the node closes what it sends."""
        await in_database(seats.take_off_air, session_id=self.session_id, seat=seat, now=now())
        await self._live.drop(self.session_id, seat.public_id, "up")
        self._live.mark(self.session_id)

    async def _keep_rights(self) -> None:
        """Look at the page's rights when somebody says that they may have changed, and by the clock where no heartbeat did so."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._checked_s + RIGHTS_S - monotonic_s())):
                    await self._doubted.wait()
            if self._doubted.is_set() or monotonic_s() - self._checked_s >= RIGHTS_S:
                self._doubted.clear()
                await self._look_again()

    async def _look_again(self) -> None:
        try:
            async with asyncio.timeout(self._checked_s + UNKNOWN_S - monotonic_s()):
                await self._check_welcome()
        except _Unwelcome as unwelcome:
            await self._turn_out(None, unwelcome.error)
        except TimeoutError:
            raise Closed(GOING_AWAY) from None
        except Exception:
            log.exception("session.rights_not_checked", session=self.session_id)
            await asyncio.sleep(RETRY_S)
            self._doubted.set()

    async def _do(self, command: protocol.Command) -> None:
        enough_s = FRESH_S if isinstance(command, protocol.Hello) else RIGHTS_S
        if not isinstance(command, protocol.Heartbeat) and monotonic_s() - self._checked_s > enough_s:
            await self._check_welcome()
        if isinstance(command, protocol.Hello):
            await self._hello(command)
            return
        if self._caller is None:
            raise Invalid("protocol.hello_first", _("The page must say hello first. Reload the page."))
        match command:
            case protocol.Heartbeat():
                await self._heartbeat(command)
            case protocol.Resync():
                await self._resync(command.ref)
            case protocol.Leave():
                await self._leave(command)
            case _:
                await self._run(command, self._caller)

    async def _run(self, command: protocol.Command, caller: commands.Caller) -> None:
        media = commands.COMMANDS[command.type].media
        reply: BaseModel | None = None
        if media is not None:
            commands.check(command, self._abilities)  # as last looked at: a picture does not wait for the database
            reply = await media(caller, command, self._live.plane)
            self.negotiated_ms = to_ms(now())
        else:
            self._live.mark(self.session_id, await in_database(_write, caller, command, self._login))
        await self._tell(reply or protocol.Ok(ref=command.ref))

    # The commands of the connection itself ----------------------------------------------------------------------------------
    async def _hello(self, command: protocol.Hello) -> None:
        if self._caller is not None:
            raise Conflict("protocol.hello_again", _("The page has said hello already."))
        if command.version != protocol.VERSION:
            raise _Unwelcome(Invalid("protocol.version", _("This page is of another version than the server. Reload the page.")))
        if not self._live.limits.hellos.take(self._asker, monotonic_s()):
            too_fast = TooMany("protocol.too_fast", _("The page sends commands too fast. Wait a moment."))
            await self._turn_out(None, too_fast)  # without a ref: the page comes again after a pause
        if command.take_over and not self._live.limits.take_overs.take(self._asker, monotonic_s()):
            raise TooMany("seat.moved_too_often", _("This seat was moved between windows too often. Wait a minute."))
        assert isinstance(self._user, User)
        self._page = command.page
        ended = await self._sit(take_over=command.take_over)
        receiving = self._beside(self._offer()) if command.receive and not ended else None
        await self._live.attach(self)
        await self._give_snapshot(self._welcome)
        self._live.mark(self.session_id)
        if receiving is not None:
            await self._tell(await receiving)

    async def _offer(self) -> protocol.DownOffer | protocol.MediaLost:
        """The node's offer to receive; where there is none the page asks for it, and is told why."""
        try:
            sdp = await self._live.plane.subscribe(self.session_id, self.seat_id)
        except DiemcauError:
            return protocol.MediaLost()
        except Exception:
            log.exception("session.not_offered", session=self.session_id)
            return protocol.MediaLost()
        self.negotiated_ms = to_ms(now())
        return protocol.DownOffer(ref=None, sdp=sdp)

    def _welcome(self, snapshot: protocol.Snapshot) -> protocol.Welcome:
        return protocol.Welcome(
            version=protocol.VERSION,
            seat=self.seat_id,
            abilities=sorted(self._abilities),
            server_ms=to_ms(now()),
            heartbeat_s=protocol.HEARTBEAT_S,
            ice=turn.ice_servers(self.seat_id, now()),
            snapshot=snapshot,
        )

    async def _sit(self, *, take_over: bool) -> bool:
        """Take the seat; whether the session has ended."""
        assert isinstance(self._user, User)
        taken = await in_database(
            seats.take_seat,
            session_id=self.session_id,
            user=self._user,
            page=self._page,
            connection=self._id,
            take_over=take_over,
            now=now(),
        )
        if self._caller is None:
            metrics.PAGES.inc()
            self._due_s = monotonic_s() + SILENCE_TIMEOUT_S
        self._caller = commands.Caller(self.session_id, self._user, taken.seat)
        if taken.replaced:
            await self._live.drop(self.session_id, self.seat_id)
        return taken.ended

    async def _heartbeat(self, command: protocol.Heartbeat) -> None:
        assert self._caller is not None
        beat = seats.Beat(
            self._caller.seat,
            page=self._page,
            connection=self._id,
            number=command.number,
            client_ms=command.client_ms,
            media_flowing=command.media_flowing,
        )
        if not await self._check_welcome(beat):
            await self._sit_again()
        await self._tell(protocol.Alive(number=command.number, server_ms=to_ms(now())))

    async def _sit_again(self) -> None:
        """The lease ran out while the page was away (a laptop slept): take the seat again unless another page sits there."""
        try:
            await self._sit(take_over=False)
        except Conflict:
            await self._tell(protocol.SeatTaken())
            raise Closed(TAKEN) from None
        self._live.mark(self.session_id)

    async def _leave(self, command: protocol.Leave) -> None:
        assert self._caller is not None
        await self._vacate(self._caller.seat, seats.leave_seat)
        await self._tell(protocol.Ok(ref=command.ref))
        raise Closed(NORMAL)

    async def _vacate(self, seat: Seat, empty: Callable[..., bool]) -> None:
        """Have ``empty`` empty the seat, unless it is another's by now."""
        if await in_database(empty, session_id=self.session_id, seat=seat, connection=self._id, now=now()):
            await self._live.drop(self.session_id, seat.public_id)
            self._live.mark(self.session_id)

    async def _resync(self, ref: str | None) -> None:
        await self._give_snapshot(lambda snapshot: protocol.Resynced(ref=ref, snapshot=snapshot))

    async def _give_snapshot(self, message: Callable[[protocol.Snapshot], BaseModel]) -> None:
        """Tell the page how everything is now, in the order of events: those that come meanwhile follow."""
        technicians = Action.CHAT_TECHNICIANS.value in self._abilities
        async with self._order:
            if self._held is None:
                self._held = deque(maxlen=HELD_BOUND)
            try:
                snapshot = await self._live.snapshot(self, technicians=technicians)
                self._seq, self._behind_at = snapshot.seq, None
                await self._tell(message(snapshot))
                while self._held:
                    await self._pass_on(self._held.popleft())
            finally:
                self._held = None

    # Telling --------------------------------------------------------------------------------------------------------------
    async def hear(self, told: Told) -> None:
        """See :class:`conference.feed.Page`."""
        if self._held is not None:
            self._held.append(told)
        else:
            await self._pass_on(told)

    async def _pass_on(self, told: Told) -> None:
        """Events that the page's snapshot holds already are left out."""
        if told.seq <= self._seq:
            return
        self._seq = told.seq
        readable = told.needs is None or told.needs in self._abilities
        await self._send_text(told.text if readable else told.otherwise)

    def lost_seat(self, connection: str, page: str) -> None:
        """See :class:`conference.feed.Page`."""
        if connection != self._id:
            self._taken_by = page
            self._seat_taken.set()

    def doubt(self, person: int) -> None:
        """See :class:`conference.feed.Page`."""
        if person == self._user.pk:
            self._doubted.set()

    async def _yield_when_told(self) -> None:
        """End once another connection has the seat; what was said of the seat's earlier holders is no matter of ours."""
        while True:
            await self._seat_taken.wait()
            self._seat_taken.clear()
            assert self._caller is not None
            if not await in_database(seats.holds, seat=self._caller.seat, connection=self._id):
                break
        if self._taken_by != self._page:  # else it is this very page, on a newer socket
            await self._tell(protocol.SeatTaken())
        raise Closed(TAKEN)

    def misses(self, seq: int) -> bool:
        """See :class:`conference.feed.Page`. An event may be under way: only what stays behind for a whole tick is missed."""
        if self._seq >= seq or self._held is not None:
            self._behind_at = None
        elif self._behind_at is not None and self._seq <= self._behind_at:
            return True
        else:
            self._behind_at = self._seq
        return False

    async def renew(self) -> None:
        """See :class:`conference.feed.Page`."""
        await self._resync(None)

    async def tell(self, message: BaseModel) -> None:
        """See :class:`conference.feed.Page`."""
        await self._tell(message)

    async def _tell(self, message: BaseModel) -> None:
        await self._send_text(message.model_dump_json())

    async def _send_text(self, text: str) -> None:
        if not self._gone:
            await self._send({"type": "websocket.send", "text": text})

    async def _refuse(self, ref: str | None, error: DiemcauError) -> None:
        with override(self._language):
            text = error_text(error)
        await self._tell(protocol.Failed(ref=ref, code=error.code, text=text))


class _Unwelcome(Exception):
    """The page cannot stay: say ``error``, then close."""

    def __init__(self, error: DiemcauError) -> None:
        super().__init__(error.code)
        self.error = error


def _write(caller: commands.Caller, command: protocol.Command, session_key: str | None) -> Program | None:
    """Check by the rights as they are now and do a command. The plane's program after it; None where it has to be read once
    more."""
    (standing,) = presence.look([presence.Visitor(caller.session_id, caller.user, session_key, caller.seat)])
    if standing.refused is not None:
        raise _Unwelcome(standing.refused)
    commands.check_and_write(caller, command, standing.abilities)
    try:
        return sweep.plane_program_of(caller.session_id)
    except DatabaseError:  # what was written stands all the same
        log.warning("session.program_not_read", session=caller.session_id, exc_info=True)
        return None


def _leaves(group: BaseExceptionGroup[Closed]) -> list[Closed]:
    """The exceptions in a group, however nested; one that names a code first."""
    found: list[Closed] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return sorted(found, key=lambda closed: closed.code is None)
