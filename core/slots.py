"""How many heavy jobs of a kind run on this machine at once, so that some worker is always free for the sweeps."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings


@contextmanager
def slot(kind: str, count: int = 1) -> Iterator[bool]:
    """Hold one of the ``count`` places for jobs of ``kind``; False, at once, where all are taken.

    The kernel gives a place back however its holder ends.
    """
    folder = Path(settings.DATA_DIR) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for number in range(count):
            lock = stack.enter_context((folder / f"{kind}.{number}.slot").open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield True
            return
        yield False
