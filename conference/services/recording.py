"""The session's side of its recording: begun with the first start, its state told to the pages."""

from __future__ import annotations

from conference.services.change import Change


def begin_recording(change: Change) -> None:
    """Create the recording of a session that goes live for the first time."""
