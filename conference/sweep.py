"""The database side of :mod:`conference.live`: what it reads and writes when the clock or the media plane says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from conference import selectors
from conference.domain.program import State
from conference.models import Session
from conference.plane_adapter import plane_program
from conference.services import recording, seats, streams
from core.clock import now
from media import plane as port

_REMEMBERED = dt.timedelta(hours=2)
"""For so long after its end a session's last program is sent to a node that starts anew, in case its recording is still open."""


def expire() -> list[tuple[str, str]]:
    """Empty the seats whose lease ran out; (session, seat) public ids."""
    return seats.expire_leases(now=now())


def prolong_streams(heard: set[tuple[str, str]]) -> list[tuple[str, str, port.Direction]]:
    """See :func:`conference.services.streams.prolong`."""
    return streams.prolong(heard=heard, now=now())


def stream_ended(session_id: str, seat_id: str, direction: port.Direction) -> None:
    """See :func:`conference.services.streams.ended`; every web process hears of it, and may."""
    kind = next(kind for kind, way in streams.WAY.items() if way == direction)
    streams.ended(session_id=session_id, seat_id=seat_id, kind=kind, now=now())


def sequence_numbers(session_ids: Iterable[str]) -> dict[str, int]:
    """See :func:`conference.selectors.sequence_numbers`."""
    return selectors.sequence_numbers(session_ids)


def plane_program_of(session_id: str) -> port.Program | None:
    """The session's program for the media plane; None where the session is gone."""
    session = Session.objects.select_related("conference").filter(public_id=session_id).first()
    return plane_program(session) if session is not None else None


def sessions_for_the_plane() -> list[str]:
    """Sessions that a new node must know of."""
    running = Q(state__in=(State.OPEN, State.LIVE, State.BREAK))
    just_ended = Q(state=State.ENDED, ended_at__gt=now() - _REMEMBERED)
    return list(Session.objects.filter(running | just_ended).values_list("public_id", flat=True))


def recording_event(event: port.RecordingStarted | port.RecordingFinished | port.RecordingTrouble) -> None:
    """Keep what the plane says of a recording; every web process hears it, and may."""
    match event:
        case port.RecordingStarted():
            recording.note_started(recording_id=event.recording, zero_ms=event.zero_ms)
        case port.RecordingFinished():
            recording.note_finished(recording_id=event.recording, duration_ms=event.duration_ms)
        case port.RecordingTrouble():
            recording.note_trouble(
                recording_id=event.recording, code=event.code, over=event.over, free_bytes=event.free_bytes, now=now()
            )
