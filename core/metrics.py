"""What this process tells Prometheus of its requests, its WebSockets and its database; apps above add their own.

Metrics are made when their module is imported and asked for at ``/metrics`` (:mod:`core.metrics_page`).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a line more a series that nobody asks for
FAST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets of what people wait for."""
REQUESTS = Counter("diemcau_http_requests", "HTTP requests answered, by method and class of status.", ["method", "status"])
REQUEST_SECONDS = Histogram("diemcau_http_request_seconds", "From a request to the end of its answer.", buckets=FAST_S)
WEBSOCKETS = Gauge("diemcau_websockets_open", "WebSockets that are open here.")
WEBSOCKET_MESSAGES = Counter("diemcau_websocket_messages", "Messages of pages (in) and to pages (out).", ["direction"])
DATABASE_ERRORS = Counter("diemcau_database_errors", "Questions to the database that failed, by kind.", ["kind"])
DATABASE_SECONDS = Histogram("diemcau_database_seconds", "From a question to the database to its answer.", buckets=FAST_S)
DISK_FREE = Gauge("diemcau_data_free_bytes", "Free room where the data folder is.")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_IN, _OUT = WEBSOCKET_MESSAGES.labels("in"), WEBSOCKET_MESSAGES.labels("out")


def metered_http(application: Application) -> Application:
    """An ASGI application for HTTP whose requests are counted and timed. Without an answer a request counts as 5xx."""

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began_s = time.perf_counter()
        try:
            await application(scope, receive, note)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(method, f"{status // 100}xx").inc()
            REQUEST_SECONDS.observe(time.perf_counter() - began_s)

    return serve


def metered_websocket(application: Application) -> Application:
    """An ASGI application for WebSockets whose connections and messages are counted."""

    async def serve(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        async def note_in() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                _IN.inc()
            return message

        async def note_out(message: Message) -> None:
            if message["type"] == "websocket.send":
                _OUT.inc()
            await send(message)

        with WEBSOCKETS.track_inprogress():
            await application(scope, note_in, note_out)

    return serve


def _measured(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    began_s = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Error as error:
        DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise
    finally:
        DATABASE_SECONDS.observe(time.perf_counter() - began_s)


def _watch(sender: object, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _measured not in connection.execute_wrappers:  # the same object connects again and again
        connection.execute_wrappers.append(_measured)


connection_created.connect(_watch, dispatch_uid="core.metrics")
DISK_FREE.set_function(lambda: shutil.disk_usage(settings.DATA_DIR).free)
