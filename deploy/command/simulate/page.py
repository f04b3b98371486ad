"""A simulated page in a session: hello, snapshot and events, heartbeats, commands, and its two media connections."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from functools import lru_cache

from pydantic import BaseModel, ValidationError

from conference import protocol, view
from core.clock import monotonic_s
from core.ids import new_id
from deploy.command.simulate.visitor import Visit
from deploy.command.simulate.websocket import Closed, WebSocket, connect
from media.sfu.clock import NodeClock
from media.sfu.dtls import Certificate, DtlsFailed
from media.simpeer import SimDown, SimUp

ANSWER_TIMEOUT_S = 15.0
RETRY_S = 3.0
DECRYPTED = 16
"""One media packet in so many."""


class Refused(Exception):
    """The server refused a command; ``code`` is its stable code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Page:
    """One seat. :meth:`run` is its life; scripts look at :attr:`snapshot` and call :meth:`do`."""

    def __init__(self, address: str, session: str, visit: Visit, certificate: Certificate, clock: NodeClock) -> None:
        self.seat = ""
        self.snapshot: protocol.Snapshot | None = None
        self.joined = asyncio.Event()
        self.up: SimUp | None = None
        self.down: SimDown | None = None
        self.clock = clock
        self._address = address
        self._session = session
        self._visit = visit
        self._certificate = certificate
        self._refs = itertools.count(1)
        self._answers: dict[str, asyncio.Future[BaseModel]] = {}
        self._changed = asyncio.Event()
        self._socket: WebSocket | None = None
        self._media_lost = asyncio.Event()
        self._received_before = 0

    @property
    def program(self) -> protocol.ProgramView:
        """What is heard and seen now; only after :attr:`joined`."""
        assert self.snapshot is not None
        return self.snapshot.program

    @property
    def holds_floor(self) -> bool:
        """This seat has been given the floor."""
        return self.program.floor.holder == self.seat

    @property
    def sending(self) -> SimUp | None:
        """The up connection, while it stands."""
        return self.up if self.up is not None and self.up.link.connected.is_set() else None

    @property
    def received(self) -> int:
        """Media packets that came, over all its connections."""
        down = self.down
        return self._received_before + (sum(heard.packets for heard in down.heard.values()) if down is not None else 0)

    def seat_view(self, seat: str) -> protocol.SeatView | None:
        """A seat of the session."""
        seats = self.snapshot.seats if self.snapshot is not None else []
        return next((each for each in seats if each.id == seat), None)

    async def run(self) -> None:
        """Join and stay until cancelled. Raises Refused where the session does not let it in, Closed where it is put out."""
        self._socket = await connect(self._address, f"/ws/session/{self._session}/", self._visit.cookies)
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read())
                await self.do(protocol.Hello(type="hello", version=protocol.VERSION, page=new_id()))
                group.create_task(self._beat())
                group.create_task(self._keep_media())
                await reading
        except BaseExceptionGroup as group:
            raise _meant(group, Closed, Refused) from None
        finally:
            self.joined.clear()
            await self._say_goodbye()

    async def do(self, command: protocol.Command) -> BaseModel:
        """Send a command; the server's answer. Raises Refused, Closed; TimeoutError where none comes."""
        ref = f"r{next(self._refs)}"
        answer: asyncio.Future[BaseModel] = asyncio.get_running_loop().create_future()
        self._answers[ref] = answer
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._send(command.model_copy(update={"ref": ref}))
                return await answer
        finally:
            del self._answers[ref]

    async def until(self, probe: Callable[[], bool]) -> None:
        """Wait until what the page knows satisfies ``probe``."""
        while not (self.joined.is_set() and probe()):
            self._changed.clear()
            await self._changed.wait()

    async def _send(self, message: BaseModel) -> None:
        if self._socket is None:
            raise Closed(1006)
        await self._socket.send(message.model_dump_json(exclude_none=True))

    async def _read(self) -> None:
        assert self._socket is not None
        while True:
            try:
                message = _parsed(await self._socket.receive())
            except ValidationError:
                continue  # of another version: a page ignores what it does not know
            await self._take(message)
            self._changed.set()

    async def _take(self, message: protocol.ServerMessage) -> None:
        match message:
            case protocol.Welcome():
                self.seat, self.snapshot = message.seat, message.snapshot
                self._answer_oldest(message)
                self.joined.set()
            case protocol.Resynced():
                self.snapshot = message.snapshot
            case protocol.Failed():
                self._answer(message.ref, Refused(message.code))
            case protocol.Ok() | protocol.UpAnswer() | protocol.DownOffer():
                self._answer(message.ref, message)
            case protocol.MediaLost():
                self._media_lost.set()
            case protocol.SeatTaken():
                raise Closed(4410)
            case protocol.Alive() | protocol.LinkView():
                pass
            case _:
                await self._apply(message)

    async def _apply(self, event: protocol.Event) -> None:
        assert self.snapshot is not None
        try:
            self.snapshot = view.apply(self.snapshot, event)
        except view.Gap:
            await self._send(protocol.Resync(type="resync"))

    def _answer(self, ref: str | None, result: BaseModel | Refused) -> None:
        waiting = self._answers.get(ref) if ref is not None else next(iter(self._answers.values()), None)
        if waiting is None or waiting.done():
            return
        if isinstance(result, Refused):
            waiting.set_exception(result)
        else:
            waiting.set_result(result)

    def _answer_oldest(self, message: BaseModel) -> None:
        """Hello is answered by the welcome, which carries no reference."""
        self._answer(None, message)

    async def _beat(self) -> None:
        for number in itertools.count():
            before = self.received
            await asyncio.sleep(protocol.HEARTBEAT_S)
            beat = protocol.Heartbeat(type="heartbeat", number=number, media_flowing=self.received > before)
            await self._send(beat)

    async def _keep_media(self) -> None:
        """Both connections, made anew whenever they end."""
        while True:
            began_s = monotonic_s()
            self._media_lost.clear()
            with contextlib.suppress(Refused, TimeoutError, DtlsFailed):
                await self._media()
            self._received_before, self.down, self.up = self.received, None, None
            await asyncio.sleep(max(0.0, RETRY_S - (monotonic_s() - began_s)))

    async def _media(self) -> None:
        up, down = SimUp(self._certificate, self.clock), SimDown(self._certificate, self.clock, sample=DECRYPTED)
        offered = await self.do(protocol.DownStart(type="down.start"))
        assert isinstance(offered, protocol.DownOffer)
        await self.do(protocol.DownAnswer(type="down.answer", sdp=down.answer(offered.sdp)))
        answered = await self.do(protocol.UpOffer(type="up.offer", sdp=up.offer()))
        assert isinstance(answered, protocol.UpAnswer)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(down.run()), group.create_task(up.run(answered.sdp))]
                self.up, self.down = up, down
                await self._media_lost.wait()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as group:
            if group.split((DtlsFailed, TimeoutError, OSError))[1] is not None:
                raise
            raise TimeoutError from group

    async def _say_goodbye(self) -> None:
        socket, self._socket = self._socket, None
        if socket is None:
            return
        with contextlib.suppress(Closed, TimeoutError):
            await socket.send(protocol.Leave(type="leave").model_dump_json(exclude_none=True))
        await socket.close()


@lru_cache(maxsize=32)
def _parsed(text: str) -> protocol.ServerMessage:
    """Most of what is told is told to all pages in the same words. Raises ValidationError."""
    return protocol.server_adapter.validate_json(text)


def _meant(group: BaseExceptionGroup[BaseException], *kinds: type[Exception]) -> BaseException:
    """The first error, where all are of these kinds; else the group. (What is raised in an ``except*`` becomes a group again.)"""
    if group.split(kinds)[1] is not None:
        return group
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
