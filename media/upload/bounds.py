"""``python -I bounds.py MEMORY_BYTES FILE_BYTES PROGRAM …``: becomes a program that reads a stranger's file.

The kernel bounds it: memory, the size of any file that it writes, no core dumps; and where memory runs out all the same, it is
the first to go. Its time is bounded by whoever starts it (:mod:`media.vod.run`).
"""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

BASE = (sys.executable, "-I", __file__)
"""Before its arguments. Wherever it is started from: it needs nothing of ours."""


def bind(memory_bytes: int, file_bytes: int) -> None:
    """Put the bounds on this process and all that it starts."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main(arguments: list[str]) -> None:
    """Does not return."""
    bind(int(arguments[0]), int(arguments[1]))
    os.execvp(arguments[2], arguments[2:])  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
