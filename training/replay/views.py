"""The page of a recording, inside its module or by itself, and what its player asks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from core.clock import now
from core.errors import NotFound, _
from media.models import Recording
from media.playback import links
from media.selectors import ChapterView
from people.access import requires
from people.permissions import Action, can
from training.modules.domain.activities import reached
from training.modules.selectors import standing, watched_text
from training.replay import watching
from training.replay.place import Place, place_of
from training.replay.reading import BeatsMessage
from training.replay.selectors import Viewing, chapters_of, viewing
from training.requests import person_of, read_json


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def replay_page(request: HttpRequest, place: Place) -> HttpResponse:
    """The recording with its chapters, what is watched of it, and, in a module, the module's steps."""
    person, activity, recording = person_of(request), place.activity, place.recording
    context: dict[str, Any] = {"place": place, "activity": activity, "recording": recording}
    if activity is not None:
        context |= {"module": activity.module, "standing": standing(activity.module, person, now=now())}
    if recording is not None and recording.state == Recording.State.DONE:
        seen, parts, paths = viewing(recording, person), chapters_of(recording), links(recording, person)
        context |= {
            "percent": int(seen.ratio * 100),
            "watched_text": watched_text(seen),
            "chapters": parts,
            "links": paths,
            "cuts_clips": can(person, Action.CLIP_MAKE, recording),
            "config": {
                "master": paths.master,
                "audio": paths.audio,
                "poster": paths.poster,
                "lease": place.url("lease"),
                "beats": place.url("beats"),
                "duration_ms": recording.duration_ms or 0,
                "position_ms": seen.watched.position_ms,
                "required": seen.required,
                "chapters": [_chapter(part) for part in parts],
                "progress": _progress(seen, place),
            },
        }
    return render(request, "training/replay/replay.html", context)


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def waiting(request: HttpRequest, place: Place) -> HttpResponse:
    """Asked by the page while the recording is being completed: once it can be played, the page is loaded again."""
    recording = place.recording
    response = HttpResponse(status=204)
    if recording is not None and recording.state in (Recording.State.DONE, Recording.State.FAILED):
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires(Action.RECORDING_WATCH, on=place_of)
def lease(request: HttpRequest, place: Place) -> HttpResponse:
    """The right to be credited, for this window; any other window of the person loses it."""
    person = person_of(request)
    recording = _finished(place)
    issued = watching.issue_lease(recording_id=recording.public_id, person=person, now=now())
    return JsonResponse({"lease": issued.public_id, "progress": _progress(viewing(recording, person), place)})


@require_POST
@requires(Action.RECORDING_WATCH, on=place_of)
def beats(request: HttpRequest, place: Place) -> HttpResponse:
    """Credit what the player played; says how far the person is."""
    message, person, recording = read_json(request, BeatsMessage), person_of(request), _finished(place)
    watching.take_beats(
        lease_id=message.lease,
        recording_id=recording.public_id,
        person=person,
        sent=[beat.beat() for beat in message.beats],
        duration_ms=recording.duration_ms or 0,
        audio_only=message.audio_only,
        now=now(),
    )
    return JsonResponse({"progress": _progress(viewing(recording, person), place)})


def _finished(place: Place) -> Recording:
    recording = place.recording
    if recording is None or recording.state != Recording.State.DONE:
        raise NotFound("recording.not_ready", _("The recording is not ready yet."))
    return recording


def _chapter(part: ChapterView) -> dict[str, Any]:
    """``at`` and ``time`` are for the page, as texts: milliseconds without separators, and "1:02:03"."""
    minutes, seconds = divmod(part.at_ms // 1000, 60)
    time = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes:02}:{seconds:02}"
    return {
        "at_ms": part.at_ms,
        "end_ms": part.end_ms,
        "title": part.title,
        "kind": part.kind,
        "at": str(part.at_ms),
        "time": time,
    }


def _progress(seen: Viewing, place: Place) -> dict[str, Any]:
    return {
        "watched": seen.watched.intervals,
        "ratio": seen.ratio,
        "text": watched_text(seen),
        "done": reached(seen.ratio, place.coverage_percent),
    }
