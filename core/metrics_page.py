"""``/metrics``: what this web process tells Prometheus, for those who may know."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.health import is_local


def page(request: HttpRequest) -> HttpResponse:
    """The metrics as text, never cached. With a token (``DIEMCAU_METRICS_TOKEN``) for its bearer, from anywhere; without one
    for this machine itself. Everybody else is told that there is no such page."""
    if not _may_know(request):
        raise Http404
    answer = HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
    answer["Cache-Control"] = "no-store"
    return answer


page.action = None  # type: ignore[attr-defined]  # asks for a token, not for a person; people.access is above this app


def _may_know(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if not token:
        return is_local(request)
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
