"""``python -m deploy.web``: daphne, with a bound on what a request may bring and on what a page may leave lying.

daphne keeps a request's whole body before the application sees the first byte. Where nothing stands before it (nginx has
``client_max_body_size``), one sender could fill disk and memory; so a body that is too large is refused as soon as that is known,
and what still comes of it is thrown away. One that comes too slowly is cut off. Forms are left to Django, which reads them
in a thread: Twisted would parse them on the event loop, where a large one stops everybody.

Nor does daphne ask whether a WebSocket's other end takes what it is sent. One that does not, for too long or too much, is cut off
and may come again; so is one that sends too many frames, of which the application sees only whole messages. What is sent to many
pages as one text is framed once.

Nor does it ask that of an answer that comes in parts: the application would fill memory with a download that nobody reads. Here
it waits, after each part, until what was sent has gone, and a reader that takes too little is cut off.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from daphne import server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor, tcp

from conference.domain.rate import Bucket
from core.clock import monotonic_s

MAX_BODY_BYTES = 64 << 20
"""A deck of 60 MB and the form around it."""
LINGER_S = 10.0
"""A browser reads the answer only once it has sent what it has; for so long it may."""
MAX_UNREAD_BYTES, MAX_UNREAD_S = 4 << 20, 20.0
"""A page that has not read what it was sent may be sent so much more, for so long."""

MAX_STALL_S = 60.0
"""So long a reader may take for what lies here of an answer in parts: one part, 256 KiB of a download."""

FRAMES_BURST, FRAMES_PER_S = 300, 60
"""Frames of any kind that a page may send, at once and then in a second: several times as many as it may send commands."""

LOOK_S = 15.0
LEAST_BYTES_PER_S = 2048
"""While a body comes, it must have come at this pace whenever somebody looks, each :data:`LOOK_S`."""


class BoundedRequest(WebRequest):  # type: ignore[misc]  # daphne says nothing of its types
    """Refuses a body beyond :data:`MAX_BODY_BYTES` with 413, whether its length is declared or comes in chunks.

    While it is answered in parts it is the (push) producer of its transport, see :meth:`drained`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._left = MAX_BODY_BYTES
        self._left_before = MAX_BODY_BYTES
        self._watch: Any = None
        self._refused = False
        self._drained: asyncio.Future[None] | None = None
        self._stall: Any = None
        super().__init__(*arguments, parsePOSTFormSubmission=False, **named)

    def gotLength(self, length: int | None) -> None:
        """The head is complete; ``length`` is what it declares."""
        too_large = length is not None and length > MAX_BODY_BYTES
        # What comes in chunks may become large: into a file with it, not into memory.
        super().gotLength(0 if too_large else MAX_BODY_BYTES if length is None else length)
        if too_large:
            self._refuse()
        elif length != 0:
            self._watch = reactor.callLater(LOOK_S, self._look)  # type: ignore[arg-type]

    def handleContentChunk(self, data: bytes) -> None:
        """A part of the body."""
        self._left -= len(data)
        if self._left < 0 and not self._refused:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it is here."""
        self._stop_watching()
        if self._refused:
            self.channel.transport.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        """Hand it on, without the header that moves the site below another address: no proxy of ours says so."""
        self.requestHeaders.removeHeader(b"daphne-root-path")
        return super().process()

    def handle_reply(self, message: dict[str, Any]) -> None:
        """A part of the answer, from the application."""
        if message.get("more_body") and self.channel is not None and self.producer is None and not self.finished:
            self.registerProducer(self, True)
            if self.channel._waitingForTransport:  # with the answer before, on the same connection
                self.pauseProducing()
        super().handle_reply(message)

    def handle_exception(self, exception: BaseException) -> None:
        """The application failed. Once its answer has begun, no page that says so can follow."""
        if not self._response_started:
            super().handle_exception(exception)
        elif self.channel is not None and not self.finished:
            self.channel.transport.abortConnection()

    async def drained(self) -> None:
        """Wait until what was sent has gone, or the connection is lost."""
        if self._drained is not None:
            await self._drained

    def pauseProducing(self) -> None:
        """What was sent lies here."""
        if self._drained is None:
            self._drained = asyncio.get_event_loop().create_future()
            self._stall = reactor.callLater(MAX_STALL_S, self.channel.transport.abortConnection)  # type: ignore[arg-type]

    def resumeProducing(self) -> None:
        """All of it has gone."""
        if self._drained is not None:
            if not self._drained.done():  # whoever waits may have been cancelled
                self._drained.set_result(None)
            if self._stall.active():
                self._stall.cancel()
            self._drained = None

    def stopProducing(self) -> None:
        """The connection is lost."""
        self.resumeProducing()

    def finish(self) -> None:
        """The answer is complete. Where it is shorter than it said, the connection ends: its reader would wait for the rest."""
        channel, declared = self.channel, self.responseHeaders.getRawHeaders(b"content-length", [b"0"])[0]
        cut_short = self.method != b"HEAD" and self.sentLength < int(declared)
        if self.producer is not None:
            self.unregisterProducer()
        self.resumeProducing()
        super().finish()
        if cut_short:
            channel.loseConnection()

    def connectionLost(self, reason: Any) -> None:
        """The sender has gone."""
        self._stop_watching()
        self.resumeProducing()
        super().connectionLost(reason)

    def _look(self) -> None:
        self._watch = None
        if self._left_before - self._left < LOOK_S * LEAST_BYTES_PER_S:
            self.channel.transport.abortConnection()
            return
        self._left_before = self._left
        self._watch = reactor.callLater(LOOK_S, self._look)  # type: ignore[arg-type]

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _refuse(self) -> None:
        from core.error_views import too_large

        self._refused = True
        self._stop_watching()
        self.content.seek(0)
        self.content.truncate()
        self.requestHeaders.removeHeader(b"expect")  # else it would be told to go on
        accepted = b",".join(self.requestHeaders.getRawHeaders(b"accept", [b""])).decode("latin-1")
        kind, body = too_large(accepted, MAX_BODY_BYTES)
        head = (
            f"HTTP/1.1 413 Content Too Large\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        transport = self.channel.transport
        transport.write(head.encode() + body)
        reactor.callLater(LINGER_S, transport.abortConnection)  # type: ignore[arg-type]  # twisted's own types miss self


class PatientServer(server.Server):  # type: ignore[misc]
    """Lets an application go on only when what it has sent has gone."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Hand a message of the application to its connection."""
        await super().handle_reply(protocol, message)
        if isinstance(protocol, BoundedRequest) and message.get("more_body"):
            await protocol.drained()


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes :class:`BoundedRequest` of what comes."""

    def buildProtocol(self, address: Any) -> Any:
        """A connection's protocol."""
        protocol = super().buildProtocol(address)
        protocol.requestFactory = BoundedRequest
        return protocol


