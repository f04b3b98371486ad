"""What another process of this machine uses, as the kernel says (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """Processor time of all its threads since it began, and memory in use."""

    cpu_s: float
    rss_bytes: int


def usage(pid: int) -> Usage | None:
    """Of process ``pid``; None where there is none (any more), or the system has no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        # The second field is the program's name in brackets, which may hold anything; utime, stime and rss are 14, 15 and 24.
        fields = stat[stat.rindex(b")") + 2 :].split()
        return Usage((int(fields[11]) + int(fields[12])) / _TICKS_PER_S, int(fields[21]) * _PAGE_BYTES)
    except (OSError, ValueError, IndexError):
        return None
