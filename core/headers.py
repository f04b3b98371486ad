"""Headers that every answer carries and that Django has no setting for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.passing import PassingMiddleware


class PermissionsPolicyMiddleware(PassingMiddleware):
    """Says which devices a page may ask for (W3C Permissions Policy), from ``settings.PERMISSIONS_POLICY``."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


class NoStoreMiddleware(PassingMiddleware):
    """What a signed-in browser is answered is kept nowhere, unless the view says otherwise (as for pages of decks, and media): on
    a device that several people use, nobody comes back to the page of another."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:  # asks no database
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
