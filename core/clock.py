"""The clock as an argument: wall time for records, monotonic time for durations. Tests freeze it."""

from __future__ import annotations

import datetime as dt
import time


def now() -> dt.datetime:
    """Wall time now, aware, UTC, microseconds."""
    return dt.datetime.now(dt.UTC)


def monotonic_s() -> float:
    """Seconds on a clock that never jumps; only differences mean something."""
    return time.monotonic()


def to_ms(moment: dt.datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z, the form in which moments travel in messages."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> dt.datetime:
    """Inverse of :func:`to_ms`."""
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
