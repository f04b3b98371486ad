"""The port to the media plane: the only thing outside ``media/`` that may be imported to move sound and picture.

Web states what *should* be (:meth:`MediaPlane.set_program`, always the whole value, idempotent); the node makes it so and
reports what *is* through :class:`PlaneEvent`. ``media.client`` implements the port over the control socket; tests use
``tests.support.plane.FakePlane``.

A *session* here is the public id of ``conference.Session``; a *peer* is the public id of a seat in it. A peer has at most one
up connection (it publishes) and one down connection (it receives); opening one again replaces the old one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

Direction = Literal["up", "down"]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plate(_Value):
    """What the recorder writes under a picture."""

    name: str
    caption: str = ""


class Content(_Value):
    """What stands beside the speaker: nothing, a page of a deck, or a peer's shared screen."""

    kind: Literal["none", "deck", "screen"] = "none"
    peer: str | None = None
    """The peer whose ``screen`` track is shown (kind ``screen``)."""
    image: str | None = None
    """Absolute path of the rendered page, PNG or JPEG (kind ``deck``)."""


class Program(_Value):
    """What everybody hears and sees, as the media plane needs it. Sent whole at every change.

    Whoever is not in ``voices`` is not heard; whoever is neither ``speaker`` nor the content's peer is not seen, but for
    those ``beside`` the speaker, who are seen in the recording.
    """

    seq: int
    """Grows with every change of the session's program; an older value never replaces a newer one."""
    at_ms: int
    """Wall time of the change, ms since 1970, server clock."""
    state: Literal["waiting", "live", "break", "ended"]
    title: str
    """The conference's title, for slates."""
    note: str = ""
    """A second line for slates, in the session's language."""
    until_ms: int | None = None
    """The moment for which whoever sees a slate waits, ms since 1970; slates count down to it."""
    speaker: str | None = None
    beside: tuple[str, ...] = ()
    """Who speaks with the speaker: the recorder shows their cameras too."""
    voices: tuple[str, ...] = ()
    content: Content = Content()
    plates: dict[str, Plate] = {}
    recording: str | None = None
    """Public id of the recording that is running, or None. Captured and composed while set; closed when it becomes None
    or the state is ``ended``."""


class _Event(_Value):
    session: str
    at_ms: int


class PeerConnected(_Event):
    """Media flows (ICE and DTLS are done) on the peer's up or down connection."""

    type: Literal["peer_connected"] = "peer_connected"
    peer: str
    direction: Literal["up", "down"]


class PeerSilent(_Event):
    """Nothing came from the peer for 3 s (``gone``: for 30 s, and the node has forgotten it)."""

    type: Literal["peer_silent"] = "peer_silent"
    peer: str
    direction: Literal["up", "down"]
    gone: bool


class PictureState(_Value):
    """What a viewer is sent in one of its picture slots, and why just that."""

    slot: Literal["speaker", "content"]
    layer: str = ""
    """Of a publisher of several, its rid; empty where there is only one, or none is sent."""
    width: int | None = None
    height: int | None = None
    bps: int = 0
    why: Literal["best", "line", "rising", "paused", "waiting", "silent", "codec"]
    """``best``: there is none better. ``line``: the viewer's line carries no better one. ``rising``: a better one fits and comes
    within 2 s. ``paused``: the line carries none beside the rest. ``waiting``: for a key frame. ``silent``: its publisher sends
    nothing now. ``codec``: the viewer's software does not take it."""


class LinkQuality(_Event):
    """How a peer's link is, about every 2 s while it is connected. Loss is a fraction 0..1; None where not yet known."""

    type: Literal["link_quality"] = "link_quality"
    peer: str
    rtt_ms: float | None = None
    loss_up: float | None = None
    loss_down: float | None = None
    up_bps: int = 0
    down_bps: int = 0
    sending: tuple[Literal["mic", "camera", "screen"], ...] = ()
    """Which of the peer's tracks brought packets in the last 2 s."""
    unseen: tuple[str, ...] = ()
    """Slots that are empty because the peer's software does not take the codec of what belongs there."""
    pictures: tuple[PictureState, ...] = ()
    """The picture slots that the program fills for this peer."""


class RecordingTrouble(_Event):
    """The recording is in trouble; the session goes on. Codes: ``recording.disk_low``,
    ``recording.capture_released`` (what was composed already), ``recording.disk_full``,
    ``recording.egress_restarted``."""

    type: Literal["recording_trouble"] = "recording_trouble"
    recording: str
    code: str
    over: bool = False
    """The trouble of that code has passed; what else is wrong is said again."""
    free_bytes: int | None = None
    """On the disk for recordings, where the trouble is one of the disk; said again when it has changed by a fifth."""


class RecordingStarted(_Event):
    """The composed timeline has begun: second 0 of the replay is ``zero_ms`` on the wall clock."""

    type: Literal["recording_started"] = "recording_started"
    recording: str
    zero_ms: int


class RecordingFinished(_Event):
    """The playlist has its ENDLIST: the replay can be played."""

    type: Literal["recording_finished"] = "recording_finished"
    recording: str
    duration_ms: int


class NodeStarted(_Value):
    """A node is new: started, restarted after a fault, or given the sessions of one that is dead. It knows no session: programs
    must be sent again, and who was connected before ``at_ms`` must connect anew."""

    type: Literal["node_started"] = "node_started"
    at_ms: int
    spared: frozenset[tuple[str, str]] = frozenset()
    """(session, peer) of those who are known to be connected to other nodes only."""


PlaneEvent = Annotated[
    PeerConnected | PeerSilent | LinkQuality | RecordingTrouble | RecordingStarted | RecordingFinished | NodeStarted,
    Field(discriminator="type"),
]


class MediaPlane(Protocol):
    """The media plane as the rest sees it.

    Every method raises :class:`core.errors.Unavailable` (``media.unavailable``) when the node does not answer within 3 s, and
    :class:`core.errors.Invalid` (``media.bad_sdp``) for an SDP that the node cannot use.
    """

    async def set_program(self, session: str, program: Program) -> None:
        """Make ``program`` so: routes, captures and the composition follow. Opens the session where it is new."""

    async def publish(self, session: str, peer: str, offer_sdp: str) -> str:
        """Answer a page's offer of its up connection (mids: microphone, camera with up to 3 layers, screen)."""

    async def subscribe(self, session: str, peer: str) -> str:
        """The offer of a new down connection with the fixed slots: 3 voices, speaker, content. Never renegotiated."""

    async def subscribed(self, session: str, peer: str, answer_sdp: str) -> None:
        """The page's answer to :meth:`subscribe`."""

    async def watch(self, session: str, peer: str, offer_sdp: str) -> str:
        """Answer a player's own offer (WHEP): its audio m-lines become voices, its video m-lines speaker and content. The
        peer's down connection, as by :meth:`subscribe`."""

    async def drop(self, session: str, peer: str, direction: Direction | None = None) -> None:
        """Close a peer's connection of this direction; None: both. Does nothing where there is none."""

    def events(self) -> AsyncIterator[PlaneEvent]:
        """All that happens from now on, in order, over reconnects of the control socket; a slow reader loses the oldest
        :class:`LinkQuality` events first."""
