"""Captions over HTTP: the list to manage, the editor, and what players and people load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from core.errors import Conflict, DiemcauError, NotSignedIn
from core.messages import error_text
from media import pages
from media.captions import services
from media.captions.domain.cues import Cue
from media.captions.domain.formats import to_subrip, to_webvtt
from media.captions.forms import CaptionFileForm, NewCaptionsForm
from media.captions.messages import read_save, read_seen
from media.captions.models import CaptionTrack, CaptionVersion
from media.captions.selectors import cues_of_track, history, track_of, tracks_of
from media.models import Recording
from media.playback import links_for, player_media
from media.selectors import kept_recording_of
from people.access import requires
from people.models import User
from people.names import file_stem
from people.permissions import Action

How = CaptionVersion.How
_FRESH = "private, no-cache"


@require_GET
@requires(Action.RECORDING_MANAGE, on=kept_recording_of)
def index(request: HttpRequest, recording: Recording) -> HttpResponse:
    """All tracks with what can be done with them: a fragment of the recording's page."""
    return _list(request, recording)


@require_POST
@requires(Action.RECORDING_MANAGE, on=kept_recording_of)
def add(request: HttpRequest, recording: Recording) -> HttpResponse:
    """A new track, from a file or, where that was asked for, empty. What was chosen stays where the file is refused."""
    form = NewCaptionsForm(request.POST, request.FILES, writing="write" in request.POST)
    if not form.is_valid():
        return _list(request, recording, form=form, status=422)
    given = form.cleaned_data
    try:
        track = services.add_track(
            recording=recording,
            language=given["language"],
            label=given["name"],
            cues=given["file"],
            how=How.STARTED if form.writing else How.UPLOADED,
            by=_person(request),
        )
    except DiemcauError as error:
        form.add_error("language" if isinstance(error, Conflict) else "file", error_text(error))
        return _list(request, recording, form=form, status=error.http_status)
    if form.writing:
        return _go(request, _url("captions_editor", track))
    messages.success(request, gettext("The captions have been added: %(count)s.") % {"count": track.count})
    _warn_of_late(request, recording, given["file"])
    return _go(request, _back(recording))


