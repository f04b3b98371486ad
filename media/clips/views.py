"""Pages of those who cut clips and who approve them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid, NotFound
from core.messages import error_text
from media.captions.selectors import cues_of
from media.clips import services
from media.clips.forms import ClipForm, ReturnForm
from media.clips.models import Clip
from media.clips.qr import qr_svg
from media.clips.selectors import clip_of, history, preview, row, rows, source_recording
from media.clips.source import scenes_kept, status_of
from media.egress.status import Status
from media.models import Chapter, Recording
from media.playback import links_for, player_media
from media.selectors import chapters
from media.serving import send_file
from people.access import requires
from people.models import User
from people.permissions import Action

FILES = {"clip.mp4", "poster.jpg"}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.CLIP_MAKE, on=source_recording)
def index(request: HttpRequest, recording: Recording) -> HttpResponse:
    """The recording's clips, and the form to cut another; by POST it is cut."""
    return _form_page(request, recording, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.CLIP_MAKE, on=clip_of)
def edit(request: HttpRequest, clip: Clip) -> HttpResponse:
    """The same form with a clip's cut in it."""
    return _form_page(request, clip.recording, clip)


@require_safe
@requires(Action.CLIP_MAKE, on=source_recording)
def listed(request: HttpRequest, recording: Recording) -> HttpResponse:
    """The list alone: it keeps itself up to date while something is made."""
    return render(request, "clips/_list.html", _list(request, recording))


@require_safe
@requires(Action.CLIP_MAKE, on=source_recording)
def fresh_links(request: HttpRequest, recording: Recording) -> HttpResponse:
    """New links for the form's player, whose own are good for a while only."""
    response = JsonResponse(player_media(recording, links_for(request, recording, _person(request))))
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@requires(Action.CLIP_MAKE, on=clip_of)
def detail(request: HttpRequest, clip: Clip) -> HttpResponse:
    """One clip: its video, its state and history, and what this person may do with it."""
    return _detail_page(request, clip, ReturnForm())


@require_safe
@requires(Action.CLIP_MAKE, on=clip_of)
def progress(request: HttpRequest, clip: Clip) -> HttpResponse:
    """How far its making is; once it is over, the page is loaded again."""
    response = render(request, "clips/_progress.html", {"row": row(clip, _person(request)), "clip": clip, "polled": True})
    if not clip.busy:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@requires(Action.CLIP_MAKE, on=clip_of)
def file(request: HttpRequest, clip: Clip, version: str, name: str) -> HttpResponseBase:
    """The video or its poster, of exactly this version: who approves sees what is approved."""
    if name not in FILES or not clip.version or version != clip.version:
        raise NotFound
    return send_file(
        request, clip.path(name), f"{clip.recording.public_id}/clips/{clip.public_id}/{version}/{name}", "private, no-cache"
    )


