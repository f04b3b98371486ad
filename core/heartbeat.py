"""The worker's sign of life: written by the worker every few seconds, read by ``/healthz``."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

EVERY_S = 5.0
STALE_S = 30.0
_KEY = "core.worker_heartbeat"


def _path() -> Path:
    return Path(settings.DATA_DIR) / "run" / "worker.heartbeat"


def beat() -> None:
    """Say that a worker is alive now: in Redis where there is one (workers may be on other machines), else in the data folder."""
    if settings.REDIS_URL:
        cache.set(_KEY, time.time(), timeout=int(10 * STALE_S))
        return
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def age_s() -> float | None:
    """Seconds since the last sign of life of any worker; None where there was none."""
    last: float | None = None
    if settings.REDIS_URL:
        last = cache.get(_KEY)
    else:
        with contextlib.suppress(OSError):
            last = _path().stat().st_mtime
    return None if last is None else max(0.0, time.time() - last)
