"""Giving out files without ever holding a large one in memory: nginx does it, or we do it in pieces."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.errors import NotFound, _

MAX_PIECE = 1 << 20
"""Most bytes of one partial answer of a large file; a browser asks for the next piece by itself."""
WHOLE = 4 << 20
"""A file up to this size, as every segment is, comes in one piece: ffmpeg asks for all of it by a range, and for nothing more."""
_CHUNK = 1 << 18
_PAUSE_S = 0.04
"""Between chunks: some 6 MB/s, so that one download leaves the event loop to others. (For a slower reader the server waits.)"""
_ASK_EVERY = 8 << 20
"""After so many bytes of an answer it is asked again whether the rest may be given."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4", ".jpg": "image/jpeg",
    ".vtt": "text/vtt; charset=utf-8",
}  # fmt: skip


class BadRange(Exception):
    """The range lies outside of the file (RFC 9110 §14.4)."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range, of a large file at most :data:`MAX_PIECE` (RFC 9110 §15.3.7 allows to send less);
    None where the whole file is wanted (no range, or one that we do not understand, §14.2). Raises BadRange."""
    found = _RANGE.fullmatch(header.strip().replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
        if found[2] and int(found[2]) < first:
            return None
    else:
        first, last = max(0, size - int(found[2])), size - 1
    if first >= size or first > last:
        raise BadRange
    return first, last if size <= WHOLE else min(last, first + MAX_PIECE - 1)


def etag(stat: os.stat_result) -> str:
    """A strong validator: our files are replaced as a whole, never changed (RFC 9110 §8.8.1)."""
    return f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'


def send_file(
    request: HttpRequest, path: Path, accel: str, cache: str, allowed: Callable[[], bool] = lambda: True
) -> HttpResponseBase:
    """``path`` as an answer; ``accel`` is its place below nginx's ``/_media/``. Raises NotFound.

    A long answer ends in the middle once the file is gone or replaced, or ``allowed``, which may ask the database, says no.
    """
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("playback.not_found", _("This part of the recording does not exist (yet).")) from error
    response: HttpResponseBase
    if settings.MEDIA_ACCEL:
        response = HttpResponse(headers={"X-Accel-Redirect": f"/_media/{accel}"})
    else:
        response = _answer(request, path, stat, allowed)
        response["Accept-Ranges"] = "bytes"
        response["ETag"] = etag(stat)
    response["Content-Type"] = TYPES[path.suffix]
    response["Cache-Control"] = cache
    return response


def _answer(request: HttpRequest, path: Path, stat: os.stat_result, allowed: Callable[[], bool]) -> HttpResponseBase:
    size, tag = stat.st_size, etag(stat)
    if _has(request.headers.get("If-None-Match", ""), tag):
        return HttpResponse(status=304)
    known = request.headers.get("If-Range", tag).strip() == tag  # what else it may say, a date, we never gave: §13.1.5
    try:
        span = parse_range(request.headers.get("Range", "") if known else "", size)
    except BadRange:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if span is not None:
        first, last = span
        with path.open("rb") as file:
            file.seek(first)
            piece = file.read(last - first + 1)
        return HttpResponse(piece, status=206, headers={"Content-Range": f"bytes {first}-{last}/{size}"})
    if request.method == "HEAD":
        return HttpResponse(headers={"Content-Length": str(size)})
    if size <= WHOLE:
        return HttpResponse(path.read_bytes())
    return StreamingHttpResponse(_paced(path, tag, allowed), headers={"Content-Length": str(size)})


def _has(tags: str, tag: str) -> bool:
    """Is ``tag`` among those of an If-None-Match, which are compared weakly (§13.1.2)?"""
    return tags.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in tags.split(","))


async def _paced(path: Path, tag: str, allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
    """The server closes the connection of an answer that ends too early, so that nobody takes it for the whole file."""

    def goes_on() -> bool:
        try:
            return etag(path.stat()) == tag and allowed()
        except OSError:
            return False

    given = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
            given += len(chunk)
            if given % _ASK_EVERY == 0 and not await sync_to_async(goes_on)():
                return
            await asyncio.sleep(_PAUSE_S)
