"""Waking the workers. A message is only a hint: the job's row is the truth, and the sweep finds what no message reached."""

from __future__ import annotations

from functools import lru_cache

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

RENDER, RENDER_PART, REBUILD, SWEEP = "media.render", "media.render_part", "media.rebuild", "media.sweep"
ERASE, KEEP = "media.erase", "media.keep"
INGEST, CLIP = "media.ingest", "media.clip"


@lru_cache(maxsize=1)
def _producer() -> Celery:
    app = Celery("diemcau.producer", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def wake(task: str, public_id: str) -> None:
    """Send a task's message; where the broker does not take it, the sweep will."""
    try:
        _producer().send_task(task, args=[public_id], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("queue.unreachable", task=task, id=public_id, error=type(error).__name__)
