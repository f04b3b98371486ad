"""The resumable upload protocol tus 1.0.0, core with the extensions creation, expiration and termination, as views.

Pieces may come in any sizes; what is here counts, wherever the last one was cut off. Source: the protocol's own specification at
tus.io, "tus resumable upload protocol" 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable
from typing import IO, cast

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, DiemcauError, Invalid, _
from core.middleware import error_response
from core.numbers import whole
from media.upload import services, store
from media.upload.errors import Gone, WrongType, WrongVersion
from media.upload.models import Upload
from media.upload.selectors import upload_of
from media.upload.targets import Target, target_of
from people.access import requires
from people.models import User
from people.permissions import Action

VERSION = "1.0.0"
CONTENT = "application/offset+octet-stream"
_CAPABILITIES = {
    "Tus-Version": VERSION, "Tus-Extension": "creation,expiration,termination", "Tus-Max-Size": str(services.MAX_BYTES),
}  # fmt: skip

View = Callable[..., HttpResponse]


def speaks_tus(view: View) -> View:
    """Asks for the protocol's version, and names it in every answer, also in those that refuse."""

    @functools.wraps(view)
    def answer(request: HttpRequest, **arguments: object) -> HttpResponse:
        try:
            if request.method == "OPTIONS":
                response = view(request, **arguments)
            elif request.headers.get("Tus-Resumable") != VERSION:
                raise WrongVersion("upload.wrong_version", _("This program speaks another version of the upload protocol."))
            else:
                response = view(request, **arguments)
        except DiemcauError as error:
            response = error_response(request, error)
            if isinstance(error, WrongVersion):
                response["Tus-Version"] = VERSION
        response["Tus-Resumable"] = VERSION
        return response

    return answer


@speaks_tus
@require_http_methods(["POST", "OPTIONS"])
@requires(Action.RECORDING_MANAGE, on=target_of)
def create(request: HttpRequest, target: Target) -> HttpResponse:
    """Announce a file (creation): its length, and in the metadata its name and when it was last changed."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_CAPABILITIES)
    told = metadata(request.headers.get("Upload-Metadata", ""))
    modified = told.get("modified", "")
    upload = services.begin(
        target=target,
        by=cast(User, request.user),
        file_name=told.get("filename", ""),
        size=_number(request.headers.get("Upload-Length", "")),
        modified_ms=_number(modified) if modified else 0,
    )
    place = {"Location": upload.url, "Upload-Expires": _expires(upload)}
    return HttpResponse(status=201, headers=place)


@speaks_tus
@require_http_methods(["HEAD", "PATCH", "DELETE", "OPTIONS"])
@requires(Action.RECORDING_MANAGE, on=upload_of)
def transfer(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Ask how much is here (HEAD), bring more of it (PATCH), or take it back (DELETE, termination)."""
    match request.method:
        case "HEAD":
            return _ask(upload)
        case "PATCH":
            return _append(request, upload)
        case "DELETE":
            services.cancel(upload=upload)
            return HttpResponse(status=204)
        case _:
            return HttpResponse(status=204, headers=_CAPABILITIES)


def _ask(upload: Upload) -> HttpResponse:
    here = store.offset(upload) if upload.state == Upload.State.RECEIVING else upload.size
    if here >= upload.size:
        services.received(upload=upload, end=here)  # where the answer to the last piece never left
    headers = {"Upload-Offset": str(here), "Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    return HttpResponse(headers=headers | {"Upload-Expires": _expires(upload)})


def _append(request: HttpRequest, upload: Upload) -> HttpResponse:
    if request.content_type != CONTENT:
        raise WrongType("upload.wrong_type", _("The piece of the file came in a form that is not understood."))
    at = _number(request.headers.get("Upload-Offset", ""))
    if upload.state != Upload.State.RECEIVING:
        raise Conflict("upload.whole", _("The file is here as a whole already. Load the page again to see how far it is."))
    try:
        end = store.append(upload, at, cast(IO[bytes], request))
    except FileNotFoundError:
        raise Gone("upload.gone", _("This upload has been cancelled, or is too old. Choose the file again.")) from None
    services.received(upload=upload, end=end)
    return HttpResponse(status=204, headers={"Upload-Offset": str(end), "Upload-Expires": _expires(upload)})


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: pairs by commas, each a key and, after a space, its value in Base64. Raises Invalid."""
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _space, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _unreadable() from None
        if "\0" in found[key]:  # which no column of PostgreSQL takes
            raise _unreadable()
    return found


def _unreadable() -> Invalid:
    return Invalid("upload.bad_metadata", _("The file's name could not be read. Rename it and choose it again."))


def _number(text: str) -> int:
    number = whole(text)
    if number is None:
        raise Invalid("upload.bad_header", _("The piece of the file came in a form that is not understood."))
    return number


def _expires(upload: Upload) -> str:
    return http_date((upload.touched_at + services.KEPT).timestamp())
