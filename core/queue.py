"""Waking the workers. A message is only a hint: the job's row is the truth, and a sweep finds what no message reached."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import structlog
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

MAIN = "celery"
"""Name of the one queue."""
log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def _producer() -> Celery:
    app = Celery("diemcau.producer", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def wake(task: str, *arguments: str) -> None:
    """Send the message of task ``task``; where the broker does not take it, the sweep will."""
    try:
        _producer().send_task(task, args=arguments, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("queue.unreachable", task=task, arguments=arguments, cause=type(error).__name__)


def waiting() -> int | None:
    """Messages that no worker has taken yet; None where the broker does not answer within a second."""
    if not settings.REDIS_URL:
        try:
            return sum(1 for _ in Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])).iterdir())
        except OSError:
            return None
    import redis  # here: half a second of every start, for those who have one

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            return int(client.llen(MAIN))
    except redis.RedisError:
        return None
