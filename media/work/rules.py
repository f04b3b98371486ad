"""How long a worker is believed to live, how often a job is tried, and how far one is."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

MAX_ATTEMPTS = 3
LEAST_LEASE_S = 5
"""In seconds: heartbeats come every second or two."""


def lease() -> dt.timedelta:
    """How long a worker is believed to live after its last heartbeat."""
    return dt.timedelta(seconds=settings.JOB_LEASE_S)


def share(progress: float) -> float:
    """``progress`` as the tables take it: 0 to 1."""
    return min(1.0, max(0.0, progress))
