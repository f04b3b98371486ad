"""The Celery application: worker and beat of one installation."""

from __future__ import annotations

import logging.config
import os
import threading
from typing import Any

from celery import Celery
from celery.exceptions import WorkerShutdown
from celery.signals import beat_init, setup_logging, task_success, worker_init, worker_ready, worker_shutting_down
from celery.worker import state

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
if os.environ.get("DIEMCAU_METRICS"):
    from deploy import task_metrics as task_metrics  # its signals are what counts

app = Celery("diemcau")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_ready, _stopping = threading.Event(), threading.Event()


@setup_logging.connect  # type: ignore[untyped-decorator]
def _log_as_the_rest_does(**_: Any) -> None:
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def _refuse_bad_settings(**_: Any) -> None:
    import django

    from deploy.startup import refuse_bad_settings

    django.setup()  # for beat, which Celery does not do it for
    refuse_bad_settings()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _show_life(**_: Any) -> None:
    """Signs of life from the worker's own process, whatever its tasks do; ``/healthz`` reads them."""
    from core import heartbeat

    _ready.set()
    heartbeat.swept()  # what a worker did before this one is no sign of its being stuck
    threading.Thread(target=_beat_until_stopped, name="heartbeat", daemon=True).start()


@task_success.connect  # type: ignore[untyped-decorator]
def _note_sweep(sender: Any = None, **_: Any) -> None:
    if str(getattr(sender, "name", "")).endswith(".sweep"):
        from core import heartbeat

        heartbeat.swept()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop(**_: Any) -> None:
    """With nothing to do, stop now: the loop of a polling broker would take seconds to see that it should. Not while it still
    starts: what is raised where its children are forked gets lost, and Celery looks whether to stop before its loop begins."""
    _stopping.set()
    if _ready.is_set() and not state.reserved_requests:
        raise WorkerShutdown(0)


def _beat_until_stopped() -> None:
    import structlog

    from core import heartbeat

    while True:
        try:
            heartbeat.beat()
        except Exception as error:  # a full disk or a lost Redis must not end the signs of life for good
            structlog.get_logger(__name__).warning("worker.heartbeat_failed", cause=type(error).__name__)
        if _stopping.wait(heartbeat.EVERY_S):
            return
