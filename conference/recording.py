"""A session's recording as its pages see it. The recording itself belongs to the media app."""

from __future__ import annotations

from conference.models import Session
from conference.protocol import RecordingView

OFF = RecordingView(state="off", code=None, replay_url=None)


def recording_view(session: Session) -> RecordingView:
    """State of the session's recording: ``off`` before it first went live."""
    if not session.recording_id:
        return OFF
    return RecordingView(state="recording", code=None, replay_url=None)
