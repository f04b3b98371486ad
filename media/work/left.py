"""How long a job will still take, in seconds and in words."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext, ngettext

from core.clock import now

_ENOUGH = 0.02
"""Before so much of something is done, its speed is a guess."""


def left_s(share: float, since: dt.datetime | None) -> float | None:
    """Seconds until a job is done of which ``share`` (0 to 1) is made, begun at ``since``; None where that is not known."""
    if since is None or share < _ENOUGH:
        return None
    return (now() - since).total_seconds() * (1 - share) / share


def left_words(seconds: float | None) -> str:
    """The same in the language that is active now; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return gettext("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    return ngettext("about %(count)s hour left", "about %(count)s hours left", hours) % {"count": hours}
