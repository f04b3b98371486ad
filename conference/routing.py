"""WebSocket addresses."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from conference.consumer import session_consumer

websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/session/(?P<session_id>[a-z0-9]{8,32})/$", session_consumer),  # type: ignore[arg-type]  # ASGI, by Channels
]
