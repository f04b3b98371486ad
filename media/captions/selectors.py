"""Reading captions. :func:`cues_of` is the port for others: what is said in a recording, and when."""

from __future__ import annotations

from core.errors import NotFound, _
from media.captions.domain.cues import Cue
from media.captions.models import CaptionTrack, CaptionVersion
from media.models import Recording
from media.playback import check_kept

__all__ = ["Cue", "cues_of", "cues_of_track", "history", "track_of", "tracks_of"]


def track_of(public_id: str, track_id: str) -> CaptionTrack:
    """The track of that recording. Raises NotFound, ``recording.deleted`` where the recording was deleted."""
    rows = CaptionTrack.objects.select_related("recording", "changed_by")
    found = rows.filter(public_id=track_id, recording__public_id=public_id).first()
    if found is None:
        raise NotFound("captions.not_found", _("These captions do not exist (any more)."))
    check_kept(found.recording)
    return found


def tracks_of(recording: Recording) -> list[CaptionTrack]:
    """All tracks of a recording, the Vietnamese one first."""
    rows = recording.captions.select_related("changed_by")
    return sorted(rows, key=lambda track: (track.language != "vi", track.pk))


def cues_of_track(track: CaptionTrack) -> list[Cue]:
    """What the newest version says, in order."""
    rows = CaptionVersion.objects.filter(track=track, number=track.version).values_list("cues", flat=True).first()
    return [Cue(*row) for row in rows or []]


def cues_of(recording: Recording, language: str | None = None) -> list[Cue]:
    """The captions of a recording in ``language`` ("vi" fits "vi-VN", too); without one in Vietnamese, else in whatever there
    is. Empty where there are none."""
    tracks = tracks_of(recording)
    if language is not None:
        base = language.split("-")[0]
        fitting = [track for track in tracks if track.language.split("-")[0] == base]
        tracks = sorted(fitting, key=lambda track: track.language != language)
    return cues_of_track(tracks[0]) if tracks else []


def history(track: CaptionTrack) -> list[CaptionVersion]:
    """The versions that are kept, the newest first, without what they say."""
    return list(track.versions.select_related("by").defer("cues"))
