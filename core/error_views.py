"""What a person sees when Django itself refuses or fails: the same pages as for our own errors, with the same stable codes."""

from __future__ import annotations

import json
import sys

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from core import disk
from core.errors import DiemcauError, Invalid, NotAllowed, NotFound, _
from core.messages import error_text
from core.middleware import error_response, told, wants_json
from core.passing import PassingMiddleware


class BadRequest(Invalid):
    http_status, close_code = 400, 4400


class WrongMethod(Invalid):
    http_status, close_code = 405, 4405


class TooLarge(Invalid):
    http_status, close_code = 413, 4413


class Broken(DiemcauError):
    """A defect of ours; the log has the trace."""

    http_status, close_code = 500, 4500


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler400``."""
    return error_response(
        request,
        BadRequest(
            "core.bad_request",
            _("The server could not understand what the browser sent. Go back, load the page again and retry."),
        ),
    )


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler403``."""
    return error_response(request, NotAllowed())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """``handler404``."""
    return error_response(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``: nearly always a page that stayed open over a sign-in or sign-out elsewhere."""
    return error_response(
        request,
        NotAllowed(
            "core.csrf", _("This page was open for too long, or cookies are blocked. Load it again, then repeat the step.")
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``, called while the error is being handled."""
    return _bare_response(
        request,
        disk.trouble(sys.exc_info()[1])
        or Broken(
            "core.broken",
            _("The server met an error and has noted it. Try again in a few minutes; if it stays, tell your technicians."),
        ),
    )


class MethodPageMiddleware(PassingMiddleware):
    """Gives words to Django's empty 405: who reloads or revisits an address that only takes forms would see a blank page."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != 405 or not isinstance(response, HttpResponse) or response.content:
            return response
        told = _bare_response(
            request,
            WrongMethod(
                "core.wrong_method",
                _("This address only takes what a form sends. Open the page of the form and repeat the step."),
            ),
        )
        told["Allow"] = response.headers["Allow"]
        return told


def too_large(accepted: str, most_bytes: int) -> tuple[str, bytes]:
    """The answer to a request that is larger than ``most_bytes``, told before Django sees it: (media type, body).

    ``accepted`` is the request's Accept header; without the request there is no login, and the language is the site's own.
    """
    error = TooLarge(
        "core.too_large", _("What was sent is too large: at most %(mb)s MB can be taken at once."), mb=most_bytes >> 20
    )
    body = {"code": error.code, "text": error_text(error)}
    if "application/json" in accepted and "text/html" not in accepted:
        return "application/json", json.dumps({"error": body}).encode()
    page = render_to_string("core/error.html", {"error": body, "status": error.http_status})
    return "text/html; charset=utf-8", page.encode()


def _bare_response(request: HttpRequest, error: DiemcauError) -> HttpResponse:
    """As :func:`core.middleware.error_response`, but without session, user and database.

    They may be what is broken, and must not be asked on an event loop.
    """
    if wants_json(request) or getattr(request, "htmx", False):
        return error_response(request, error)
    page = render_to_string("core/error.html", {"error": told(request, error), "status": error.http_status, "request": request})
    return HttpResponse(page, status=error.http_status)
