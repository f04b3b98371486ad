"""One change of a session: lock its row, number the events, keep the program's history, send on commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from conference import groups, selectors
from conference.domain.program import Program
from conference.models import ChatMessage, Deck, ProgramEntry, Seat, Session
from conference.protocol import (
    AgendaChanged,
    ChatPosted,
    DeckChanged,
    ProgramChanged,
    RecordingChanged,
)
from conference.recording import recording_view
from core.errors import NotFound, _
from people.permissions import Action


class Change:
    """What a transaction does to a locked session. Each method numbers one event and sends it when the transaction commits."""

    def __init__(self, session: Session, *, now: dt.datetime) -> None:
        self.session = session
        self.now = now
        self.program = Program.load(session.program)

    def _next(self) -> int:
        self.session.seq += 1
        return self.session.seq

    def to_program(self, program: Program, *, kind: str, actor: Seat | None) -> None:
        """The program becomes ``program``; nothing is numbered where it is that already. ``kind`` says what was done."""
        if program == self.program:
            return
        seq, session = self._next(), self.session
        self.program = program
        session.program, session.state = program.dump(), program.state
        ProgramEntry.objects.create(session=session, seq=seq, at=self.now, kind=kind, actor=actor, program=session.program)
        groups.publish(session.public_id, ProgramChanged(seq=seq, kind=kind, program=selectors.program_view(program)))

    def seats(self, *seats: Seat) -> None:
        """These are new, or have come or gone: one event for all; none for none."""
        if seats:
            hub = self.session.conference.hub_id
            views = [selectors.seat_view(seat, hub=hub) for seat in seats]
            groups.publish_seats(self.session.public_id, self._next(), views)

    def agenda(self) -> None:
        groups.publish(self.session.public_id, AgendaChanged(seq=self._next(), agenda=selectors.agenda_view(self.session)))

    def deck(self, deck: Deck) -> None:
        groups.publish(self.session.public_id, DeckChanged(seq=self._next(), deck=selectors.deck_view(deck)))

    def recording(self) -> None:
        groups.publish(self.session.public_id, RecordingChanged(seq=self._next(), recording=recording_view(self.session)))

    def chat(self, message: ChatMessage) -> None:
        """A technicians' message reaches those who may read it; for the others its number is used up."""
        seq = self._next()
        posted = ChatPosted(seq=seq, message=selectors.chat_view(message))
        if message.room == ChatMessage.Room.TECHNICIANS:
            nothing = ChatPosted(seq=seq, message=None)
            groups.publish(self.session.public_id, posted, needs=Action.CHAT_TECHNICIANS, otherwise=nothing)
        else:
            groups.publish(self.session.public_id, posted)

    def skip(self) -> None:
        """Use up a number without an event, for what went away: pages see the gap and take a new snapshot."""
        self._next()

    def save(self) -> None:
        """Write the session row; part of :func:`changing`."""
        self.session.save(update_fields=["seq", "program", "state", "recording_id", "started_at", "ended_at"])


@contextmanager
def changing(session_id: str, *, now: dt.datetime) -> Iterator[Change]:
    """A transaction that holds the session's row. Raises NotFound; an exception inside undoes everything, and nothing is sent."""
    with transaction.atomic():
        session = (
            Session.objects.select_for_update(of=("self",))
            .select_related("conference", "conference__hub")
            .filter(public_id=session_id)
            .first()
        )
        if session is None:
            raise NotFound("session.not_found", _("This session does not exist."))
        change = Change(session, now=now)
        yield change
        change.save()
