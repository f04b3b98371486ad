"""Pages and files of recordings."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from core.errors import Conflict, NotAllowed, NotFound, _
from core.middleware import told
from media import services
from media.egress.status import read_status
from media.models import Recording, Rendition
from media.playback import Playback, is_playable, login_of, playback_of, still_may
from media.selectors import recording_of, rendition_of, rendition_rows
from media.serving import TYPES, send_file
from media.vod.playlist import master, variants_of
from media.vod.renditions import cancel_rendition, retry_rendition
from people.access import requires
from people.names import file_stem
from people.permissions import Action, can

_SEGMENT_CACHE = "private, max-age=86400, immutable"


@require_safe
@requires(Action.RECORDING_WATCH, on=playback_of)
def play(request: HttpRequest, playback: Playback, file: str) -> HttpResponseBase:
    """A playlist, segment, picture or download, behind a link of :func:`media.playback.links`."""
    recording = playback.recording
    if playback.login != login_of(request.session.session_key):
        raise NotAllowed("playback.other_login", _("This link belongs to another sign-in. Open the recording from its page."))
    if not is_playable(file):
        raise NotFound("playback.not_found", _("This part of the recording does not exist (yet)."))
    if file == "master.m3u8":
        return _master(recording)
    cache = _SEGMENT_CACHE if file.endswith((".m4s", ".mp4")) and file != "video.mp4" else "private, no-cache"
    response = send_file(
        request, recording.folder / file, f"{recording.public_id}/{file}", cache, lambda: still_may(request, playback)
    )
    if file == "video.mp4":
        name = f"{file_stem(recording.title, recording.public_id)}.mp4"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _master(recording: Recording) -> HttpResponse:
    status = read_status(recording.folder)
    if status is None:
        raise NotFound("playback.not_begun", _("The recording has not begun yet. Try again in a moment."))
    variants = variants_of(recording.folder, status.height, status.fps, status.codecs)
    if not variants:
        raise NotFound("playback.not_begun", _("The recording has not begun yet. Try again in a moment."))
    return HttpResponse(master(variants), content_type=TYPES[".m3u8"], headers={"Cache-Control": "private, no-cache"})


@require_safe
@requires(Action.RECORDING_WATCH, on=recording_of)
def renditions(request: HttpRequest, recording: Recording) -> HttpResponse:
    """How far everything is that is made of the recording: a fragment that keeps itself up to date while something runs."""
    return _fragment(request, recording)


@require_POST
@requires(Action.RECORDING_MANAGE, on=rendition_of)
def retry(request: HttpRequest, rendition: Rendition) -> HttpResponse:
    """Make a failed or cancelled rendition again."""
    return _after(request, rendition.recording, lambda: retry_rendition(rendition=rendition))


@require_POST
@requires(Action.RECORDING_MANAGE, on=rendition_of)
def cancel(request: HttpRequest, rendition: Rendition) -> HttpResponse:
    """Stop making a rendition."""
    return _after(request, rendition.recording, lambda: cancel_rendition(rendition=rendition))


@require_POST
@requires(Action.RECORDING_MANAGE, on=recording_of)
def retry_whole(request: HttpRequest, recording: Recording) -> HttpResponse:
    """Rebuild a failed recording from its capture."""
    return _after(request, recording, lambda: services.retry_recording(recording=recording))


def _after(request: HttpRequest, recording: Recording, step: Callable[[], None]) -> HttpResponse:
    """Take a step, and show how far everything is then. Where the list on the page was out of date, so that the step is not
    possible, the page gets the present one all the same, and is told why."""
    refused = None
    try:
        step()
    except Conflict as error:
        if not getattr(request, "htmx", False):
            raise
        refused = told(request, error)
    recording.refresh_from_db()
    return _fragment(request, recording, refused=refused)


def _fragment(request: HttpRequest, recording: Recording, refused: dict[str, str] | None = None) -> HttpResponse:
    manages = can(request.user, Action.RECORDING_MANAGE, recording)
    every = rendition_rows(recording)
    rows = every if manages else [row for row in every if row.rendition.kind == Rendition.Kind.MP4]  # what one can have of it
    unsettled = recording.state in (Recording.State.LIVE, Recording.State.CLOSING, Recording.State.REBUILDING)
    running = unsettled or any(row.busy for row in rows)
    download = any(row.rendition.kind == Rendition.Kind.MP4 and row.rendition.state == Rendition.State.DONE for row in rows)
    context = {
        "recording": recording, "rows": rows, "running": running, "download": download, "manages": manages, "refused": refused,
    }  # fmt: skip
    return render(request, "media/renditions.html", context)
