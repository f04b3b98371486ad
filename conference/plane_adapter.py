"""From the session's program to what the media plane needs: plates, the page's image, the recording."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext, override

from conference.domain.program import ContentKind, Program, State
from conference.models import AgendaItem, Session
from core.clock import now, to_ms
from core.errors import _
from media import plane

_STATES: dict[State, str] = {
    State.SCHEDULED: "waiting",
    State.OPEN: "waiting",
    State.LIVE: "live",
    State.BREAK: "break",
    State.ENDED: "ended",
}
_NOTES = {
    State.SCHEDULED: _("The session has not begun yet."),
    State.OPEN: _("The session will begin soon."),
    State.BREAK: _("The session is paused."),
    State.ENDED: _("The session has ended."),
}


def page_image(deck_id: str, page: int) -> Path:
    """Where the image of page ``page`` (1-based) of a deck lies: pages and recorder read the same file."""
    return Path(settings.MEDIA_ROOT) / "decks" / deck_id / f"{page}.png"


def plane_program(session: Session) -> plane.Program:
    """The session's program for the media plane. Nobody is seen or heard during a break or after the end."""
    program = Program.load(session.program)
    shown = program.state not in (State.BREAK, State.ENDED)
    with override(settings.LANGUAGE_CODE):
        note = gettext(_NOTES[program.state]) if program.state in _NOTES else ""
    return plane.Program(
        seq=session.seq,
        at_ms=to_ms(now()),
        state=_STATES[program.state],  # type: ignore[arg-type]  # the table's values are the literals
        title=session.conference.title,
        note=note,
        until_ms=_until_ms(session, program),
        speaker=program.speaker if shown else None,
        beside=program.beside if shown else (),
        voices=program.voices,
        content=_content(program) if shown else plane.Content(),
        plates=_plates(session, program),
        recording=(session.recording_id or None) if program.state in (State.LIVE, State.BREAK) else None,
    )


def _until_ms(session: Session, program: Program) -> int | None:
    """What those who see a slate wait for: the planned beginning, or the end of the agenda's break that runs."""
    if program.state in (State.SCHEDULED, State.OPEN):
        return to_ms(session.planned_start)
    if program.state is not State.BREAK or program.agenda_since_ms is None:
        return None
    item = session.agenda.filter(public_id=program.agenda_item, kind=AgendaItem.Kind.BREAK).first()
    return program.agenda_since_ms + item.planned_minutes * 60_000 if item is not None else None


def _content(program: Program) -> plane.Content:
    content = program.content
    if content.kind is ContentKind.SCREEN:
        return plane.Content(kind="screen", peer=content.seat)
    if content.kind is ContentKind.DECK and content.deck and content.page:
        return plane.Content(kind="deck", image=str(page_image(content.deck, content.page)))
    return plane.Content()


def _plates(session: Session, program: Program) -> dict[str, plane.Plate]:
    seats = session.seats.filter(public_id__in=program.on_air).order_by("public_id")
    return {seat.public_id: plane.Plate(name=seat.name, caption=seat.caption) for seat in seats}
