"""``/metrics`` of worker and beat, at ``DIEMCAU_METRICS`` (HOST:PORT); without it nothing of this is imported.

Tasks run in the worker's children, which come and go: they write what they count into files of ``PROMETHEUS_MULTIPROC_DIR``, and
the worker itself, which has time, serves the sum (prometheus_client's multiprocess mode). Beat is one process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if FOLDER:
    # Before the library is imported, which looks for it. What an earlier worker counted is no part of this one's sums.
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    for left in Path(FOLDER).glob("*.db"):
        left.unlink(missing_ok=True)

import structlog  # noqa: E402
from billiard.exceptions import WorkerLostError  # noqa: E402
from celery.signals import (  # noqa: E402
    after_task_publish,
    beat_init,
    task_failure,
    task_postrun,
    task_prerun,
    worker_ready,
)
from prometheus_client import (  # noqa: E402
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

log = structlog.get_logger(__name__)

SECONDS = (0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, 1200.0, 3600.0)
"""Buckets from a sweep to an hour's recording."""
TASKS = Counter(
    "diemcau_tasks", "Tasks that have ended, by name and state; lost: the process that did it died.", ["task", "state"]
)
TASK_SECONDS = Histogram("diemcau_task_seconds", "From a task's start to its end.", ["task"], buckets=SECONDS)
SENT = Counter("diemcau_tasks_sent", "Tasks that were put into the queue by this process.", ["task"])
_began_s: dict[str, float] = {}


class QueueCollector:
    """How much waits, asked for when it is to be told."""

    def collect(self) -> Iterator[Metric]:
        """See :class:`prometheus_client.registry.Collector`. Without a queue that answers there is no figure."""
        from core import queue

        waiting = queue.waiting()
        family = GaugeMetricFamily("diemcau_queue_messages", "Messages that no worker has taken yet.")
        if waiting is not None:
            family.add_metric([], waiting)
        yield family


@task_prerun.connect  # type: ignore[untyped-decorator]
def _note_start(task_id: str = "", **_: Any) -> None:
    _began_s[task_id] = time.perf_counter()


@task_postrun.connect  # type: ignore[untyped-decorator]
def _note_end(task_id: str = "", task: Any = None, state: str | None = None, **_: Any) -> None:
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    began_s = _began_s.pop(task_id, None)
    if began_s is not None:
        TASK_SECONDS.labels(task.name).observe(time.perf_counter() - began_s)


@task_failure.connect  # type: ignore[untyped-decorator]
def _note_loss(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    if isinstance(exception, WorkerLostError):  # said by the worker itself, as nobody else is left to
        TASKS.labels(sender.name, "lost").inc()


@after_task_publish.connect  # type: ignore[untyped-decorator]
def _note_sent(sender: str = "", **_: Any) -> None:
    SENT.labels(sender).inc()


@worker_ready.connect  # type: ignore[untyped-decorator]
@beat_init.connect  # type: ignore[untyped-decorator]
def _serve(**_: Any) -> None:
    """In a thread of the process that only manages. Where it cannot, work goes on all the same."""
    host, _colon, port = os.environ["DIEMCAU_METRICS"].rpartition(":")
    registry = REGISTRY
    if FOLDER:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        ProcessCollector(registry=registry)
        registry.register(QueueCollector())
    try:
        start_http_server(int(port), host.strip("[]"), registry)
    except (OSError, ValueError) as error:
        log.error("metrics.not_served", host=host, port=port, cause=str(error))
