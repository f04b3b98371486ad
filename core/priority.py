"""Whose turn it is on a busy processor."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def be_nice(by: int) -> None:
    """Let others go first (above 0), or go before them (below 0, where this user may: the superuser, CAP_SYS_NICE); see nice(2).

    Where Linux gives each session of processes its share, niceness counts only among those of one session: one that leads its
    session sets the session's as well (sched(7), autogroup).
    """
    with contextlib.suppress(PermissionError):
        os.nice(by)
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(str(by))
