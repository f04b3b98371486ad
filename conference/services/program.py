"""Commands that change what everybody hears and sees."""

from __future__ import annotations

import datetime as dt

from conference.domain.program import Program, State
from conference.models import AgendaItem, Deck, Seat, Session
from conference.recording import has_recording
from conference.services.change import Change, changing
from conference.services.recording import begin_recording, close_recording
from conference.signals import session_ended, session_started
from core.clock import to_ms
from core.errors import Conflict, NotFound, _

_KINDS = {
    State.OPEN: "session.opened",
    State.LIVE: "session.started",
    State.BREAK: "session.paused",
    State.ENDED: "session.ended",
}


def go_to(*, session_id: str, state: State, by: Seat | None, now: dt.datetime) -> None:
    """Open, start, pause, resume or end the session. The first start creates the recording and begins the agenda."""
    with changing(session_id, now=now) as change:
        resumed = state is State.LIVE and change.program.state is State.BREAK
        program = change.program.to_state(state, at_ms=to_ms(now))
        first = state is State.LIVE and change.session.started_at is None
        if change.session.started_at is None and state in (State.OPEN, State.LIVE) and has_recording(change.session):
            raise Conflict("session.has_recording", _("The session has a recording from elsewhere. Plan another one."))
        if first:
            change.session.started_at = now
            program = _with_first_item(change.session, program, at_ms=to_ms(now))
        if state is State.ENDED:
            change.session.ended_at = now
        change.to_program(program, kind="session.resumed" if resumed else _KINDS[state], actor=by)
        if first:
            begin_recording(change)
            session_started.send(sender=Session, session=change.session, at=now)
        if state is State.ENDED:
            close_recording(change)
            session_ended.send(sender=Session, session=change.session, at=now)


def start_item(*, session_id: str, item_id: str, by: Seat | None, now: dt.datetime) -> None:
    """Agenda item ``item_id`` runs from now; its presenter, where seated, becomes the presenter."""
    with changing(session_id, now=now) as change:
        item = change.session.agenda.filter(public_id=item_id).first()
        if item is None:
            raise NotFound("agenda.no_such_item", _("This agenda item no longer exists."))
        seat = change.session.seats.filter(person=item.presenter_id).first() if item.presenter_id else None
        presenter = seat.public_id if seat else None
        program = change.program.start_item(item.public_id, at_ms=to_ms(now), presenter=presenter)
        change.to_program(program, kind="agenda.started", actor=by)


def _with_first_item(session: Session, program: Program, *, at_ms: int) -> Program:
    """The agenda begins with the session, so that timers and chapters do not hang on a second press. Nobody becomes the presenter
    by that. An item that does not count for attendance is left to the chair: nothing must keep those present from being counted.
    """
    first = session.agenda.order_by("position").first()
    counts = first is not None and first.kind == AgendaItem.Kind.ITEM and first.attendance_required
    if first is None or not counts or program.agenda_item is not None:
        return program
    return program.start_item(first.public_id, at_ms=at_ms, presenter=None)


def set_presenter(*, session_id: str, seat_id: str | None, by: Seat | None, now: dt.datetime) -> None:
    """Who presents now; None: nobody."""
    with changing(session_id, now=now) as change:
        _require_seat(change, seat_id)
        change.to_program(change.program.with_presenter(seat_id), kind="presenter.set", actor=by)


def pin_speaker(*, session_id: str, seat_id: str | None, by: Seat | None, now: dt.datetime) -> None:
    """Put a seat on the main picture whatever the floor says; None follows the floor again."""
    with changing(session_id, now=now) as change:
        _require_seat(change, seat_id)
        change.to_program(change.program.pin(seat_id), kind="speaker.pinned" if seat_id else "speaker.unpinned", actor=by)


def request_floor(*, session_id: str, by: Seat, now: dt.datetime) -> None:
    with changing(session_id, now=now) as change:
        change.to_program(change.program.request_floor(by.public_id, at_ms=to_ms(now)), kind="floor.requested", actor=by)


def withdraw_floor(*, session_id: str, by: Seat, now: dt.datetime) -> None:
    with changing(session_id, now=now) as change:
        change.to_program(change.program.withdraw_floor(by.public_id), kind="floor.withdrawn", actor=by)


def yield_floor(*, session_id: str, by: Seat, now: dt.datetime) -> None:
    with changing(session_id, now=now) as change:
        change.to_program(change.program.yield_floor(by.public_id), kind="floor.yielded", actor=by)


def grant_floor(*, session_id: str, seat_id: str, by: Seat | None, now: dt.datetime) -> None:
    """``seat_id`` is heard and seen by all from now, whether it asked or is invited; who had the floor has it no more."""
    with changing(session_id, now=now) as change:
        _require_seat(change, seat_id)
        change.to_program(change.program.grant_floor(seat_id, at_ms=to_ms(now)), kind="floor.granted", actor=by)


def refuse_floor(*, session_id: str, seat_id: str, by: Seat | None, now: dt.datetime) -> None:
    """Take a seat's request out of the queue."""
    with changing(session_id, now=now) as change:
        change.to_program(change.program.withdraw_floor(seat_id), kind="floor.refused", actor=by)


def move_request(*, session_id: str, seat_id: str, to: int, by: Seat | None, now: dt.datetime) -> None:
    """Place a seat's request at index ``to`` (0 = next) of the queue."""
    with changing(session_id, now=now) as change:
        change.to_program(change.program.move_request(seat_id, to=to), kind="floor.moved", actor=by)


def recall_floor(*, session_id: str, by: Seat | None, now: dt.datetime) -> None:
    with changing(session_id, now=now) as change:
        change.to_program(change.program.recall_floor(), kind="floor.recalled", actor=by)


def show_deck(*, session_id: str, deck_id: str, page: int, by: Seat, now: dt.datetime) -> None:
    """Show page ``page`` (1-based) of a deck of the conference; also how pages are turned."""
    with changing(session_id, now=now) as change:
        deck = change.session.conference.decks.filter(public_id=deck_id).first()
        if deck is None:
            raise NotFound("deck.not_found", _("This deck no longer exists."))
        if deck.state != Deck.DeckState.READY:
            raise Conflict("deck.not_ready", _("This deck is not ready to be shown yet."))
        turned = change.program.content.deck == deck_id
        program = change.program.show_deck(deck_id, pages=deck.page_count, page=page, seat=by.public_id)
        change.to_program(program, kind="content.page" if turned else "content.deck", actor=by)


def show_screen(*, session_id: str, by: Seat, now: dt.datetime) -> None:
    """Show the screen that ``by`` shares."""
    with changing(session_id, now=now) as change:
        change.to_program(change.program.show_screen(by.public_id), kind="content.screen", actor=by)


def clear_content(*, session_id: str, by: Seat | None, now: dt.datetime) -> None:
    with changing(session_id, now=now) as change:
        change.to_program(change.program.clear_content(), kind="content.cleared", actor=by)


def _require_seat(change: Change, seat_id: str | None) -> None:
    if seat_id is not None and not change.session.seats.filter(public_id=seat_id).exists():
        raise NotFound("seat.not_found", _("This seat does not exist in the session."))
