"""How long workers are believed to live, and how often a job is tried."""

from __future__ import annotations

import datetime as dt

LEASE = dt.timedelta(seconds=60)
"""How long a worker is believed to live after its last heartbeat."""
MAX_ATTEMPTS = 3