@require_POST
@requires(Action.RECORDING_MANAGE, on=track_of)
def replace(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """Another file for a track; what it said before stays among its versions."""
    form = CaptionFileForm(request.POST, request.FILES, prefix=track.public_id)
    if not form.is_valid():
        return _list(request, track.recording, replacing=(track, form), status=422)
    given = form.cleaned_data
    try:
        services.save_cues(track=track, cues=given["file"], seen=given["seen"], how=How.UPLOADED, by=_person(request))
    except DiemcauError as error:
        form.add_error("file", error_text(error))
        return _list(request, track.recording, replacing=(track, form), status=error.http_status)
    messages.success(request, gettext("The captions have been replaced: %(count)s.") % {"count": track.count})
    _warn_of_late(request, track.recording, given["file"])
    return _go(request, _back(track.recording))


@require_POST
@requires(Action.RECORDING_MANAGE, on=track_of)
def remove(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """The page has asked whether this is meant."""
    recording = track.recording
    services.remove_track(track=track, by=_person(request))
    messages.success(request, gettext("The captions have been deleted."))
    return _go(request, _back(recording))


@require_GET
@requires(Action.RECORDING_MANAGE, on=track_of)
def editor(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """The captions beside the video, to be written and corrected."""
    recording, person = track.recording, _person(request)
    paths = links_for(request, recording, person)
    config = {
        "media": player_media(recording, paths),
        "links": _url("captions_links", track),
        "cues_url": _url("captions_cues", track),
        "save": _url("captions_save", track),
        "duration_ms": recording.duration_ms or 0,
        "language": track.language,
        "track": track.public_id,
        "version": track.version,
        "cues": _rows(track),
    }
    context = {
        "track": track,
        "recording": recording,
        "poster": paths.poster,
        "back": _back(recording),
        "versions": history(track),
        "config": config,
        "seen": str(track.version),  # as it is sent back, without separators
    }
    return render(request, "media/captions/editor.html", context)


@require_POST
@requires(Action.RECORDING_MANAGE, on=track_of)
def save(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """What the editor holds becomes the newest version, unless somebody else was faster."""
    message = read_save(request)
    number = services.save_cues(track=track, cues=message.given(), seen=message.seen, how=How.EDITED, by=_person(request))
    return JsonResponse({"version": number, "count": track.count})


@require_POST
@requires(Action.RECORDING_MANAGE, on=track_of)
def restore(request: HttpRequest, track: CaptionTrack, number: int) -> HttpResponse:
    """An older version becomes the newest one again."""
    services.restore_version(track=track, number=number, seen=read_seen(request), by=_person(request))
    messages.success(request, gettext("Version %(number)s has been restored.") % {"number": number})
    return _go(request, _url("captions_editor", track))


@require_GET
@requires(Action.RECORDING_MANAGE, on=track_of)
def fresh_links(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """New links for the editor's player, whose own are good for a while only."""
    paths = links_for(request, track.recording, _person(request))
    response = JsonResponse(player_media(track.recording, paths))
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@requires(Action.RECORDING_WATCH, on=track_of)
def cues(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """What is said, for the page: its version, and who made it when."""
    body = {
        "version": track.version,
        "by": track.changed_by.full_name if track.changed_by else "",
        "at": date_format(timezone.localtime(track.changed_at), "H:i d/m"),
        "cues": _rows(track),
    }
    return JsonResponse(body, headers={"Cache-Control": _FRESH})


@require_safe
@requires(Action.RECORDING_WATCH, on=track_of)
def webvtt(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """For players; with ``?tai=1`` to be kept as a file."""
    return _file(track, "vtt", "text/vtt", to_webvtt(cues_of_track(track)), keep="tai" in request.GET)


@require_safe
@requires(Action.RECORDING_WATCH, on=track_of)
def subrip(request: HttpRequest, track: CaptionTrack) -> HttpResponse:
    """To be kept as a file."""
    return _file(track, "srt", "application/x-subrip", to_subrip(cues_of_track(track)), keep=True)


def _file(track: CaptionTrack, ending: str, kind: str, text: str, *, keep: bool) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers={"Cache-Control": _FRESH})
    if keep:
        stem = file_stem(track.recording.title, track.recording.public_id)
        name = f"{stem}.{track.language}.{ending}"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _rows(track: CaptionTrack) -> list[list[Any]]:
    return [[cue.start_ms, cue.end_ms, cue.text, cue.speaker] for cue in cues_of_track(track)]


def _list(
    request: HttpRequest,
    recording: Recording,
    *,
    form: NewCaptionsForm | None = None,
    replacing: tuple[CaptionTrack, CaptionFileForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = []
    for track in tracks_of(recording):
        refused = replacing[1] if replacing and replacing[0].pk == track.pk else None
        lines.append((track, refused or CaptionFileForm(initial={"seen": track.version}, prefix=track.public_id)))
    context = {"recording": recording, "lines": lines, "form": form or NewCaptionsForm()}
    template = "media/captions/list.html" if _is_htmx(request) else "media/captions/page.html"
    return render(request, template, context | {"back": _back(recording)}, status=status)


def _warn_of_late(request: HttpRequest, recording: Recording, cues: Sequence[Cue]) -> None:
    """Say how many captions begin when the recording is over: nobody will see them, and perhaps the file is another one's."""
    late = sum(cue.start_ms >= recording.duration_ms for cue in cues) if recording.duration_ms else 0
    if late:
        text = ngettext(
            "%(count)d caption begins after the end of the recording and is never shown. Is it the right file?",
            "%(count)d captions begin after the end of the recording and are never shown. Is it the right file?",
            late,
        )
        messages.warning(request, text % {"count": late})


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """The whole page again, also where a part of it asked: the player has to take up what changed."""
    if _is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _back(recording: Recording) -> str:
    return pages.page_of(recording) or reverse("media:captions", kwargs={"public_id": recording.public_id})


def _url(name: str, track: CaptionTrack) -> str:
    return reverse(f"media:{name}", kwargs={"public_id": track.recording.public_id, "track_id": track.public_id})


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotSignedIn
    return request.user
