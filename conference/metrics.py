"""What a web process tells Prometheus of its sessions' pages. See :mod:`core.metrics`."""

from __future__ import annotations

import time
from collections.abc import Awaitable

from prometheus_client import Counter, Gauge, Histogram

from core.errors import DiemcauError
from core.metrics import FAST_S

COMMANDS = Counter("diemcau_commands", "Commands of pages, by type and what became of them.", ["type", "outcome"])
COMMAND_SECONDS = Histogram("diemcau_command_seconds", "From a command's turn to its answer.", ["type"], buckets=FAST_S)
EVENTS = Counter("diemcau_events_published", "Events handed to the channel layer.")
EVENTS_LOST = Counter("diemcau_events_lost", "Events that the channel layer did not take; pages are healed by a new snapshot.")
EVENT_SECONDS = Histogram("diemcau_event_publish_seconds", "Time that the channel layer took for an event.", buckets=FAST_S)
PAGES = Gauge("diemcau_session_pages", "Pages that have a seat and are served by this process.")


async def metered(kind: str, work: Awaitable[None], *, ending: tuple[type[Exception], ...]) -> None:
    """Do a command's work; count and time it under its type ``kind``: ``ok``, ``refused`` where it raised an error that the page
    is told, ``ended`` where it raised one of ``ending`` or was cancelled, else ``failed``."""
    began_s = time.perf_counter()
    outcome = "ended"
    try:
        await work
        outcome = "ok"
    except DiemcauError:
        outcome = "refused"
        raise
    except ending:
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        COMMANDS.labels(kind, outcome).inc()
        COMMAND_SECONDS.labels(kind).observe(time.perf_counter() - began_s)
