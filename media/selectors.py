"""Reading recordings: what is there to be played, and how far the rest is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from core.clock import now
from core.errors import NotFound, _
from media.egress.hls import PLAYLIST
from media.models import RENDITION_MACHINE, Chapter, Part, Recording, Rendition
from media.playback import Links, check_kept, links
from media.vod.ladder import PICTURES
from media.vod.progress import JOINED, Stretch, picture_left_s, picture_share
from media.work.left import left_s, left_words

__all__ = [
    "ChapterView", "Links", "RenditionRow", "chapters", "finished", "is_growing", "kept_recording_of", "links",
    "recording_of", "recordings_of_session", "rendition_of", "rendition_rows", "unfinished",
]  # fmt: skip


def recording_of(public_id: str) -> Recording:
    """Raises NotFound."""
    found = Recording.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("recording.not_found", _("This recording does not exist."))
    return found


def kept_recording_of(public_id: str) -> Recording:
    """Raises NotFound, ``recording.deleted`` for one that was deleted."""
    found = recording_of(public_id)
    check_kept(found)
    return found


def rendition_of(public_id: str) -> Rendition:
    """Raises NotFound."""
    found = Rendition.objects.select_related("recording").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("rendition.not_found", _("This recording does not exist."))
    return found


def recordings_of_session(session: str) -> list[Recording]:
    """All recordings of a session, the first one first."""
    return list(Recording.objects.filter(session=session).order_by("created_at"))


@dataclass(frozen=True, slots=True)
class ChapterView:
    """``end_ms``: where the next one begins, or the recording ends."""

    at_ms: int
    end_ms: int
    title: str
    kind: str
    ref: str = ""
    """What it shows, see :class:`media.models.Chapter`."""


def is_growing(recording: Recording) -> bool:
    """Is it not finished, and can be played already as far as it is composed?"""
    unfinished = recording.state in (Recording.State.LIVE, Recording.State.CLOSING, Recording.State.REBUILDING)
    return unfinished and (recording.folder / "hls" / PLAYLIST).is_file()


def chapters(recording: Recording, kinds: Sequence[str] = (Chapter.Kind.AGENDA, Chapter.Kind.BREAK)) -> list[ChapterView]:
    """The chapters of these kinds, in order, without gaps between them."""
    rows = list(recording.chapters.filter(kind__in=kinds))
    ends = [*(row.at_ms for row in rows[1:]), recording.duration_ms or 0] if rows else []
    return [
        ChapterView(row.at_ms, max(row.at_ms, end), row.title, row.kind, row.ref) for row, end in zip(rows, ends, strict=True)
    ]


def finished(recording: Recording, kind: Rendition.Kind) -> Rendition | None:
    """The rendition if it is ready."""
    return recording.renditions.filter(kind=kind, state=Rendition.State.DONE).first()


def unfinished(older_than: dt.timedelta) -> list[Recording]:
    """Recordings that are neither ready nor given up, begun at least so long ago."""
    states = [Recording.State.LIVE, Recording.State.CLOSING, Recording.State.REBUILDING]
    return list(Recording.objects.filter(state__in=states, created_at__lte=now() - older_than))


@dataclass(frozen=True, slots=True)
class RenditionRow:
    """One line of the page that shows how far everything is. ``state`` and ``tone`` are words and colour of a chip."""

    rendition: Rendition
    title: str
    state: str
    tone: str
    trouble: str
    percent: int
    running: bool
    """Work on it has begun."""
    left: str
    """How long it will still take, in words; blank where that is not known."""
    busy: bool
    may_retry: bool
    may_cancel: bool


_TONES = {"queued": "plain", "running": "info", "done": "ok", "failed": "bad", "cancelled": "plain"}
_TROUBLES = {
    "rendition.failed": _("It could not be made. Try again; if it fails again, tell the technicians."),
    "rendition.timeout": _("It took too long and was stopped. Try again when the server has less to do."),
    "rendition.worker_lost": _("The server was interrupted several times while making it. Try again."),
    "rendition.no_space": _("There is not enough room on the server. Tell the technicians, then try again."),
    "rendition.no_source": _("The recording's files are not complete. Tell the technicians."),
}


def rendition_rows(recording: Recording) -> list[RenditionRow]:
    """All renditions of a recording with their state in words, in the language that is active now."""
    parts, moment = list(recording.parts.all()), now()
    return [_row(rendition, parts, moment) for rendition in recording.renditions.all()]


def _row(rendition: Rendition, parts: Sequence[Part], moment: dt.datetime) -> RenditionRow:
    state, share = Rendition.State(rendition.state), rendition.progress
    seconds: float | None = None
    if rendition.kind in PICTURES and state == Rendition.State.QUEUED:
        stretches = [_stretch(part, rendition.kind, moment) for part in parts]
        share, seconds = picture_share(stretches), picture_left_s(stretches)
        if any(stretch.share or stretch.for_s is not None for stretch in stretches):
            state = Rendition.State.RUNNING
    elif state == Rendition.State.RUNNING:
        if rendition.kind in PICTURES:
            share = JOINED + (1 - JOINED) * share
        else:
            seconds = left_s(share, rendition.started_at)
    trouble = _TROUBLES.get(rendition.error_code, "")
    return RenditionRow(
        rendition=rendition,
        title=str(Rendition.Kind(rendition.kind).label),
        state=str(state.label),
        tone=_TONES[state.value],
        trouble=gettext(trouble) if trouble else "",
        percent=int(share * 100),
        running=state == Rendition.State.RUNNING,
        left=left_words(seconds),
        busy=state in (Rendition.State.QUEUED, Rendition.State.RUNNING),
        may_retry=state in (Rendition.State.FAILED, Rendition.State.CANCELLED),
        may_cancel=RENDITION_MACHINE.allows(state, Rendition.State.CANCELLED),
    )


def _stretch(part: Part, kind: str, moment: dt.datetime) -> Stretch:
    """The part as the picture ``kind`` sees it."""
    duration_s = part.duration_ms / 1000
    if kind in part.made.split():
        return Stretch(duration_s, 1.0)
    if part.state == Part.State.RUNNING and kind in part.making.split() and part.started_at is not None:
        return Stretch(duration_s, part.progress, (moment - part.started_at).total_seconds())
    return Stretch(duration_s, 0.0)
