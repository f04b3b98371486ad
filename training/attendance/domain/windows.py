"""During which time attendance counts: the running session without its breaks, read off the program's history. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from training.attendance.domain.spans import Span, Spans, span, union


@dataclass(frozen=True, slots=True)
class Step:
    """The program as it became at ``at``: whether the session was live, and which agenda item ran."""

    at: int
    live: bool
    item: str | None


def required(steps: Iterable[Step], *, not_required: Set[str], until: int) -> Spans:
    """Stretches up to ``until`` in which the session was live and no agenda item of ``not_required`` (breaks) ran.

    A session whose agenda nobody started counts whole.
    """
    windows: list[Span] = []
    since: int | None = None
    for step in sorted(steps, key=lambda step: step.at):
        if step.at > until:
            break
        counts = step.live and step.item not in not_required
        if counts and since is None:
            since = step.at
        elif not counts and since is not None:
            windows += span(since, step.at)
            since = None
    if since is not None:
        windows += span(since, until)
    return union(windows)
