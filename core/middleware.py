"""From the error tree to an answer that a person can read."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from core.errors import DiemcauError, NotSignedIn
from core.messages import error_text

log = structlog.get_logger(__name__)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a script rather than a person's page load."""
    return request.accepts("application/json") and not request.accepts("text/html")


def error_response(request: HttpRequest, error: DiemcauError) -> HttpResponse:
    """JSON for scripts; a fragment for htmx; the sign-in page when nobody is signed in; else the error page."""
    body = told(request, error)
    if wants_json(request):
        return JsonResponse({"error": body}, status=error.http_status)
    if getattr(request, "htmx", False):
        response = render(request, "core/error_fragment.html", {"error": body}, status=error.http_status)
        response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
        return response
    if isinstance(error, NotSignedIn):
        return redirect(f"{reverse('account_login')}?{urlencode({'next': _place_to_return_to(request)})}")
    context = {"error": body, "status": error.http_status, "to_strangers": error.to_strangers}
    return render(request, "core/error.html", context, status=error.http_status)


def told(request: HttpRequest, error: DiemcauError) -> dict[str, str]:
    """What a person is told of ``error``: its code, its text, and a number of their own by which support finds it in the log."""
    number = secrets.token_hex(4).upper()
    log.info("request.refused", code=error.code, number=number, path=request.path, status=error.http_status)
    return {"code": error.code, "text": error_text(error), "number": number}


def _place_to_return_to(request: HttpRequest) -> str:
    """The page that was asked for; for a form that was sent, the page that it stood on, because only that can be loaded."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    origin, path = request.build_absolute_uri("/"), request.headers.get("Referer", "")
    return f"/{path.removeprefix(origin)}" if path.startswith(origin) else "/"


class ErrorMiddleware:
    """Turns :class:`core.errors.DiemcauError` raised by a view into :func:`error_response`."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DiemcauError):
            return None
        return error_response(request, exception)
