"""A peer that sends to one node and receives from another has half a link on each: here they become one."""

from __future__ import annotations

from media.plane import LinkQuality

STALE_MS = 6000
"""A half that was not told again for this long is of a connection that is no more."""


def merged(halves: list[LinkQuality]) -> LinkQuality:
    """One link of what several nodes say of a peer: the newest word on each thing, and of the rest what anybody knows."""
    newest = max(halves, key=lambda half: half.at_ms)
    fresh = sorted((half for half in halves if newest.at_ms - half.at_ms <= STALE_MS), key=lambda half: half.at_ms)
    known: dict[str, object] = {}
    for half in fresh:
        for name, field in LinkQuality.model_fields.items():
            value = getattr(half, name)
            if name not in known or value != field.get_default(call_default_factory=True):
                known[name] = value
    return LinkQuality.model_validate(known)
