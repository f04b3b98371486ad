"""The control protocol between web and a media node: JSON, one message a line, over a Unix socket or TCP.

The client says :class:`Hello`, the node answers :class:`Welcome` (or closes). Then the client sends :class:`Call` and gets one
:class:`Done` or :class:`Failed` with the same id, in any order; the node pushes numbered events (:class:`Pushed`) to all.
A client that comes back names the boot and the last number that it saw, and gets what it missed as far as the node still has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from media.plane import Direction, PlaneEvent, Program

VERSION = 3
MAX_LINE_BYTES = 1 << 20
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""An opaque public id. The pattern matters: ids become file names in captures."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    type: Literal["hello"] = "hello"
    version: int = VERSION
    token: str | None = None
    boot: str | None = None
    after: int = 0
    """The last event number seen of ``boot``; 0 for none."""


class Welcome(_Message):
    type: Literal["welcome"] = "welcome"
    version: int = VERSION
    boot: str
    """New at each start of the node."""
    started_ms: int
    last: int
    """Number of the newest event so far."""


class RelayAddress(_Message):
    """Where an edge gets a session's tracks: the home's relay port, the SHA-256 of its certificate, and the session's ticket."""

    host: str
    port: int
    fingerprint: str
    ticket: str


class SetProgram(_Message):
    """``origin``: the session lives on another node, from which its tracks come; None: it lives here."""

    type: Literal["set_program"] = "set_program"
    session: Id
    program: Program
    origin: RelayAddress | None = None


class OpenRelay(_Message):
    """Ask a session's home where edges get it; ``relay`` of the answer is None where the node was not told to relay."""

    type: Literal["open_relay"] = "open_relay"
    session: Id


class Forget(_Message):
    """The session lives elsewhere now: close all that is here of it."""

    type: Literal["forget"] = "forget"
    session: Id


class Publish(_Message):
    type: Literal["publish"] = "publish"
    session: Id
    peer: Id
    offer_sdp: str


class Subscribe(_Message):
    type: Literal["subscribe"] = "subscribe"
    session: Id
    peer: Id


class Subscribed(_Message):
    type: Literal["subscribed"] = "subscribed"
    session: Id
    peer: Id
    answer_sdp: str


class Watch(_Message):
    type: Literal["watch"] = "watch"
    session: Id
    peer: Id
    offer_sdp: str


class Drop(_Message):
    type: Literal["drop"] = "drop"
    session: Id
    peer: Id
    direction: Direction | None = None


class Describe(_Message):
    """Ask for the node's counters (health page, tests)."""

    type: Literal["describe"] = "describe"


Command = Annotated[
    SetProgram | OpenRelay | Forget | Publish | Subscribe | Subscribed | Watch | Drop | Describe,
    Field(discriminator="type"),
]


class Call(_Message):
    type: Literal["call"] = "call"
    id: int
    command: Command


class Done(_Message):
    type: Literal["done"] = "done"
    id: int
    sdp: str | None = None
    counters: dict[str, int] | None = None
    relay: RelayAddress | None = None


class Failed(_Message):
    type: Literal["failed"] = "failed"
    id: int
    code: str
    """``media.bad_sdp``, ``media.unknown_peer``, ``media.full``, ``media.unavailable`` or ``media.bad_message``."""


class Pushed(_Message):
    type: Literal["pushed"] = "pushed"
    n: int
    event: PlaneEvent


FromClient = Annotated[Hello | Call, Field(discriminator="type")]
FromNode = Annotated[Welcome | Done | Failed | Pushed, Field(discriminator="type")]
_from_client: TypeAdapter[Hello | Call] = TypeAdapter(FromClient)
_from_node: TypeAdapter[Welcome | Done | Failed | Pushed] = TypeAdapter(FromNode)


def encode(message: BaseModel) -> bytes:
    """One line, ready to send."""
    return message.model_dump_json().encode() + b"\n"


def decode_from_client(line: bytes) -> Hello | Call:
    """What a client sent. Raises ValueError where it is not a message of the protocol."""
    return _from_client.validate_json(line)


def decode_from_node(line: bytes) -> Welcome | Done | Failed | Pushed:
    """What a node sent. Raises ValueError where it is not a message of the protocol."""
    return _from_node.validate_json(line)


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A control socket in the file system; only its owner may open it (mode 0600)."""

    path: str


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A control socket between machines; every client must present the token."""

    host: str
    port: int


ControlAddress = UnixAddress | TcpAddress


def parse_address(text: str) -> ControlAddress:
    """``unix:/path/node.sock`` or ``tcp:host:port``. Raises ValueError for anything else."""
    scheme, _, rest = text.partition(":")
    if scheme == "unix" and rest:
        return UnixAddress(rest)
    if scheme == "tcp":
        host, _, port = rest.rpartition(":")
        if host and port.isdecimal() and 0 < int(port) < 65536:
            return TcpAddress(host.strip("[]"), int(port))
    raise ValueError(f"not a control address: {text!r}")