class BoundedSocket(WebSocketProtocol):  # type: ignore[misc]
    """A page's connection. It is the (push) producer of its transport, which says so when too much waits to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self._unread_since_s: float | None = None
        self._unread_bytes = 0
        self._frames = Bucket(burst=FRAMES_BURST, per_s=FRAMES_PER_S)

    def onFrameBegin(self) -> None:
        """A frame comes: a message, a part of one, a ping."""
        super().onFrameBegin()
        if not self._frames.take(monotonic_s()):
            self.dropConnection(abort=True)  # what else has come is not looked at

    def onOpen(self) -> None:
        """The page is connected."""
        self.transport.unregisterProducer()  # of the HTTP channel before the upgrade
        self.transport.registerProducer(self, True)
        super().onOpen()

    def pauseProducing(self) -> None:
        """What was sent lies here."""
        self._unread_since_s, self._unread_bytes = monotonic_s(), 0

    def resumeProducing(self) -> None:
        """All of it has gone."""
        self._unread_since_s = None

    def stopProducing(self) -> None:
        """The connection is lost."""

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send a message of the application."""
        if binary or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        elif self._takes(len(content)):
            self._write(self.factory.framed(content))

    def _write(self, frame: bytes) -> None:
        """Send at once what the kernel takes: to watch for when it would take something costs more than to ask it."""
        transport = self.transport
        if isinstance(transport, tcp.Connection) and not transport.dataBuffer and not transport._tempDataBuffer:
            written = transport.writeSomeData(frame)
            if isinstance(written, int):  # else the connection is lost, which is noticed below
                frame = frame[written:]
        if frame:
            self.sendData(frame)

    def _takes(self, size: int) -> bool:
        if self._unread_since_s is None:
            return True
        self._unread_bytes += size
        waited_s = monotonic_s() - self._unread_since_s
        if self._unread_bytes <= MAX_UNREAD_BYTES and waited_s <= MAX_UNREAD_S:
            return True
        self.transport.abortConnection()
        return False


class SocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes :class:`BoundedSocket`."""

    protocol = BoundedSocket

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._text: str | None = None
        self._frame = b""

    def framed(self, text: str) -> bytes:
        """The message as it goes over the wire, made once for a text that is sent to one page after the other."""
        if text is not self._text:
            self._text, self._frame = text, self.prepareMessage(text.encode()).payloadHybi
        return self._frame


SWITCH_INTERVAL_S = 0.001
"""The database's thread asks for the interpreter after each of its steps, and waits so long where the loop is busy."""


def main() -> None:
    """Serve, with daphne's own arguments."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    server.HTTPFactory = BoundedFactory
    server.WebSocketFactory = SocketFactory
    CommandLineInterface.server_class = PatientServer
    CommandLineInterface.entrypoint()


if __name__ == "__main__":
    main()
