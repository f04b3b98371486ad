"""Every message between a browser and a session, version 2. TypeScript types are generated from here (``web/src/wire.gen.ts``).

A page opens ``/ws/session/<session>/`` and says ``hello``; the server answers ``welcome`` with a :class:`Snapshot`. From then
on every :class:`Event` carries ``seq``, one more than the one before (:class:`SeatsChanged` may stand for several); a gap
means: ask ``resync`` and take the new snapshot.
Applying events to an old snapshot (:func:`conference.view.apply`) gives exactly the fresh one.

Commands may carry ``ref``; the server answers each with ``ok`` or ``error`` carrying the same ``ref``. Times are ms since 1970,
server clock.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

VERSION = 2
MAX_MESSAGE_BYTES = 256 * 1024  # an SDP with all its candidates is about 10 kB
HEARTBEAT_S = 15
LEASE_S = 45

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Sdp = Annotated[str, Field(min_length=10, max_length=200_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# Views: what a snapshot is made of ------------------------------------------------------------------------------------
class RequestView(_Model):
    seat: Id
    at_ms: int


class FloorView(_Model):
    holder: Id | None
    since_ms: int | None
    queue: list[RequestView]


class ContentView(_Model):
    kind: Literal["none", "deck", "screen"]
    deck: Id | None
    page: int | None
    pages: int | None
    seat: Id | None


class ProgramView(_Model):
    state: Literal["scheduled", "open", "live", "break", "ended"]
    chair: Id | None
    presenter: Id | None
    pinned: Id | None
    speaker: Id | None
    voices: list[Id]
    floor: FloorView
    content: ContentView
    agenda_item: Id | None
    agenda_since_ms: int | None
    agenda_done: list[Id]
    """Items that ran and do not run now."""
    started_ms: int | None
    ended_ms: int | None


class SeatView(_Model):
    id: Id
    name: str
    caption: str
    kind: Literal["site", "person"]
    role: Literal["chair", "presenter", "secretary", "technician", "site_operator", "delegate", "viewer"]
    hub: bool
    online: bool


class AgendaItemView(_Model):
    id: Id
    title: str
    kind: Literal["item", "break"]
    planned_start_ms: int
    planned_minutes: int
    presenter: Id | None
    """The presenter's seat, once there is one."""


class DeckView(_Model):
    id: Id
    title: str
    state: Literal["rendering", "ready", "failed"]
    pages: int
    page_url: str
    """URL of a page image with ``{page}`` to be replaced by its number (1-based)."""
    error: str | None


class ChatView(_Model):
    id: Id
    seat: Id
    room: Literal["all", "technicians"]
    text: str
    at_ms: int


class RecordingView(_Model):
    state: Literal["off", "recording", "finishing", "ready", "trouble"]
    code: str | None
    """With ``trouble``: a stable code, such as ``recording.disk_full``."""
    replay_url: str | None
    """With ``ready``: the page of the replay."""
    free_bytes: int | None = None
    """With a trouble of the disk: what is free there."""


class SessionView(_Model):
    id: Id
    title: str
    conference: str
    rehearsal: bool
    planned_start_ms: int
    module_url: str | None
    """Where one goes on learning after the end."""


class Snapshot(_Model):
    seq: int
    session: SessionView
    program: ProgramView
    seats: list[SeatView]
    """Sorted by id."""
    agenda: list[AgendaItemView]
    decks: list[DeckView]
    chat: list[ChatView]
    """The last 100 that this seat may read, oldest first."""
    recording: RecordingView


# Events: numbered, to everybody who may see them ----------------------------------------------------------------------
class ProgramChanged(_Model):
    type: Literal["program.changed"] = "program.changed"
    seq: int
    kind: str
    """What was done, e.g. ``floor.granted``; for announcing it."""
    program: ProgramView


class SeatsChanged(_Model):
    """Seats are new, or have come online or gone. Who comes within a moment is told of together: the event stands for all the
    numbers from ``first`` to ``seq``, and is applied by whoever knows of those before ``first``."""

    type: Literal["seats.changed"] = "seats.changed"
    first: int
    seq: int
    seats: list[SeatView]


class DeckChanged(_Model):
    type: Literal["deck.changed"] = "deck.changed"
    seq: int
    deck: DeckView


class AgendaChanged(_Model):
    type: Literal["agenda.changed"] = "agenda.changed"
    seq: int
    agenda: list[AgendaItemView]


class ChatPosted(_Model):
    """``message`` is None where this seat may not read it: the number is still used up, so that no gap appears."""

    type: Literal["chat.posted"] = "chat.posted"
    seq: int
    message: ChatView | None


class RecordingChanged(_Model):
    type: Literal["recording.changed"] = "recording.changed"
    seq: int
    recording: RecordingView


Event = Annotated[
    ProgramChanged | SeatsChanged | DeckChanged | AgendaChanged | ChatPosted | RecordingChanged, Field(discriminator="type")
]


# What only one page is told -------------------------------------------------------------------------------------------
class IceServer(_Model):
    """A TURN server, in the words of the browser's ``RTCIceServer``."""

    urls: list[str]
    username: str
    credential: str


class Welcome(_Model):
    type: Literal["welcome"] = "welcome"
    version: int
    seat: Id
    abilities: list[str]
    """:class:`people.permissions.Action` values that this page may do here."""
    server_ms: int
    heartbeat_s: int
    ice: list[IceServer]
    """For networks that let no UDP out; none where the installation has no TURN server."""
    snapshot: Snapshot


