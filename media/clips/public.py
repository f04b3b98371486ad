"""What everybody may see who has the link: an approved clip's page and files, until the link is withdrawn."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from core.errors import NotFound
from media.clips.limits import FILES, PAGES, admit
from media.clips.qr import qr_svg
from media.clips.selectors import shared_clip
from media.clips.shapes import SIZES, Shape
from media.serving import send_file
from people.access import open_to_all
from people.names import file_stem

_CACHE = "private, no-cache"
"""Asked for again every time, so that a link that is withdrawn is closed at once."""


@require_safe
@open_to_all
def shared(request: HttpRequest, share: str) -> HttpResponse:
    """The page behind a public link. Search engines are told to leave it out."""
    admit(request, "page", PAGES)
    clip = shared_clip(share)
    width, height = SIZES[Shape(clip.shape)]
    seconds = round(clip.duration_ms / 1000)

    def address(name: str, *more: str) -> str:
        return request.build_absolute_uri(reverse(f"clips:{name}", args=[share, *more]))

    url = address("shared")
    context = {
        "clip": clip,
        "recording": clip.recording,
        "url": url,
        "video": address("shared_file", "clip.mp4"),
        "poster": address("shared_file", "poster.jpg"),
        "download": f"{address('shared_file', 'clip.mp4')}?tai=1",
        "width": width,
        "height": height,
        "length": f"{seconds // 60}:{seconds % 60:02}",
        "qr": qr_svg(url),
    }
    response = render(request, "clips/shared.html", context)
    response["X-Robots-Tag"], response["Cache-Control"] = "noindex, nofollow", "private, no-store"
    return response


@require_safe
@open_to_all
def shared_file(request: HttpRequest, share: str, name: str) -> HttpResponseBase:
    """The video (``?tai=1``: to be kept) or its poster, behind a public link."""
    admit(request, "file", FILES)
    clip = shared_clip(share)
    if name not in ("clip.mp4", "poster.jpg"):
        raise NotFound
    where = f"{clip.recording.public_id}/clips/{clip.public_id}/{clip.version}/{name}"
    response = send_file(request, clip.path(name), where, _CACHE)
    response["X-Robots-Tag"] = "noindex, nofollow"
    if request.GET.get("tai"):
        named = f"{file_stem(clip.title, clip.public_id)}.mp4"
        response["Content-Disposition"] = content_disposition_header(True, named) or "attachment"
    return response
