"""Reading what was watched: of one recording by one person, against what is required."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from media.keeping.selectors import GONE, deleted_at
from media.models import Chapter, Recording
from media.selectors import ChapterView, chapters
from people.models import User
from training.replay.domain.coverage import (
    Intervals,
    intersection,
    length_ms,
    next_unwatched,
    ratio,
    required_of,
)
from training.replay.watching import Watched, watched


@dataclass(frozen=True, slots=True)
class Viewing:
    """How far a person is with a finished recording. Breaks are not required and do not count."""

    required: Intervals
    watched: Watched
    deleted_at: dt.datetime | None = None
    """When the recording was deleted: nothing more can be watched of it, and what was watched counts."""

    @property
    def ratio(self) -> float:
        return ratio(self.watched.intervals, self.required)

    @property
    def watched_ms(self) -> int:
        return length_ms(intersection(self.watched.intervals, self.required))

    @property
    def required_ms(self) -> int:
        return length_ms(self.required)

    def next_unwatched_ms(self, from_ms: int = 0) -> int | None:
        return next_unwatched(self.watched.intervals, self.required, from_ms=from_ms)


def chapters_of(recording: Recording) -> list[ChapterView]:
    """What one jumps by: agenda items and breaks; who spoke, too, where the agenda alone gives nothing to jump to."""
    found = chapters(recording)
    return found if len(found) > 1 else chapters(recording, [Chapter.Kind.AGENDA, Chapter.Kind.BREAK, Chapter.Kind.SPEAKER])


def speakers_of(recording: Recording) -> list[ChapterView]:
    """Who spoke, where :func:`chapters_of` does not name them already."""
    speakers = [Chapter.Kind.SPEAKER]
    return chapters(recording, speakers) if len(chapters(recording)) > 1 else []


def slides_of(recording: Recording) -> list[ChapterView]:
    """The pages that were shown, each for as long as it was."""
    return [slide for slide in chapters(recording, [Chapter.Kind.SLIDE]) if slide.ref]


def has_slide(recording: Recording, ref: str) -> bool:
    """Was the page with that ref (:func:`conference.domain.chapters.slide_ref`) shown in it?"""
    return recording.chapters.filter(kind=Chapter.Kind.SLIDE, ref=ref).exists()


def required(recording: Recording) -> Intervals:
    """What must be watched of a finished recording: all of it but the breaks."""
    breaks = [(c.at_ms, c.end_ms) for c in chapters(recording) if c.kind == Chapter.Kind.BREAK]
    return required_of(recording.duration_ms or 0, breaks)


def viewing(recording: Recording, person: User) -> Viewing:
    """How far ``person`` is with ``recording``."""
    return Viewing(required(recording), watched(recording.public_id, person))


def viewing_of(recording_id: str, person: User) -> Viewing | None:
    """The same by public id; None where there is no finished recording (yet). One that was deleted has been watched as before."""
    recording = Recording.objects.filter(public_id=recording_id).first() if recording_id else None
    if recording is None:
        return None
    if recording.state in GONE and recording.duration_ms:
        return replace(viewing(recording, person), deleted_at=deleted_at(recording_id))
    return viewing(recording, person) if recording.state == Recording.State.DONE else None
