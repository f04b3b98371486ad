"""A session's recording as its pages see it. The recording itself belongs to the media app."""

from __future__ import annotations

from conference import onward
from conference.domain.program import State
from conference.models import Session
from conference.protocol import RecordingView
from media.keeping.selectors import GONE
from media.models import Recording

OFF = RecordingView(state="off", code=None, replay_url=None)
_LESS = "recording.egress_restarted"
"""A trouble that mends itself: nobody needs to hear of it."""


def is_completing(session: Session, recording: RecordingView) -> bool:
    """Whether a page of the session that is over may expect its replay soon."""
    return session.state == State.ENDED and recording.state in ("recording", "finishing")


def has_recording(session: Session) -> bool:
    """Whether a recording is the session's own: one that did not fail, and is not deleted."""
    found = Recording.objects.filter(public_id=session.recording_id).first() if session.recording_id else None
    return found is not None and found.state not in (Recording.State.FAILED, *GONE)


def broadcast_url(session: Session) -> str | None:
    """Path of the page where the running session is watched in the browser alone, as it is recorded, by those whose network lets
    no live media through. None while it does not run."""
    return onward.replay_url(session) if session.recording_id and session.state in (State.LIVE, State.BREAK) else None


def recording_view(session: Session) -> RecordingView:
    """State of the session's recording: ``off`` before it first went live, and again once its recording is deleted."""
    found = Recording.objects.filter(public_id=session.recording_id).first() if session.recording_id else None
    if found is None:
        return OFF
    match found.state:
        case Recording.State.DONE:
            return RecordingView(state="ready", code=None, replay_url=onward.replay_url(session))
        case Recording.State.DELETING | Recording.State.DELETED:
            return OFF
        case Recording.State.FAILED:
            return RecordingView(state="trouble", code=found.trouble or "recording.failed", replay_url=None)
        case Recording.State.LIVE if found.trouble and found.trouble != _LESS:
            return RecordingView(state="trouble", code=found.trouble, replay_url=None, free_bytes=found.free_bytes)
        case Recording.State.LIVE:
            return RecordingView(state="recording", code=None, replay_url=None)
        case _:
            return RecordingView(state="finishing", code=None, replay_url=None)
