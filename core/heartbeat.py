"""The worker's sign of life: written by the worker every few seconds, read by ``/healthz``."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

EVERY_S = 5.0
STALE_S = 30.0
SWEEP_STALE_S = 300.0
"""Sweeps come several times a minute. Where none has ended for so long, the worker lives but does no work."""
_KEY, _SWEEP_KEY = "core.worker_heartbeat", "core.worker_sweep"


def beat() -> None:
    """Say that a worker is alive now: in Redis where there is one (workers may be on other machines), else in the data folder."""
    _note(_KEY, "worker.heartbeat")


def age_s() -> float | None:
    """Seconds since the last sign of life of any worker; None where there was none."""
    return _since_s(_KEY, "worker.heartbeat")


def swept() -> None:
    """Say that a worker has brought a sweep to its end."""
    _note(_SWEEP_KEY, "worker.sweep")


def sweep_age_s() -> float | None:
    """Seconds since the last sweep of any worker; None where there was none."""
    return _since_s(_SWEEP_KEY, "worker.sweep")


def _path(name: str) -> Path:
    return Path(settings.DATA_DIR) / "run" / name


def _note(key: str, name: str) -> None:
    if settings.REDIS_URL:
        cache.set(key, time.time(), timeout=24 * 3600)
        return
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _since_s(key: str, name: str) -> float | None:
    last: float | None = None
    if settings.REDIS_URL:
        last = cache.get(key)
    else:
        with contextlib.suppress(OSError):
            last = _path(name).stat().st_mtime
    return None if last is None else max(0.0, time.time() - last)
