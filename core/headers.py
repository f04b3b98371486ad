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
