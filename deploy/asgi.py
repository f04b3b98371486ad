"""The ASGI application: HTTP to Django, WebSockets to the session consumer, both behind the same login."""

from __future__ import annotations

import os
from typing import cast

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
_http = get_asgi_application()

from deploy.startup import refuse_bad_settings  # noqa: E402  (apps must be loaded first)

refuse_bad_settings()

from conference.routing import websocket_urlpatterns  # noqa: E402  (likewise)
from core.metrics import Application, metered_http, metered_websocket  # noqa: E402  (likewise)
from core.origin import from_own_pages  # noqa: E402  (likewise)

# Every view is imported before the first page comes: after a restart all pages of a session come at once, and the one thread
# that may use the database would import while they wait.
_ = get_resolver().url_patterns

application = ProtocolTypeRouter(
    {
        "http": metered_http(cast(Application, _http)),
        "websocket": metered_websocket(from_own_pages(cast(Application, AuthMiddlewareStack(URLRouter(websocket_urlpatterns))))),
    }
)
