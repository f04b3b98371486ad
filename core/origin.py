"""WebSockets are opened by our own pages only: a browser sends the person's cookies with those of any page (RFC 6455 §10.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from core.metrics import Application, Receive, Send

_PORTS = {"http": 80, "https": 443}


def is_own(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` is one of ours, ``host`` being what the browser asked for (header Host): the same name and
    port, or one of ``DIEMCAU_ORIGINS``. Cookies know no ports, so that a page of another service of this machine has them too."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        page = urlsplit(origin)
        port = page.port or _PORTS[page.scheme]
    except (ValueError, KeyError):
        return False
    name, asked_port = split_domain_port(host)
    page_name, _port = split_domain_port(page.netloc)
    own_ports = {int(asked_port)} if asked_port else set(_PORTS.values())
    return bool(name) and validate_host(name, settings.ALLOWED_HOSTS) and page_name == name and port in own_ports


def from_own_pages(application: Application) -> Application:
    """An ASGI application for WebSockets that refuses (403) what other pages open, and what names no page."""

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
        if is_own(origin, host):
            await application(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    return serve
