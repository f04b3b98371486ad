"""What the operators' page shows: the media nodes, where sessions are placed, what is recorded, and the work that waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from conference.domain.program import State
from conference.labels import STATE_LABELS, STATE_TONES
from conference.models import Deck, Session
from core import heartbeat, queue
from media.cluster.cluster import DEAD_S
from media.keeping.selectors import low_bytes
from media.models import MediaNode, Placement, Recording, Rendition
from media.space import free_bytes

NODE_LABELS = {"well": _("In operation"), "idle": _("In operation, unused"), "silent": _("No answer")}
NODE_TONES = {"well": "ok", "idle": "info", "silent": "bad"}
DROP_LABELS: dict[str, str] = {
    "full_socket": gettext_noop("send buffer full"),
    "unknown_address": gettext_noop("unknown sender"),
    "unknown_protocol": gettext_noop("unknown protocol"),
    "address_taken": gettext_noop("address in use by somebody else"),
    "before_keys": gettext_noop("before keys were agreed"),
    "too_much": gettext_noop("sent too much"),
    "malformed": gettext_noop("malformed"),
    "oversize": gettext_noop("too large"),
    "srtp": gettext_noop("cannot be decrypted"),
    "stun": gettext_noop("invalid STUN"),
    "dtls": gettext_noop("invalid DTLS"),
    "down_rtp": gettext_noop("media from a viewer"),
    "fault": gettext_noop("fault in the node"),
}
"""What a node drops, by the name of its counter; one without a label is shown by that name."""
TROUBLE_LABELS: dict[str, Promise] = {
    "recording.disk_low": _("Disk nearly full"),
    "recording.capture_released": _("Almost no room: composed capture is being deleted"),
    "recording.disk_full": _("Disk full"),
    "recording.egress_restarted": _("Composing was started again"),
}
_UNFINISHED = (Recording.State.LIVE, Recording.State.CLOSING, Recording.State.REBUILDING)


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node. ``number`` counts from 1 in the order of the configuration; ``figures`` as of :func:`media.load.figures`."""

    number: int
    address: str
    state: str
    started_at: dt.datetime | None
    seen_at: dt.datetime | None
    figures: Mapping[str, float]

    @property
    def label(self) -> Promise:
        return NODE_LABELS[self.state]

    @property
    def tone(self) -> str:
        return NODE_TONES[self.state]

    @property
    def cpu_percent(self) -> int | None:
        """Of one core; None while it is not known."""
        return round(100 * self.figures["cpu"]) if "cpu" in self.figures else None

    @property
    def losses(self) -> list[tuple[str, float, float]]:
        """(direction, mean, worst) in percent, where peers have reported any."""
        return [
            (direction, self.figures[f"loss_{direction}_mean"] / 10, self.figures[f"loss_{direction}_worst"] / 10)
            for direction in ("up", "down")
            if f"loss_{direction}_mean" in self.figures
        ]

    @property
    def drops(self) -> list[tuple[str, int]]:
        """(msgid or name, count), what is dropped most first."""
        found = {name.removeprefix("dropped."): int(count) for name, count in self.figures.items() if name.startswith("dropped.")}
        most = sorted(found.items(), key=lambda each: (-each[1], each[0]))
        return [(DROP_LABELS.get(name, name), count) for name, count in most if count]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that runs or is placed. ``home`` and ``edges`` are numbers of nodes; None, empty where it is not placed."""

    session: Session
    online: int
    seats: int
    home: int | None
    edges: tuple[int, ...]

    @property
    def label(self) -> Promise:
        return STATE_LABELS[State(self.session.state)]

    @property
    def tone(self) -> str:
        return STATE_TONES[State(self.session.state)]


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording that is not finished."""

    recording: Recording

    @property
    def trouble(self) -> Promise | str:
        """What is wrong with it and, where that is the disk, how much is free there; empty where nothing is."""
        label = TROUBLE_LABELS.get(self.recording.trouble, self.recording.trouble)
        if self.recording.free_bytes is None:
            return label
        return gettext("%(trouble)s (%(size)s free)") % {"trouble": label, "size": filesizeformat(self.recording.free_bytes)}


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers have to do. ``worker_s``: seconds since one gave a sign of life; None where none ever did."""

    messages: int | None
    """In the broker; None where it does not answer."""
    waiting: int
    running: int
    failed: int
    decks: int
    worker_s: float | None

    @property
    def well(self) -> bool:
        return self.worker_s is not None and self.worker_s <= heartbeat.STALE_S


@dataclass(frozen=True, slots=True)
class Overview:
    """All of the page."""

    nodes: Sequence[NodeRow]
    sessions: Sequence[SessionRow]
    recordings: Sequence[RecordingRow]
    work: Work
    free_bytes: int
    """On the disk of the data folder."""

    @property
    def has_room(self) -> bool:
        """Whether recordings have all the room that they may want."""
        return self.free_bytes >= low_bytes()

    @property
    def living(self) -> int:
        return sum(node.state != "silent" for node in self.nodes)

    @property
    def online(self) -> int:
        return sum(row.online for row in self.sessions)

    @property
    def packets_s(self) -> float:
        """What all nodes send a second."""
        return sum(node.figures.get("packets_out_s", 0) for node in self.nodes if node.state == "well")


def node_state(seen_at: dt.datetime | None, at: dt.datetime, *, answers: bool) -> str:
    """``well`` while web hears it. Else it depends on whether it answers now: ``idle`` (no web process asks it, as no session has
    used it since web started) or ``silent``."""
    if seen_at is not None and (at - seen_at).total_seconds() <= DEAD_S:
        return "well"
    return "idle" if answers else "silent"


def unheard(at: dt.datetime) -> list[str]:
    """Addresses of configured nodes of whom nothing was heard lately: whoever wants to know must ask them."""
    heard = set(MediaNode.objects.filter(seen_at__gte=at - dt.timedelta(seconds=DEAD_S)).values_list("address", flat=True))
    return [address for address in settings.MEDIA_NODES if address not in heard]


def overview(at: dt.datetime, answering: Collection[str]) -> Overview:
    """All of the page at ``at``; ``answering``: those of :func:`unheard` who do answer."""
    known = {node.address: node for node in MediaNode.objects.all()}
    nodes = [
        _node_row(number, address, known.get(address), at, answering) for number, address in enumerate(settings.MEDIA_NODES, 1)
    ]
    return Overview(
        nodes,
        _session_rows({node.address: node.number for node in nodes}),
        [RecordingRow(each) for each in Recording.objects.filter(state__in=_UNFINISHED)],
        _work(),
        free_bytes(),
    )


def _node_row(number: int, address: str, node: MediaNode | None, at: dt.datetime, answering: Collection[str]) -> NodeRow:
    if node is None:
        return NodeRow(number, address, node_state(None, at, answers=address in answering), None, None, {})
    state = node_state(node.seen_at, at, answers=address in answering)
    return NodeRow(number, address, state, node.started_at, node.seen_at, node.figures if state == "well" else {})


def _session_rows(numbers: Mapping[str, int]) -> list[SessionRow]:
    placed: dict[str, list[Placement]] = {}
    for placement in Placement.objects.select_related("node"):
        placed.setdefault(placement.session, []).append(placement)
    under_way = [State.OPEN, State.LIVE, State.BREAK]
    tried_before = Q(state=State.SCHEDULED, public_id__in=list(placed))
    sessions = (
        Session.objects.filter(Q(state__in=under_way) | tried_before)
        .select_related("conference")
        .annotate(online_seats=Count("seats", filter=Q(seats__online=True)), all_seats=Count("seats"))
    )
    rows = []
    for session in sessions:
        places = [
            (place.home, numbers[place.node.address])
            for place in placed.get(session.public_id, ())
            if place.node.address in numbers
        ]
        home = next((number for is_home, number in places if is_home), None)
        edges = tuple(sorted(number for is_home, number in places if not is_home))
        rows.append(SessionRow(session, session.online_seats, session.all_seats, home, edges))
    return rows


def _work() -> Work:
    states = dict(Rendition.objects.values_list("state").annotate(Count("pk")).order_by())
    return Work(
        messages=queue.waiting(),
        waiting=states.get(Rendition.State.QUEUED, 0),
        running=states.get(Rendition.State.RUNNING, 0),
        failed=states.get(Rendition.State.FAILED, 0),
        decks=Deck.objects.filter(state=Deck.DeckState.RENDERING).count(),
        worker_s=heartbeat.age_s(),
    )