class Resynced(_Model):
    type: Literal["resynced"] = "resynced"
    ref: Id | None
    snapshot: Snapshot


class Ok(_Model):
    type: Literal["ok"] = "ok"
    ref: Id | None


class Failed(_Model):
    """A command was refused; nothing changed. ``text`` is in the page's language; ``code`` is stable."""

    type: Literal["error"] = "error"
    ref: Id | None
    code: str
    text: str


class Alive(_Model):
    """Answer to a heartbeat. ``server_ms`` lets the page show the right time."""

    type: Literal["alive"] = "alive"
    number: int
    server_ms: int


class UpAnswer(_Model):
    type: Literal["up.answer"] = "up.answer"
    ref: Id | None
    sdp: str


class DownOffer(_Model):
    type: Literal["down.offer"] = "down.offer"
    ref: Id | None
    sdp: str


class PictureLink(_Model):
    """What a seat is sent of a picture; see :class:`media.plane.PictureState`."""

    slot: Literal["speaker", "content"]
    layer: str
    width: int | None
    height: int | None
    bps: int
    why: Literal["best", "line", "rising", "paused", "waiting", "silent", "codec"]


class LinkView(_Model):
    """One seat's link as the node sees it, to that seat and to those who operate the session; not numbered, may be lost."""

    type: Literal["link"] = "link"
    seat: Id
    up: bool
    down: bool
    rtt_ms: float | None
    loss_up: float | None
    loss_down: float | None
    up_bps: int
    down_bps: int
    sending: list[Literal["mic", "camera", "screen"]]
    pictures: list[PictureLink]


class MediaLost(_Model):
    """The node has forgotten this seat's connections (restart, long silence): make them anew."""

    type: Literal["media.lost"] = "media.lost"


class SeatTaken(_Model):
    """Another page of the same login has taken this seat; this page must not come back by itself."""

    type: Literal["seat.taken"] = "seat.taken"


ServerMessage = Annotated[
    Welcome | Resynced | Ok | Failed | Alive | UpAnswer | DownOffer | LinkView | MediaLost | SeatTaken | Event,
    Field(discriminator="type"),
]


# Commands -------------------------------------------------------------------------------------------------------------
class _Command(_Model):
    ref: Id | None = None


class Hello(_Command):
    """First message of a page. ``page`` is random, made once a tab and kept in sessionStorage: the same tab comes back into its
    seat at once; another tab is refused (``seat.occupied``) unless it says ``take_over``.

    ``receive``: send the node's offer right after the welcome, as ``down.start`` would."""

    type: Literal["hello"]
    version: int
    page: Id
    take_over: bool = False
    receive: bool = False


class Heartbeat(_Command):
    type: Literal["heartbeat"]
    number: int = Field(ge=0, le=2**53)
    client_ms: int | None = Field(default=None, ge=0, le=2**53)
    media_flowing: bool = False
    """Packets arrived on the page's down connection since the last heartbeat."""


class Resync(_Command):
    type: Literal["resync"]


class UpOffer(_Command):
    type: Literal["up.offer"]
    sdp: Sdp


class DownStart(_Command):
    type: Literal["down.start"]


class DownAnswer(_Command):
    type: Literal["down.answer"]
    sdp: Sdp


class SessionTo(_Command):
    type: Literal["session.to"]
    state: Literal["open", "live", "break", "ended"]


class AgendaStart(_Command):
    type: Literal["agenda.start"]
    item: Id


class PresenterSet(_Command):
    type: Literal["presenter.set"]
    seat: Id | None


class SpeakerPin(_Command):
    type: Literal["speaker.pin"]
    seat: Id | None


class FloorRequest(_Command):
    type: Literal["floor.request"]


class FloorWithdraw(_Command):
    type: Literal["floor.withdraw"]


class FloorYield(_Command):
    type: Literal["floor.yield"]


class FloorGrant(_Command):
    type: Literal["floor.grant"]
    seat: Id


class FloorRefuse(_Command):
    """Take a seat's request out of the queue."""

    type: Literal["floor.refuse"]
    seat: Id


class FloorMove(_Command):
    type: Literal["floor.move"]
    seat: Id
    to: int = Field(ge=0, le=1000)


class FloorRecall(_Command):
    type: Literal["floor.recall"]


class ContentDeck(_Command):
    """Show page ``page`` of a deck, and so also: turn the page."""

    type: Literal["content.deck"]
    deck: Id
    page: int = Field(ge=1, le=2000)


class ContentScreen(_Command):
    """Show the screen of the seat that says so."""

    type: Literal["content.screen"]


class ContentClear(_Command):
    type: Literal["content.clear"]


class ChatSend(_Command):
    type: Literal["chat.send"]
    room: Literal["all", "technicians"] = "all"
    text: str = Field(min_length=1, max_length=1000)


class Leave(_Command):
    """The page says goodbye: presence ends now, not when the lease runs out."""

    type: Literal["leave"]


Command = Annotated[
    Hello
    | Heartbeat
    | Resync
    | UpOffer
    | DownStart
    | DownAnswer
    | SessionTo
    | AgendaStart
    | PresenterSet
    | SpeakerPin
    | FloorRequest
    | FloorWithdraw
    | FloorYield
    | FloorGrant
    | FloorRefuse
    | FloorMove
    | FloorRecall
    | ContentDeck
    | ContentScreen
    | ContentClear
    | ChatSend
    | Leave,
    Field(discriminator="type"),
]

command_adapter: TypeAdapter[Command] = TypeAdapter(Command)
server_adapter: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
