"""How busy a media node is, from two of its answers to ``describe``."""

from __future__ import annotations

from collections.abc import Mapping

RATES = {
    "datagrams_in": "packets_in_s",
    "packets_out": "packets_out_s",
    "bytes_in": "bytes_in_s",
    "bytes_out": "bytes_out_s",
    "resent": "resent_s",
    "nacks_out": "nacks_out_s",
    "dropped": "dropped_s",
}
"""Counters, and the names of what they make a second."""


def figures(before: Mapping[str, int], after: Mapping[str, int], elapsed_s: float) -> dict[str, float]:
    """All of ``after``, with ``dropped`` (the sum of all ``dropped.*``), what each of :data:`RATES` made a second since
    ``before``, and ``cpu``, the share of one core that the node used (threads may take it above 1).

    ``elapsed_s`` lies between the two. There are no rates where ``before`` is empty, no time lies between, or a counter has gone
    back: then the node was started anew in between.
    """
    now = {**after, "dropped": _dropped(after)}
    then = {**before, "dropped": _dropped(before)}
    counters = [*RATES, "cpu_ms"]
    if not before or elapsed_s <= 0 or any(now.get(name, 0) < then.get(name, 0) for name in counters):
        return dict(now)
    grown = {name: now.get(name, 0) - then.get(name, 0) for name in counters}
    rates = {rate: round(grown[name] / elapsed_s, 1) for name, rate in RATES.items()}
    return {**now, **rates, "cpu": round(grown["cpu_ms"] / 1000 / elapsed_s, 4)}


def _dropped(counters: Mapping[str, int]) -> int:
    return sum(count for name, count in counters.items() if name.startswith("dropped."))
