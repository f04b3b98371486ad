"""Writing files that are either whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_RETRY_S = 1.0


def write_whole(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``: after a crash at any moment it is the old file or the new one. Raises OSError."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


class PatientDisk:
    """Writes files and, where the disk is full, waits until there is room again, telling so once each time."""

    def __init__(self, sleep: Callable[[float], None], tell: Callable[[str], None]) -> None:
        self._sleep = sleep
        self._tell = tell

    def write(self, path: Path, data: bytes) -> None:
        """As :func:`write_whole`, but never fails for want of room."""
        told = False
        while True:
            try:
                write_whole(path, data)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                if not told:
                    self._tell("recording.disk_full")
                    told = True
                self._sleep(_RETRY_S)
            else:
                if told:
                    self._tell("recording.disk_free")
                return
