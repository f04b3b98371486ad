"""WebSocket addresses."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, re_path

from conference.consumer import session_consumer


async def nothing_here(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuses a WebSocket to an address that we do not have (403: ASGI knows no other refusal)."""
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/session/(?P<session_id>[a-z0-9]{8,32})/$", session_consumer),  # type: ignore[arg-type]  # ASGI, by Channels
    re_path("", nothing_here),  # type: ignore[arg-type]  # likewise
]
