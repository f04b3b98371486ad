"""The session's side of its recording: begun with the first start, closed at the end, its state told to the pages."""

from __future__ import annotations

import datetime as dt

from conference.models import Session
from conference.recording import recording_view
from conference.selectors import chapters
from conference.services.change import Change, changing
from core.clock import to_ms
from media import services as media_services
from media.models import Recording


def begin_recording(change: Change) -> None:
    """Create the recording of a session that goes live for the first time."""
    session = change.session
    title = f"{session.conference.title} · {session.title}"[:250]
    session.recording_id = media_services.start_recording(session=session.public_id, title=title).public_id
    change.recording()


def close_recording(change: Change) -> None:
    """The session has ended: the recording is being completed."""
    if change.session.recording_id:
        media_services.close_recording(recording=change.session.recording_id)
        change.recording()


def note_started(*, recording_id: str, zero_ms: int) -> None:
    """The recording's timeline has begun at ``zero_ms`` (wall)."""
    media_services.recording_started(recording=recording_id, zero_ms=zero_ms)


def note_trouble(*, recording_id: str, code: str, over: bool, free_bytes: int | None, now: dt.datetime) -> None:
    """Remember a trouble of the recording and what is free on the disk, or that it is over; tell the pages if that is news."""
    with_recording = Session.objects.filter(recording_id=recording_id).first()
    if with_recording is None:
        return
    with changing(with_recording.public_id, now=now) as change:
        before = recording_view(change.session)
        if over:
            media_services.trouble_over(recording=recording_id, code=code)
        else:
            media_services.recording_troubled(recording=recording_id, code=code, free_bytes=free_bytes)
        if recording_view(change.session) != before:
            change.recording()


def note_finished(*, recording_id: str, duration_ms: int) -> None:
    """The replay is complete. Safe to say more than once; :func:`recording_changed` tells the pages."""
    media_services.finish_recording(recording=recording_id, duration_ms=duration_ms)


def recording_changed(*, recording: Recording, now: dt.datetime) -> None:
    """A recording has been finished, or given up: it gets its chapters, and the pages are told."""
    session = Session.objects.filter(recording_id=recording.public_id).first()
    if session is None:
        return
    with changing(session.public_id, now=now) as change:
        if recording.zero_at is not None:
            marks = chapters(change.session, zero_ms=to_ms(recording.zero_at))
            media_services.set_chapters(recording=recording, chapters=marks)
        change.recording()
