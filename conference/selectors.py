"""Reading a session: the views that pages get. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, override

from conference import onward
from conference.domain.chapters import Names, Step, chapters_of
from conference.domain.program import Program
from conference.models import AgendaItem, ChatMessage, Conference, Deck, Seat, Session
from conference.protocol import (
    AgendaItemView,
    ChatView,
    ContentView,
    DeckView,
    FloorView,
    ProgramView,
    RequestView,
    SeatView,
    SessionView,
    Snapshot,
)
from conference.recording import recording_view
from conference.view import CHAT_KEPT
from core.clock import to_ms
from core.errors import NotFound, _
from media.models import Chapter
from media.services import ChapterMark
from people.permissions import Role

HUB_ROLES = (Role.CHAIR, Role.PRESENTER, Role.SECRETARY, Role.TECHNICIAN)
"""Roles whose people sit in the hub."""


def session_by_id(session_id: str) -> Session:
    """The session of that public id, with its conference. Raises NotFound."""
    session = Session.objects.select_related("conference", "conference__hub").filter(public_id=session_id).first()
    if session is None:
        raise NotFound("session.not_found", _("This session does not exist."))
    return session


def conference_by_id(conference_id: str) -> Conference:
    """The conference of that public id. Raises NotFound."""
    conference = Conference.objects.select_related("organiser", "hub").filter(public_id=conference_id).first()
    if conference is None:
        raise NotFound("conference.not_found", _("This conference does not exist."))
    return conference


def deck_by_id(deck_id: str) -> Deck:
    """The deck of that public id, with its conference. Raises NotFound."""
    deck = Deck.objects.select_related("conference").filter(public_id=deck_id).first()
    if deck is None:
        raise NotFound("deck.not_found", _("This deck no longer exists."))
    return deck


def snapshot(session_id: str, *, technicians: bool) -> Snapshot:
    """All that a page shows of a session now; ``technicians``: with the technicians' chat."""
    session = session_by_id(session_id)
    hub = session.conference.hub_id
    return Snapshot(
        seq=session.seq,
        session=session_view(session),
        program=program_view(Program.load(session.program)),
        seats=[seat_view(seat, hub=hub) for seat in session.seats.order_by("public_id").only(*SEEN_OF_A_SEAT)],
        agenda=agenda_view(session),
        decks=[deck_view(deck) for deck in session.conference.decks.order_by("created_at", "id")],
        chat=recent_chat(session, technicians=technicians),
        recording=recording_view(session),
    )


def session_view(session: Session) -> SessionView:
    return SessionView(
        id=session.public_id,
        title=session.title,
        conference=session.conference.title,
        rehearsal=session.rehearsal,
        planned_start_ms=to_ms(session.planned_start),
        module_url=onward.module_url(session),
    )


def program_view(program: Program) -> ProgramView:
    """The program as pages see it: with who speaks and who is heard worked out."""
    floor, content = program.floor, program.content
    return ProgramView(
        state=program.state.value,
        chair=program.chair,
        presenter=program.presenter,
        pinned=program.pinned,
        speaker=program.speaker,
        voices=list(program.voices),
        floor=FloorView(
            holder=floor.holder,
            since_ms=floor.since_ms,
            queue=[RequestView(seat=request.seat, at_ms=request.at_ms) for request in floor.queue],
        ),
        content=ContentView(
            kind=content.kind.value, deck=content.deck, page=content.page, pages=content.pages, seat=content.seat
        ),
        agenda_item=program.agenda_item,
        agenda_since_ms=program.agenda_since_ms,
        agenda_done=list(program.agenda_done),
        started_ms=program.started_ms,
        ended_ms=program.ended_ms,
    )


SEEN_OF_A_SEAT = ("public_id", "session_id", "site_id", "role", "name", "caption", "online")
"""The columns that :func:`seat_view` looks at; there may be a thousand rows."""


def seat_view(seat: Seat, *, hub: int) -> SeatView:
    """``hub`` is the key of the conference's hub site."""
    role = Role(seat.role)
    return SeatView(
        id=seat.public_id,
        name=seat.name,
        caption=seat.caption,
        kind="site" if seat.site_id else "person",
        role=role.value,
        hub=seat.site_id == hub or (seat.site_id is None and role in HUB_ROLES),
        online=seat.online,
    )


def agenda_view(session: Session) -> list[AgendaItemView]:
    """The agenda in its order; presenters by their seats, once they have one."""
    items = list(session.agenda.order_by("position"))
    people = {item.presenter_id for item in items if item.presenter_id}
    seats = dict(session.seats.filter(person__in=people).values_list("person_id", "public_id")) if people else {}
    return [_agenda_item_view(item, seats.get(item.presenter_id) if item.presenter_id else None) for item in items]


def _agenda_item_view(item: AgendaItem, seat: str | None) -> AgendaItemView:
    return AgendaItemView(
        id=item.public_id,
        title=item.title,
        kind="break" if item.kind == AgendaItem.Kind.BREAK else "item",
        planned_start_ms=to_ms(item.planned_start),
        planned_minutes=item.planned_minutes,
        presenter=seat,
    )


def deck_view(deck: Deck) -> DeckView:
    state: Literal["rendering", "ready", "failed"] = "rendering"
    if deck.state != Deck.DeckState.RENDERING:
        state = "ready" if deck.state == Deck.DeckState.READY else "failed"
    return DeckView(
        id=deck.public_id,
        title=deck.title,
        state=state,
        pages=deck.page_count,
        page_url=reverse("deck-page", args=[deck.public_id, 0]).replace("/0.png", "/{page}.png"),
        error=deck.error_code or None,
    )


def recent_chat(session: Session, *, technicians: bool) -> list[ChatView]:
    """The last :data:`CHAT_KEPT` messages of the rooms that the reader may read, oldest first."""
    rooms = Q() if technicians else Q(room=ChatMessage.Room.ALL)
    messages = session.chat.filter(rooms).select_related("seat").order_by("-at", "-id")[:CHAT_KEPT]
    return [chat_view(message) for message in reversed(messages)]


def chat_view(message: ChatMessage) -> ChatView:
    room: Literal["all", "technicians"] = "technicians" if message.room == ChatMessage.Room.TECHNICIANS else "all"
    return ChatView(id=message.public_id, seat=message.seat.public_id, room=room, text=message.text, at_ms=to_ms(message.at))


def sequence_numbers(session_ids: Iterable[str]) -> dict[str, int]:
    """Number of the last event of each session."""
    return dict(Session.objects.filter(public_id__in=list(session_ids)).values_list("public_id", "seq"))


def chapters(session: Session, *, zero_ms: int) -> list[ChapterMark]:
    """Where agenda items, breaks, speakers and slides begin in the session's recording, whose zero is ``zero_ms`` (wall)."""
    steps = [Step(to_ms(at), Program.load(kept)) for at, kept in session.history.order_by("seq").values_list("at", "program")]
    with override(settings.LANGUAGE_CODE):
        pause = gettext("Break")
    names = Names(
        items=dict(session.agenda.values_list("public_id", "title")),
        seats=dict(session.seats.values_list("public_id", "name")),
        decks=dict(session.conference.decks.values_list("public_id", "title")),
        pause=pause,
    )
    return [
        ChapterMark(max(0, chapter.at_ms - zero_ms), chapter.title, Chapter.Kind(chapter.kind), chapter.ref)
        for chapter in chapters_of(steps, names)
    ]
