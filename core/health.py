"""``/healthz``: whether each part of the product works, for supervisors, load balancers and people."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from core import heartbeat

log = structlog.get_logger(__name__)

Check = Callable[[], str]
"""Returns a few words on the part that works; raises anything where it does not. Answers within about a second."""

TIMEOUT_S = 1.0
DISK_FREE_MB = 300
STARTING_S = 20.0
"""For so long after our own start, another process that does not answer yet is no reason to worry anybody."""
_checks: dict[str, Check] = {}
_started = time.monotonic()
_failing: set[str] = set()
"""Parts that failed when last asked: only a change is worth a line in the log."""


def register(name: str, check: Check) -> None:
    """Add a part. Apps above this one do so in their ``ready()``, as nothing here may import them."""
    _checks[name] = check


def examine() -> tuple[bool, dict[str, dict[str, object]]]:
    """Whether all is well, and for each part ``ok``, ``ms`` and ``note``. The note of a failure is only its kind: no secrets."""
    parts: dict[str, dict[str, object]] = {}
    for name, check in _checks.items():
        began = time.monotonic()
        try:
            ok, note = True, check()
        except Exception as error:  # whatever a part raises, it does not work, and the other parts are still to be told
            ok, note = False, type(error).__name__
        _tell_change(name, ok, note)
        parts[name] = {"ok": ok, "ms": round((time.monotonic() - began) * 1000, 1), "note": note}
    return all(part["ok"] for part in parts.values()), parts


def _tell_change(name: str, ok: bool, note: str) -> None:
    if ok and name in _failing:
        _failing.discard(name)
        log.info("health.part_recovered", part=name)
    elif not ok and name not in _failing:
        _failing.add(name)
        starting = time.monotonic() - _started < STARTING_S
        (log.info if starting else log.warning)("health.part_failed", part=name, cause=note)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 where all is well, else 503; never cached. Notes are for this machine only: how it is built concerns nobody else."""
    ok, parts = examine()
    if not is_local(request):
        parts = {name: {"ok": part["ok"]} for name, part in parts.items()}
    answer = JsonResponse({"ok": ok, "parts": parts}, status=200 if ok else 503)
    if settings.RUN:
        answer[settings.RUN_HEADER] = settings.RUN
    answer["Cache-Control"] = "no-store"
    return answer


def is_local(request: HttpRequest) -> bool:
    """Asked on this machine itself, by nobody for whom a proxy asks."""
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers


healthz.action = None  # type: ignore[attr-defined]  # open to all; people.access, which says so elsewhere, is above this app


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return connection.vendor


def _channel_layer() -> str:
    return _redis() if settings.REDIS_URL else "in memory"


def _broker() -> str:
    if settings.REDIS_URL:
        return _redis()
    folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError
    return f"{sum(1 for _ in folder.iterdir())} waiting"


def _redis() -> str:
    import redis  # here: half a second of every start, for those who have one

    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
        client.ping()
    return "redis"


class WorkerSilent(Exception):
    """No worker has given a sign of life lately."""


class WorkerStuck(Exception):
    """The worker lives, but has brought no sweep to its end lately: all its children are stuck, or nobody tells them to."""


def _worker() -> str:
    age = heartbeat.age_s()
    if age is None or age > heartbeat.STALE_S:
        raise WorkerSilent
    swept = heartbeat.sweep_age_s()
    if swept is not None and swept > heartbeat.SWEEP_STALE_S:
        raise WorkerStuck
    return f"{age:.0f} s ago"


class DiskLow(Exception):
    """Less than :data:`DISK_FREE_MB` are free in the data folder: recordings are about to fail."""


def _disk() -> str:
    free_mb = shutil.disk_usage(settings.DATA_DIR).free // 2**20
    if free_mb < DISK_FREE_MB:
        raise DiskLow
    return f"{free_mb} MB free"


for _name, _check in {
    "database": _database,
    "channel_layer": _channel_layer,
    "broker": _broker,
    "worker": _worker,
    "disk": _disk,
}.items():
    register(_name, _check)
