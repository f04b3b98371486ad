"""Making room while recording: capture that is composed already is deleted, the oldest first."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from media.capture import LOOK_BACK_US
from media.sfu.capture import AppendFile

KEPT_US = LOOK_BACK_US + 75_000_000
"""So much before what is composed stays: what a restarted egress looks back at, and a margin for clocks that are set."""


def release(folder: Path, composed_us: int, files: Collection[AppendFile], needed_bytes: int) -> int:
    """Delete capture files of ``folder`` that were last written :data:`KEPT_US` before ``composed_us`` (µs since 1970), until
    ``needed_bytes`` are freed; those that are being written (``files``) stay. Returns the bytes freed."""
    writing = {file.path for file in files}
    old: list[tuple[int, Path, int]] = []
    for path in folder.glob("*.cap"):
        with suppress(OSError):
            state = path.stat()
            if path not in writing and state.st_mtime_ns // 1000 < composed_us - KEPT_US:
                old.append((state.st_mtime_ns, path, state.st_size))
    freed = 0
    for _, path, size in sorted(old):
        if freed >= needed_bytes:
            break
        with suppress(OSError):
            path.unlink()
            freed += size
    return freed
