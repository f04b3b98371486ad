"""How fast a page may talk: a token bucket. Pure: time is an argument."""

from __future__ import annotations


class Bucket:
    """Holds up to ``burst`` tokens and gains ``per_s`` a second; starts full."""

    def __init__(self, *, burst: float, per_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._tokens = burst
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Take one token at monotonic time ``now_s``; False where there is none."""
        if self._at_s is not None:
            self._tokens = min(self._burst, self._tokens + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
