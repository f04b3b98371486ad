"""Unix socket addresses of any length: the kernel takes at most 107 bytes, data folders may lie deeper."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOST_BYTES = 100


@contextmanager
def usable(path: Path) -> Iterator[str]:
    """A name of ``path`` that bind(2) and connect(2) take, good within the context. Raises OSError without its folder."""
    if len(os.fsencode(path)) <= _MOST_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