@require_POST
@requires(Action.CLIP_MAKE, on=clip_of)
def make(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Have the video made, or made again."""
    return _step(request, clip, lambda by: services.queue_clip(clip=clip, by=by))


@require_POST
@requires(Action.CLIP_MAKE, on=clip_of)
def stop(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Stop making the video."""
    return _step(request, clip, lambda by: services.stop_clip(clip=clip, by=by))


@require_POST
@requires(Action.CLIP_APPROVE, on=clip_of)
def approve(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Let the version that was watched be shared."""
    version = request.POST.get("version", "")
    return _step(request, clip, lambda by: services.approve_clip(clip=clip, version=version, by=by), _("The clip is approved."))


@require_POST
@requires(Action.CLIP_APPROVE, on=clip_of)
def send_back(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Return it with a reason; what is wrong with the reason is told beside it, and what was typed is kept."""
    form = ReturnForm(request.POST)
    if not form.is_valid() and row(clip, _person(request)).may_decide:
        return _detail_page(request, clip, form)
    reason = request.POST.get("reason", "")
    return _step(request, clip, lambda by: services.return_clip(clip=clip, reason=reason, by=by), _("The clip is returned."))


@require_POST
@requires(Action.CLIP_MAKE, on=clip_of)
def share(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Open the public link."""
    return _step(request, clip, lambda by: services.share_clip(clip=clip, by=by), _("The public link is open."))


@require_POST
@requires(Action.CLIP_MAKE, on=clip_of)
def withdraw(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Close the public link at once."""
    return _step(request, clip, lambda by: services.withdraw_clip(clip=clip, by=by), _("The public link is withdrawn."))


@require_POST
@requires(Action.CLIP_MAKE, on=clip_of)
def delete(request: HttpRequest, clip: Clip) -> HttpResponse:
    """The clip goes for good."""
    try:
        services.delete_clip(clip=clip, by=_person(request))
    except Conflict as error:
        messages.error(request, error_text(error))
        return redirect("clips:detail", clip_id=clip.public_id)
    messages.success(request, _("The clip is deleted."))
    return redirect("clips:index", public_id=clip.recording.public_id)


def _step(request: HttpRequest, clip: Clip, act: Callable[[User], None], done: str = "") -> HttpResponse:
    """Do it, and back to the clip's page; a step that is not possible any more is told there."""
    try:
        act(_person(request))
    except (Conflict, Invalid) as error:
        messages.error(request, error_text(error))
    else:
        if done:
            messages.success(request, done)
    return redirect("clips:detail", clip_id=clip.public_id)


def _detail_page(request: HttpRequest, clip: Clip, returning: ReturnForm) -> HttpResponse:
    shown = row(clip, _person(request))
    public_url = request.build_absolute_uri(shown.share_url) if shown.share_url else ""
    context = {
        "row": shown,
        "clip": clip,
        "recording": clip.recording,
        "history": history(clip),
        "public_url": public_url,
        "page_url": request.build_absolute_uri(request.path),
        "qr": qr_svg(public_url) if public_url else "",
        "returning": returning,
    }
    return render(request, "clips/detail.html", context)


def _form_page(request: HttpRequest, recording: Recording, clip: Clip | None) -> HttpResponse:
    status = status_of(recording)
    if status is None:
        return render(request, "clips/index.html", {"recording": recording, **_list(request, recording)})
    frame_ms = 1000 // status.fps
    named: dict[str, Any] = {
        "duration_ms": recording.duration_ms or status.duration_ms, "frame_ms": frame_ms, "captions": cues_of(recording),
    }  # fmt: skip
    if request.method == "POST":
        form = ClipForm(request.POST, **named)
        if form.is_valid() and (saved := _saved(request, form, recording, clip, frame_ms)) is not None:
            return redirect("clips:detail", clip_id=saved.public_id)
    else:
        form = ClipForm(initial=_initial(recording, clip), **named)
    context = {"recording": recording, "form": form, "clip": clip, **_list(request, recording)}
    context |= _player(request, recording, status)
    return render(request, "clips/index.html", context)


def _saved(request: HttpRequest, form: ClipForm, recording: Recording, clip: Clip | None, frame_ms: int) -> Clip | None:
    person, values = _person(request), form.values()
    try:
        if clip is None:
            clip = services.create_clip(recording=recording, values=values, by=person, frame_ms=frame_ms)
        else:
            services.edit_clip(clip=clip, values=values, by=person, frame_ms=frame_ms)
        if request.POST.get("then") != "keep":
            services.queue_clip(clip=clip, by=person)
    except (Conflict, Invalid) as error:
        form.add_error(None, error_text(error))
        return None
    return clip


def _initial(recording: Recording, clip: Clip | None) -> dict[str, Any]:
    if clip is None:
        end_ms = min(30_000, max(0, (recording.duration_ms or 0) - 100))
        return {"start_ms": 0, "end_ms": end_ms, "shape": Clip.Shapes.WIDE, "with_card": True}
    names = ("title", "start_ms", "end_ms", "shape", "with_card", "with_captions")
    return {name: getattr(clip, name) for name in names}


def _player(request: HttpRequest, recording: Recording, status: Status) -> dict[str, Any]:
    paths = links_for(request, recording, _person(request))
    kinds = [Chapter.Kind.AGENDA, Chapter.Kind.SPEAKER]
    marks = [
        {"at_ms": mark.at_ms, "end_ms": mark.end_ms, "title": mark.title}
        for mark in chapters(recording, [*kinds, Chapter.Kind.BREAK])
        if mark.kind in kinds
    ]
    width = status.height * 16 // 9 & ~1
    config = {
        "media": player_media(recording, paths),
        "links": reverse("clips:links", args=[recording.public_id]),
        "fps": status.fps,
        "duration_ms": recording.duration_ms or status.duration_ms,
        "chapters": marks,
        "preview": preview(scenes_kept(recording), width, status.height),
    }
    return {"config": config, "chapters": marks}


def _list(request: HttpRequest, recording: Recording) -> dict[str, Any]:
    found = list(recording.clips.select_related("made_by", "recording"))
    return {
        "recording": recording,
        "rows": rows(found, _person(request)),
        "busy": any(clip.busy for clip in found),
        "list_url": reverse("clips:list", args=[recording.public_id]),
    }


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
