"""Waking the workers. A message is only a hint: the job's row is the truth, and a sweep finds what no message reached."""

from __future__ import annotations

from functools import lru_cache

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

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
