"""How fast a page may talk: a token bucket. Pure: time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


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


class Buckets:
    """A bucket for each asker, by whatever connections they come. Of more than ``bound`` the longest unused are forgotten."""

    def __init__(self, *, burst: float, per_s: float, bound: int = 10_000) -> None:
        self._burst, self._per_s, self._bound = burst, per_s, bound
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, asker: Hashable, now_s: float) -> bool:
        """Take one token of the asker's: see :meth:`Bucket.take`."""
        bucket = self._buckets.setdefault(asker, Bucket(burst=self._burst, per_s=self._per_s))
        self._buckets.move_to_end(asker)
        if len(self._buckets) > self._bound:
            self._buckets.popitem(last=False)
        return bucket.take(now_s)
