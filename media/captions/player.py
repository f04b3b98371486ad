"""What a player's page is told of a recording's captions."""

from __future__ import annotations

from typing import TypedDict

from django.urls import reverse

from media.captions.selectors import tracks_of
from media.models import Recording
from people.models import User
from people.permissions import Action, can


class TrackForPlayer(TypedDict):
    """``vtt``, ``srt`` and ``cues`` are paths, ``cues`` of :func:`media.captions.views.cues`."""

    language: str
    label: str
    vtt: str
    srt: str
    cues: str


class CaptionsForPlayer(TypedDict):
    """``manage`` is the path of the list of tracks, for those who may manage them."""

    tracks: list[TrackForPlayer]
    manage: str | None


def captions_for_player(recording: Recording, person: User) -> CaptionsForPlayer:
    """The tracks that have something to say. ``person`` may watch the recording (ask before)."""
    tracks: list[TrackForPlayer] = []
    for track in tracks_of(recording):
        if track.count:
            keys = {"public_id": recording.public_id, "track_id": track.public_id}
            tracks.append(
                {
                    "language": track.language,
                    "label": track.label,
                    "vtt": f"{reverse('media:captions_vtt', kwargs=keys)}?v={track.version}",
                    "srt": reverse("media:captions_srt", kwargs=keys),
                    "cues": reverse("media:captions_cues", kwargs=keys),
                }
            )
    manages = can(person, Action.RECORDING_MANAGE, recording)
    manage = reverse("media:captions", kwargs={"public_id": recording.public_id}) if manages else None
    return {"tracks": tracks, "manage": manage}
