"""What becomes of a finished recording, and when. Pure: moments are arguments."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

WARNING = dt.timedelta(days=7)
"""So long before a deletion that nobody asked for by hand those who manage the recording are told of it."""
MOST_DAYS = 3650


class Policy(enum.StrEnum):
    """What happens when a recording is old enough. Values are stored."""

    KEEP = "keep"
    ARCHIVE = "archive"
    """Capture, previews and smaller pictures go; what plays, the sound alone and the download stay."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy and after how many days from the recording's end it acts (without meaning for :attr:`Policy.KEEP`)."""

    policy: Policy
    days: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """When what happens; None for what does not. ``warn_at``: from when on the deletion is announced."""

    archive_at: dt.datetime | None = None
    warn_at: dt.datetime | None = None
    delete_at: dt.datetime | None = None

    def announced(self, now: dt.datetime) -> bool:
        """Whether the deletion is to be spoken of by now."""
        return self.warn_at is not None and now >= self.warn_at


def fate(rule: Rule, *, finished_at: dt.datetime | None, held: bool, warned_at: dt.datetime | None, now: dt.datetime) -> Fate:
    """The future, as of ``now``, of a recording that was finished at ``finished_at`` (None: it never was, so it is kept).

    ``warned_at`` is when its deletion was first announced (None: not yet, so ``now`` at the earliest): it never follows in less
    than :data:`WARNING` after that, however old the recording is when the rule is made. ``held`` stops deletion, nothing else.
    """
    if finished_at is None or rule.policy is Policy.KEEP:
        return Fate()
    at = finished_at + dt.timedelta(days=rule.days)
    if rule.policy is Policy.ARCHIVE:
        return Fate(archive_at=at)
    if held:
        return Fate()
    warn_at = at - WARNING
    return Fate(warn_at=warn_at, delete_at=max(at, (warned_at or now) + WARNING))


def waits_for_warning(rule: Rule, future: Fate, *, finished_at: dt.datetime) -> bool:
    """Whether the recording is deleted later than its rule says, because that has to be announced first."""
    at = finished_at + dt.timedelta(days=rule.days)
    return future.delete_at is not None and future.delete_at > at


def is_due(future: Fate, *, warned_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the recording is to be deleted now: its day has come, and its deletion was announced in time."""
    return future.delete_at is not None and warned_at is not None and now >= max(future.delete_at, warned_at + WARNING)
