"""The page of a recording, inside its module or by itself, and what its player asks for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from conference.domain.chapters import slide_ref
from conference.thumbnails import page_thumbnail
from core.clock import now
from core.errors import NotFound, _
from media.keeping.selectors import GONE, deleted_at, watchable_until
from media.models import Recording
from media.playback import check_kept, links_for, player_media
from media.selectors import is_growing
from people.access import requires
from people.permissions import Action, can
from training.modules.selectors import standing
from training.replay import watching
from training.replay.domain.moment import parse_moment
from training.replay.place import Place, place_of
from training.replay.presenting import page_of, progress_of
from training.replay.reading import BeatsMessage
from training.replay.selectors import has_slide, viewing
from training.replay.sharing import address, qr_svg
from training.requests import person_of, read_json


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def replay_page(request: HttpRequest, place: Place) -> HttpResponse:
    """The recording with its chapters, what is watched of it, and, in a module, the module's steps."""
    person, activity, recording = person_of(request), place.activity, place.recording
    context: dict[str, Any] = {"place": place, "activity": activity, "recording": recording, "add_url": place.add_url(person)}
    if activity is not None:
        context |= {"module": activity.module, "standing": standing(activity.module, person, now=now())}
    if recording is not None:
        context |= {
            "keeps": can(request.user, Action.RECORDING_MANAGE, recording),
            "deleted_at": deleted_at(recording.public_id),
            "watchable_until": watchable_until(recording),
            "cuts_clips": recording.state == Recording.State.DONE and can(person, Action.CLIP_MAKE, recording),
            **page_of(request, place, recording, person),
        }
    return render(request, "training/replay/replay.html", context)


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def waiting(request: HttpRequest, place: Place) -> HttpResponse:
    """Asked by the page that has nothing to play yet: once there is something, the page is loaded again."""
    recording = place.recording
    response = HttpResponse(status=204)
    if recording is not None:
        settled = recording.state in (Recording.State.DONE, Recording.State.FAILED, *GONE)
        if settled or is_growing(recording):
            response["HX-Refresh"] = "true"
    return response


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def renewed_links(request: HttpRequest, place: Place) -> HttpResponse:
    """New links for a page that goes on playing, and what has become of a recording that was not finished."""
    person, recording = person_of(request), _recording(place)
    response = JsonResponse(player_media(recording, links_for(request, recording, person)))
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def download(request: HttpRequest, place: Place) -> HttpResponse:
    """To the download, by a link that is made now."""
    person, recording = person_of(request), _recording(place)
    path = links_for(request, recording, person).download
    if path is None:
        raise NotFound("playback.no_download", _("The download is not made yet. The recording's page shows how far it is."))
    response = redirect(path)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def qr(request: HttpRequest, place: Place) -> HttpResponse:
    """The QR code of the page's address; with ``?t=`` of that moment."""
    code = qr_svg(address(request, place, parse_moment(request.GET.get("t", ""))))
    return HttpResponse(code, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


@require_GET
@requires(Action.RECORDING_WATCH, on=place_of)
def slide(request: HttpRequest, place: Place, deck: str, number: int) -> HttpResponse:
    """A small picture of a page that was shown in this recording. It never changes, so that a browser asks once."""
    if not has_slide(_recording(place), slide_ref(deck, number)):
        raise NotFound("playback.no_slide", _("This page was not shown in this recording."))
    picture = page_thumbnail(deck, number).read_bytes()
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return HttpResponse(picture, content_type="image/jpeg", headers=headers)


@require_POST
@requires(Action.RECORDING_WATCH, on=place_of)
def lease(request: HttpRequest, place: Place) -> HttpResponse:
    """The right to be credited, for this window; any other window of the person loses it."""
    person = person_of(request)
    recording = _finished(place)
    issued = watching.issue_lease(recording_id=recording.public_id, person=person, now=now())
    return JsonResponse({"lease": issued.public_id, "progress": progress_of(viewing(recording, person), place)})


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
    return JsonResponse({"progress": progress_of(viewing(recording, person), place)})


def _recording(place: Place) -> Recording:
    recording = place.recording
    if recording is None:
        raise NotFound("recording.not_ready", _("The recording is not ready yet."))
    check_kept(recording)
    return recording


def _finished(place: Place) -> Recording:
    recording = _recording(place)
    if recording.state != Recording.State.DONE:
        raise NotFound("recording.not_ready", _("The recording is not ready yet."))
    return recording
