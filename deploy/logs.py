"""Structured logs: one event with fields a line; JSON, or key=value for people (``DIEMCAU_LOG=console``)."""

from __future__ import annotations

import logging
import os
import re
from typing import Any

import structlog

_PLAYBACK = re.compile(r"(/(?:phat|xem)/)[^/\s\"'?]+")


def _without_playback_tokens(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Links to recordings carry their own permission (``/phat/TOKEN/…``, ``/xem/TOKEN/…``): the token belongs in no log."""
    return {key: _PLAYBACK.sub(r"\1-", value) if isinstance(value, str) else value for key, value in event.items()}


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _without_playback_tokens,
]


def _not_of_health(record: logging.LogRecord) -> bool:
    """Drops Django's line for each 503 of ``/healthz``, which is asked every second and logs its own changes."""
    return getattr(getattr(record, "request", None), "path", None) != "/healthz"


def renderer() -> Any:
    if os.environ.get("DIEMCAU_LOG", "console") == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=False)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"event": {"()": structlog.stdlib.ProcessorFormatter, "processor": renderer(), "foreign_pre_chain": SHARED}},
    "filters": {"health": {"()": lambda: _not_of_health}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DIEMCAU_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # a traceback for each passer-by who knocks by address
        "django.request": {"filters": ["health"]},
        "aioice": {"level": "WARNING"},
    },
}

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
